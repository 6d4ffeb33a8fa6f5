"""Evidence of attendance: what sources said is kept, and decided into the register's marks."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from courses.models import Session
from participants.deciding import Decision, Said, contradicts, decide, set_by_hand
from participants.models import (
    AttendanceEvidence,
    AttendanceRecord,
    Enrollment,
    MeetingReport,
    SharedConnection,
)
from participants.register import (
    Mark,
    Register,
    locked_session,
    people_to_mark,
    store,
    what_to_store,
)
from participants.register_people import evidence_of, is_excused, mark_of

State = AttendanceRecord.State


@dataclass(frozen=True, slots=True)
class Decided:
    """One person, the stored mark, and what the evidence amounts to."""

    enrollment: Enrollment
    record: AttendanceRecord | None
    decision: Decision
    kinds: frozenset[str]

    @property
    def is_contradicted(self) -> bool:
        """Someone marked otherwise: their mark stands."""
        record = self.record
        return record is not None and set_by_hand(record) and contradicts(self.decision, record)

    @property
    def state(self) -> str:
        """Absent by evidence is excused by an accepted excuse."""
        if self.decision.state == State.ABSENT and is_excused(self.enrollment):
            return State.EXCUSED.value
        return self.decision.state

    def changes(self, session: Session) -> bool:
        """Whether applying it would store another mark."""
        record = self.record
        if record is None:
            return True
        wanted = what_to_store(self.mark(), record, session)
        return not set_by_hand(record) and wanted != (record.state, record.mode, record.minutes)

    def mark(self, source: str = "") -> Mark:
        decision, record = self.decision, self.record
        return Mark(
            self.state,
            decision.mode,
            decision.minutes,
            based_on=record.version if record else None,
            is_whole=True,
            source=source if source in self.kinds else decision.source,
        )


@dataclass(frozen=True, slots=True)
class AppliedEvidence:
    """What was stored, what already was so, and whose own mark stands against the evidence."""

    saved: tuple[AttendanceRecord, ...]
    unchanged: tuple[AttendanceRecord, ...]
    contradicted: tuple[Decided, ...]


@transaction.atomic
def add_evidence(
    session: Session,
    items: Iterable[Said],
    *,
    by: AbstractBaseUser | None,
    at: dt.datetime,
    report: MeetingReport | None = None,
) -> list[AttendanceEvidence]:
    """Keep what a source said; what is already said is not said again. Returns what is new.

    A person checks in once: the first time stands. What is said of who shares a connection, as the
    tutor has confirmed, is said of the colleague too. Marks are not touched: `apply_evidence` does.

    Raises ValidationError where a person is not of the session's edition.
    """
    locked = locked_session(session)
    items = list(dict.fromkeys(items))
    _refuse_strangers(locked, {said.enrollment for said in items})
    items += list(_shared(locked, items))
    known = {Said.of(row) for row in AttendanceEvidence.objects.filter(session=locked)}
    checked_in = {said.enrollment for said in known if _is_own_check_in(said)}
    new = []
    for said in items:
        if said in known or (_is_own_check_in(said) and said.enrollment in checked_in):
            continue
        if _is_own_check_in(said):
            checked_in.add(said.enrollment)
        new.append(
            AttendanceEvidence(
                session=locked,
                enrollment_id=said.enrollment,
                kind=said.kind,
                mode=said.mode,
                starts_at=said.starts_at,
                ends_at=said.ends_at,
                minutes=said.minutes,
                shared_with_id=said.shared_with,
                report=report,
                reported_by=by,  # type: ignore[misc]
                reported_at=at,
            )
        )
    return AttendanceEvidence.objects.bulk_create(new)


@transaction.atomic
def apply_evidence(
    session: Session,
    *,
    by: AbstractBaseUser | None,
    at: dt.datetime,
    source: str = "",
    only: Collection[int] | None = None,
) -> AppliedEvidence:
    """Decide everyone of whom there is evidence, or `only` these enrollments, and store the marks.

    A mark that a person set stands: what contradicts it is handed back and shown, never applied.
    Run again it changes nothing; run after the policy or the session's times changed, it decides
    anew what evidence had decided. `source` is what brought the evidence; left empty, or of whom
    it says nothing, the kind that the decision rests on.

    Raises ValidationError with a code of `why_not` where the register cannot change.
    """
    locked = locked_session(session)
    people = people_to_mark(locked, {}, None, at=at)
    decided = list(_decided(locked, people, evidence_of(locked, only), ()))
    marks = {
        row.enrollment.pk: row.mark(source)
        for row in decided
        if row.record is None or not set_by_hand(row.record)
    }
    outcome = store(locked, people, marks, by=by, at=at, source=source)
    if outcome.saved and locked.status == Session.Status.SCHEDULED and locked.starts_at <= at:
        Session.objects.filter(pk=locked.pk).update(status=Session.Status.HELD)
    by_hand = (row.record for row in decided if row.record and set_by_hand(row.record))
    contradicted = tuple(row for row in decided if row.is_contradicted)
    against = {row.record for row in contradicted}
    unchanged = (*outcome.unchanged, *(mark for mark in by_hand if mark not in against))
    return AppliedEvidence(outcome.saved, unchanged, contradicted)


def decided_people(
    session: Session, people: Mapping[int, Enrollment], also: Iterable[Said] = ()
) -> list[Decided]:
    """What applying would decide, with what is not kept yet `also` said: for a preview.

    `session` comes with its cohort, `people` are its whole register's.
    """
    return list(_decided(session, people, evidence_of(session), also))


def outdated(register: Register) -> list[Decided]:
    """Of a register at hand, whose mark applying the evidence would change: no query."""
    rows = (
        Decided(row.enrollment, row.record, row.decision, frozenset())
        for row in register.rows
        if row.decision is not None
    )
    return [row for row in rows if row.changes(register.session)]


def _decided(
    session: Session,
    people: Mapping[int, Enrollment],
    evidence: Mapping[int, tuple[AttendanceEvidence, ...]],
    also: Iterable[Said],
) -> Iterable[Decided]:
    said = {pk: [Said.of(row) for row in rows] for pk, rows in evidence.items()}
    for item in also:
        said.setdefault(item.enrollment, []).append(item)
    for pk, person in people.items():
        if items := list(dict.fromkeys(said.get(pk, ()))):
            decision = decide(items, session, session.cohort)
            kinds = frozenset(item.kind for item in items)
            yield Decided(person, mark_of(person), decision, kinds)


def _shared(session: Session, items: Iterable[Said]) -> Iterator[Said]:
    """The same of each colleague on the connection; what is shared already goes no further."""
    confirmed = SharedConnection.objects.filter(
        session=session, status=SharedConnection.Status.CONFIRMED
    )
    pairs = list(confirmed.values_list("enrollment", "colleague"))
    for said in items:
        for one, other in pairs:
            if said.shared_with is None and said.enrollment in (one, other):
                colleague = other if said.enrollment == one else one
                yield replace(said, enrollment=colleague, shared_with=said.enrollment)


def _is_own_check_in(said: Said) -> bool:
    return said.kind == AttendanceEvidence.Kind.CHECK_IN and said.shared_with is None


def _refuse_strangers(session: Session, people: set[int]) -> None:
    known = Enrollment.objects.filter(pk__in=people, cohort=session.cohort_id)
    strangers = people - set(known.values_list("pk", flat=True))
    if strangers:
        message = _("This person is not in this edition.")
        raise ValidationError({str(pk): [message] for pk in sorted(strangers)})
