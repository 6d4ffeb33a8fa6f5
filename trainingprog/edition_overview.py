"""What the coordinator sees of an edition at a glance: figures, what is late, who is at risk."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from courses.models import Cohort, CohortModule, Competency, Session
from courses.timetable import BreakDates, teaching_weeks
from participants.completion_rules import open_drafts
from participants.models import (
    AbsenceRequest,
    AttendanceWarning,
    Certificate,
    EditionOutcome,
    Enrollment,
    ModuleCompletion,
    NameConfirmation,
)
from participants.overdue import OverdueRegister, overdue_registers
from participants.progress import CohortProgress, EnrollmentProgress
from participants.review_queue import filtered
from participants.rules_in_force import RulesOf, rules_in_force
from participants.warning import warnings_of_people
from tutors.substituting import Gap, group_tutors

ACTIVE = Q(status__in=Enrollment.HOLDS_A_PLACE)
CANCELLED = Q(status=Session.Status.CANCELLED)
WAITING = (Enrollment.Status.APPLIED, Enrollment.Status.WAITLISTED, Enrollment.Status.OFFERED)
RISK_FIRST = {"impossible": 0, "at_risk": 1}
UNAPPROVED = Q(enrollment=OuterRef("pk"), needs_approval=True, approved_at__isnull=True)


@dataclass(frozen=True, slots=True)
class ModuleOverview:
    cohort_module: CohortModule
    rule_version: int | None
    minimum_percent: int
    completed: int
    not_completed: int
    overdue: int

    @property
    def is_closed(self) -> bool:
        return self.cohort_module.closed_at is not None


@dataclass(frozen=True, slots=True)
class EditionOverview:
    """One edition. Twenty-one queries, whatever there is in it."""

    cohort: Cohort
    today: dt.date
    week_count: int
    current_week: int | None
    enrolled: int
    without_group: int
    waiting: int
    to_review: int
    group_count: int
    groups_without_tutor: int
    gaps: tuple[Gap, ...]
    pattern_count: int
    break_count: int
    session_count: int
    sessions_held: int
    sessions_cancelled: int
    next_session: Session | None
    not_entered: int
    without_account: int
    overdue: tuple[OverdueRegister, ...]
    excuses_to_decide: int
    assessment_count: int
    certificates: int
    names_asked: int
    at_risk: tuple[tuple[EnrollmentProgress, AttendanceWarning | None], ...]
    modules: tuple[ModuleOverview, ...]
    competency_count: int
    # Of the edition as a whole.
    has_rule: bool
    # Of rules, that can be published.
    drafts: int
    # People of whom an exception waits for a second person.
    to_approve: int
    # Of whom the edition's outcome is decided.
    concluded: int

    @property
    def places_left(self) -> int:
        return self.cohort.capacity - self.enrolled

    @classmethod
    def for_cohort(cls, cohort: Cohort, *, at: dt.datetime) -> "EditionOverview":
        # Before it begins, those of its first day: published ahead, they are there already.
        first = max(_day(at), cohort.starts_on)
        rules = rules_in_force([cohort], on=first)[cohort.pk]
        progress = CohortProgress.for_cohort(cohort, at=at, rules=rules)
        active = [row for row in progress.rows if row.enrollment.is_active]
        breaks = [
            BreakDates(row.starts_on, row.ends_on, row.reason, row.kind != row.Kind.HOLIDAY)
            for row in cohort.breaks.all()
        ]
        weeks = teaching_weeks(cohort.starts_on, cohort.ends_on, breaks)
        overdue = tuple(overdue_registers(progress, at=at))
        at_risk = [row for row in active if row.rate.state in RISK_FIRST]
        sessions = cohort.sessions.aggregate(
            all=Count("pk"),
            held=Count("pk", filter=~CANCELLED & Q(ends_at__lte=at)),
            cancelled=Count("pk", filter=CANCELLED),
        )
        people = Enrollment.objects.for_cohort(cohort).aggregate(
            waiting=Count("pk", filter=Q(status__in=WAITING)),
            to_approve=Count(
                "pk",
                filter=ACTIVE
                & (
                    Exists(ModuleCompletion.objects.filter(UNAPPROVED))
                    | Exists(EditionOutcome.objects.filter(UNAPPROVED))
                ),
            ),
            without_account=Count("pk", filter=ACTIVE & Q(participant__user__isnull=True)),
            not_entered=Count(
                "pk",
                filter=ACTIVE
                & Q(participant__user__isnull=False, participant__user__last_login__isnull=True),
            ),
        )
        warnings = warnings_of_people(Enrollment.objects.for_cohort(cohort))
        groups = group_tutors(cohort, today=_day(at))
        gaps = tuple(gap for each in groups for gap in each.gaps)
        return cls(
            cohort=cohort,
            today=_day(at),
            week_count=len(weeks),
            current_week=next(
                (week.number for week in weeks if week.monday <= _day(at) <= week.sunday), None
            ),
            enrolled=len(active),
            without_group=sum(row.enrollment.group_id is None for row in active),
            waiting=people["waiting"],
            to_review=filtered(cohort, {}).count(),
            group_count=len(groups),
            groups_without_tutor=sum(gap.starts_on == first for gap in gaps),
            gaps=gaps,
            pattern_count=cohort.patterns.count(),
            break_count=len(breaks),
            session_count=sessions["all"] - sessions["cancelled"],
            sessions_held=sessions["held"],
            sessions_cancelled=sessions["cancelled"],
            next_session=next((s for s in progress.sessions if s.ends_at > at), None),
            not_entered=people["not_entered"],
            without_account=people["without_account"],
            overdue=overdue,
            excuses_to_decide=AbsenceRequest.objects.to_decide()
            .filter(session__cohort=cohort)
            .count(),
            assessment_count=cohort.assessments.count(),
            certificates=Certificate.objects.live().for_cohort(cohort).count(),
            names_asked=NameConfirmation.objects.filter(
                enrollment__cohort=cohort, state=NameConfirmation.State.ASKED
            ).count(),
            at_risk=tuple(
                (row, warnings.get(row.enrollment.pk))
                for row in sorted(at_risk, key=lambda row: RISK_FIRST[row.rate.state])
            ),
            modules=_modules(cohort, progress, rules),
            competency_count=Competency.objects.of_cohort(cohort).count(),
            has_rule=None in rules,
            drafts=0 if cohort.status == Cohort.Status.CLOSED else open_drafts(cohort).count(),
            to_approve=people["to_approve"],
            concluded=sum(row.enrollment.status != Enrollment.Status.ENROLLED for row in active),
        )


def _modules(
    cohort: Cohort, progress: CohortProgress, rules: RulesOf
) -> tuple[ModuleOverview, ...]:
    modules = CohortModule.objects.filter(cohort=cohort).select_related("module")
    completed: Counter[int] = Counter()
    not_completed: Counter[int] = Counter()
    overdue: Counter[int] = Counter()
    for row in progress.rows:
        for module in row.modules:
            key = module.cohort_module.pk
            overdue[key] += module.rate.overdue
            if module.completion is not None:
                (completed if module.completion.is_completed else not_completed)[key] += 1
    return tuple(
        ModuleOverview(
            cohort_module=module,
            rule_version=rule.version if rule else None,
            minimum_percent=(rule or cohort).minimum_attendance_percent,
            completed=completed[module.pk],
            not_completed=not_completed[module.pk],
            overdue=overdue[module.pk],
        )
        for module in modules.order_by("first_week")
        for rule in [rules.get(module.pk)]
    )


def _day(at: dt.datetime) -> dt.date:
    return timezone.localtime(at).date()
