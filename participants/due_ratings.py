"""Of which ratings a person is reminded at home, at as few queries as can be."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from courses.models import Competency
from participants.competency_moments import Moments
from participants.models import CompetencyRating, Enrollment

Moment = CompetencyRating.Moment


@dataclass(frozen=True, slots=True)
class DueRatings:
    """`missing` of the `asked` competencies are to be rated at the `moment`, None where none is."""

    asked: int
    moment: CompetencyRating.Moment | None
    missing: int

    @classmethod
    def of(cls, enrollment: Enrollment, *, day: dt.date) -> "DueRatings":
        """One query, and one for the breaks where they tell whether the end has come; none where
        the edition has no competencies."""
        if not enrollment.has_competencies:
            return cls(0, None, 0)
        own = CompetencyRating.objects.filter(
            enrollment=enrollment, competency=OuterRef("pk"), rater=CompetencyRating.Rater.SELF
        ).order_by()
        rows = list(
            Competency.objects.of_cohort(enrollment.cohort_id)
            .annotate(
                baseline=Subquery(own.filter(moment=Moment.BASELINE).values("level")),
                end=Subquery(own.filter(moment=Moment.END).values("level")),
            )
            .values_list("last_week", "baseline", "end")
        )
        if not rows or not enrollment.is_active:
            return cls(len(rows), None, 0)
        weeks = [week for week, _baseline, _end in rows]
        is_near = day >= Moments.end_not_before(enrollment.cohort, weeks)
        moment = Moments.of(enrollment.cohort, weeks, None if is_near else ()).due(day)
        missing = [row[1 if moment == Moment.BASELINE else 2] for row in rows].count(None)
        return cls(len(rows), moment if missing else None, missing if moment else 0)
