"""What is assessed in an edition, and scores as a group might have earned them."""

import datetime as dt
import random
from collections.abc import Mapping
from decimal import Decimal

from courses.models import Assessment, Cohort
from participants.models import Enrollment
from participants.scoring import Mark, record_scores
from trainingprog.demo.attendance import ONE_SLIPS_OF
from trainingprog.models import User

Kind = Assessment.Kind
# One of so many did not sit an assessment.
ONE_MISSES_OF = 60


def plan_assessments(cohort: Cohort) -> None:
    """A test before and after, an assignment or an exam in each module."""
    pre = Assessment.objects.create(
        cohort=cohort,
        kind=Kind.PRE_TEST,
        title="Prueba de entrada",
        weight=0,
        due_on=cohort.starts_on + dt.timedelta(days=4),
    )
    Assessment.objects.create(
        cohort=cohort,
        kind=Kind.POST_TEST,
        title="Prueba de salida",
        weight=2,
        due_on=cohort.ends_on,
        pre_test=pre,
    )
    for number, module in enumerate(cohort.cohort_modules.order_by("first_week")):
        is_exam = number % 2 == 1
        last = module.sessions.order_by("starts_at").last()
        Assessment.objects.create(
            cohort=cohort,
            cohort_module=module,
            kind=Kind.EXAM if is_exam else Kind.ASSIGNMENT,
            title="Examen del módulo" if is_exam else "Trabajo aplicativo",
            weight=2 if is_exam else 1,
            due_on=last.day if last else None,
            attempts=2 if is_exam else 1,
        )


def fill_scores(cohort: Cohort, *, tutors: Mapping[int, User], at: dt.datetime) -> None:
    """Each tutor scores the own group in all that was due; the same edition, the same scores."""
    due = cohort.assessments.filter(due_on__lte=at.date()).order_by("due_on", "pk")
    people: dict[int, list[Enrollment]] = {}
    for person in Enrollment.objects.for_cohort(cohort).active().order_by("pk"):
        people.setdefault(person.group_id or 0, []).append(person)
    chance = random.Random(cohort.code)
    for assessment in due:
        for group in cohort.groups.filter(pk__in=people):
            marks = {person.pk: _mark(person, assessment, chance) for person in people[group.pk]}
            record_scores(assessment, marks, by=tutors[group.pk], at=at, group=group)


def _mark(person: Enrollment, assessment: Assessment, chance: random.Random) -> Mark:
    """Who slips knows less; the test before finds all of them some points lower."""
    if chance.randrange(ONE_MISSES_OF) == 0:
        return Mark(did_not_sit=True)
    middle = 10.5 if assessment.kind == Kind.PRE_TEST else 15.8
    if person.pk % ONE_SLIPS_OF == 7:
        middle -= 2.5
    halves = round(2 * chance.gauss(middle, 1.9))
    return Mark(Decimal(min(max(halves, 8), 40)) / 2)
