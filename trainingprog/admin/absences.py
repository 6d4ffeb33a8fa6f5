"""Excuses and make-ups, looked up by the coordinator; each is decided on its own page."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import action, display
from unfold.views import ChangeList

from participants.models import AbsenceRequest, MakeUp
from trainingprog.admin.base import ReadOnlyMixin, RecordAdmin
from trainingprog.admin.filters import YesNoFilter

Status = AbsenceRequest.Status
COLOURS = {
    Status.ASKED: "warning",
    Status.ACCEPTED: "success",
    Status.DECLINED: "danger",
    Status.WITHDRAWN: None,
}
OF_A_PERSON = [
    "enrollment__participant__paternal_surname",
    "enrollment__participant__maternal_surname",
    "enrollment__participant__given_names",
    "enrollment__cohort__code",
]


class ExcuseList(ChangeList):
    """A click on an excuse opens the page on which it is decided."""

    def url_for_result(self, result: Model) -> str:
        return reverse("tutors:excuse", args=[result.pk])


@admin.register(AbsenceRequest)
class AbsenceRequestAdmin(ReadOnlyMixin, RecordAdmin):
    list_display = ["person", "session", "reason", "state", "document_seen", "asked_at"]
    list_filter = [
        ("enrollment__cohort", RelatedDropdownFilter),
        ("status", ChoicesDropdownFilter),
        ("reason", ChoicesDropdownFilter),
        ("document_seen", YesNoFilter),
        ("asked_at", RangeDateTimeFilter),
    ]
    list_select_related = ["enrollment__participant", "enrollment__cohort", "session"]
    search_fields = OF_A_PERSON
    actions = None
    actions_detail = ["decide_excuse"]
    fieldsets = [
        (None, {"fields": [("enrollment", "session"), ("reason", "asked_at")]}),
        (
            _("Decision"),
            {"fields": [("status", "document_seen"), ("decided_by", "decided_at")]},
        ),
    ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ExcuseList

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("participants.change_attendancerecord")

    @action(permissions=["decide"], description=_("Decide…"), url_path="decidir")
    def decide_excuse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("tutors:excuse", pk=object_id)

    @admin.display(
        description=_("participant"), ordering="enrollment__participant__paternal_surname"
    )
    def person(self, excuse: AbsenceRequest) -> str:
        return str(excuse.enrollment.participant)

    @display(description=_("status"), ordering="status", label=COLOURS)
    def state(self, excuse: AbsenceRequest) -> tuple[str, str]:
        return excuse.status, excuse.get_status_display()


class MakeUpList(ChangeList):
    """A click on a make-up opens the page on which it was assigned."""

    def url_for_result(self, result: Any) -> str:
        return reverse("tutors:make_up", args=[result.missed_id, result.enrollment_id])


@admin.register(MakeUp)
class MakeUpAdmin(ReadOnlyMixin, RecordAdmin):
    list_display = ["person", "missed", "host", "task", "due_on", "done_at", "cancelled_at"]
    list_filter = [
        ("enrollment__cohort", RelatedDropdownFilter),
        ("task", ChoicesDropdownFilter),
        ("assigned_at", RangeDateTimeFilter),
    ]
    list_select_related = ["enrollment__participant", "enrollment__cohort", "missed", "host"]
    search_fields = OF_A_PERSON
    actions = None
    fieldsets = [
        (None, {"fields": [("enrollment", "missed"), ("host", "task", "due_on")]}),
        (
            _("Who wrote it"),
            {
                "fields": [
                    ("assigned_by", "assigned_at"),
                    ("done_by", "done_at"),
                    ("cancelled_by", "cancelled_at"),
                ]
            },
        ),
    ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return MakeUpList

    @admin.display(
        description=_("participant"), ordering="enrollment__participant__paternal_surname"
    )
    def person(self, make_up: MakeUp) -> str:
        return str(make_up.enrollment.participant)
