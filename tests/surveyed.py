"""Surveys for the tests of every page: one to be looked at, and as many as a page may list."""

from typing import Any

from courses.models import Group
from participants.models import AnonymousAnswer, Enrollment
from tests.factories import (
    MONDAY,
    CohortModuleFactory,
    SurveyFactory,
    SurveyInvitationFactory,
)
from tutors.models import SurveyedTutor, Tutor


def surveyed() -> dict[str, dict[str, Any]]:
    survey = SurveyFactory()
    return {"asked": {"pk": survey.pk}, "questions": {"pk": survey.question_set_id}}


def fill_surveys(group: Group, module: Any, guide: Tutor, enrollment: Enrollment) -> None:
    """One more survey that waits for the person, and of the tutor one with results."""
    SurveyInvitationFactory(enrollment=enrollment, survey__cohort=group.cohort)
    known = module.surveys.filter(purpose="tutor").exists()
    survey = SurveyFactory(
        cohort=group.cohort,
        cohort_module=CohortModuleFactory(cohort=group.cohort) if known else module,
        group=group,
        purpose="tutor",
        invited=6,
        opens_on=MONDAY,
        closes_on=MONDAY,
    )
    SurveyedTutor.objects.create(survey=survey, tutor=guide)
    AnonymousAnswer.objects.bulk_create(
        AnonymousAnswer(survey=survey, answers={"1": 4, "2": "Texto"}, answered_on=MONDAY)
        for _number in range(5)
    )
