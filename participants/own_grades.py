"""The own scores, as a participant sees them."""

from dataclasses import dataclass

from courses.models import Assessment
from participants.grades import Grade, shown
from participants.grading import CohortGrades
from participants.models import Enrollment


@dataclass(frozen=True, slots=True)
class OwnScore:
    assessment: Assessment
    grade: Grade

    @property
    def text(self) -> str:
        """Empty where there is none, also where the person did not sit it."""
        return "" if self.grade.hundredths is None else shown(self.grade.hundredths)


@dataclass(frozen=True, slots=True)
class OwnGrades:
    """`to_date` is the average of what is scored, empty before anything is."""

    rows: tuple[OwnScore, ...]
    to_date: str

    @classmethod
    def of(cls, enrollment: Enrollment) -> "OwnGrades":
        """Two queries. `enrollment` comes with its cohort."""
        grades = CohortGrades.for_enrollment(enrollment)
        own = grades[enrollment.pk]
        average = grades.average(enrollment.pk)
        return cls(
            tuple(OwnScore(each, own[each.pk]) for each in grades.assessments),
            "" if average.to_date is None else shown(average.to_date),
        )
