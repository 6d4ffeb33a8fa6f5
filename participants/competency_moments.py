"""When competencies are rated. The one place that knows.

The baseline is asked from the edition's first day, the end from the last teaching week of the last
module that names a competency. Each stays open until the edition is closed: a baseline given after
four weeks is late, and says so. Nobody is reminded of a baseline once the end is asked.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Break, Cohort
from courses.timetable import BreakDates, teaching_weeks
from participants.models import CompetencyRating

Moment = CompetencyRating.Moment
BASELINE_WEEKS = dt.timedelta(weeks=4)


@dataclass(frozen=True, slots=True)
class Moments:
    cohort: Cohort
    end_from: dt.date

    @classmethod
    def of(
        cls,
        cohort: Cohort,
        last_weeks: Iterable[int],
        breaks: Iterable[Break] | None = None,
    ) -> "Moments":
        """`last_weeks` are the competencies'; the breaks are read where they are not given."""
        dates = [
            BreakDates(row.starts_on, row.ends_on, row.reason, row.kind != row.Kind.HOLIDAY)
            for row in (cohort.breaks.all() if breaks is None else breaks)
        ]
        mondays = [
            week.monday for week in teaching_weeks(cohort.starts_on, cohort.ends_on, dates)
        ] or [cohort.starts_on]
        last = max(last_weeks, default=len(mondays))
        return cls(cohort, mondays[min(last, len(mondays)) - 1])

    @classmethod
    def end_not_before(cls, cohort: Cohort, last_weeks: Iterable[int]) -> dt.date:
        """Where the breaks are not at hand: they only put the end off."""
        monday = cohort.starts_on - dt.timedelta(days=cohort.starts_on.weekday())
        return monday + dt.timedelta(weeks=max(last_weeks, default=1) - 1)

    @property
    def is_closed(self) -> bool:
        return self.cohort.status == Cohort.Status.CLOSED

    @property
    def baseline_until(self) -> dt.date:
        """Its last day in time."""
        return self.cohort.starts_on + BASELINE_WEEKS - dt.timedelta(days=1)

    def opens_on(self, moment: str) -> dt.date:
        return self.cohort.starts_on if moment == Moment.BASELINE else self.end_from

    def is_open(self, moment: str, day: dt.date) -> bool:
        return not self.is_closed and self.opens_on(moment) <= day

    def due(self, day: dt.date) -> Moment | None:
        """The moment of which people are reminded on the day."""
        return next(
            (each for each in (Moment.END, Moment.BASELINE) if self.is_open(each, day)), None
        )

    def is_late(self, moment: str, at: dt.datetime | dt.date) -> bool:
        day = timezone.localtime(at).date() if isinstance(at, dt.datetime) else at
        return moment == Moment.BASELINE and day > self.baseline_until

    def why_not(self, moment: str, day: dt.date) -> ValidationError | None:
        """Why nobody rates it on the day, or None."""
        if self.is_closed:
            return ValidationError(
                _("The edition %(code)s is closed: its ratings stay as they are.")
                % {"code": self.cohort.code},
                code="closed",
            )
        if day < self.opens_on(moment):
            return ValidationError(
                _("This is asked from %(day)s.") % {"day": f"{self.opens_on(moment):%d/%m/%Y}"},
                code="not_open",
            )
        return None
