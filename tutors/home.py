"""What a tutor has to do now: today's sessions, the registers still to take, who is slipping."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Q

from courses.models import Cohort, CohortModule, Group, Session
from courses.schedule import Line, lines_for, next_line, school_today
from participants.checking_in import may_open
from participants.models import AbsenceRequest, AttendanceWarning, Certificate, Enrollment
from participants.overdue import OverdueRegister, overdue_registers
from participants.progress import CohortProgress, EnrollmentProgress
from participants.register_refusals import opens_at
from participants.rules_in_force import rules_in_force
from participants.warning import warnings_of_people
from tutors.competencies import ToRate, ratings_to_give
from tutors.excuses import excuses_to_decide
from tutors.make_ups import OpenMakeUp, open_make_ups
from tutors.models import TutorAssignment, TutorCertificate
from tutors.scope import SAVES_AFTER_END, sees_session

# The worst first.
STATES = ("impossible", "at_risk", "on_track", "no_data", "certain")


@dataclass(frozen=True, slots=True)
class SessionToday:
    """A session of today for one own group. `unmarked` of its `people` have no mark yet."""

    line: Line
    group: Group
    people: int
    unmarked: int

    @property
    def can_take(self) -> bool:
        """The register is open: module and cohort are looked at when it is opened."""
        session = self.line.session
        return not session.is_cancelled and opens_at(session) <= self.line.at

    @property
    def can_check_in(self) -> bool:
        """Whether check-in can be opened, or is open."""
        return may_open(self.line.session, at=self.line.at)


@dataclass(frozen=True, slots=True)
class OwnGroup:
    group: Group
    rows: tuple[EnrollmentProgress, ...]
    modules: tuple[CohortModule, ...]
    slipping: int
    warnings: Mapping[int, AttendanceWarning]

    @property
    def people(self) -> list[tuple[EnrollmentProgress, AttendanceWarning | None]]:
        return [(row, self.warnings.get(row.enrollment.pk)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Substitution:
    """A group between two dates, and until when the registers of those days can be saved."""

    assignment: TutorAssignment
    is_ahead: bool
    is_over: bool
    saves_until: dt.date


@dataclass(frozen=True, slots=True)
class TutorHome:
    today: Sequence[SessionToday]
    next: Line | None
    overdue: Sequence[OverdueRegister]
    excuses: Sequence[AbsenceRequest]
    make_ups: Sequence[OpenMakeUp]
    groups: Sequence[OwnGroup]
    past: Sequence[Group]
    news: Sequence[Line]
    substitutions: Sequence[Substitution]
    certificates: Sequence[Certificate]
    ratings: Sequence[ToRate]

    @classmethod
    def of(cls, user: AbstractBaseUser, *, at: dt.datetime) -> "TutorHome":
        """Twelve queries at most, for any number of groups and editions."""
        day = school_today(at)
        assignments = known_assignments(user, day=day)
        current = [each for each in assignments if is_current(each, day=day)]
        open_ones = [each for each in assignments if not is_closed(each)]
        cohorts = dict.fromkeys(each.group.cohort for each in open_ones)
        found = CohortProgress.for_cohorts(
            cohorts,
            at=at,
            groups=unique(each.group for each in open_ones),
            rules=rules_in_force(cohorts, on=day),
        )
        lines = own_lines(found.values(), open_ones, at=at)
        own = unique(each.group for each in current if not is_closed(each))
        warnings = warnings_of_people(Enrollment.objects.filter(group__in=own))
        groups = [own_group(group, found[group.cohort_id], warnings) for group in own]
        return cls(
            today=[
                todays
                for line in lines
                if line.day == day
                for todays in sessions_today(line, found[line.session.cohort_id], open_ones)
            ],
            next=next_line(line for line in lines if line.day > day),
            overdue=[
                register
                for progress in found.values()
                for register in overdue_registers(progress, at=at)
                if register.can_be_taken and may_take(register, open_ones, day=day)
            ],
            excuses=excuses_to_decide(open_ones, day=day),
            make_ups=open_make_ups(found.values(), own),
            groups=groups,
            past=unique(each.group for each in current if is_closed(each)),
            news=[line for line in lines if line.is_news and line.day != day],
            substitutions=substitutions(open_ones, day=day),
            certificates=own_certificates(user),
            ratings=ratings_to_give({each.group: len(each.rows) for each in groups}, day=day),
        )


def own_certificates(user: AbstractBaseUser | AnonymousUser) -> list[Certificate]:
    """The last one of each edition and kind, also where it was revoked; the latest first."""
    own = TutorCertificate.objects.filter(tutor__user=user).select_related("certificate")  # type: ignore[misc]
    return [each.certificate for each in own.order_by("-certificate__issued_at", "-pk")]


def known_assignments(
    user: AbstractBaseUser | AnonymousUser, *, day: dt.date
) -> list[TutorAssignment]:
    """Those of the day, and those that ended so lately that registers can still be saved."""
    return list(
        TutorAssignment.objects.for_tutor(user)
        .filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day - SAVES_AFTER_END))
        .select_related("group__cohort__program")
        .order_by("-group__cohort__starts_on", "group__number", "starts_on")
    )


def substitutions(assignments: Iterable[TutorAssignment], *, day: dt.date) -> list[Substitution]:
    """The next day first."""
    return [
        Substitution(
            assignment=each,
            is_ahead=each.starts_on > day,
            is_over=last < day,
            saves_until=last + SAVES_AFTER_END,
        )
        for each in sorted(assignments, key=lambda each: each.starts_on)
        if (last := each.ends_on) is not None
    ]


def is_closed(assignment: TutorAssignment) -> bool:
    return assignment.group.cohort.status == Cohort.Status.CLOSED


def is_current(assignment: TutorAssignment, *, day: dt.date) -> bool:
    """As `current_assignments` says."""
    if assignment.starts_on > max(day, assignment.group.cohort.starts_on):
        return False
    return assignment.ends_on is None or assignment.ends_on >= day


def unique(groups: Iterable[Group]) -> list[Group]:
    return list(dict.fromkeys(groups))


def own_lines(
    found: Iterable[CohortProgress],
    assignments: Sequence[TutorAssignment],
    *,
    at: dt.datetime,
) -> list[Line]:
    """The sessions of the own groups by their start, the cancelled ones too."""
    sessions = [session for each in found for session in (*each.sessions, *each.cancelled)]
    day = school_today(at)
    own = [
        session
        for session in sessions
        if any(takes_part(each, session, day=day) for each in assignments)
    ]
    return lines_for(sorted(own, key=lambda each: (each.starts_at, each.pk)), at=at)


def takes_part(assignment: TutorAssignment, session: Session, *, day: dt.date) -> bool:
    return (
        assignment.group.cohort_id == session.cohort_id
        and session.group_id in (None, assignment.group_id)
        and sees_session(assignment, session, day=day)
    )


def may_take(
    register: OverdueRegister, assignments: Iterable[TutorAssignment], *, day: dt.date
) -> bool:
    return any(
        each.group == register.group and takes_part(each, register.session, day=day)
        for each in assignments
    )


def sessions_today(
    line: Line, progress: CohortProgress, assignments: Sequence[TutorAssignment]
) -> list[SessionToday]:
    session = line.session
    groups = unique(each.group for each in assignments if takes_part(each, session, day=line.day))
    todays = []
    for group in groups:
        asked = [
            session.pk in row.marks
            for row in progress.rows
            if row.enrollment.group_id == group.pk and session in row.sessions
        ]
        todays.append(SessionToday(line, group, len(asked), asked.count(False)))
    return todays


def own_group(
    group: Group, progress: CohortProgress, warnings: Mapping[int, AttendanceWarning]
) -> OwnGroup:
    """Its people, who is slipping first; who has left the edition is not among them."""
    rows = [
        row
        for row in progress.rows
        if row.enrollment.group_id == group.pk and row.enrollment.is_active
    ]
    rows.sort(
        key=lambda row: (STATES.index(row.rate.state), row.enrollment.participant.sorting_key)
    )
    modules = tuple(module.cohort_module for module in rows[0].modules) if rows else ()
    slipping = sum(row.rate.state in ("impossible", "at_risk") for row in rows)
    return OwnGroup(group, tuple(rows), modules, slipping, warnings)
