"""When a survey opens, to whom, and what is left of who was asked once it is over."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from participants.answered import note_answered
from participants.models import AnsweredMark, QuestionSet, Survey, SurveyInvitation
from participants.question_sets import next_version, publish
from participants.surveying import (
    cancel_survey,
    months_after,
    open_survey,
    opening_days,
    plan_survey,
    set_days,
    wind_up,
)
from tests.factories import (
    MONDAY,
    BreakFactory,
    CohortFactory,
    CohortModuleFactory,
    EnrollmentFactory,
    GroupFactory,
    QuestionFactory,
    QuestionSetFactory,
    SurveyFactory,
    SurveyInvitationFactory,
    at,
)

TODAY = MONDAY + dt.timedelta(days=11)
NOW = at(TODAY, 12)


@given(st.dates(dt.date(2020, 1, 1), dt.date(2040, 12, 31)), st.integers(1, 24))
def test_months_later_is_the_same_day_or_the_months_last(day, months):
    later = months_after(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + dt.timedelta(days=1)).day == 1)


@pytest.mark.django_db
def test_module_is_asked_about_on_the_monday_after_its_last_teaching_week():
    cohort = CohortFactory()
    BreakFactory(cohort=cohort)  # the second week does not teach
    module = CohortModuleFactory(cohort=cohort, first_week=1, last_week=2)
    days = opening_days(cohort)
    assert days["module", module.pk] == days["tutor", module.pk] == MONDAY + dt.timedelta(weeks=3)
    assert days["months_3", None] == months_after(cohort.ends_on, 3)


@pytest.mark.django_db
def test_planned_twice_is_one_survey_with_the_version_in_force():
    old, new = (QuestionSetFactory(version=number, days_open=10) for number in (1, 2))
    module = CohortModuleFactory()
    planned = [
        plan_survey(module.cohort, "module", opens_on=TODAY, cohort_module=module)
        for _number in range(2)
    ]
    assert planned[0] == planned[1]
    assert planned[0].question_set == new != old
    assert planned[0].closes_on == TODAY + dt.timedelta(days=9)


@pytest.mark.django_db
def test_without_a_published_set_nothing_is_planned():
    QuestionSetFactory(published_at=None, purpose="months_3")
    with pytest.raises(ValidationError) as refused:
        plan_survey(CohortFactory(), "months_3", opens_on=TODAY)
    assert refused.value.code == "no_set"


@pytest.mark.django_db
def test_opened_once_to_who_holds_a_place_in_the_group():
    survey = tutor_survey()
    inside = EnrollmentFactory.create_batch(5, cohort=survey.cohort, group=survey.group)
    EnrollmentFactory(cohort=survey.cohort)
    EnrollmentFactory(cohort=survey.cohort, group=survey.group, status="withdrawn", ended_on=MONDAY)
    assert open_survey(survey, today=TODAY)
    EnrollmentFactory(cohort=survey.cohort, group=survey.group)
    assert open_survey(survey, today=TODAY)
    assert {each.enrollment for each in survey.invitations.all()} == set(inside)
    survey.refresh_from_db()
    assert survey.invited == 5


@pytest.mark.django_db
def test_too_few_for_a_result_are_not_asked():
    survey = tutor_survey()
    EnrollmentFactory.create_batch(4, cohort=survey.cohort, group=survey.group)
    assert not open_survey(survey, today=TODAY)
    assert not SurveyInvitation.objects.exists()


@pytest.mark.django_db
def test_survey_that_is_over_does_not_open_again():
    survey = SurveyFactory(invited=5)
    after = survey.closes_on + dt.timedelta(days=1)
    longer = {"opens_on": survey.opens_on, "closes_on": after}
    set_days(survey, **longer, today=survey.closes_on)
    survey.refresh_from_db()
    assert survey.closes_on == after
    with pytest.raises(ValidationError):
        set_days(survey, **longer, today=after + dt.timedelta(days=1))
    with pytest.raises(ValidationError):  # nor is it over before today is
        set_days(survey, opens_on=survey.opens_on, closes_on=TODAY, today=after)
    with pytest.raises(ValidationError):
        set_days(survey, opens_on=TODAY, closes_on=after, today=TODAY)


@pytest.mark.django_db
def test_cancelled_survey_forgets_who_answered_and_opens_no_more():
    asked = SurveyInvitationFactory(survey__invited=1)
    survey = asked.survey
    note_answered(survey, [asked.pk])
    cancel_survey(survey, "mistake", today=TODAY, at=NOW)
    cancel_survey(survey, "other", today=TODAY, at=NOW + dt.timedelta(hours=1))
    survey.refresh_from_db()
    assert (survey.cancellation, survey.cancelled_at) == ("mistake", NOW)
    assert not survey.is_open(TODAY)
    assert not survey.is_closed(survey.closes_on + dt.timedelta(days=1))
    assert not AnsweredMark.objects.exists()
    assert asked.survey.invitations.exists()
    with pytest.raises(ValidationError):
        set_days(survey, opens_on=survey.opens_on, closes_on=TODAY, today=TODAY)
    wind_up(today=survey.closes_on + dt.timedelta(days=1))
    assert not SurveyInvitation.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["", "unknown"])
def test_cancelled_only_for_a_reason_there_is(reason):
    survey = SurveyFactory()
    with pytest.raises(ValidationError):
        cancel_survey(survey, reason, today=TODAY, at=NOW)
    assert not Survey.objects.get().is_cancelled


@pytest.mark.django_db
def test_what_is_over_is_not_cancelled():
    survey = SurveyFactory()
    with pytest.raises(ValidationError):
        cancel_survey(survey, "mistake", today=survey.closes_on + dt.timedelta(days=1), at=NOW)


@pytest.mark.django_db
def test_planned_and_cancelled_it_does_not_open():
    survey = SurveyFactory(invited=None)
    cancel_survey(survey, "too_early", today=TODAY, at=NOW)
    assert not open_survey(survey, today=TODAY)


@pytest.mark.django_db
def test_once_over_nobody_knows_who_was_asked_or_answered():
    survey = SurveyFactory(invited=2)
    invitations = SurveyInvitationFactory.create_batch(2, survey=survey)
    note_answered(survey, [invitations[0].pk])
    assert wind_up(today=survey.closes_on) == 0
    assert wind_up(today=survey.closes_on + dt.timedelta(days=1)) == 2
    assert not SurveyInvitation.objects.exists()
    assert not AnsweredMark.objects.exists()
    assert Survey.objects.get().invited == 2


@pytest.mark.django_db
def test_next_version_is_one_draft_and_the_old_one_stays_as_it_was():
    first = QuestionSetFactory(version=1, asks=["scale", "choice", "text"])
    draft = next_version(first)
    assert next_version(first) == draft
    assert (draft.version, draft.is_published, draft.questions.count()) == (2, False, 3)
    assert QuestionSet.objects.in_force("module") == first
    question = draft.questions.get(number=1)
    question.text_es = "Otra pregunta"
    question.full_clean()
    question.save()
    publish(draft, by=None, at=NOW)
    assert QuestionSet.objects.in_force("module") == draft
    assert first.questions.get(number=1).text_es == "Pregunta 1"


@pytest.mark.django_db
def test_what_is_published_takes_no_change():
    published = QuestionSetFactory(asks=["scale"])
    with pytest.raises(ValidationError):
        published.full_clean()
    with pytest.raises(ValidationError):
        published.questions.get().full_clean()


@pytest.mark.django_db
def test_draft_without_questions_or_with_a_choice_of_one_is_not_published():
    draft = QuestionSetFactory(published_at=None)
    with pytest.raises(ValidationError):
        publish(draft, by=None, at=NOW)
    QuestionFactory(question_set=draft, kind="choice", choices_es="Solo una")
    with pytest.raises(ValidationError):
        publish(draft, by=None, at=NOW)
    draft.refresh_from_db()
    assert not draft.is_published


def tutor_survey() -> Survey:
    cohort = CohortFactory()
    return SurveyFactory(
        purpose="tutor", cohort=cohort, group=GroupFactory(cohort=cohort), invited=None
    )
