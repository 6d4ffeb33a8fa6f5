"""Surveys of an edition with the tutors they are about: those that are due, or a coordinator's."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from courses.models import Cohort, CohortModule
from participants.models import QuestionSet, Survey
from participants.surveying import Purpose, module_days, opening_days, plan_survey
from tutors.guiding import Guides
from tutors.models import SurveyedTutor, Tutor, TutorAssignment


def plan_due(cohort: Cohort, *, today: dt.date) -> None:
    """What opens of its own by this day, and would still be open. Repeated, nothing is added."""
    modules = {module.pk: module for module in cohort.cohort_modules.select_related("module")}
    for (purpose, module), opens_on in opening_days(cohort).items():
        if opens_on > today:
            continue
        question_set = QuestionSet.objects.in_force(purpose)
        if question_set and today <= question_set.last_day(opens_on):
            plan(cohort, purpose, modules[module] if module else None, opens_on=opens_on)


def plan(
    cohort: Cohort,
    purpose: str,
    cohort_module: CohortModule | None = None,
    *,
    opens_on: dt.date,
    closes_on: dt.date | None = None,
    again: bool = False,
) -> list[Survey]:
    """One survey; of tutors, one for each group that had one. `again` and what is raised are those
    of `plan_survey`."""
    days: dict[str, Any] = {"opens_on": opens_on, "closes_on": closes_on, "again": again}
    if purpose != Purpose.TUTOR or cohort_module is None:
        return [plan_survey(cohort, purpose, cohort_module=cohort_module, **days)]
    found = []
    first, last = module_days(cohort).get(cohort_module.pk, (opens_on, opens_on))
    groups = list(cohort.groups.order_by("number"))
    guides = Guides.of([group.pk for group in groups])
    for group in groups:
        own = (each for each in guides.assignments if each.group_id == group.pk)
        tutor = guide_between(own, first, last)
        if tutor is None:
            continue
        survey = plan_survey(
            cohort, purpose, cohort_module=cohort_module, group=group, about=str(tutor), **days
        )
        SurveyedTutor.objects.get_or_create(survey=survey, defaults={"tutor": tutor})
        found.append(survey)
    return found


def guide_between(
    assignments: Iterable[TutorAssignment], first: dt.date, last: dt.date
) -> Tutor | None:
    """Who guided for the most of these days; of several, who began first."""
    days: dict[Tutor, int] = {}
    for each in sorted(assignments, key=lambda each: (each.starts_on, each.pk)):
        begun, ended = max(each.starts_on, first), min(each.ends_on or last, last)
        if begun <= ended:
            days[each.tutor] = days.get(each.tutor, 0) + (ended - begun).days + 1
    return max(days, key=lambda tutor: days[tutor], default=None)
