"""What is scored: the tutor's and the coordinator's grids, and how people stand by their scores."""

import random
from collections.abc import Iterator
from functools import partial

from django.urls import reverse
from django.utils import timezone

from courses.models import Assessment
from participants.models import Enrollment, Score
from trainingprog.bench.browsing import Work
from trainingprog.bench.editions import PEOPLE, Edition
from trainingprog.bench.measuring import Case
from trainingprog.bench.requests import page

Kind = Assessment.Kind
# Of the modules taught until now.
MODULES_SCORED = 2


def score_cases(work: Work) -> Iterator[Case]:
    edition, scored = work.edition, partial(score_all, work.edition)
    own = Enrollment.objects.get(participant__user=edition.participant)
    module = edition.cohort_modules[1].pk
    progress = reverse("participants:progress", args=[own.pk])
    yield page("participant's progress", work.participant, progress, prepare=scored)
    grid = reverse("tutors:group_scores", args=[edition.group.pk, module])
    yield page("scores of 13", work.tutor, grid, prepare=scored)
    grid = reverse("tutors:cohort_scores", args=[edition.cohort.pk, module])
    yield page(f"scores of {PEOPLE}", work.coordinator, grid, prepare=scored)
    everyone = reverse("edition_decisions", args=[edition.cohort.pk])
    name = f"edition's progress {PEOPLE}, with scores"
    yield page(name, work.coordinator, everyone, prepare=scored)


def score_all(edition: Edition) -> None:
    """A pre-test, and of each module an assignment and an exam with a second attempt: what was due
    is scored, the second attempt of nobody."""
    cohort, now, chance = edition.cohort, timezone.now(), random.Random(3)
    pre_test = Assessment(cohort=cohort, kind=Kind.PRE_TEST, title="Prueba de entrada", weight=0)
    of_modules = [
        Assessment(
            cohort=cohort, cohort_module=module, kind=kind, title=str(kind.label), attempts=attempts
        )
        for module in edition.cohort_modules
        for kind, attempts in ((Kind.ASSIGNMENT, 1), (Kind.EXAM, 2))
    ]
    made = Assessment.objects.bulk_create([pre_test, *of_modules])
    people = Enrollment.objects.for_cohort(cohort).order_by("pk").values_list("pk", flat=True)
    Score.objects.bulk_create(
        Score(
            assessment=assessment,
            enrollment_id=person,
            value=chance.randint(8, 20),
            recorded_by=edition.tutor,
            recorded_at=now,
        )
        for assessment in made[: 1 + 2 * MODULES_SCORED]
        for person in people
    )
