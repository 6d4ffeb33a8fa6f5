import datetime as dt

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
    RelatedDropdownFilter,
)

from participants.models import AttendanceWarning
from trainingprog.admin.base import BaseAdmin, ReadOnlyMixin


@admin.register(AttendanceWarning)
class AttendanceWarningAdmin(ReadOnlyMixin, BaseAdmin):
    """What was told by mail of whose attendance, to whom and when; or is about to be."""

    list_display = ["person", "edition", "module", "kind", "audience", "sent_at", "due"]
    list_filter = [
        ("enrollment__cohort", RelatedDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("audience", ChoicesDropdownFilter),
        ("sent_at", RangeDateTimeFilter),
    ]
    list_select_related = [
        "enrollment__participant",
        "enrollment__cohort",
        "cohort_module__module",
    ]
    search_fields = [
        "enrollment__participant__paternal_surname",
        "enrollment__participant__maternal_surname",
        "enrollment__participant__given_names",
        "enrollment__cohort__code",
    ]
    ordering = ["-due_at", "-id"]
    actions = None
    readonly_fields = ["due"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("enrollment", "cohort_module"),
                    ("kind", "audience"),
                    ("due", "sent_at"),
                ]
            },
        )
    ]

    @admin.display(
        description=_("participant"), ordering="enrollment__participant__paternal_surname"
    )
    def person(self, warning: AttendanceWarning) -> str:
        return str(warning.enrollment.participant)

    @admin.display(description=_("edition"), ordering="enrollment__cohort__code")
    def edition(self, warning: AttendanceWarning) -> str:
        return warning.enrollment.cohort.code

    @admin.display(description=_("module"), ordering="cohort_module__first_week")
    def module(self, warning: AttendanceWarning) -> str:
        return str(warning.cohort_module or _("the edition as a whole"))

    @admin.display(description=_("to be sent from"), ordering="due_at")
    def due(self, warning: AttendanceWarning) -> dt.datetime:
        return warning.due_at
