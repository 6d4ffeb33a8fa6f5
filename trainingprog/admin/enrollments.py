from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import display

from courses.models import Group
from participants.enrolling import enroll, reinstate, withdraw
from participants.models import Enrollment, ModuleCompletion
from participants.places import locked_cohort, refuse_beyond_capacity, refuse_closed
from trainingprog.admin.base import RecordAdmin, ShownInline, edited
from trainingprog.admin.enrollment_export import EnrollmentExportMixin
from trainingprog.coordinator_pages import user_of

Status = Enrollment.Status
COLOURS = {
    Status.APPLIED: "info",
    Status.WAITLISTED: "info",
    Status.OFFERED: "warning",
    Status.DECLINED: None,
    Status.ENROLLED: "success",
    Status.WITHDRAWN: "danger",
    Status.TRANSFERRED: "danger",
    Status.COMPLETED: "success",
    Status.NOT_COMPLETED: "warning",
}


# From which status the admin leads to which; the rest comes of applications and of decisions.
STEPS: dict[str, list[Status]] = {
    Status.ENROLLED: [Status.WITHDRAWN],
    Status.WAITLISTED: [Status.WITHDRAWN],
    Status.WITHDRAWN: [Status.ENROLLED],
}
STEP_FIELDS = ["status", "ended_on", "left_reason"]


class NewEnrollmentForm(forms.ModelForm[Enrollment]):
    """Who, where and from when; what is kept of the person is taken from the participant."""

    class Meta:
        model = Enrollment
        fields = ["participant", "cohort", "group", "enrolled_on"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        cohort = data.get("cohort")
        if cohort is not None:
            # Locked until the page's transaction ends: the place that is free now stays free.
            cohort = locked_cohort(cohort.pk)
            refuse_closed(cohort)
            refuse_beyond_capacity(cohort, 1)
        return data


class EnrollmentForm(forms.ModelForm[Enrollment]):
    """Who is enrolled may leave and who left may come back: that step is the verb's, which alone
    knows what speaks against it; if the page is refused all the same, it is undone with it."""

    by: Any = None  # set by the admin for the request

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = self.instance.status
        steps = {self.before, *STEPS.get(self.before, [])}
        if "status" in self.fields:
            choices = [(value, label) for value, label in Status.choices if value in steps]
            self.fields["status"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "ended_on" in self.changed_data and "status" not in self.changed_data:
            text = gettext("The last day goes with the status: choose “withdrawn” with it.")
            self.add_error("ended_on", text)
        group, before = data.get("group"), self.initial.get("group")
        if "group" in self.changed_data and before and group and not data.get("group_since"):
            self.add_error(
                "group_since", gettext("Write from which day the person is in the new group.")
            )
        return data

    def _post_clean(self) -> None:
        data = self.cleaned_data
        if "status" in self.changed_data and not self.errors:
            try:
                with transaction.atomic():
                    self.instance = self._step(data)
            except ValidationError as error:
                self._refuse(error)
            data |= {name: getattr(self.instance, name) for name in STEP_FIELDS}
        super()._post_clean()  # type: ignore[misc]

    def _step(self, data: dict[str, Any]) -> Enrollment:
        if data["status"] == Status.WITHDRAWN:
            last_day = data["ended_on"] or timezone.localdate()
            return withdraw(self.instance, on=last_day, reason=data["left_reason"], by=self.by)
        return reinstate(self.instance, on=timezone.localdate(), by=self.by)

    def _refuse(self, error: ValidationError) -> None:
        by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for name, found in by_field.items():
            self.add_error("ended_on" if name == "on" else None, found)


class CompletionInline(ShownInline):
    model = ModuleCompletion
    fields = ["cohort_module", "outcome", "attendance_percent", "override_reason", "decided_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: QuerySet[Any] = super().get_queryset(request)
        return queryset.select_related(
            "cohort_module__module", "enrollment__participant", "enrollment__cohort"
        )


@admin.register(Enrollment)
class EnrollmentAdmin(EnrollmentExportMixin, RecordAdmin):
    form = EnrollmentForm
    list_display = ["participant", "cohort", "group", "state", "service", "facility", "enrolled_on"]
    list_filter = [
        ("cohort", RelatedDropdownFilter),
        ("status", ChoicesDropdownFilter),
        ("service", ChoicesDropdownFilter),
        ("profession", ChoicesDropdownFilter),
        ("facility__region", ChoicesDropdownFilter),
        ("enrolled_on", RangeDateFilter),
    ]
    list_select_related = ["participant", "cohort", "group", "facility"]
    search_fields = [
        "participant__paternal_surname",
        "participant__maternal_surname",
        "participant__given_names",
        "participant__email",
        "cohort__code",
    ]
    autocomplete_fields = ["participant", "cohort", "facility"]
    inlines = [CompletionInline]
    fieldsets = [
        (None, {"fields": [("participant", "cohort"), "enrolled_on"]}),
        (
            _("Status"),
            {
                "fields": ["status", ("ended_on", "left_reason")],
                "description": _(
                    "To withdraw a person choose “withdrawn”, the last day and the reason. Who"
                    " withdrew comes back with “enrolled”."
                ),
            },
        ),
        (_("Group"), {"fields": [("group", "group_since")]}),
        (
            _("As it was in this edition"),
            {
                "fields": [("facility", "service"), ("profession", "employment_regime")],
                "description": _("Kept for the edition’s reports; it does not follow the person."),
            },
        ),
    ]
    add_fieldsets = (
        (
            None,
            {
                "fields": [("participant", "cohort"), ("group", "enrolled_on")],
                "description": _(
                    "Many people at once come in with the registration sheet, from the edition’s"
                    " page."
                ),
            },
        ),
    )
    keep_instead = _(
        "Withdraw it instead: choose the status “withdrawn” and write the last day; what was"
        " recorded stays."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("participant", "cohort")

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewEnrollmentForm
        form = super().get_form(request, obj, **kwargs)
        form.by = request.user
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else [*fields, "participant", "cohort", "enrolled_on"]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return self.inlines if obj else []

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        """Once the edition is known, its groups are a short list."""
        fields = list(super().get_autocomplete_fields(request))
        return fields if edited(request) else [*fields, "group"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "group" and (pk := edited(request)):
            kwargs["queryset"] = Group.objects.filter(cohort__enrollments=pk)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"enrolled_on": timezone.localdate(), **super().get_changeform_initial_data(request)}

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Enrollment:
        if change:
            return super().save_form(request, form, change)
        data = form.cleaned_data
        enrollment = enroll(
            data["participant"], data["cohort"], on=data["enrolled_on"], by=user_of(request)
        )
        enrollment.group = data["group"]
        form.instance, form.save_m2m = enrollment, lambda: None
        return enrollment

    def save_model(self, request: HttpRequest, obj: Enrollment, form: Any, change: bool) -> None:
        """The status was written by the verb; here what else there is."""
        written = set(form.changed_data) - set(STEP_FIELDS)
        if change and written:
            obj._history_user = request.user  # type: ignore[attr-defined]
            obj.save(update_fields=[*written])
        elif not change and obj.group_id is not None:
            super().save_model(request, obj, form, change)

    @display(description=_("status"), ordering="status", label=COLOURS)
    def state(self, enrollment: Enrollment) -> tuple[str, str]:
        return enrollment.status, enrollment.get_status_display()
