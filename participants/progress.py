"""How much each person has attended, of the edition and of each module.

What counts are the sessions, not cancelled, that concern the enrollment: the whole cohort's, those
of its group since it is in it, and any in which it has a mark; inside the enrollment's dates. The
session that someone attends as a guest does not count: the one that is made up by it does.

The percentages are Python's arithmetic, over rows read plainly. In SQL the rule would need the
cohort's policy, the dates, the group and the greedy count of absences in one expression, per
person and again per module, in two dialects that round differently. Read plainly, an edition of
132 people × 31 sessions is four queries and some 4,000 marks, counted in some 30 ms; and the
rule stands once, in participants/attendance_rates.py, where property tests hold it against an
enumeration of all outcomes.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import FETCH_RAISE, OuterRef, QuerySet

from courses.models import Cohort, CohortModule, Group, Session
from courses.nested_rows import NestedRows, moment
from participants.attendance_marks import MADE_UP
from participants.attendance_rates import AttendanceRate, Part, Policy, attendance_rate
from participants.counted_sessions import Timetable
from participants.make_ups import HAS_MAKE_UPS, MISSED, OwnMakeUp, is_guest
from participants.models import AttendanceRecord, Enrollment, MakeUp, ModuleCompletion
from participants.module_policies import edition_policy, modules_with_policies
from participants.rules_in_force import RulesOf

__all__ = [
    "AttendanceRate",
    "CohortProgress",
    "Decision",
    "EnrollmentProgress",
    "ModuleProgress",
    "Policy",
]


@dataclass(frozen=True, slots=True)
class Decision:
    """A ModuleCompletion as a page shows it."""

    pk: int
    outcome: str
    meets_rule: bool
    attendance_percent: int | None
    override_reason: str
    override_note: str
    decided_at: dt.datetime
    rule_version: int
    needs_approval: bool
    approved_at: dt.datetime | None

    @property
    def is_pending(self) -> bool:
        """It waits for a second person, and counts for nothing until then."""
        return self.needs_approval and self.approved_at is None

    @property
    def is_completed(self) -> bool:
        return self.outcome == ModuleCompletion.Outcome.COMPLETED and not self.is_pending

    @property
    def outcome_label(self) -> str:
        return str(ModuleCompletion.Outcome(self.outcome).label)

    @property
    def override_label(self) -> str:
        reason = self.override_reason
        return str(ModuleCompletion.Override(reason).label) if reason else ""


class ModuleProgress(NamedTuple):
    cohort_module: CohortModule
    rate: AttendanceRate
    completion: Decision | None


@dataclass(frozen=True, slots=True)
class EnrollmentProgress:
    """One person: the sessions that concern the person, the marks by session, the rates.

    `rate` is measured by the edition's rule among `rules`, where it asks for attendance; else by
    the cohort's policy.
    `cancelled` sessions would concern the person, and count nowhere. `make_ups` are the live ones
    by the session missed; each comes with its host and that's group.
    """

    enrollment: Enrollment
    rate: AttendanceRate
    marks: dict[int, str]
    sessions: tuple[Session, ...]
    cancelled: tuple[Session, ...]
    modules: tuple[ModuleProgress, ...]
    make_ups: dict[int, OwnMakeUp]

    @classmethod
    def for_enrollment(
        cls, enrollment: Enrollment, *, at: dt.datetime, rules: RulesOf | None = None
    ) -> "EnrollmentProgress":
        """Three queries, when the enrollment comes with its cohort; two where none is made up."""
        cohort = enrollment.cohort
        records = AttendanceRecord.objects.filter(enrollment=enrollment)
        groups = [enrollment.group_id] if enrollment.group_id else []
        timetable = Timetable.of_each([cohort], records, at=at, groups=groups)[cohort.pk]
        modules = modules_with_policies(
            [cohort],
            at=at,
            rules=None if rules is None else {cohort.pk: rules},
            decided=_decided(ModuleCompletion.objects.filter(enrollment=enrollment)),
        )
        assigned = MakeUp.objects.filter(enrollment=enrollment)
        make_ups = _make_ups(assigned) if enrollment.has_make_ups else {}
        return _progress(
            enrollment,
            timetable,
            modules.get(cohort.pk, []),
            _decisions(modules),
            make_ups.get(enrollment.pk, []),
            edition_policy(timetable.policy, cohort, rules),
        )

    def shown(self, session: Session) -> str | None:
        """The mark's state, or that the session was made up; None without a mark."""
        return MADE_UP if self.is_made_up(session) else self.marks.get(session.pk)

    def is_made_up(self, session: Session) -> bool:
        make_up = self.make_ups.get(session.pk)
        return make_up is not None and make_up.is_done and self.marks.get(session.pk) in MISSED


@dataclass(frozen=True, slots=True)
class CohortProgress:
    """An edition's people by name, or those of one group, with their progress.

    `minimum_percent` is the one that each person's `rate` is measured by.
    """

    minimum_percent: int
    rows: tuple[EnrollmentProgress, ...]
    sessions: tuple[Session, ...]
    cancelled: tuple[Session, ...]

    @classmethod
    def for_cohort(
        cls,
        cohort: Cohort,
        *,
        at: dt.datetime,
        group: Group | None = None,
        with_modules: bool = True,
        rules: RulesOf | None = None,
    ) -> "CohortProgress":
        """As `for_cohorts`, of one edition or one group."""
        groups = None if group is None else [group]
        found = cls.for_cohorts(
            [cohort],
            at=at,
            groups=groups,
            with_modules=with_modules,
            rules=None if rules is None else {cohort.pk: rules},
        )
        return found[cohort.pk]

    @classmethod
    def for_cohorts(
        cls,
        cohorts: Iterable[Cohort],
        *,
        at: dt.datetime,
        groups: Iterable[Group] | None = None,
        with_modules: bool = True,
        rules: Mapping[int, RulesOf] | None = None,
    ) -> dict[int, "CohortProgress"]:
        """By the cohort's id, of all its people or those of `groups`.

        `rules` are those to measure by, by the cohort's id, each person then with the edition's
        outcome; without them the modules' minimums in force.
        Four queries for any number of people and editions; three without the modules; one less
        where nobody makes up. Who withdrew or was transferred is among them, until the last day.
        `sessions` are those of the cohort or groups and any other in which one of the people has a
        mark; the `cancelled` ones are apart.
        """
        by_id = {cohort.pk: cohort for cohort in cohorts}
        known = None if groups is None else {group.pk: group for group in groups}
        people = Enrollment.objects.filter(cohort__in=by_id, status__in=Enrollment.ATTENDED)
        records = AttendanceRecord.objects.all()
        completions = ModuleCompletion.objects.all()
        assigned = MakeUp.objects.filter(enrollment__cohort__in=by_id)
        if known is not None:
            people = people.filter(group__in=known)
            records = records.filter(enrollment__group__in=known)
            completions = completions.filter(enrollment__group__in=known)
            assigned = assigned.filter(enrollment__group__in=known)
        related = ["participant"] if known is not None else ["participant", "group"]
        if rules is not None:
            related.append("edition_outcome")
        enrollments: dict[int, list[Enrollment]] = {pk: [] for pk in by_id}
        people = people.by_name().select_related(*related).annotate(**HAS_MAKE_UPS)
        people = people.fetch_mode(FETCH_RAISE)
        if rules is not None:
            people = people.defer("edition_outcome__figures")
        for enrollment in people:
            enrollment.cohort = by_id[enrollment.cohort_id]
            if known is not None and enrollment.group_id is not None:
                enrollment.group = known[enrollment.group_id]
            enrollments[enrollment.cohort_id].append(enrollment)
        timetables = Timetable.of_each(by_id.values(), records, at=at, groups=known)
        any_make_ups = any(each.has_make_ups for own in enrollments.values() for each in own)
        make_ups = _make_ups(assigned) if any_make_ups else {}
        modules = {}
        if with_modules:
            decided = _decided(completions)
            modules = modules_with_policies(by_id.values(), at=at, rules=rules, decided=decided)
        decisions = _decisions(modules)
        found: dict[int, CohortProgress] = {}
        for pk, timetable in timetables.items():
            policy = edition_policy(timetable.policy, by_id[pk], (rules or {}).get(pk))
            rows = tuple(
                _progress(
                    each,
                    timetable,
                    modules.get(pk, []),
                    decisions,
                    make_ups.get(each.pk, []),
                    policy,
                )
                for each in enrollments[pk]
            )
            seen = {session.pk for row in rows for session in (*row.sessions, *row.cancelled)}
            shown = [
                slot
                for slot in timetable.slots
                if known is None
                or slot.group_id is None
                or slot.group_id in known
                or slot.pk in seen
            ]
            found[pk] = cls(
                minimum_percent=policy.minimum_percent,
                rows=rows,
                sessions=tuple(slot.session for slot in shown if not slot.is_cancelled),
                cancelled=tuple(slot.session for slot in shown if slot.is_cancelled),
            )
        return found


def _make_ups(rows: QuerySet[MakeUp]) -> dict[int, list[MakeUp]]:
    """By enrollment, the cancelled ones too: a session attended as a guest never counts itself."""
    by_enrollment: dict[int, list[MakeUp]] = defaultdict(list)
    for make_up in rows.select_related("host__group").order_by("pk").fetch_mode(FETCH_RAISE):
        by_enrollment[make_up.enrollment_id].append(make_up)
    return by_enrollment


def _decided(completions: QuerySet[ModuleCompletion]) -> NestedRows:
    return NestedRows(
        completions.filter(cohort_module=OuterRef("pk")),
        "enrollment_id",
        "pk",
        "outcome",
        "meets_rule",
        "attendance_percent",
        "override_reason",
        "override_note",
        "rule__version",
        "needs_approval",
        "decided_at",
        "approved_at",
    )


def _decisions(modules: Mapping[int, list[tuple[Any, Policy]]]) -> dict[tuple[int, int], Decision]:
    """By the enrollment and the module."""
    found: dict[tuple[int, int], Decision] = {}
    for module in (module for of_cohort in modules.values() for module, _policy in of_cohort):
        for enrollment, *values, decided_at, approved_at in module.decided:
            pk, outcome, meets, percent, reason, note, version, needs_approval = values
            found[enrollment, module.pk] = Decision(
                pk=pk,
                outcome=outcome,
                meets_rule=bool(meets),
                attendance_percent=percent,
                override_reason=reason,
                override_note=note,
                decided_at=moment(decided_at),
                rule_version=version,
                needs_approval=bool(needs_approval),
                approved_at=approved_at and moment(approved_at),
            )
    return found


def _progress(
    enrollment: Enrollment,
    timetable: Timetable,
    modules: list[tuple[CohortModule, Policy]],
    decisions: dict[tuple[int, int], Decision],
    assigned: list[MakeUp],
    edition_policy: Policy,
) -> EnrollmentProgress:
    marks = timetable.marks.get(enrollment.pk, {})
    states = {pk: state for pk, (state, _minutes) in marks.items()}
    as_guest = {each.host_id for each in assigned if is_guest(each, enrollment)}
    make_ups = {
        each.missed_id: OwnMakeUp.of(each, states)
        for each in assigned
        if each.cancelled_at is None and (each.host_id is None or each.host_id in as_guest)
    }
    parts: list[Part] = []
    of_module: dict[int | None, list[Part]] = {module.pk: [] for module, _policy in modules}
    sessions: list[Session] = []
    cancelled: list[Session] = []
    own: dict[int, str] = {}
    unmarked = (None, None)
    for slot in timetable.concerning(enrollment, marks):
        if slot.is_cancelled:
            cancelled.append(slot.session)
            continue
        if slot.pk in as_guest:
            continue
        state, minutes = marks.get(slot.pk, unmarked)
        if state is not None:
            own[slot.pk] = state
        make_up = make_ups.get(slot.pk)
        standing = make_up.standing if make_up else None
        part = (slot.minutes, slot.ended, state, minutes, standing)
        parts.append(part)
        sessions.append(slot.session)
        if slot.module_id in of_module:
            of_module[slot.module_id].append(part)
    active = enrollment.is_active
    return EnrollmentProgress(
        enrollment=enrollment,
        rate=attendance_rate(parts, edition_policy, active=active),
        marks=own,
        sessions=tuple(sessions),
        cancelled=tuple(cancelled),
        modules=tuple(
            ModuleProgress(
                module,
                attendance_rate(of_module[module.pk], policy, active=active),
                decisions.get((enrollment.pk, module.pk)),
            )
            for module, policy in modules
        ),
        make_ups=make_ups,
    )
