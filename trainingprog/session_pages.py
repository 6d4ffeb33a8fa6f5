"""The coordinator's pages on which one session is moved or cancelled, and its people are told."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from courses.clashes import Clash
from courses.models import Session
from courses.models.sessions import Modality
from courses.occupancy import clashes_of
from courses.rescheduling import cancel, obstacle_on, reschedule, why_it_stays
from participants.session_locks import sessions_with_attendance
from trainingprog.coordinator_pages import coordinator_page, render_task
from trainingprog.session_notices import TOLD_OF, announce
from trainingprog.timetable_people import people_of

FIELD_OF = {"starts_at": "day", "ends_at": "ends", "cancellation_reason": "reason"}


class RescheduleForm(forms.Form):
    """The session's day, hours and place. `seen` is the session's number of changes when shown."""

    day = forms.DateField(
        label=gettext_lazy("day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    starts = forms.TimeField(
        label=pgettext_lazy("time", "from"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    ends = forms.TimeField(
        label=pgettext_lazy("time", "to"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    modality = forms.ChoiceField(label=gettext_lazy("modality"), choices=Modality.choices)
    venue = forms.CharField(label=gettext_lazy("venue"), max_length=255, required=False)
    meeting_link = forms.URLField(
        label=gettext_lazy("meeting link"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("It is in no mail and in no calendar: our page opens it."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, session: Session) -> None:
        starts_at, ends_at = map(timezone.localtime, (session.starts_at, session.ends_at))
        initial = {
            "day": starts_at.date(),
            "starts": starts_at.time(),
            "ends": ends_at.time(),
            "modality": session.modality,
            "venue": session.venue,
            "meeting_link": session.meeting_link,
            "seen": session.sequence,
        }
        super().__init__(data, initial=initial, label_suffix="")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        day, starts, ends = (data.get(name) for name in ("day", "starts", "ends"))
        if starts and ends and ends <= starts:
            self.add_error("ends", _("The session must end after it starts."))
        elif day and starts and ends:
            zone = timezone.get_default_timezone()
            data["starts_at"] = dt.datetime.combine(day, starts, zone)
            data["ends_at"] = dt.datetime.combine(day, ends, zone)
        return data

    @property
    def appointment(self) -> dict[str, Any]:
        names = ("starts_at", "ends_at", "modality", "venue", "meeting_link")
        return {name: self.cleaned_data[name] for name in names}


class CancellationForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("reason of cancellation"),
        max_length=255,
        help_text=gettext_lazy(
            "Participants and tutors read it. Do not write names, ages, places or data of cases or"
            " patients."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@dataclass(frozen=True, slots=True)
class Warnings:
    """What speaks against a new time without forbidding it. `key` is sent back by who saw it."""

    obstacle: str = ""
    clashes: tuple[Clash, ...] = ()

    @property
    def key(self) -> str:
        keys = sorted(
            str(each.key) for clash in self.clashes for each in (clash.first, clash.second)
        )
        return "-".join([self.obstacle, *dict.fromkeys(keys)] if self.obstacle or keys else [])


@coordinator_page("courses.change_session")
@require_http_methods(["GET", "HEAD", "POST"])
def session_reschedule(request: HttpRequest, pk: int) -> HttpResponse:
    session = _session(pk)
    refusal = why_it_stays(session, sessions_with_attendance)
    form = RescheduleForm(request.POST or None, session=session)
    warnings = Warnings()
    if request.method == "POST" and form.is_valid():
        warnings = _warnings(session, form.appointment)
        if warnings.key == request.POST.get("despite", ""):
            moved = _moved(form, session, by=request.user)
            if moved is not None:
                messages.success(request, _("The session is moved to %s.") % _when(moved))
                return _back(moved)
    return render_task(
        request,
        "admin/session_reschedule.html",
        session.cohort,
        _("Move a session"),
        _context(session, form, refusal) | {"warnings": warnings},
        status=400 if form.errors else 200,
    )


@coordinator_page("courses.change_session")
@require_http_methods(["GET", "HEAD", "POST"])
def session_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    session = _session(pk)
    refusal = why_it_stays(session, sessions_with_attendance)
    form = CancellationForm(request.POST or None, label_suffix="")
    posted = request.method == "POST" and form.is_valid()
    if posted and _cancelled(form, session, by=request.user):
        messages.success(request, _("The session is cancelled."))
        return _back(session)
    return render_task(
        request,
        "admin/session_cancel.html",
        session.cohort,
        _("Cancel a session"),
        _context(session, form, refusal),
        status=400 if form.errors else 200,
    )


def _session(pk: int) -> Session:
    return get_object_or_404(Session.objects.select_related("cohort", "group"), pk=pk)


def _context(session: Session, form: forms.Form, refusal: ValidationError | None) -> dict[str, Any]:
    tells_people = session.cohort.status in TOLD_OF
    return {"session": session, "form": form, "refusal": refusal, "tells_people": tells_people}


def _warnings(session: Session, appointment: dict[str, Any]) -> Warnings:
    there = Session.objects.select_related("cohort", "group").get(pk=session.pk)
    for name, value in appointment.items():
        setattr(there, name, value)
    return Warnings(
        obstacle_on(session.cohort, there.day), clashes_of(there, people_of(session.cohort))
    )


def _moved(form: RescheduleForm, session: Session, *, by: Any) -> Session | None:
    try:
        with transaction.atomic():
            moved = reschedule(
                session,
                **form.appointment,
                locked=sessions_with_attendance,
                by=by,
                sequence=form.cleaned_data["seen"],
            )
            announce([moved], by=by)
    except ValidationError as error:
        _add_errors(form, error)
        return None
    return moved


def _cancelled(form: CancellationForm, session: Session, *, by: Any) -> bool:
    reason = form.cleaned_data["reason"]
    try:
        with transaction.atomic():
            announce(
                [cancel(session, reason=reason, locked=sessions_with_attendance, by=by)], by=by
            )
    except ValidationError as error:
        _add_errors(form, error)
        return False
    return True


def _add_errors(form: forms.Form, error: ValidationError) -> None:
    """At the field where the form has one of that name, or else above the form."""
    by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    for name, found in by_field.items():
        field = FIELD_OF.get(name, name)
        form.add_error(field if field in form.fields else None, found)


def _when(session: Session) -> str:
    return f"{timezone.localtime(session.starts_at):%d/%m/%Y %H:%M}"


def _back(session: Session) -> HttpResponse:
    address = reverse("edition_timetable", args=[session.cohort_id])
    return redirect(f"{address}#session-{session.pk}")
