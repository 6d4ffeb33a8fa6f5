from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import action, display

from participants.enrolling import enroll
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


# Written by the steps of participants/enrolling.py and its neighbours alone.
BY_STEPS = [
    "status",
    "waitlist_rank",
    "ended_on",
    "left_reason",
    "transferred_to",
    "group",
    "group_since",
    "facility",
    "service",
    "profession",
    "employment_regime",
]


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
    autocomplete_fields = ["participant", "cohort", "group"]
    inlines = [CompletionInline]
    actions_detail = ["see_timeline"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("participant", "cohort"),
                    ("status", "waitlist_rank"),
                    ("enrolled_on", "ended_on"),
                    ("left_reason", "transferred_to"),
                ],
                "description": _(
                    "Each step — withdraw, transfer, change of group or post — is taken from the"
                    " timeline, with its day and reason."
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
        "Withdraw it instead, from its timeline, with the last day and the reason; what was"
        " recorded stays."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("participant", "cohort")
        return rows.select_related("transferred_to__cohort", "transferred_to__participant")

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewEnrollmentForm
        return super().get_form(request, obj, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else [*fields, "participant", "cohort", *BY_STEPS]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return self.inlines if obj else []

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        return [] if edited(request) else ["participant", "cohort", "group"]

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

    @action(description=_("Timeline and steps…"), url_path="linea-de-tiempo")
    def see_timeline(self, request: HttpRequest, object_id: str) -> Any:
        return redirect("enrollment_timeline", pk=object_id)

    @display(description=_("status"), ordering="status", label=COLOURS)
    def state(self, enrollment: Enrollment) -> tuple[str, str]:
        return enrollment.status, enrollment.get_status_display()
