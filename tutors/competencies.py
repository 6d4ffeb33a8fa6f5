"""What a tutor has to rate: the own groups' people, at baseline and end."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, F
from django.http import Http404
from django.utils import timezone

from courses.models import Break, CohortModule, Competency, Group
from participants.competency_growth import CohortCompetencies, PersonGrowth
from participants.competency_moments import Moments
from participants.models import CompetencyRating, Enrollment
from tutors.scope import OpenedGroup, open_group

VIEW = "participants.view_competencyrating"
TUTOR = CompetencyRating.Rater.TUTOR


@dataclass(frozen=True, slots=True)
class ToRate:
    """A moment that is due in a group, and how many of the `asked` levels are given."""

    group: Group
    moment: CompetencyRating.Moment
    given: int
    asked: int


def ratings_to_give(people: Mapping[Group, int], *, day: dt.date) -> list[ToRate]:
    """What is due and not all given, of groups with their cohorts and how many people they have.

    Two queries, one where nothing is asked, and one more near an edition's end.
    """
    last_weeks: dict[int, dict[int, int]] = defaultdict(dict)
    named = CohortModule.objects.filter(
        cohort__in={group.cohort_id for group in people}, module__competencies__isnull=False
    )
    for cohort, competency, week in named.order_by("last_week").values_list(
        "cohort", "module__competencies", "last_week"
    ):
        last_weeks[cohort][competency] = week
    if not last_weeks:
        return []
    given, due = _given(people), _due(people, last_weeks, day)
    found = [
        ToRate(group, moment, given[group.pk, moment], len(last_weeks[group.cohort_id]) * count)
        for group, count in people.items()
        if (moment := due.get(group.cohort_id)) is not None
    ]
    return [each for each in found if each.given < each.asked]


def _due(
    groups: Iterable[Group], last_weeks: Mapping[int, Mapping[int, int]], day: dt.date
) -> dict[int, CompetencyRating.Moment | None]:
    """By edition; one query where breaks tell whether an end has come."""
    cohorts = {each.cohort_id: each.cohort for each in groups if each.cohort_id in last_weeks}
    weeks = {pk: [*last_weeks[pk].values()] for pk in cohorts}
    near = [pk for pk in cohorts if day >= Moments.end_not_before(cohorts[pk], weeks[pk])]
    breaks: dict[int, list[Break]] = defaultdict(list)
    for row in Break.objects.filter(cohort__in=near) if near else ():
        breaks[row.cohort_id].append(row)
    return {
        pk: Moments.of(cohort, weeks[pk], breaks[pk]).due(day) for pk, cohort in cohorts.items()
    }


def _given(groups: Iterable[Group]) -> Counter[tuple[int, str]]:
    """How many levels the tutor gave, by group and moment, of what the editions ask for."""
    rows = CompetencyRating.objects.filter(
        enrollment__in=Enrollment.objects.active().filter(group__in=groups).order_by(),
        rater=TUTOR,
        competency__modules__cohort_modules__cohort=F("enrollment__cohort"),
    ).order_by()
    counted = rows.values_list("enrollment__group", "moment").annotate(n=Count("pk", distinct=True))
    return Counter({(group, moment): n for group, moment, n in counted})


@dataclass(frozen=True, slots=True)
class OpenedCompetencies:
    """A group's competencies before its tutor, who rates, or a coordinator, who looks."""

    opened: OpenedGroup
    sheet: CohortCompetencies
    day: dt.date

    @property
    def group(self) -> Group:
        return self.opened.group

    def may_rate(self, moment: str) -> bool:
        return self.opened.is_own and self.sheet.moments.is_open(moment, self.day)

    @property
    def due(self) -> CompetencyRating.Moment:
        """What is asked by now; before anything is, what comes first."""
        return self.sheet.moments.due(self.day) or CompetencyRating.Moment.BASELINE

    @property
    def to_rate(self) -> list[tuple[CompetencyRating.Moment, list[tuple[Competency, int]]]]:
        """The moments that are open, the later first: each competency with its ratings given."""
        return [
            (moment, [(each, self.sheet.given(TUTOR, moment, each)) for each in self.competencies])
            for moment in reversed(CompetencyRating.Moment)
            if self.may_rate(moment) and self.competencies
        ]

    @property
    def competencies(self) -> Sequence[Competency]:
        return self.sheet.competencies

    def competency_or_404(self, pk: int) -> Competency:
        for each in self.competencies:
            if each.pk == pk:
                return each
        raise Http404

    def person_or_404(self, pk: int) -> tuple[Enrollment, list[PersonGrowth]]:
        for person, growth in self.sheet.by_person:
            if person.pk == pk:
                return person, growth
        raise Http404

    def after(self, competency: Competency) -> Competency | None:
        """The next in the order of the codes."""
        following = list(self.competencies)[list(self.competencies).index(competency) + 1 :]
        return following[0] if following else None


def asks_for_ratings(opened: OpenedGroup) -> bool:
    """Of its own tutor, in an edition that began and is not closed. One query."""
    cohort = opened.group.cohort
    return (
        opened.is_own
        and cohort.status == cohort.Status.RUNNING
        and Competency.objects.of_cohort(cohort).exists()
    )


def open_competencies(
    user: Any, pk: int, *, at: dt.datetime, to_rate: bool = False
) -> OpenedCompetencies:
    """Raises as open_group. `to_rate` is for the group's own tutor alone."""
    day = timezone.localdate(at)
    opened = open_group(user, pk, day=day, permission=VIEW)
    if to_rate and not opened.is_own:
        raise PermissionDenied
    return OpenedCompetencies(opened, CohortCompetencies.of(opened.group.cohort, opened.group), day)
