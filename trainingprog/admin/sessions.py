"""Sessions: moved and cancelled on pages of their own, so that calendars and people learn of it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from courses.models import CohortModule, Group, Session
from trainingprog.admin.base import RecordAdmin, edited

APPOINTMENT = ["starts_at", "ends_at", "modality", "venue", "meeting_link"]
COLOURS = {
    Session.Status.SCHEDULED: "info",
    Session.Status.HELD: "success",
    Session.Status.CANCELLED: "danger",
}


@admin.register(Session)
class SessionAdmin(RecordAdmin):
    list_display = ["starts_at", "label", "cohort", "group", "week", "module", "modality", "state"]
    list_display_links = ["starts_at", "label"]
    list_filter = [
        ("cohort", RelatedDropdownFilter),
        ("status", ChoicesDropdownFilter),
        ("starts_at", RangeDateTimeFilter),
        ("modality", ChoicesDropdownFilter),
    ]
    list_select_related = ["cohort", "group", "cohort_module__module"]
    search_fields = ["title", "lecturer", "venue", "cohort__code"]
    ordering = ["-starts_at", "id"]
    actions_detail = ["move_session", "print_sheet", "cancel_session"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("cohort", "group"),
                    ("title", "number"),
                    ("cohort_module", "teaching_week"),
                    ("lecturer", "is_sensitive"),
                ]
            },
        ),
        (
            _("When and where"),
            {
                "fields": [
                    ("starts_at", "ends_at"),
                    ("modality", "venue"),
                    "meeting_link",
                ],
                "description": _(
                    "Changed with “Move the session…”, which looks for clashes and tells its"
                    " people."
                ),
            },
        ),
        (
            _("State"),
            {"fields": [("status", "cancellation_reason"), ("moved_from", "is_fixed")]},
        ),
    ]
    add_fieldsets = (
        fieldsets[0],
        (fieldsets[1][0], {"fields": [("starts_at", "ends_at"), ("modality", "venue")]}),
        (None, {"fields": ["meeting_link"]}),
    )
    readonly_fields = ["status", "cancellation_reason", "moved_from", "is_fixed"]
    keep_instead = _("Cancel the session instead, with its reason; what was recorded stays.")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        if obj is None or getattr(request, "is_old_version", False):
            return fields
        return [*fields, "cohort", "group", *APPOINTMENT]

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        return [] if edited(request) else ["cohort", "group", "cohort_module"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if pk := edited(request):
            if db_field.name == "cohort_module":
                modules = CohortModule.objects.filter(cohort__sessions=pk)
                kwargs["queryset"] = modules.select_related("module")
            if db_field.name == "group":
                kwargs["queryset"] = Group.objects.filter(cohort__sessions=pk)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Session, form: Any, change: bool) -> None:
        """A session made by hand stays where it is put; of one that is there only what was written
        is saved, so that a register taken meanwhile keeps it held."""
        if not change:
            obj.is_fixed = True
            super().save_model(request, obj, form, change)
        elif form.changed_data:
            obj._history_user = request.user  # type: ignore[attr-defined]
            obj.save(update_fields=[*form.changed_data, "changed_at"])

    def has_due_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Moved or cancelled is what is still due."""
        pk = edited(request)
        if pk is None or not request.user.has_perm("courses.change_session"):
            return False
        due = Session.objects.filter(status=Session.Status.SCHEDULED, attendance__isnull=True)
        return due.filter(pk=pk).exists()

    @action(permissions=["due"], description=_("Move the session…"), url_path="mover")
    def move_session(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("session_reschedule", pk=object_id)

    @action(
        permissions=["due"],
        description=_("Cancel the session…"),
        url_path="cancelar",
        variant=ActionVariant.DANGER,
    )
    def cancel_session(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("session_cancel", pk=object_id)

    def has_sheet_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        pk = edited(request)
        if pk is None or not request.user.has_perm("participants.view_attendancerecord"):
            return False
        return Session.objects.counted().filter(pk=pk).exists()

    @action(
        permissions=["sheet"],
        description=_("Print attendance sheet"),
        url_path="hoja-de-asistencia",
    )
    def print_sheet(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("tutors:sheet", pk=object_id)

    @admin.display(description=_("session"), ordering="title")
    def label(self, session: Session) -> str:
        return session.label

    @admin.display(description=_("week"), ordering="teaching_week")
    def week(self, session: Session) -> str:
        return str(session.teaching_week)

    @admin.display(description=_("module"), ordering="cohort_module__module__number")
    def module(self, session: Session) -> int | None:
        return session.cohort_module.module.number if session.cohort_module else None

    @display(description=_("status"), ordering="status", label=COLOURS)
    def state(self, session: Session) -> tuple[str, str]:
        return session.status, session.get_status_display()
