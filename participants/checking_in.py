"""Checking in oneself: the window in which it is possible, and what comes of it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Group, Session
from courses.models.sessions import Modality
from participants.check_in_codes import Begun
from participants.deciding import MODE_OF, Said
from participants.evidence import add_evidence, apply_evidence
from participants.models import (
    AttendanceEvidence,
    AttendanceRecord,
    CheckInWindow,
    Enrollment,
)
from participants.models.check_in import CLOSES_AFTER
from participants.register import locked_session
from participants.register_people import register_of
from participants.register_refusals import opens_at, why_not

Kind = AttendanceEvidence.Kind


@dataclass(frozen=True, slots=True)
class Arrival:
    """A person's check-in to a session, and the mark that the register has; `is_new` is False where
    the person had checked in before."""

    evidence: AttendanceEvidence
    record: AttendanceRecord | None
    is_new: bool = False

    @property
    def is_marked_absent(self) -> bool:
        """By someone's own hand, which stands above what the person says."""
        record = self.record
        return record is not None and record.state == AttendanceRecord.State.ABSENT


@transaction.atomic
def open_window(
    session: Session, group: Group | None, *, by: AbstractBaseUser, at: dt.datetime
) -> CheckInWindow:
    """For the group's people, or for everyone; one that is open stays and is handed back.

    A group's own session has one window, the group's. Raises ValidationError, as of `why_not`, and
    once the session is long over.
    """
    locked = locked_session(session)
    group = locked.group or group
    if refusal := why_not(locked, at=at):
        raise refusal
    unclosed = CheckInWindow.objects.filter(session=locked, closed_at__isnull=True)
    window = unclosed.filter(group=group).select_related("session").first() or CheckInWindow(
        session=locked,
        group=group,
        opened_by=by,  # type: ignore[misc]
        opened_at=at,
    )
    if not window.is_open(at):
        raise ValidationError(
            _("The session is over: take the register by hand."), code="session_over"
        )
    if window._state.adding:
        window.full_clean()
        window.save()
    return window


@transaction.atomic
def close_window(session: Session, group: Group | None, *, at: dt.datetime) -> bool:
    """Whether there was one to close. Who had scanned before still has the rest of the minute."""
    locked = locked_session(session)
    open_ones = CheckInWindow.objects.filter(
        session=locked, group=locked.group or group, closed_at__isnull=True
    )
    return bool(open_ones.update(closed_at=at))


@transaction.atomic
def check_in(
    enrollment: Enrollment,
    begun: Begun,
    *,
    mode: str = "",
    by: AbstractBaseUser,
    at: dt.datetime,
) -> Arrival:
    """Keep that the person came, when it was begun, and mark the register by it.

    Done again it changes nothing: the first time stands. So does the mark of a tutor. Raises
    ValidationError where the window was not open, or the person is not one of its people.
    """
    session = locked_session(begun.window.session)
    if (earlier := arrival_of(enrollment, session)) is not None:
        return earlier
    if refusal := why_not_in(begun, session, enrollment, at=at):
        raise refusal
    said = Said(
        enrollment.pk,
        Kind.CHECK_IN.value,
        mode=mode_in(session, mode),
        starts_at=begun.at,
    )
    # The person's own comes first; after it, the same of who shares the connection.
    evidence, *shared = add_evidence(session, [said], by=by, at=at)
    if begun.code_age > 0:
        evidence.code_age = begun.code_age
        evidence.save(update_fields=["code_age"])
    people = [row.enrollment_id for row in (evidence, *shared)]
    source = AttendanceRecord.Source.CHECK_IN
    apply_evidence(session, by=by, at=at, source=source, only=people)
    record = AttendanceRecord.objects.filter(enrollment=enrollment, session=session).first()
    return Arrival(evidence, record, is_new=True)


def arrival_of(enrollment: Enrollment, session: Session) -> Arrival | None:
    own = AttendanceEvidence.objects.filter(
        enrollment=enrollment, session=session, kind=Kind.CHECK_IN, shared_with__isnull=True
    )
    evidence = own.first()
    if evidence is None:
        return None
    record = AttendanceRecord.objects.filter(enrollment=enrollment, session=session).first()
    return Arrival(evidence, record)


def mode_in(session: Session, mode: str) -> str:
    """In a hybrid session the person says it. Raises ValidationError."""
    only = MODE_OF.get(Modality(session.modality))
    if only is None and mode not in AttendanceRecord.Mode.values:
        raise ValidationError(
            _("Say whether you are in the room or follow online."), code="no_mode"
        )
    return only or mode


def why_not_in(
    begun: Begun, session: Session, enrollment: Enrollment, *, at: dt.datetime
) -> ValidationError | None:
    """`session` is locked: the window is read as it is by now."""
    if refusal := why_not(session, at=at):
        return refusal
    if refusal := why_no_guest(enrollment, session, begun.window.group_id):
        return refusal
    window = CheckInWindow.objects.select_related("session").get(pk=begun.window.pk)
    if not window.is_open(begun.at):
        return closed(window)
    return None


def why_no_guest(
    enrollment: Enrollment, session: Session, group_id: int | None
) -> ValidationError | None:
    """Why the person is not of the register that the window is for."""
    day = session.day
    if enrollment.ended_on is not None and enrollment.ended_on < day:
        text = _("You left the edition on %(day)s. If that is a mistake, ask the coordination.")
        return ValidationError(text % {"day": f"{enrollment.ended_on:%d/%m/%Y}"}, code="left")
    if enrollment.enrolled_on > day:
        text = _("You are enrolled from %(day)s on, after this session.")
        return ValidationError(text % {"day": f"{enrollment.enrolled_on:%d/%m/%Y}"}, code="not_yet")
    people = register_of(session, None)
    if group_id is not None and session.group_id is None:
        people = people.filter(group=group_id)
    if not people.filter(pk=enrollment.pk).exists():
        return ValidationError(
            _(
                "This check-in is for another group. If you came as a guest, speak with the tutor,"
                " who can put you on the register."
            ),
            code="guest",
        )
    return None


@dataclass(frozen=True, slots=True)
class Standing:
    """How it is with a person's check-in: done, or possible by these windows, or why not."""

    arrival: Arrival | None = None
    windows: tuple[CheckInWindow, ...] = ()
    refusal: ValidationError | None = None

    @classmethod
    def of(
        cls,
        enrollment: Enrollment,
        session: Session,
        *,
        at: dt.datetime,
        begun: Begun | None = None,
    ) -> "Standing":
        """`session` comes with its cohort and module; `begun` is what was scanned, if it was."""
        if (arrival := arrival_of(enrollment, session)) is not None:
            return cls(arrival)
        group = begun.window.group_id if begun else None
        refusal = why_not(session, at=at) or why_no_guest(enrollment, session, group)
        if refusal is not None:
            return cls(refusal=refusal)
        if begun is not None and begun.window.is_open(begun.at):
            return cls(windows=(begun.window,))
        ever = CheckInWindow.objects.filter(session=session).for_group(enrollment.group_id)
        windows = list(ever.select_related("session").order_by("-opened_at", "-id"))
        if usable := tuple(window for window in windows if window.is_open(at)):
            return cls(windows=usable)
        return cls(refusal=closed(windows[0]) if windows else not_opened())


def closed(window: CheckInWindow) -> ValidationError:
    if window.closed_at is not None:
        text = _("Check-in was closed at %(time)s. If you were there, speak with your tutor.")
        at = timezone.localtime(window.closed_at)
        return ValidationError(text % {"time": f"{at:%H:%M}"}, code="closed")
    return ValidationError(
        _("Check-in closed with the session. If you were there, speak with your tutor."),
        code="closed",
    )


def not_opened() -> ValidationError:
    return ValidationError(
        _("The tutor has not opened check-in yet. Look again once the code is on the screen."),
        code="not_opened",
    )


def window_open_for(
    session: Session, group: Group | None, *, at: dt.datetime
) -> CheckInWindow | None:
    """The one that the tutor of the part opened."""
    windows = CheckInWindow.objects.open(at).filter(session=session)
    return windows.filter(group=session.group or group).first()


def may_open(session: Session, *, at: dt.datetime) -> bool:
    """By the clock alone: whether the module is closed is looked at when it is opened."""
    is_near = opens_at(session) <= at < session.ends_at + CLOSES_AFTER
    return is_near and not session.is_cancelled


def sessions_to_check_in(
    enrollment: Enrollment, sessions: Iterable[Session], *, at: dt.datetime
) -> list[Session]:
    """Of the person's own, those with a window open now. No query where none can be open."""
    near = [each for each in sessions if may_open(each, at=at)]
    if not near:
        return []
    windows = CheckInWindow.objects.open(at).filter(session__in=near)
    found = set(windows.for_group(enrollment.group_id).values_list("session", flat=True))
    return [each for each in near if each.pk in found]
