"""How the people of an edition stand in its assessments, read in one query for any number."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import FETCH_RAISE, OuterRef, QuerySet

from courses.models import Assessment, Cohort, Group
from courses.nested_rows import NestedRows
from participants.grades import Grade, Policy, Result, grade, hundredths_of
from participants.models import Enrollment, Score

# By enrollment, by assessment.
_Results = dict[int, dict[int, list[Result]]]


@dataclass(frozen=True)
class CohortGrades:
    """Of an edition's people, of one group's or of one person: by enrollment, by assessment.

    Who has no score yet stands in every assessment all the same. `assessments` come in their
    order, each with its module.
    """

    cohort: Cohort
    assessments: tuple[Assessment, ...]
    policy: Policy
    _results: _Results

    @classmethod
    def for_cohort(cls, cohort: Cohort, group: Group | None = None) -> "CohortGrades":
        scores = Score.objects.all()
        if group is not None:
            scores = scores.filter(enrollment__group=group)
        return cls._of(cohort, scores)

    @classmethod
    def for_enrollment(cls, enrollment: Enrollment) -> "CohortGrades":
        """`enrollment` comes with its cohort."""
        return cls._of(enrollment.cohort, Score.objects.filter(enrollment=enrollment))

    @classmethod
    def _of(cls, cohort: Cohort, scores: QuerySet[Score]) -> "CohortGrades":
        own = scores.filter(assessment=OuterRef("pk"))
        assessments = tuple(
            Assessment.objects.filter(cohort=cohort)
            .select_related("cohort_module__module")
            .annotate(scored=NestedRows(own, "enrollment_id", "attempt", "value"))
            .fetch_mode(FETCH_RAISE)
        )
        return cls(cohort, assessments, Policy.of(cohort), _results(assessments))

    def __getitem__(self, enrollment_id: int) -> dict[int, Grade]:
        """By assessment, all of them."""
        own = self._results.get(enrollment_id, {})
        return {
            each.pk: grade(
                own.get(each.pk, ()),
                attempts=each.attempts,
                weight=each.weight,
                policy=self.policy,
            )
            for each in self.assessments
        }

    def of_module(self, cohort_module_id: int | None) -> Iterator[Assessment]:
        """The module's assessments; with None, those of the edition as a whole."""
        return (each for each in self.assessments if each.cohort_module_id == cohort_module_id)


def _results(assessments: Iterable[Any]) -> _Results:
    """Of assessments with what was `scored` in each."""
    found: _Results = defaultdict(lambda: defaultdict(list))
    for assessment in assessments:
        for enrollment, attempt, value in assessment.scored:
            hundredths = None if value is None else hundredths_of(value)
            found[enrollment][assessment.pk].append((attempt, hundredths))
    return found
