"""An excuse: the person asks, the tutor or the coordinator decides, and the mark follows.

Each verb locks the session first, as whoever writes attendance does, and then reads.
"""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Session
from participants.excuse_mail import tell_declined
from participants.models import AbsenceRequest, AttendanceRecord, Enrollment
from participants.models.attendance import CAME
from participants.own_sessions import concerns
from participants.register import Mark, locked_session, take_register
from participants.register_people import state_of
from participants.register_refusals import opens_at, why_not

Status = AbsenceRequest.Status
State = AttendanceRecord.State


def last_day(session: Session) -> dt.date:
    """Until when an excuse is asked, by the edition's policy. The session comes with its cohort."""
    return session.day + dt.timedelta(days=session.cohort.excuse_days)


def why_not_ask(
    enrollment: Enrollment, session: Session, mark: str | None, *, at: dt.datetime
) -> ValidationError | None:
    """Why no excuse can be asked; None when it can. `mark` is the person's state there, if any.

    The one place that knows. The session comes with its cohort and its module.
    """
    if not enrollment.is_active:
        return ValidationError(_("You are no longer in this edition."), code="left")
    if mark is None and not concerns(session, enrollment, session.day):
        return ValidationError(_("This session is not one of yours."), code="not_concerned")
    if session.is_cancelled:
        return ValidationError(
            _("The session is cancelled: nobody needs an excuse."), code="cancelled"
        )
    if mark in CAME:
        return ValidationError(
            _("You are marked as having been there. If that is wrong, tell your tutor."),
            code="present",
        )
    if mark == State.EXCUSED:
        return ValidationError(_("You are already excused."), code="excused")
    refusal = why_not(session, at=at)
    if refusal is not None and refusal.code != "not_open":
        return refusal
    if timezone.localtime(at).date() > last_day(session):
        return ValidationError(
            _("An excuse for this session could be asked until %(day)s.")
            % {"day": f"{last_day(session):%d/%m/%Y}"},
            code="too_late",
        )
    return None


@transaction.atomic
def ask(
    enrollment: Enrollment,
    session: Session,
    *,
    reason: str,
    by: AbstractBaseUser | None,
    at: dt.datetime,
) -> AbsenceRequest:
    """Ask for an excuse. Asked again with the same reason, it is the same one.

    Raises ValidationError: a code of `why_not_ask`, "asked" where another is undecided or accepted,
    under `reason` where it is none of the reasons.
    """
    session = locked_session(session)
    live = AbsenceRequest.objects.live().filter(enrollment=enrollment, session=session).first()
    if live is not None:
        if live.is_asked and live.reason == reason:
            return live
        raise ValidationError(_("An excuse was already asked for this session."), code="asked")
    mark = state_of(enrollment, session)
    if refusal := why_not_ask(enrollment, session, mark, at=at):
        raise refusal
    request = AbsenceRequest(enrollment=enrollment, session=session, reason=reason, asked_at=at)
    request.full_clean()
    _save(request, by, at)
    return request


@transaction.atomic
def withdraw(
    request: AbsenceRequest, *, by: AbstractBaseUser | None, at: dt.datetime
) -> AbsenceRequest:
    """By the person: while it is undecided, or accepted and the register not open yet.

    Raises ValidationError, code "decided", otherwise. Withdrawn again, nothing changes.
    """
    session = locked_session(request.session)
    request = _locked(request)
    if request.status == Status.WITHDRAWN:
        return request
    if not can_withdraw(request, session, at=at):
        raise ValidationError(_("This excuse was decided: it stays as it is."), code="decided")
    request.status = Status.WITHDRAWN
    _save(request, by, at)
    return request


def can_withdraw(request: AbsenceRequest, session: Session, *, at: dt.datetime) -> bool:
    """Once the register is open, an accepted excuse may be a mark in it."""
    return request.is_asked or (request.is_accepted and at < opens_at(session))


@transaction.atomic
def decide(
    request: AbsenceRequest,
    *,
    accepts: bool,
    document_seen: bool = False,
    by: AbstractBaseUser | None,
    at: dt.datetime,
    source: str = AttendanceRecord.Source.TUTOR,
) -> AbsenceRequest:
    """Accept or decline, once. Decided again the same way, nothing changes.

    Accepted, an absence becomes excused; where nobody has marked yet, so does the person once the
    register is open, and whoever takes it finds it so. A person marked as present stays present.
    Declined, the mark stays and the person is told by mail.

    Raises ValidationError: "decided" where someone decided otherwise, "withdrawn", or, accepting,
    a code of `why_not` where the register can no longer change.
    """
    session = locked_session(request.session)
    request = _locked(request)
    wanted = Status.ACCEPTED if accepts else Status.DECLINED
    if request.status == wanted:
        return request
    refuse_decided(request)
    refusal = why_not(session, at=at)
    if accepts and refusal is not None and refusal.code != "not_open":
        raise refusal
    request.status, request.document_seen = wanted, document_seen
    request.decided_by, request.decided_at = by, at  # type: ignore[assignment]
    _save(request, by, at)
    if not accepts:
        tell_declined.enqueue(request.pk)
    elif refusal is None:
        _excuse(request, session, by=by, at=at, source=source)
    return request


def refuse_decided(request: AbsenceRequest) -> None:
    if request.status == Status.WITHDRAWN:
        raise ValidationError(
            _("The person has withdrawn this excuse: there is nothing to decide."),
            code="withdrawn",
        )
    if request.decided_at is not None:
        raise ValidationError(
            _("It was already decided on %(moment)s by %(who)s: %(outcome)s.")
            % {
                "moment": f"{timezone.localtime(request.decided_at):%d/%m/%Y %H:%M}",
                "who": request.decided_by.get_full_name() if request.decided_by else "—",
                "outcome": request.get_status_display(),
            },
            code="decided",
        )


def _excuse(
    request: AbsenceRequest,
    session: Session,
    *,
    by: AbstractBaseUser | None,
    at: dt.datetime,
    source: str,
) -> None:
    record = AttendanceRecord.objects.filter(
        enrollment=request.enrollment_id, session=session
    ).first()
    if record is not None and record.state != State.ABSENT:
        return
    mark = Mark(State.EXCUSED, based_on=record.version if record else None)
    group = request.enrollment.group if session.group_id is None else None
    take_register(session, {request.enrollment_id: mark}, by=by, at=at, source=source, group=group)


def _locked(request: AbsenceRequest) -> AbsenceRequest:
    rows = AbsenceRequest.objects.select_related("enrollment__group", "enrollment__participant")
    return rows.select_for_update(of=("self",)).get(pk=request.pk)


def _save(request: AbsenceRequest, by: AbstractBaseUser | None, at: dt.datetime) -> None:
    request._history_user, request._history_date = by, at  # type: ignore[attr-defined]
    request.save()
