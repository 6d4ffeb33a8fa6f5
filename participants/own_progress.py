"""What a participant still needs to complete the edition and each module, and what was scored."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from courses.models import Assessment
from participants.edition_standing import ModuleStanding, PersonStanding
from participants.grades import Grade, shown
from participants.models import Enrollment


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One assessment: what counts of it, and what is still to come."""

    assessment: Assessment
    grade: Grade

    @property
    def score(self) -> str:
        """Empty where there is none, or the person did not sit it."""
        return "" if self.grade.hundredths is None else shown(self.grade.hundredths)


@dataclass(frozen=True, slots=True)
class ModulePart:
    standing: ModuleStanding
    scores: tuple[ScoreLine, ...]

    @property
    def average(self) -> str:
        return _average(self.standing.average.to_date)


@dataclass(frozen=True, slots=True)
class OwnProgress:
    """As many queries as PersonStanding, when the enrollment comes with its cohort and outcome."""

    standing: PersonStanding
    modules: tuple[ModulePart, ...]
    # Of the edition as a whole.
    scores: tuple[ScoreLine, ...]

    @classmethod
    def of(cls, enrollment: Enrollment, *, at: dt.datetime) -> "OwnProgress":
        standing = PersonStanding.for_enrollment(enrollment, at=at)
        lines: dict[int | None, list[ScoreLine]] = defaultdict(list)
        for assessment in standing.assessments:
            line = ScoreLine(assessment, standing.grades[assessment.pk])
            lines[assessment.cohort_module_id].append(line)
        return cls(
            standing=standing,
            modules=tuple(
                ModulePart(each, tuple(lines[each.cohort_module.pk])) for each in standing.modules
            ),
            scores=tuple(lines[None]),
        )

    @property
    def average(self) -> str:
        return _average(self.standing.average.to_date)


def _average(hundredths: int | None) -> str:
    return "" if hundredths is None else shown(hundredths)
