"""Sessions that were moved, cancelled or given another place are told, by mail, to those concerned.

One mail a person, whatever number of sessions changed at once; once for each number of a session's
`sequence`, however often it is announced or a task is run again. A mail says when, and leads to our
page: no title, no reason, no venue and no meeting link is in it.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Any

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import AbstractBaseUser
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.tasks import task
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from courses.calendar_feed import neutral_title
from courses.models import Cohort, Session
from participants.models import Enrollment, MakeUp
from participants.own_sessions import concerns
from trainingprog.models import SessionNotice
from tutors.models import TutorAssignment
from tutors.own_sessions import guides

TOLD_OF = (Cohort.Status.OPEN, Cohort.Status.RUNNING)


@dataclass(frozen=True, slots=True)
class Change:
    """That a session has come to this number, and when it was before. Text: tasks carry JSON.

    `role` is whose page the mail leads to, once it is known whom it is for. `dropped` is what is
    left of a session that the timetable took out: the values to make it of, by field.
    """

    uid: str
    sequence: int
    was: str
    role: str = ""
    dropped: dict[str, Any] | None = None

    @property
    def was_at(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.was)

    def page(self, session: Session) -> str:
        name, args = ("schedule", []) if self.dropped else ("session", [session.pk])
        return f"{settings.SITE_URL}{reverse(f'{self.role}:{name}', args=args)}"

    @classmethod
    def drop(cls, session: Session) -> "Change":
        values = {name: getattr(session, name) for name in ("cohort_id", "group_id", "number")}
        values |= {
            "starts_at": session.starts_at.isoformat(),
            "ends_at": session.ends_at.isoformat(),
        }
        was = session.starts_at.isoformat()
        return cls(str(session.uid), session.sequence + 1, was, dropped=values)

    def dropped_session(self) -> Session:
        """Not saved: it is no more. For those concerned it is a cancelled one."""
        values = dict(self.dropped or {})
        for name in ("starts_at", "ends_at"):
            values[name] = dt.datetime.fromisoformat(values[name])
        status = Session.Status.CANCELLED
        return Session(uid=uuid.UUID(self.uid), sequence=self.sequence, status=status, **values)


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a mail."""

    session: Session
    was_at: dt.datetime
    url: str

    @property
    def title(self) -> str:
        return neutral_title(self.session)

    @property
    def is_moved(self) -> bool:
        return self.was_at != self.session.starts_at


@transaction.atomic
def announce(
    sessions: Iterable[Session],
    *,
    by: AbstractBaseUser | None,
    at: dt.datetime | None = None,
    dropped: Iterable[Session] = (),
) -> tuple[Session, ...]:
    """Queues the mails for what changed in these sessions and returns those that are told of.

    Called in the transaction of the change, or after it. Left out is what nobody waits for: drafts
    and closed editions, sessions that were over before and after the change, and what was told
    already. `dropped` are sessions that the timetable took out, which for people are cancelled.
    `by` needs no mail, and is who is shown in the admin's history.
    """
    at = at or timezone.now()
    found = list(
        Session.objects.filter(
            pk__in=[session.pk for session in sessions], sequence__gt=0, cohort__status__in=TOLD_OF
        ).order_by("starts_at", "id")
    )
    told, before = _last_told(found), _earlier_states(found)
    changes: dict[Session, Change] = {}
    for session in found:
        last = told.get(session.uid, -1)
        if last >= session.sequence:
            continue
        was = _was_at(session, last, before.get(session.pk, []))
        if max(was, session.ends_at) > at:
            changes[session] = Change(str(session.uid), session.sequence, was.isoformat())
    changes |= {session: Change.drop(session) for session in _awaited(dropped, at)}
    if changes:
        tell.enqueue([asdict(each) for each in changes.values()], by.pk if by else None)
        if by is not None:
            message = _("The change is told by mail to those concerned.")
            LogEntry.objects.log_actions(by.pk, list(changes), CHANGE, change_message=message)
    return tuple(changes)


@task
def tell(changes: list[dict[str, Any]], by: int | None) -> None:
    """Finds out whom each change concerns and queues one mail a person, all or none of them."""
    by_uid = {change.uid: change for change in (Change(**values) for values in changes)}
    sessions = _as_changed(by_uid)
    concerned = _Concerned.by_changes_of({each.cohort_id for each in sessions}, by)
    for_person: dict[str, list[Change]] = defaultdict(list)
    for session in sessions:
        change = by_uid[str(session.uid)]
        days = {session.day, timezone.localtime(change.was_at).date()}
        for email, role in concerned.addresses(session, days).items():
            for_person[email].append(replace(change, role=role))
    with transaction.atomic():
        for email, own in sorted(for_person.items()):
            send_notice.enqueue(email, [asdict(change) for change in own])


@task
def send_notice(email: str, changes: list[dict[str, Any]]) -> None:
    """The mail to one person, with what this person was not told yet."""
    by_uid = {change.uid: change for change in (Change(**values) for values in changes)}
    current = _as_changed(by_uid)
    claimed = _claim(email, current)
    if not claimed:
        return
    lines = [
        Told(session, by_uid[str(session.uid)].was_at, by_uid[str(session.uid)].page(session))
        for session in current
        if session.uid in claimed
    ]
    try:
        _mail(email, lines)
    except Exception:
        # The task fails and may be run again: it must not take the mail for sent.
        SessionNotice.objects.filter(pk__in=claimed.values()).delete()
        raise


def _as_changed(changes: dict[str, Change]) -> list[Session]:
    """The sessions in order, without those that changed again: told under their new number."""
    kept = [
        session
        for session in Session.objects.filter(uid__in=changes)
        if session.sequence == changes[str(session.uid)].sequence
    ]
    dropped = [each.dropped_session() for each in changes.values() if each.dropped]
    return sorted([*kept, *dropped], key=lambda session: session.starts_at)


def _awaited(dropped: Iterable[Session], at: dt.datetime) -> list[Session]:
    """Those of which someone may think that they will be held."""
    ahead = [each for each in dropped if each.ends_at > at and not each.is_cancelled]
    told_of = Cohort.objects.filter(
        pk__in={each.cohort_id for each in ahead}, status__in=TOLD_OF
    ).values_list("pk", flat=True)
    cohorts = set(told_of) if ahead else set()
    return [each for each in ahead if each.cohort_id in cohorts]


def _mail(email: str, lines: list[Told]) -> None:
    with override(settings.LANGUAGE_CODE):
        context = {"lines": lines}
        EmailMessage(
            subject=render_to_string("mail/session_notice_subject.txt", context).strip(),
            body=render_to_string("mail/session_notice.txt", context).strip() + "\n",
            to=[email],
        ).send()


def _claim(email: str, sessions: Iterable[Session]) -> dict[Any, int]:
    """Notes the mail before it is sent and commits: two tasks at once cannot both send it, and no
    lock is held while the mail server is waited for. Returns the new notices by session."""
    told_of = list(sessions)
    for _session in told_of:
        try:
            return _noted(email, told_of)
        except IntegrityError:
            # Another task noted at least one of them meanwhile: the rest may still be this one's.
            continue
    return _noted(email, told_of)


def _noted(email: str, sessions: Iterable[Session]) -> dict[Any, int]:
    wanted = {(session.uid, session.sequence) for session in sessions}
    with transaction.atomic():
        known = SessionNotice.objects.filter(
            email=email, session_uid__in=[uid for uid, _sequence in wanted]
        ).values_list("session_uid", "sequence")
        new = SessionNotice.objects.bulk_create(
            SessionNotice(session_uid=uid, sequence=sequence, email=email)
            for uid, sequence in sorted(wanted - set(known))
        )
    return {notice.session_uid: notice.pk for notice in new}


def _last_told(sessions: Iterable[Session]) -> dict[Any, int]:
    notices = SessionNotice.objects.filter(session_uid__in=[each.uid for each in sessions])
    return dict(notices.values_list("session_uid").annotate(last=Max("sequence")).order_by())


def _earlier_states(sessions: Iterable[Session]) -> dict[int, list[tuple[int, dt.datetime]]]:
    """Of each session the sequence and start that its history holds, from first to last."""
    rows = (
        Session.history.filter(id__in=[each.pk for each in sessions])
        .order_by("id", "history_id")
        .values_list("id", "sequence", "starts_at")
    )
    return {
        pk: [(sequence, starts_at) for _id, sequence, starts_at in of_session]
        for pk, of_session in groupby(rows, key=lambda row: row[0])
    }


def _was_at(session: Session, last: int, states: list[tuple[int, dt.datetime]]) -> dt.datetime:
    """When people believed it to be: as last told, or else as it stood before this change."""
    earlier = [state for state in states if state[0] < session.sequence]
    told = [state for state in earlier if state[0] <= last]
    known = told or earlier
    return known[-1][1] if known else session.moved_from or session.starts_at


@dataclass(frozen=True, slots=True)
class _Concerned:
    """The people of some editions, read once for all their sessions."""

    enrollments: tuple[Enrollment, ...]
    # By session: who makes up another one in it.
    guests: dict[int, set[int]]
    assignments: tuple[TutorAssignment, ...]

    @classmethod
    def by_changes_of(cls, cohorts: set[int], by: int | None) -> "_Concerned":
        """All but who made the change and whose account is closed; some have none yet."""
        participant_reads = Q(participant__user=None) | Q(participant__user__is_active=True)
        tutor_reads = Q(tutor__user=None) | Q(tutor__user__is_active=True)
        enrollments = Enrollment.objects.active().filter(participant_reads, cohort__in=cohorts)
        assignments = TutorAssignment.objects.filter(tutor_reads, group__cohort__in=cohorts)
        if by is not None:
            enrollments = enrollments.exclude(participant__user=by)
            assignments = assignments.exclude(tutor__user=by)
        guests: dict[int, set[int]] = defaultdict(set)
        make_ups = MakeUp.objects.filter(
            host__cohort__in=cohorts, host__isnull=False, cancelled_at__isnull=True
        )
        for host, person in make_ups.order_by().values_list("host", "enrollment"):
            guests[host].add(person)
        return cls(
            tuple(enrollments.select_related("participant")),
            guests,
            tuple(assignments.select_related("tutor", "group")),
        )

    def addresses(self, session: Session, days: set[dt.date]) -> dict[str, str]:
        """Each address once, with the role: who is both in a session is its tutor."""
        found: dict[str, str] = {}
        for enrollment in self.enrollments:
            is_guest = enrollment.pk in self.guests.get(session.pk, ())
            if is_guest or any(concerns(session, enrollment, day) for day in days):
                found[enrollment.participant.email.lower()] = "participants"
        for assignment in self.assignments:
            if any(guides(session, assignment, day) for day in days):
                found[assignment.tutor.email.lower()] = "tutors"
        return found
