from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
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

from courses.models import Cohort, Group
from participants.enrolling import enroll, locked_cohort, refuse_beyond_capacity
from participants.models import Enrollment, ModuleCompletion
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
            if cohort.status == Cohort.Status.CLOSED:
                raise ValidationError(
                    gettext("The edition %(code)s is closed.") % {"code": cohort.code}
                )
            refuse_beyond_capacity(cohort, 1)
        return data


class EnrollmentForm(forms.ModelForm[Enrollment]):
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        before = Enrollment.objects.get(pk=self.instance.pk)
        if not before.is_active and data.get("status") in Enrollment.HOLDS_A_PLACE:
            refuse_beyond_capacity(locked_cohort(before.cohort_id), 1)
        group = data.get("group")
        if group != before.group and before.group and group and not data.get("group_since"):
            self.add_error(
                "group_since", gettext("Write from which day the person is in the new group.")
            )
        return data


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
        (None, {"fields": [("participant", "cohort"), ("status", "enrolled_on", "ended_on")]}),
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
        return super().get_form(request, obj, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else [*fields, "participant", "cohort"]

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
        if change or obj.group_id is not None:
            super().save_model(request, obj, form, change)

    @display(description=_("status"), ordering="status", label=COLOURS)
    def state(self, enrollment: Enrollment) -> tuple[str, str]:
        return enrollment.status, enrollment.get_status_display()
