from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import display

from participants.corrections import Correction, decisions_to_look_at
from participants.models import AttendanceRecord
from participants.notes import IS_NO_NUMBER
from participants.register import Mark, locked_session, people_to_mark, take_register
from trainingprog.admin.base import RecordAdmin
from trainingprog.coordinator_pages import user_of

State = AttendanceRecord.State
COLOURS = {
    State.PRESENT: "success",
    State.LATE: "warning",
    State.EXCUSED: "info",
    State.ABSENT: "danger",
}
CORRECTION = ("correction", "correction_note")


class AttendanceForm(forms.ModelForm[AttendanceRecord]):
    """A correction: through the register's own verb, and with its reason."""

    is_no_number = forms.BooleanField(label=IS_NO_NUMBER, required=False)
    based_on = forms.IntegerField(label="", widget=forms.HiddenInput)

    class Meta:
        model = AttendanceRecord
        fields = ["state", "mode", "minutes", "correction", "correction_note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The reason is that of this change, not of an earlier one.
        self.initial["based_on"] = self.instance.version
        for name in self.fields.keys() & set(CORRECTION):
            self.initial[name] = ""
            self.fields[name].required = True

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        # Locked as the register locks it, so that what is compared here is still so when saved.
        session = locked_session(self.instance.session)
        try:
            people_to_mark(
                session,
                {self.instance.enrollment_id: self.mark},
                None,
                at=timezone.now(),
                correction=self.correction,
            )
        except ValidationError as error:
            known = hasattr(error, "error_dict") and error.error_dict.keys() <= self.fields.keys()
            raise error if known else ValidationError(error.messages) from error
        stored = AttendanceRecord.objects.values_list("version", flat=True)
        if data.get("based_on") != stored.get(pk=self.instance.pk):
            raise ValidationError(
                gettext("Someone else changed this mark in the meantime. Look at it again.")
            )
        return data

    @property
    def mark(self) -> Mark:
        data = self.cleaned_data
        return Mark(
            data["state"], data["mode"], data["minutes"], based_on=data["based_on"], is_whole=True
        )

    @property
    def correction(self) -> Correction:
        data = self.cleaned_data
        return Correction(data["correction"], data["correction_note"], data["is_no_number"])


@admin.register(AttendanceRecord)
class AttendanceRecordAdmin(RecordAdmin):
    """Read, and corrected one by one with a reason; taken on the register's page, never deleted."""

    form = AttendanceForm
    list_display = ["person", "session", "mark", "mode", "source", "recorded_by", "recorded_at"]
    list_filter = [
        ("enrollment__cohort", RelatedDropdownFilter),
        ("state", ChoicesDropdownFilter),
        ("source", ChoicesDropdownFilter),
        ("recorded_at", RangeDateTimeFilter),
    ]
    list_select_related = [
        "enrollment__participant",
        "enrollment__cohort",
        "session",
        "recorded_by",
    ]
    search_fields = [
        "enrollment__participant__paternal_surname",
        "enrollment__participant__maternal_surname",
        "enrollment__participant__given_names",
        "session__title",
    ]
    ordering = ["-recorded_at", "-pk"]
    actions = None
    fieldsets = [
        (None, {"fields": [("enrollment", "session"), ("state", "mode", "minutes")]}),
        (_("Why it is corrected"), {"fields": [CORRECTION, "is_no_number"]}),
        (_("Who marked it"), {"fields": [("source", "recorded_by", "recorded_at"), "based_on"]}),
    ]
    readonly_fields = ["enrollment", "session", "source", "recorded_by", "recorded_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if getattr(request, "is_old_version", False) or not self.has_change_permission(
            request, obj
        ):
            names = [("enrollment", "session"), ("state", "mode", "minutes")]
            who = {"fields": [("source", "recorded_by", "recorded_at"), CORRECTION]}
            return [(None, {"fields": names}), (_("Who marked it"), who)]
        return super().get_fieldsets(request, obj)

    def save_model(
        self, request: HttpRequest, obj: AttendanceRecord, form: Any, change: bool
    ) -> None:
        outcome = take_register(
            obj.session,
            {obj.enrollment_id: form.mark},
            by=user_of(request),
            at=timezone.now(),
            source=AttendanceRecord.Source.COORDINATOR,
            correction=form.correction,
        )
        if text := decisions_to_look_at(obj.session, outcome.saved):
            messages.warning(request, text)

    @admin.display(
        description=_("participant"), ordering="enrollment__participant__paternal_surname"
    )
    def person(self, record: AttendanceRecord) -> str:
        return str(record.enrollment.participant)

    @display(description=_("mark"), ordering="state", label=COLOURS)
    def mark(self, record: AttendanceRecord) -> tuple[str, str]:
        return record.state, record.get_state_display()
