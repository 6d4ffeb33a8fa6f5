"""Sessions: moved by the verb, so that calendars and people learn of it, and never lost."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
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
from courses.rescheduling import reschedule
from participants.session_locks import sessions_with_attendance
from trainingprog.admin.base import RecordAdmin, edited

APPOINTMENT = ["starts_at", "ends_at", "modality", "venue", "meeting_link"]
COLOURS = {
    Session.Status.SCHEDULED: "info",
    Session.Status.HELD: "success",
    Session.Status.CANCELLED: "danger",
}


class SessionForm(forms.ModelForm[Session]):
    """The last check of a move is the move itself, undone with the page's transaction if the page
    is refused for another reason: the verb alone knows what may be moved."""

    seen_sequence = forms.IntegerField(required=False, widget=forms.HiddenInput)
    by: Any = None  # set by the admin for the request

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["seen_sequence"] = self.instance.sequence

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        moves = self.instance.pk and set(APPOINTMENT) & set(self.changed_data)
        if self.errors or not moves:
            return
        data = self.cleaned_data
        try:
            with transaction.atomic():
                moved = reschedule(
                    self.instance,
                    **{name: data[name] for name in APPOINTMENT},
                    locked=sessions_with_attendance,
                    by=self.by,
                    sequence=data["seen_sequence"],
                )
        except ValidationError as error:
            self.add_error(None, error.messages)
        else:
            for name in ("sequence", "moved_from", "is_fixed", "changed_at"):
                setattr(self.instance, name, getattr(moved, name))


@admin.register(Session)
class SessionAdmin(RecordAdmin):
    form = SessionForm
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
    actions_detail = ["cancel_session"]
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
                    "seen_sequence",
                ],
                "description": _("A change is told to the people of the session."),
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

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        sets = super().get_fieldsets(request, obj)
        if getattr(request, "is_old_version", False) or not self.can_move(request, obj):
            return [(name, _without(options, "seen_sequence")) for name, options in sets]
        return sets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        if obj is None or getattr(request, "is_old_version", False):
            return fields
        fields = [*fields, "cohort", "group"]
        return fields if self.can_move(request, obj) else [*fields, *APPOINTMENT]

    def can_move(self, request: HttpRequest, obj: Session | None) -> bool:
        """Asked several times while a page is made, so kept with the request."""
        if obj is None:
            return True
        if not hasattr(request, "_can_move"):
            request._can_move = (  # type: ignore[attr-defined]
                obj.status == Session.Status.SCHEDULED and not obj.attendance.exists()
            )
        return bool(request._can_move)  # type: ignore[attr-defined]

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

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)
        form.by = request.user
        return form

    def save_model(self, request: HttpRequest, obj: Session, form: Any, change: bool) -> None:
        """Time and place were written by the verb; here what no calendar needs to hear of."""
        if not change:
            obj.is_fixed = True
            super().save_model(request, obj, form, change)
            return
        described = set(form.changed_data) - {*APPOINTMENT, "seen_sequence"}
        if described:
            obj._history_user = request.user  # type: ignore[attr-defined]
            obj.save(update_fields=[*described, "changed_at"])

    def has_cancel_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        if not request.user.has_perm("courses.change_session"):
            return False
        still_due = Session.objects.filter(status=Session.Status.SCHEDULED)
        return object_id is None or still_due.filter(pk=str(object_id)).exists()

    @action(
        permissions=["cancel"],
        description=_("Cancel the session…"),
        url_path="cancelar",
        variant=ActionVariant.DANGER,
    )
    def cancel_session(self, request: HttpRequest, object_id: str) -> Any:
        return redirect("session_cancel", pk=object_id)

    @admin.display(description=_("session"), ordering="title")
    def label(self, session: Session) -> str:
        return session.label

    @admin.display(description=_("week"), ordering="teaching_week")
    def week(self, session: Session) -> str:
        return f"W{session.teaching_week}"

    @admin.display(description=_("module"), ordering="cohort_module__module__number")
    def module(self, session: Session) -> int | None:
        return session.cohort_module.module.number if session.cohort_module else None

    @display(description=_("status"), ordering="status", label=COLOURS)
    def state(self, session: Session) -> tuple[str, str]:
        return session.status, session.get_status_display()


def _without(options: dict[str, Any], name: str) -> dict[str, Any]:
    return options | {"fields": [field for field in options["fields"] if field != name]}
