"""How competencies grew: of one person level by level, of several by who has both moments."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from courses.models import Cohort, Competency, Group
from participants.competency_moments import Moments
from participants.models import CompetencyRating, Enrollment
from participants.small_cells import LEAST

Moment, Rater = CompetencyRating.Moment, CompetencyRating.Rater

# Baseline and end; None where it is not rated.
type Ends = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class PersonGrowth:
    """One competency of one person: the ratings by rater and moment."""

    competency: Competency
    ratings: Mapping[tuple[str, str], CompetencyRating]

    def level(self, rater: str, moment: str) -> int | None:
        rating = self.ratings.get((rater, moment))
        return rating.level if rating else None

    def ends(self, rater: str) -> Ends:
        return self.level(rater, Moment.BASELINE), self.level(rater, Moment.END)

    @property
    def own(self) -> Ends:
        return self.ends(Rater.SELF)

    @property
    def observed(self) -> Ends:
        return self.ends(Rater.TUTOR)


@dataclass(frozen=True, slots=True)
class Competencies:
    """What one edition asks of one person, and how it stands."""

    moments: Moments
    rows: tuple[PersonGrowth, ...]

    @classmethod
    def of(cls, enrollment: Enrollment) -> "Competencies":
        """Three queries; one where the edition asks for none. The enrollment has its cohort."""
        asked = list(Competency.objects.of_cohort(enrollment.cohort_id))
        weeks = [each.last_week for each in asked]
        moments = Moments.of(enrollment.cohort, weeks, None if asked else ())
        ratings: dict[int, dict[tuple[str, str], CompetencyRating]] = defaultdict(dict)
        if asked:
            for rating in CompetencyRating.objects.filter(enrollment=enrollment):
                ratings[rating.competency_id][rating.rater, rating.moment] = rating
        return cls(moments, tuple(PersonGrowth(each, ratings[each.pk]) for each in asked))

    def missing(self, moment: str) -> int:
        """How many the person has not rated yet."""
        return sum(row.level(Rater.SELF, moment) is None for row in self.rows)

    @property
    def is_begun(self) -> bool:
        return any(row.ratings for row in self.rows)


@dataclass(frozen=True, slots=True)
class Pairs:
    """What several people's ratings by one rater say of a competency.

    `pairs` are baseline and end of those who have both; the others enter no mean.
    """

    pairs: tuple[tuple[int, int], ...]
    baselines: int
    ends: int
    late: int

    @property
    def n(self) -> int:
        return len(self.pairs)

    @property
    def is_hidden(self) -> bool:
        """So few people that the figures would tell of each."""
        return 0 < self.n < LEAST

    @property
    def has_figures(self) -> bool:
        return self.n >= LEAST

    @property
    def baseline_mean(self) -> float | None:
        return self._mean(before for before, _after in self.pairs)

    @property
    def end_mean(self) -> float | None:
        return self._mean(after for _before, after in self.pairs)

    @property
    def means(self) -> Ends:
        """For the picture."""
        return self.baseline_mean, self.end_mean

    @property
    def difference(self) -> float | None:
        return self._mean(after - before for before, after in self.pairs)

    @property
    def rose_percent(self) -> float | None:
        """Of those who have both, who is on a higher level at the end."""
        return self._mean(100 * (after > before) for before, after in self.pairs)

    def _mean(self, values: Iterable[int]) -> float | None:
        return sum(values) / self.n if self.has_figures else None


@dataclass(frozen=True, slots=True)
class GroupGrowth:
    competency: Competency
    own: Pairs
    observed: Pairs


@dataclass(frozen=True, slots=True)
class CohortCompetencies:
    """An edition's people, or one group's, who hold a place."""

    moments: Moments
    people: tuple[Enrollment, ...]
    competencies: tuple[Competency, ...]
    ratings: Mapping[tuple[int, int, str, str], CompetencyRating]

    @classmethod
    def of(cls, cohort: Cohort, group: Group | None = None) -> "CohortCompetencies":
        """Four queries for any number of people, by name."""
        people = Enrollment.objects.for_cohort(cohort).active()
        if group is not None:
            people = people.filter(group=group)
        asked = tuple(Competency.objects.of_cohort(cohort))
        rows = CompetencyRating.objects.filter(
            enrollment__in=people.order_by(), competency__in=asked
        )
        return cls(
            Moments.of(cohort, [each.last_week for each in asked]),
            tuple(people.select_related("participant", "group").by_name()),
            asked,
            {(row.enrollment_id, row.competency_id, row.rater, row.moment): row for row in rows},
        )

    def levels_of(self, competency: Competency, rater: str, moment: str) -> dict[int, int | None]:
        """By enrollment, in the people's order."""
        rows = {
            person.pk: self.ratings.get((person.pk, competency.pk, rater, moment))
            for person in self.people
        }
        return {pk: row.level if row else None for pk, row in rows.items()}

    def given(self, rater: str, moment: str, competency: Competency | None = None) -> int:
        """How many levels of all that could be given; of one competency, of how many people."""
        return sum(
            key[2:] == (rater, moment) and (competency is None or key[1] == competency.pk)
            for key in self.ratings
        )

    @property
    def asked(self) -> int:
        """How many levels there are to give by each rater at each moment."""
        return len(self.people) * len(self.competencies)

    @property
    def by_person(self) -> list[tuple[Enrollment, list[PersonGrowth]]]:
        keys = [(rater, moment) for rater in Rater.values for moment in Moment.values]
        return [
            (
                person,
                [
                    PersonGrowth(
                        each,
                        {
                            key: self.ratings[person.pk, each.pk, *key]
                            for key in keys
                            if (person.pk, each.pk, *key) in self.ratings
                        },
                    )
                    for each in self.competencies
                ],
            )
            for person in self.people
        ]

    @property
    def has_pairs(self) -> bool:
        return any(row.own.n or row.observed.n for row in self.growth)

    @property
    def growth(self) -> tuple[GroupGrowth, ...]:
        return tuple(
            GroupGrowth(each, self._pairs(each, Rater.SELF), self._pairs(each, Rater.TUTOR))
            for each in self.competencies
        )

    def _pairs(self, competency: Competency, rater: str) -> Pairs:
        both = [
            tuple(self.ratings.get((person.pk, competency.pk, rater, m)) for m in Moment.values)
            for person in self.people
        ]
        return Pairs(
            pairs=tuple((before.level, after.level) for before, after in both if before and after),
            baselines=sum(before is not None for before, _after in both),
            ends=sum(after is not None for _before, after in both),
            late=sum(
                before is not None and self.moments.is_late(Moment.BASELINE, before.rated_at)
                for before, _after in both
            ),
        )
