"""A register: who was in a session. Taken whole or in part, by several people, again and again."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from courses.models import Group, Session
from courses.models.sessions import Modality
from participants.corrections import Correction
from participants.deciding import MODE_OF, Decision, Said, contradicts, decide, set_by_hand
from participants.models import (
    AbsenceRequest,
    AttendanceEvidence,
    AttendanceRecord,
    Enrollment,
    MakeUp,
)
from participants.models.attendance import CAME
from participants.register_people import (
    evidence_of,
    excuse_of,
    guest_of,
    is_excused,
    make_up_of,
    mark_of,
    place,
    register_of,
)
from participants.register_refusals import why_not

State = AttendanceRecord.State
MOST_MINUTES = 24 * 60
WRITTEN = [
    *("state", "mode", "minutes", "source", "recorded_by", "recorded_at", "version"),
    *("correction", "correction_note"),
]


@dataclass(frozen=True, slots=True)
class Mark:
    """What is to be stored for one enrollment.

    `mode` and `minutes` left empty keep what is stored, unless the mark `is_whole`: then minutes
    left empty are none, and the mode is the session's. `based_on` is the version that whoever marks
    has seen, None where there was no mark. `source` left empty is that of the whole register. A
    `remark` goes into the history alone.
    """

    state: str
    mode: str = ""
    minutes: int | None = None
    based_on: int | None = None
    is_whole: bool = False
    source: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A mark that was not stored, as someone else had stored another since it was seen."""

    enrollment: Enrollment
    mark: Mark
    record: AttendanceRecord


@dataclass(frozen=True, slots=True)
class Row:
    """One person of a register. `earlier` are the marks that the present one replaced.

    `excuse` is asked for or accepted; `guest` is what a guest of another group is there for,
    `make_up` what the person makes this session up with; `decision` is what the `evidence` amounts
    to, None where there is none.
    """

    enrollment: Enrollment
    record: AttendanceRecord | None
    shares_name: bool = False
    earlier: tuple[AttendanceRecord, ...] = ()
    excuse: AbsenceRequest | None = None
    guest: MakeUp | None = None
    make_up: MakeUp | None = None
    evidence: tuple[AttendanceEvidence, ...] = ()
    decision: Decision | None = None

    @property
    def contradiction(self) -> Decision | None:
        """What the evidence says, where someone marked otherwise."""
        if self.record is None or self.decision is None or not set_by_hand(self.record):
            return None
        return self.decision if contradicts(self.decision, self.record) else None

    @property
    def version(self) -> int | None:
        return self.record.version if self.record else None


@dataclass(frozen=True)
class Register:
    """A session's register, whole or one group's part. At most three queries.

    `refusal` tells why it cannot be taken; None when it can.
    """

    session: Session
    group: Group | None
    rows: tuple[Row, ...]
    refusal: ValidationError | None

    @classmethod
    def of(cls, session: Session, group: Group | None = None, *, at: dt.datetime) -> "Register":
        """`session` comes with its cohort and its module loaded."""
        people = register_of(session, group).fetch_mode(models.FETCH_RAISE)
        return cls.with_people(session, group, list(people), at=at).with_earlier().with_evidence()

    @classmethod
    def with_people(
        cls, session: Session, group: Group | None, people: list[Enrollment], *, at: dt.datetime
    ) -> "Register":
        people = sorted(people, key=lambda person: place(person, session))
        names = Counter(person.participant.sorting_key for person in people)
        rows = (
            Row(
                person,
                mark_of(person),
                names[person.participant.sorting_key] > 1,
                excuse=excuse_of(person),
                guest=guest_of(person, session),
                make_up=make_up_of(person),
            )
            for person in people
        )
        return cls(session, group, tuple(rows), why_not(session, at=at))

    def with_earlier(self) -> "Register":
        """What the marks were before, oldest first: one query where any was changed."""
        changed = [row.record.pk for row in self.rows if row.record and row.record.version > 1]
        if not changed:
            return self
        past = (
            AttendanceRecord.history.filter(session=self.session.pk, id__in=changed)
            .select_related("recorded_by")
            .order_by("id", "version", "history_id")
        )
        found = {pk: tuple(marks)[:-1] for pk, marks in groupby(past, key=lambda mark: mark.id)}
        rows = (
            replace(row, earlier=found.get(row.record.pk, ())) if row.record else row
            for row in self.rows
        )
        return replace(self, rows=tuple(rows))

    def with_evidence(self) -> "Register":
        """What the sources say, and what that amounts to: one query."""
        said = evidence_of(self.session, [row.enrollment.pk for row in self.rows])
        rows = (
            replace(row, evidence=found, decision=decision_on(found, self.session))
            if (found := said.get(row.enrollment.pk))
            else row
            for row in self.rows
        )
        return replace(self, rows=tuple(rows))

    @property
    def unmarked(self) -> int:
        return sum(row.record is None for row in self.rows)

    @property
    def by_group(self) -> list[tuple[Group | None, list[Row]]]:
        """In sections; a part and a group's own session are one, with the guests at its end."""
        if self.group is not None:
            return [(self.group, list(self.rows))] if self.rows else []
        rows = groupby(self.rows, key=lambda row: row.enrollment.group)
        return [(group, list(people)) for group, people in rows]


@dataclass(frozen=True, slots=True)
class RegisterOutcome:
    """What was done, and the register as it now stands, without its earlier marks."""

    saved: tuple[AttendanceRecord, ...]
    unchanged: tuple[AttendanceRecord, ...]
    conflicts: tuple[Conflict, ...]
    register: Register


def decision_on(evidence: Iterable[AttendanceEvidence], session: Session) -> Decision:
    """`session` comes with its cohort, whose policy decides."""
    return decide([Said.of(row) for row in evidence], session, session.cohort)


@transaction.atomic
def take_register(
    session: Session,
    marks: Mapping[int, Mark],
    *,
    by: AbstractBaseUser | None,
    at: dt.datetime,
    source: str = AttendanceRecord.Source.TUTOR,
    group: Group | None = None,
    rest: Mark | None = None,
    correction: Correction | None = None,
) -> RegisterOutcome:
    """Store marks by enrollment: all good ones in one transaction, or none with an error.

    `rest` goes to whoever of the register has no mark yet, stored or in `marks`. Who has an
    accepted excuse comes out of it excused, and so does who is marked absent.

    Sent twice, it changes nothing the second time. A mark that rests on an older version than the
    stored one, and differs from it, is a conflict: it is handed back and nothing is overwritten.
    Who is not in `marks` keeps what there is. The first mark from the start on makes the session
    held. Whoever else writes attendance must lock the session first, as is done here.

    Of a closed module marks change by a `correction` alone, which is kept with each of them; who
    may correct is for the caller to know. Decisions taken keep the figures that they saw.

    Raises ValidationError: with a code of `why_not` when the register cannot be taken, otherwise
    with a message for each wrong enrollment under its id as text, or as `Correction.check`.
    """
    is_first = session.status == Session.Status.SCHEDULED and (marks or rest is not None)
    locked = locked_session(session, held_from=at if is_first else None)
    people = people_to_mark(locked, marks, group, at=at, correction=correction)
    if rest is not None:
        yet = {
            pk: Mark(State.EXCUSED) if is_excused(person) else rest
            for pk, person in people.items()
            if mark_of(person) is None
        }
        marks = {**yet, **marks}

    return store(
        locked, people, marks, by=by, at=at, source=source, group=group, correction=correction
    )


def store(
    locked: Session,
    people: Mapping[int, Enrollment],
    marks: Mapping[int, Mark],
    *,
    by: AbstractBaseUser | None,
    at: dt.datetime,
    source: str,
    group: Group | None = None,
    correction: Correction | None = None,
) -> RegisterOutcome:
    """The marks and their history, once the session is locked and its `people` are read."""
    new: list[AttendanceRecord] = []
    changed: list[AttendanceRecord] = []
    unchanged: list[AttendanceRecord] = []
    conflicts: list[Conflict] = []
    for pk, mark in marks.items():
        person = people[pk]
        record = mark_of(person)
        mark = with_excuse(mark, person)
        wanted = what_to_store(mark, record, locked)
        if record is None:
            record = AttendanceRecord(enrollment=person, session=locked)
            person.mark = record  # type: ignore[attr-defined]
            new.append(record)
        elif wanted == (record.state, record.mode, record.minutes):
            unchanged.append(record)
            continue
        elif mark.based_on != record.version:
            conflicts.append(Conflict(person, mark, record))
            continue
        else:
            record.version += 1
            changed.append(record)
        record.state, record.mode, record.minutes = wanted
        record.source, record.recorded_at = mark.source or source, at
        record.recorded_by = by  # type: ignore[assignment]
        record.correction = correction.reason if correction else ""
        record.correction_note = correction.note if correction else ""
        record._change_reason = mark.remark  # type: ignore[attr-defined]

    kept: dict[str, Any] = {"default_user": by, "default_date": at}
    kept["default_change_reason"] = correction.note if correction else None
    if new:
        bulk_create_with_history(new, AttendanceRecord, **kept)
    if changed:
        bulk_update_with_history(changed, AttendanceRecord, WRITTEN, **kept)
    saved = (*new, *changed)
    register = Register.with_people(locked, group, list(people.values()), at=at)
    return RegisterOutcome(saved, tuple(unchanged), tuple(conflicts), register)


def locked_session(session: Session, *, held_from: dt.datetime | None = None) -> Session:
    """With its cohort and module, its row locked until the transaction ends.

    With `held_from`, one that has started by then becomes held, which locks it too. It is read once
    it is locked: what is read together with a row that has to be waited for is from before the
    wait, and the module may have been closed in it.
    """
    rows = Session.objects.filter(pk=session.pk)
    becomes_held = False
    if held_from is not None:
        due = rows.filter(status=Session.Status.SCHEDULED, starts_at__lte=held_from)
        # No calendar need hear of it: neither the sequence nor the time of change moves.
        becomes_held = bool(due.update(status=Session.Status.HELD))
    if not becomes_held:
        rows.select_for_update().values_list("pk").get()
    return rows.select_related("cohort", "cohort_module").get()


def people_to_mark(
    session: Session,
    marks: Mapping[int, Mark],
    group: Group | None,
    *,
    at: dt.datetime,
    correction: Correction | None = None,
) -> dict[int, Enrollment]:
    """The register's people, once nothing speaks against the marks. Raises as take_register."""
    if refusal := why_not(session, at=at, corrects=correction is not None):
        raise refusal
    if correction is not None:
        correction.check()
    people = {person.pk: person for person in register_of(session, group)}
    refuse_wrong(marks, people, session, group)
    return people


def with_excuse(mark: Mark, person: Enrollment) -> Mark:
    """Who has an accepted excuse is excused where absent, whoever takes the register and when.

    Whoever has seen the mark “excused” and changes it to absent means it, however often it is sent.
    """
    record = mark_of(person)
    if record is not None and record.state == State.ABSENT:
        return mark
    means_it = record and record.state == State.EXCUSED and record.version == mark.based_on
    if mark.state != State.ABSENT or means_it or not is_excused(person):
        return mark
    return replace(mark, state=State.EXCUSED)


def what_to_store(
    mark: Mark, record: AttendanceRecord | None, session: Session
) -> tuple[str, str, int | None]:
    """State, mode and minutes. Who did not come has neither of the latter."""
    if mark.state not in CAME:
        return mark.state, "", None
    keeps = record is not None and record.state in CAME and not mark.is_whole
    stored = record if keeps else None
    mode = mark.mode or (stored.mode if stored else MODE_OF.get(Modality(session.modality), ""))
    minutes = mark.minutes
    if minutes is None and stored:
        minutes = stored.minutes
    return mark.state, mode, minutes


def refuse_wrong(
    marks: Mapping[int, Mark],
    people: Mapping[int, Enrollment],
    session: Session,
    group: Group | None,
) -> None:
    errors: dict[str, str] = {}
    strangers = [pk for pk in marks if pk not in people]
    if strangers:
        errors = dict.fromkeys(map(str, strangers), _("This person is not in this register."))
        near = Enrollment.objects.filter(pk__in=strangers, cohort=session.cohort_id)
        whose = group.pk if group is not None else session.group_id
        if whose is not None:
            near = near.filter(group=whose)
        for person in near.select_related("participant"):
            errors[str(person.pk)] = why_not_asked(person, session)
    for pk, mark in marks.items():
        if mark.state not in State.values:
            errors[str(pk)] = _("“%(state)s” is no state of attendance.") % {"state": mark.state}
        elif mark.mode and mark.mode not in AttendanceRecord.Mode.values:
            errors[str(pk)] = _("“%(mode)s” is no way of attending.") % {"mode": mark.mode}
        elif mark.minutes is not None and not 0 <= mark.minutes <= MOST_MINUTES:
            errors[str(pk)] = _("The minutes lie between 0 and %(most)d.") % {"most": MOST_MINUTES}
    if errors:
        raise ValidationError(errors)


def why_not_asked(person: Enrollment, session: Session) -> str:
    facts = {"name": person.participant.sorting_name, "day": f"{session.day:%d/%m/%Y}"}
    if person.ended_on is not None and person.ended_on < session.day:
        facts["last"] = f"{person.ended_on:%d/%m/%Y}"
        return _("%(name)s left the edition on %(last)s, before this session of %(day)s.") % facts
    if person.enrolled_on > session.day:
        facts["first"] = f"{person.enrolled_on:%d/%m/%Y}"
        return (
            _("%(name)s entered the edition on %(first)s, after this session of %(day)s.") % facts
        )
    return _("%(name)s is not in this register.") % facts
