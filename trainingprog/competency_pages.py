"""The coordinator's page of an edition's competencies: how they grew, and what is still to rate."""

from collections import defaultdict
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from courses.models import Cohort, Group
from participants.competency_export import as_xlsx
from participants.competency_growth import CohortCompetencies
from participants.models import CompetencyRating
from trainingprog.coordinator_pages import coordinator_page, render_task, user_of
from trainingprog.downloads import XLSX, file_response, write_down

Rater, Moment = CompetencyRating.Rater, CompetencyRating.Moment
KINDS = [(rater, moment) for moment in Moment.values for rater in Rater.values]


@dataclass(frozen=True, slots=True)
class GroupStanding:
    """`given` of `asked` levels: by themselves and by the tutor at the baseline, and at the end."""

    group: Group | None
    people: int
    asked: int
    given: tuple[int, ...]


@coordinator_page("participants.view_competencyrating")
@require_safe
def edition_competencies(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    sheet = CohortCompetencies.of(cohort)
    context = {"sheet": sheet, "groups": standings(sheet), "today": timezone.localdate()}
    title = _("Competencies")
    return render_task(request, "admin/edition_competencies.html", cohort, title, context)


@coordinator_page("participants.view_competencyrating")
@require_GET
def edition_competencies_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    content = as_xlsx(CohortCompetencies.of(cohort))
    write_down(user_of(request), cohort, _("Took the competencies as .xlsx, without names."))
    name = f"competencias-{cohort.code}-{timezone.localdate():%Y-%m-%d}.xlsx"
    return file_response(content, name, XLSX)


def standings(sheet: CohortCompetencies) -> list[GroupStanding]:
    """By the groups' numbers, who is in none at the end."""
    groups = {person.pk: person.group for person in sheet.people}
    people: dict[Group | None, int] = defaultdict(int)
    given: dict[tuple[Group | None, str, str], int] = defaultdict(int)
    for group in groups.values():
        people[group] += 1
    for person, _competency, rater, moment in sheet.ratings:
        given[groups[person], rater, moment] += 1
    by_number = sorted(people, key=lambda group: (group is None, group.number if group else 0))
    return [
        GroupStanding(
            group,
            people[group],
            people[group] * len(sheet.competencies),
            tuple(given[group, rater, moment] for rater, moment in KINDS),
        )
        for group in by_number
    ]
