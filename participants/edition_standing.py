"""How each person stands before the rules of an edition: of its modules, and of its own.

At most ten queries for one person or for 132: the rules, the progress, the grades, the ratings.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Assessment, Cohort, CohortModule, Group
from participants.attendance_rates import AttendanceRate
from participants.competencies import ratings_missing
from participants.grades import Average, Grade
from participants.grades import average as average_of
from participants.grading import CohortGrades
from participants.make_ups import Standing as MakeUpStanding
from participants.models import EditionOutcome, Enrollment
from participants.models.attendance import CAME
from participants.progress import CohortProgress, Decision, EnrollmentProgress, ModuleProgress
from participants.requirements import ModuleSeen, Seen, requirements
from participants.rules_in_force import Demands, RulesOf, rules_in_force
from participants.standings import Requirements, Standing


@dataclass(frozen=True, slots=True)
class ModuleStanding:
    """A person before a module's rule; without a rule there is nothing to meet."""

    cohort_module: CohortModule
    rate: AttendanceRate
    completion: Decision | None
    rule: Demands | None
    requirements: Requirements
    average: Average

    @property
    def standing(self) -> Standing:
        return self.requirements.standing

    @property
    def shown(self) -> Requirements:
        """With the decision that counts, where there is one."""
        is_decided = self.completion is not None and not self.completion.is_pending
        return self.requirements.once_decided() if is_decided else self.requirements


@dataclass(frozen=True, slots=True)
class PersonStanding:
    """A person before every module's rule and before the edition's own."""

    progress: EnrollmentProgress
    modules: tuple[ModuleStanding, ...]
    rule: Demands | None
    requirements: Requirements
    average: Average
    # All of the edition, and by assessment how the person stands in each.
    assessments: tuple[Assessment, ...]
    grades: Mapping[int, Grade]

    @property
    def enrollment(self) -> Enrollment:
        return self.progress.enrollment

    @property
    def rate(self) -> AttendanceRate:
        """As the edition's rule counts."""
        return self.progress.rate

    @property
    def standing(self) -> Standing:
        return self.requirements.standing

    @property
    def outcome(self) -> EditionOutcome | None:
        """What was decided. That someone withdrew is no outcome of who has come back."""
        found: EditionOutcome | None = getattr(self.enrollment, "edition_outcome", None)
        if found is None or (found.outcome == "withdrawn" and self.enrollment.is_active):
            return None
        return found

    @property
    def shown(self) -> Requirements:
        """With the outcome that counts, where there is one."""
        is_decided = self.outcome is not None and not self.outcome.is_pending
        return self.requirements.once_decided() if is_decided else self.requirements

    def of_module(self, cohort_module_id: int) -> ModuleStanding:
        return next(each for each in self.modules if each.cohort_module.pk == cohort_module_id)

    @classmethod
    def for_enrollment(cls, enrollment: Enrollment, *, at: dt.datetime) -> "PersonStanding":
        """When the enrollment comes with its cohort and `edition_outcome`."""
        cohort = enrollment.cohort
        rules = rules_in_force([cohort], on=timezone.localdate(at))[cohort.pk]
        progress = EnrollmentProgress.for_enrollment(enrollment, at=at, rules=rules)
        grades = CohortGrades.for_enrollment(enrollment)
        return _Reading(cohort, rules, grades, at, [enrollment.pk]).person(progress)


@dataclass(frozen=True, slots=True)
class CohortStanding:
    """An edition's people by name, or those of one group. Who left is among them."""

    rows: tuple[PersonStanding, ...]
    rules: RulesOf
    modules: tuple[CohortModule, ...]
    assessments: tuple[Assessment, ...]

    @classmethod
    def for_cohort(
        cls,
        cohort: Cohort,
        *,
        at: dt.datetime,
        group: Group | None = None,
        instead: Iterable[Demands] = (),
    ) -> "CohortStanding":
        """By the rules in force, each of `instead` in the place of the one that it would follow."""
        rules = rules_in_force([cohort], on=timezone.localdate(at))[cohort.pk]
        rules |= {rule.cohort_module_id: rule for rule in instead}
        progress = CohortProgress.for_cohort(cohort, at=at, group=group, rules=rules)
        grades = CohortGrades.for_cohort(cohort, group)
        people = None if group is None else [row.enrollment.pk for row in progress.rows]
        reading = _Reading(cohort, rules, grades, at, people)
        rows = tuple(reading.person(row) for row in progress.rows)
        modules = tuple(each.cohort_module for each in rows[0].modules) if rows else ()
        return cls(rows, rules, modules, grades.assessments)


@dataclass(slots=True)
class _Reading:
    """What was read of an edition, put together for one person after another."""

    cohort: Cohort
    rules: RulesOf
    grades: CohortGrades
    at: dt.datetime
    people: list[int] | None
    titles: dict[int, str] = field(init=False)
    long_titles: dict[int, str] = field(init=False)
    final: frozenset[int] = field(init=False)
    labels: dict[int, str] = field(default_factory=dict)
    is_closed: bool = field(init=False)
    is_over: bool = field(init=False)
    ratings_missing: Mapping[int, int] = field(init=False)

    def __post_init__(self) -> None:
        assessments = self.grades.assessments
        self.titles = {each.pk: each.title for each in assessments}
        # Modules often give theirs the same titles.
        self.long_titles = {each.pk: _titled(each) for each in assessments}
        self.final = frozenset(
            each.pk for each in assessments if each.cohort_module and each.cohort_module.closed_at
        )
        self.is_closed = self.cohort.status == Cohort.Status.CLOSED
        self.is_over = self.is_closed or timezone.localdate(self.at) > self.cohort.ends_on
        rated = any(rule.requires_competency_ratings for rule in self.rules.values())
        self.ratings_missing = ratings_missing(self.cohort.pk, self.people) if rated else {}

    def person(self, progress: EnrollmentProgress) -> PersonStanding:
        enrollment = progress.enrollment
        grades = self._grades(enrollment)
        by_id = {each.cohort_module.pk: each for each in progress.modules}
        found: dict[int, ModuleStanding] = {}
        for pk in by_id:
            self._module(pk, progress, grades, by_id, found)
        average = average_of(grades.values(), self.grades.policy)
        rule = self.rules.get(None)
        wanted = Requirements()
        if rule is not None:
            seen = Seen(
                rate=progress.rate,
                average=average,
                grades=grades,
                titles=self.long_titles,
                make_ups=_make_ups(progress, None),
                modules={pk: self._seen(each) for pk, each in found.items()},
                ratings_missing=self.ratings_missing.get(enrollment.pk, 0),
                is_over=self.is_over,
                is_closed=self.is_closed or not enrollment.is_active,
            )
            wanted = requirements(rule, seen)
        modules = tuple(found[pk] for pk in by_id)
        assessments = self.grades.assessments
        return PersonStanding(progress, modules, rule, wanted, average, assessments, grades)

    def _grades(self, enrollment: Enrollment) -> dict[int, Grade]:
        """In a closed module nothing is scored any more: no attempt is left."""
        grades = self.grades[enrollment.pk]
        for pk in self.final:
            if grades[pk].attempts_left:
                known = grades[pk]
                grades[pk] = Grade(known.weight, known.hundredths, known.results, 0)
        return grades

    def _module(
        self,
        pk: int,
        progress: EnrollmentProgress,
        grades: Mapping[int, Grade],
        by_id: Mapping[int, ModuleProgress],
        found: dict[int, ModuleStanding],
    ) -> ModuleStanding:
        """Of the modules that it builds on first: published rules have no circle."""
        if pk in found:
            return found[pk]
        own, rule = by_id[pk], self.rules.get(pk)
        decision, module = own.completion, own.cohort_module
        assessed = self.grades.of_module(pk)
        average = average_of((grades[each.pk] for each in assessed), self.grades.policy)
        wanted = Requirements()
        if rule is not None:
            closed = self.is_closed or module.closed_at is not None
            earlier = {
                each: self._seen(self._module(each, progress, grades, by_id, found))
                for each in by_id
                if each in rule.prerequisites
            }
            seen = Seen(
                rate=own.rate,
                average=average,
                grades=grades,
                titles=self.titles,
                make_ups=_make_ups(progress, pk),
                modules=earlier,
                ratings_missing=self.ratings_missing.get(progress.enrollment.pk, 0),
                signed_off=decision is not None and decision.is_completed,
                is_over=self.is_over or closed,
                is_closed=closed or not progress.enrollment.is_active,
            )
            wanted = requirements(rule, seen)
        found[pk] = ModuleStanding(module, own.rate, decision, rule, wanted, average)
        return found[pk]

    def _seen(self, module: ModuleStanding) -> ModuleSeen:
        decision, cohort_module = module.completion, module.cohort_module
        if cohort_module.pk not in self.labels:
            self.labels[cohort_module.pk] = _numbered(cohort_module)
        return ModuleSeen(
            label=self.labels[cohort_module.pk],
            standing=module.standing,
            is_completed=None if decision is None or decision.is_pending else decision.is_completed,
            is_pending=decision is not None and decision.is_pending,
        )


def _make_ups(
    progress: EnrollmentProgress, cohort_module_id: int | None
) -> tuple[MakeUpStanding, ...]:
    """Of the module's sessions, or of all; what was attended after all asks for none."""
    if not progress.make_ups:
        return ()
    return tuple(
        progress.make_ups[session.pk].standing
        for session in progress.sessions
        if session.pk in progress.make_ups
        and cohort_module_id in (None, session.cohort_module_id)
        and progress.marks.get(session.pk) not in CAME
    )


def _titled(assessment: Assessment) -> str:
    module = assessment.cohort_module
    return assessment.title if module is None else f"{assessment.title}, {_numbered(module)}"


def _numbered(module: CohortModule) -> str:
    return _("module %(number)d") % {"number": module.module.number}
