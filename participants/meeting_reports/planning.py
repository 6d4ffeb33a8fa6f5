"""What a report would change in a session's register, and what it leaves in doubt.

A tutor sees the part of the own groups; the others are counted, not named.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from courses.models import Group, Session
from participants.deciding import Decision, Said, decide
from participants.evidence import Decided, decided_people
from participants.meeting_reports.connections import Report
from participants.meeting_reports.matching import (
    By,
    Caller,
    Known,
    Match,
    Matcher,
    caller_key,
    callers_of,
)
from participants.meeting_reports.placing import Placed, Placement, place
from participants.models import (
    AttendanceEvidence,
    AttendanceRecord,
    Enrollment,
    MeetingReport,
    ShownName,
)
from participants.register_people import is_excused, mark_of, register_of

State = AttendanceRecord.State
CHIPS = {State.PRESENT: "ok", State.LATE: "warn", State.ABSENT: "risk"}
NOBODY = "nobody"
MOST_CANDIDATES = 8
# Fewer of a report known than this share, and it is doubted that it is of this edition.
FEW_KNOWN = 0.2


@dataclass(frozen=True)
class Line:
    """A person of the report, and what the register would say."""

    enrollment: Enrollment
    decision: Decision
    record: AttendanceRecord | None
    by: By
    shown_names: tuple[str, ...]
    is_changed: bool
    is_contradicted: bool


@dataclass(frozen=True)
class Question:
    """A caller in doubt. `people` are to choose from, the likeliest first; `answer` is chosen."""

    caller: Caller
    minutes: int
    people: tuple[Enrollment, ...]
    is_likely: bool
    answer: int | None = None


@dataclass(frozen=True)
class ReportPlan:
    """`lines` and `questions` are of the groups asked for; `elsewhere` counts the others' people.

    `strangers` are callers of whom nothing says that they are of the edition, `outside` persons of
    the edition whom the session does not concern. `ours` are all whom the part concerns, `rest`
    those of them of whom nothing is known: no mark, no evidence, no name or row that may be theirs.
    """

    session: Session
    report: Report
    placement: Placement
    lines: tuple[Line, ...] = ()
    questions: tuple[Question, ...] = ()
    strangers: tuple[Question, ...] = ()
    outside: tuple[Question, ...] = ()
    elsewhere: int = 0
    ours: tuple[Enrollment, ...] = ()
    rest: tuple[Enrollment, ...] = ()
    said: tuple[Said, ...] = ()
    imported_before: MeetingReport | None = None
    warning: str = ""

    @property
    def can_apply(self) -> bool:
        return not (self.placement.refusal or self.placement.asks_order)

    @property
    def kind(self) -> str:
        return str(MeetingReport.Format(self.report.format).label)

    @property
    def totals(self) -> list[tuple[tuple[str, str], int]]:
        """How many of each state, with its word and its colour."""
        counts = Counter(line.decision.state for line in self.lines)
        return [
            ((str(State(state).label), CHIPS[state]), counts[state])
            for state in CHIPS
            if counts[state]
        ]

    @property
    def shown_shift(self) -> str:
        """With its sign, as a number of hours may go either way."""
        return f"{self.placement.shift or self.placement.offered_shift:+d}"

    @property
    def changed(self) -> int:
        return sum(line.is_changed for line in self.lines)

    @property
    def unnamed(self) -> list[Enrollment]:
        """Who was due, and of whom the report says nothing for certain."""
        named = {line.enrollment.pk for line in self.lines}
        return [person for person in self.ours if person.pk not in named]

    @property
    def contradicted(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.is_contradicted)

    @property
    def rest_states(self) -> list[tuple[Enrollment, str]]:
        """What marking the rest as absent makes of each."""
        return [
            (person, State.EXCUSED.value if is_excused(person) else State.ABSENT.value)
            for person in self.rest
        ]

    @property
    def fingerprint(self) -> str:
        """Of all that is shown to be applied."""
        shown = [
            (line.enrollment.pk, line.decision.state, line.decision.minutes) for line in self.lines
        ]
        return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]

    def as_json(self) -> dict[str, Any]:
        """By address and by shown name: what the command prints."""
        return {
            "format": self.report.format,
            "matched": [
                {
                    "email": line.enrollment.participant.email,
                    "minutes": line.decision.minutes,
                    "status": line.decision.state,
                    "by": line.by.value,
                }
                for line in self.lines
            ],
            "review": [
                {
                    "shown_name": question.caller.shown_name,
                    "minutes": question.minutes,
                    "candidates": [person.participant.email for person in question.people],
                }
                for question in self.questions
                if question.answer is None
            ],
            "unmatched": [
                {"shown_name": question.caller.shown_name, "minutes": question.minutes}
                for question in (*self.strangers, *self.outside)
            ],
        }


def plan_report(
    report: Report,
    session: Session,
    *,
    digest: str,
    groups: Collection[Group] | None = None,
    order: str = "",
    shift: int = 0,
    answers: Mapping[str, str] | None = None,
) -> ReportPlan:
    """Five queries, whatever the number of people and rows. `session` comes with its cohort.

    `groups` are those whose part is shown, None for all; `answers` are enrollments by the caller's
    key, or NOBODY.
    """
    placement = place(report, session, order=order, shift=shift)
    if placement.asks_order:
        return ReportPlan(session, report, placement)
    people = {person.pk: person for person in people_of(session)}
    aliases = dict(
        ShownName.objects.filter(cohort=session.cohort_id).values_list("name", "enrollment")
    )
    matcher = Matcher([Known.of(person) for person in people.values()], aliases)
    found = [
        _answered(matcher.match(caller), answers or {}, people)
        for caller in callers_of(placement.placed)
    ]
    said = tuple(
        _said(placed, match.person)
        for match in found
        if match.person is not None
        for placed in match.caller.placed
    )
    asked_for = {person.pk: person for person in register_of(session, None)}
    decided = {row.enrollment.pk: row for row in decided_people(session, asked_for, said)}
    of_person: dict[int, list[Match]] = defaultdict(list)
    for match in found:
        if match.person is not None:
            of_person[match.person].append(match)

    parts = {group.pk for group in groups or ()}

    def is_ours(pk: int) -> bool:
        if groups is None or (session.group_id is not None and pk in asked_for):
            return True
        return people[pk].group_id in parts

    ours_due = sorted(
        (p for p in people.values() if is_ours(p.pk) and _is_due(p, session)),
        key=lambda person: person.participant.sorting_key,
    )
    concerned = [pk for pk in of_person if pk in decided]
    ours = [pk for pk in concerned if is_ours(pk)]
    lines = [_line(session, decided[pk], of_person[pk]) for pk in ours]
    lines.sort(key=lambda line: line.enrollment.participant.sorting_key)
    asked = [match for match in found if _is_question(match)]
    in_doubt = [
        match for match in asked if any(is_ours(pk) for pk in (*match.candidates, *match.hints))
    ]
    strangers = [match for match in found if match.person is None and not _is_question(match)]
    outside = [match for match in found if match.person is not None and match.person not in decided]
    left_out = [matcher.match(caller) for caller in _left_out(report, placement)]
    known = decided.keys() | _maybe_meant([*found, *left_out])
    rest = (asked_for[p.pk] for p in ours_due if p.pk in asked_for and p.pk not in known)

    def question(match: Match) -> Question:
        likely = match.candidates or match.hints
        return Question(
            match.caller,
            _minutes_of(match.caller, session),
            tuple(people[pk] for pk in likely if is_ours(pk))[:MOST_CANDIDATES],
            bool(match.candidates),
            match.person,
        )

    return ReportPlan(
        session,
        report,
        placement,
        lines=tuple(lines),
        questions=tuple(question(match) for match in in_doubt),
        strangers=tuple(question(match) for match in strangers),
        outside=tuple(question(match) for match in outside) if groups is None else (),
        elsewhere=len(concerned) - len(ours),
        ours=tuple(ours_due),
        rest=tuple(person for person in rest if mark_of(person) is None),
        said=tuple(each for each in said if each.enrollment in ours),
        imported_before=MeetingReport.objects.filter(session=session.pk, digest=digest)
        .select_related("imported_by")
        .first(),
        warning=_few_known(len(found), len(of_person)),
    )


def people_of(session: Session) -> QuerySet[Enrollment]:
    """All who were ever in the edition: who shares a name with one of the session is a doubt."""
    return (
        Enrollment.objects.for_cohort(session.cohort)
        .filter(status__in=Enrollment.ATTENDED)
        .select_related("participant__user", "facility", "group")
        .order_by("pk")
    )


def _is_due(person: Enrollment, session: Session) -> bool:
    """As EnrollmentQuerySet.for_session, of rows at hand."""
    if not person.covers(session.day) or session.group_id not in (None, person.group_id):
        return False
    since = person.group_since if session.group_id is not None else None
    return since is None or since <= session.day


def _answered(match: Match, answers: Mapping[str, str], people: Mapping[int, Enrollment]) -> Match:
    answer = answers.get(match.caller.key, "")
    if not answer or match.by in {By.EMAIL, By.DOCUMENT, By.NAME, By.REGION}:
        return match
    if answer == NOBODY:
        return Match(match.caller)
    if answer.isdecimal() and int(answer) in people:
        return Match(match.caller, int(answer), By.CONFIRMED)
    return match


def _is_question(match: Match) -> bool:
    if match.person is None:
        return bool(match.candidates)
    return match.by == By.ALIAS and len(match.candidates) > 1


def _maybe_meant(found: Iterable[Match]) -> set[int]:
    """Whom a match names or, where it names nobody, all whom it may mean."""
    meant: set[int] = set()
    for match in found:
        if match.person is None:
            meant.update(match.candidates, match.hints)
        else:
            meant.add(match.person)
    return meant


def _left_out(report: Report, placement: Placement) -> list[Caller]:
    """Of the rows that could not be read: whoever they name was there, for all that is known."""
    rows = {problem.row for problem in placement.problems}
    return [
        Caller(caller_key(each.shown_name, each.email), each.shown_name, each.email)
        for each in report.connections
        if each.row in rows
    ]


def _said(placed: Placed, enrollment: int) -> Said:
    starts_at, ends_at = placed.interval or (None, None)
    return Said(
        enrollment,
        AttendanceEvidence.Kind.MEETING.value,
        AttendanceRecord.Mode.ONLINE.value,
        starts_at,
        ends_at,
        placed.minutes,
    )


def _minutes_of(caller: Caller, session: Session) -> int:
    said = [_said(placed, 0) for placed in caller.placed]
    return decide(said, session, session.cohort).minutes


def _line(session: Session, row: Decided, matches: list[Match]) -> Line:
    order = list(By)
    return Line(
        row.enrollment,
        row.decision,
        row.record,
        min((By(match.by) for match in matches), key=order.index),
        tuple(dict.fromkeys(match.caller.shown_name for match in matches)),
        row.changes(session),
        row.is_contradicted,
    )


def _few_known(callers: int, known: int) -> str:
    if callers < 5 or known >= callers * FEW_KNOWN:
        return ""
    if not known:
        return _("Nobody of the report is known in this edition: is it of another one?")
    return _("Few of the report are known in this edition: is it of another one?")
