import datetime as dt

import pytest

from participants.models import Survey
from participants.surveying import cancel_survey
from tests.factories import (
    MONDAY,
    CohortFactory,
    CohortModuleFactory,
    GroupFactory,
    QuestionSetFactory,
    TutorAssignmentFactory,
    at,
)
from tutors.models import SurveyedTutor
from tutors.surveyed import plan, plan_due

pytestmark = pytest.mark.django_db
AFTER = MONDAY + dt.timedelta(weeks=2)


@pytest.fixture
def module():
    for purpose in ("module", "tutor", "months_3", "months_6"):
        QuestionSetFactory(purpose=purpose, version=1)
    return CohortModuleFactory(cohort=CohortFactory(), first_week=1, last_week=2)


def test_survey_is_about_who_guided_for_most_of_the_module(module):
    group = GroupFactory(cohort=module.cohort)
    regular = TutorAssignmentFactory(group=group, starts_on=MONDAY)
    TutorAssignmentFactory(
        group=group,
        starts_on=MONDAY + dt.timedelta(days=10),
        ends_on=MONDAY + dt.timedelta(days=13),
    )
    GroupFactory(cohort=module.cohort)  # which nobody guides
    plan_due(module.cohort, today=AFTER)
    about = SurveyedTutor.objects.get()
    assert (about.tutor, about.survey.group) == (regular.tutor, group)
    assert about.survey.about == str(regular.tutor)


def test_nothing_is_planned_before_its_day_nor_long_after_and_nothing_twice(module):
    TutorAssignmentFactory(group=GroupFactory(cohort=module.cohort), starts_on=MONDAY)
    plan_due(module.cohort, today=AFTER - dt.timedelta(days=1))
    plan_due(module.cohort, today=AFTER + dt.timedelta(days=14))
    assert not Survey.objects.exists()
    for _number in range(2):
        plan_due(module.cohort, today=AFTER)
    assert sorted(Survey.objects.values_list("purpose", flat=True)) == ["module", "tutor"]
    plan_due(module.cohort, today=dt.date(2026, 7, 1))
    assert Survey.objects.filter(purpose="months_3").get().opens_on == dt.date(2026, 6, 29)


def test_cancelled_one_is_planned_anew_by_hand_alone(module):
    TutorAssignmentFactory(group=GroupFactory(cohort=module.cohort), starts_on=MONDAY)
    plan_due(module.cohort, today=AFTER)
    of_tutor = Survey.objects.get(purpose="tutor")
    cancel_survey(of_tutor, "people", today=AFTER, at=at(AFTER, 9))
    plan_due(module.cohort, today=AFTER)
    assert not Survey.objects.live().filter(purpose="tutor").exists()
    for _number in range(2):
        plan(module.cohort, "tutor", module, opens_on=AFTER, again=True)
    assert Survey.objects.live().get(purpose="tutor").surveyed_tutor
    plan_due(module.cohort, today=AFTER)
    assert Survey.objects.filter(purpose="tutor").count() == 2
