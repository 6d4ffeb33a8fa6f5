"""A single session moves or is cancelled, by hand; the timetable then leaves it as it is."""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from courses.models import Cohort, Session
from courses.scheduling import Locked
from courses.timetable import peruvian_holidays


@transaction.atomic
def reschedule(
    session: Session,
    *,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    modality: str | None = None,
    venue: str | None = None,
    meeting_link: str | None = None,
    locked: Locked,
    by: AbstractBaseUser | None,
    sequence: int | None = None,
) -> Session:
    """Move a session to another time or place; what is None stays. Idempotent.

    Raises ValidationError: held, cancelled or with attendance; outside its cohort's dates; code
    "stale" where `sequence`, as the form was shown, is no longer the session's.
    """
    session = _open_session(session, locked)
    places = {"modality": modality, "venue": venue, "meeting_link": meeting_link}
    wanted: dict[str, object] = {"starts_at": starts_at, "ends_at": ends_at}
    wanted |= {name: value for name, value in places.items() if value is not None}
    if all(getattr(session, name) == value for name, value in wanted.items()):
        return session
    if sequence is not None and sequence != session.sequence:
        raise ValidationError(
            _("The session was changed by someone else in the meantime. Look at it again."),
            code="stale",
        )
    if starts_at != session.starts_at:
        first_due = session.moved_from or session.starts_at
        session.moved_from = None if first_due == starts_at else first_due
    for name, value in wanted.items():
        setattr(session, name, value)
    session.is_fixed = True
    return _save(session, by)


@transaction.atomic
def cancel(
    session: Session, *, reason: str, locked: Locked, by: AbstractBaseUser | None
) -> Session:
    """Cancel a session, with the reason that its participants read. Cancelled stays cancelled.

    Raises ValidationError where it was held, has attendance, or no reason is given.
    """
    reason = reason.strip()
    if not reason:
        raise ValidationError({"cancellation_reason": _("Write why the session is cancelled.")})
    current = Session.objects.select_for_update().get(pk=session.pk)
    if current.is_cancelled:
        return current
    current = _open_session(current, locked)
    current.status = Session.Status.CANCELLED
    current.cancellation_reason = reason
    return _save(current, by)


def why_it_stays(session: Session, locked: Locked) -> ValidationError | None:
    """Why a session can neither be moved nor cancelled: code "cancelled", "cohort_closed", "locked"
    or "held"."""
    if session.is_cancelled:
        return ValidationError(_("The session is cancelled."), code="cancelled")
    if session.cohort.status == Cohort.Status.CLOSED:
        return ValidationError(
            _("The edition %(code)s is closed.") % {"code": session.cohort.code},
            code="cohort_closed",
        )
    if session.pk in locked(session.cohort):
        return ValidationError(
            _("Attendance was already taken in this session, so it stays as it is."), code="locked"
        )
    if session.status == Session.Status.HELD:
        return ValidationError(_("The session was already held."), code="held")
    return None


def obstacle_on(cohort: Cohort, day: dt.date) -> str:
    """The break or public holiday of a day by its name; empty where it teaches."""
    pause = cohort.breaks.filter(starts_on__lte=day, ends_on__gte=day).first()
    language = "en_US" if get_language() == "en" else "es"
    return pause.reason if pause else peruvian_holidays(day, day, language).get(day, "")


def _open_session(session: Session, locked: Locked) -> Session:
    """The session with its row locked, once nothing speaks against changing it."""
    session = Session.objects.select_for_update().get(pk=session.pk)
    if refusal := why_it_stays(session, locked):
        raise refusal
    return session


def _save(session: Session, by: AbstractBaseUser | None) -> Session:
    session.sequence += 1
    session._history_user = by  # type: ignore[attr-defined]
    session.full_clean()
    session.save()
    return session
