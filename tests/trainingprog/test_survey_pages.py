"""What the coordinator and the tutor see of surveys."""

import datetime as dt

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from courses.models import Cohort
from participants.answered import note_answered
from participants.models import AnonymousAnswer, NamedAnswer, QuestionSet, Survey
from tests.factories import (
    MONDAY,
    EnrollmentFactory,
    QuestionSetFactory,
    SurveyFactory,
    SurveyInvitationFactory,
    at,
)
from tutors.models import SurveyedTutor, Tutor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
TODAY = MONDAY + dt.timedelta(days=11)
EARLIER = {"opens_on": MONDAY, "closes_on": MONDAY + dt.timedelta(days=9)}


@pytest.fixture
def office(clients):
    return clients["coordinator"]()


def answer(survey, count, text="Texto del grupo"):
    AnonymousAnswer.objects.bulk_create(
        AnonymousAnswer(survey=survey, answers={"1": 2, "2": text}, answered_on=MONDAY)
        for _number in range(count)
    )


@pytest.fixture
def about_tutor(cohort, cohort_module, group, tutor):
    survey = SurveyFactory(
        purpose="tutor", cohort=cohort, cohort_module=cohort_module, group=group, **EARLIER
    )
    SurveyedTutor.objects.create(survey=survey, tutor=Tutor.objects.get(user=tutor))
    return survey


def test_survey_is_opened_by_hand_today(office, cohort, cohort_module, group):
    QuestionSetFactory(asks=["scale"])
    EnrollmentFactory.create_batch(5, cohort=cohort, group=group)
    page = reverse("survey_plan", args=[cohort.pk])
    sent = {"slot": f"module-{cohort_module.pk}", "opens_on": f"{TODAY}", "closes_on": ""}
    for _number in range(2):
        response = office.post(page, sent, follow=True)
    assert response.status_code == 200
    survey = Survey.objects.get()
    assert survey.invited == survey.invitations.count() == cohort.enrollments.count()
    assert survey.closes_on == TODAY + dt.timedelta(days=13)


@pytest.mark.parametrize("slot", ["", "party-1", "module-x", "module-999999"])
def test_what_is_no_part_of_the_edition_is_not_planned(office, cohort, slot):
    page = reverse("survey_plan", args=[cohort.pk])
    assert office.post(page, {"slot": slot, "opens_on": f"{TODAY}"}).status_code == 404


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_days_far_from_the_edition_are_refused(office, cohort, cohort_module, day):
    QuestionSetFactory(asks=["scale"])
    sent = {"slot": f"module-{cohort_module.pk}", "opens_on": day, "closes_on": ""}
    response = office.post(reverse("survey_plan", args=[cohort.pk]), sent)
    assert response.status_code == 302
    assert not Survey.objects.exists()
    survey = SurveyFactory(cohort=cohort, cohort_module=cohort_module, invited=None)
    sent = {"opens_on": day, "closes_on": f"{TODAY}"}
    assert office.post(reverse("survey", args=[survey.pk]), sent).status_code == 422


def test_days_change_while_it_is_open_and_not_after(office, cohort, cohort_module):
    survey = SurveyFactory(cohort=cohort, cohort_module=cohort_module)
    page = reverse("survey", args=[survey.pk])
    sent = {"opens_on": f"{survey.opens_on}", "closes_on": f"{TODAY}"}
    assert office.post(page, sent).status_code == 302
    survey.refresh_from_db()
    assert survey.closes_on == TODAY
    assert office.post(page, sent | {"closes_on": f"{MONDAY}"}).status_code == 422
    Survey.objects.update(**EARLIER)
    assert office.post(page, sent).status_code == 422
    assert office.get(page).context["form"] is None


@pytest.mark.parametrize(("count", "shown"), [(4, False), (5, True)])
def test_results_come_from_five_answers_on(office, clients, about_tutor, count, shown):
    answer(about_tutor, count)
    pages = [
        office.get(reverse("survey", args=[about_tutor.pk])),
        office.get(reverse("edition_surveys_csv", args=[about_tutor.cohort_id])),
        clients["tutor"]().get(reverse("tutors:survey_results")),
    ]
    for response in pages:
        assert ("Texto del grupo" in response.content.decode()) == shown
    edition = office.get(reverse("edition_surveys", args=[about_tutor.cohort_id]))
    assert ("2,00" in edition.content.decode()) == shown


@pytest.mark.parametrize(
    ("days", "status", "says"),
    [
        (-1, "running", "Se abre sola el"),
        (0, "running", "Se abre sola hoy"),
        (13, "running", "Se abre sola hoy"),
        (14, "running", "No se hizo."),
        (0, "draft", "No se hizo."),
    ],
)
def test_survey_was_not_asked_only_once_its_days_are_over(
    log_in, coordinator, cohort, cohort_module, clock, days, status, says
):
    QuestionSetFactory(asks=["scale"])
    Cohort.objects.update(status=status)
    clock.move_to(at(MONDAY + dt.timedelta(weeks=2, days=days), 6))
    page = log_in(coordinator).get(reverse("edition_surveys", args=[cohort.pk]))
    text = page.content.decode()
    assert says in text
    assert ("No se hizo." in text) == (says == "No se hizo.")


def test_survey_is_cancelled_for_a_reason_and_can_be_asked_anew(office, cohort, cohort_module):
    survey = SurveyFactory(cohort=cohort, cohort_module=cohort_module, invited=6)
    answer(survey, 5)
    page, cancels = (reverse(name, args=[survey.pk]) for name in ("survey", "survey_cancel"))
    edition, slot = reverse("edition_surveys", args=[cohort.pk]), f"module-{cohort_module.pk}"
    assert cancels in office.get(page).content.decode()
    assert slot not in office.get(edition).content.decode()
    office.post(cancels, {"reason": ""})
    assert not Survey.objects.get().is_cancelled
    office.post(cancels, {"reason": "mistake"})
    text = office.get(page).content.decode()
    assert "se abrió por error" in text
    assert "se abrió por error" in LogEntry.objects.latest("pk").change_message
    assert cancels not in text
    written = LogEntry.objects.count()
    for again in ("other", ""):  # a second click, or somebody else's
        assert office.post(cancels, {"reason": again}).status_code == 302
    assert LogEntry.objects.count() == written
    assert Survey.objects.get().cancellation == "mistake"
    assert slot in office.get(edition).content.decode()


def test_of_a_cancelled_survey_nothing_is_shown(office, clients, about_tutor):
    answer(about_tutor, 5)
    Survey.objects.update(cancelled_at=at(MONDAY, 9), cancellation="mistake")
    for response in (
        office.get(reverse("survey", args=[about_tutor.pk])),
        office.get(reverse("edition_surveys", args=[about_tutor.cohort_id])),
        office.get(reverse("edition_surveys_csv", args=[about_tutor.cohort_id])),
        clients["tutor"]().get(reverse("tutors:survey_results")),
    ):
        assert "Texto del grupo" not in response.content.decode()
        assert "2,00" not in response.content.decode()


def test_nothing_is_shown_while_it_is_open(office, clients, about_tutor):
    answer(about_tutor, 9)
    Survey.objects.update(closes_on=TODAY)
    for response in (
        office.get(reverse("survey", args=[about_tutor.pk])),
        office.get(reverse("edition_surveys_csv", args=[about_tutor.cohort_id])),
        clients["tutor"]().get(reverse("tutors:survey_results")),
    ):
        assert "Texto del grupo" not in response.content.decode()


def test_tutor_sees_the_own_alone(clients, about_tutor):
    answer(about_tutor, 6)
    page = reverse("tutors:survey_results")
    assert len(clients["tutor"]().get(page).context["results"]) == 1
    assert clients["other_tutor"]().get(page).context["results"] == []


def test_file_is_written_down_with_who_took_it(office, cohort, coordinator):
    for name in ("edition_surveys_xlsx", "edition_surveys_csv"):
        response = office.get(reverse(name, args=[cohort.pk]))
        assert "encuestas-" in response.headers["Content-Disposition"]
    assert LogEntry.objects.filter(user=coordinator).count() == 2


def test_answers_with_names_are_shown_to_the_coordinator_once_it_is_over(office, cohort):
    question_set = QuestionSetFactory(
        purpose="months_3", is_anonymous=False, asks=["yes_no", "choice"]
    )
    survey = SurveyFactory(
        purpose="months_3", cohort=cohort, cohort_module=None, question_set=question_set, **EARLIER
    )
    given = NamedAnswer.objects.create(
        survey=survey,
        enrollment=EnrollmentFactory(cohort=cohort),
        answers={"1": False, "2": 2},
        answered_on=MONDAY,
    )
    page = reverse("survey", args=[survey.pk])
    [(person, answers)] = office.get(page).context["named"]
    assert person == str(given.enrollment.participant)
    assert answers == ["No", "En parte"]
    Survey.objects.update(closes_on=TODAY)
    assert office.get(page).context["named"] == []


def test_no_page_says_who_was_asked_or_who_answered(office, cohort, cohort_module):
    survey = SurveyFactory(cohort=cohort, cohort_module=cohort_module, invited=1)
    invitation = SurveyInvitationFactory(survey=survey)
    note_answered(survey, [invitation.pk])
    name = invitation.enrollment.participant.paternal_surname
    for page in (
        reverse("survey", args=[survey.pk]),
        reverse("edition_surveys", args=[cohort.pk]),
        reverse("edition_surveys_csv", args=[cohort.pk]),
    ):
        assert name not in office.get(page).content.decode()


def test_question_set_is_published_and_followed_by_its_next_version(office):
    draft = QuestionSetFactory(published_at=None, version=1)
    page = reverse("question_set", args=[draft.pk])
    assert office.post(page).status_code == 409  # no question yet
    QuestionSet.objects.all().delete()
    draft = QuestionSetFactory(published_at=None, version=1, asks=["scale", "choice"])
    page = reverse("question_set", args=[draft.pk])
    assert "Pregunta 1" in office.get(page).content.decode()
    assert office.post(page).status_code == 302
    draft.refresh_from_db()
    assert draft.is_published
    response = office.post(page)
    following = QuestionSet.objects.get(version=2)
    assert response.url == reverse("admin:participants_questionset_change", args=[following.pk])


def test_published_set_is_read_only_in_the_admin_and_a_draft_is_edited(office):
    published = QuestionSetFactory(version=1, asks=["scale"])
    page = reverse("admin:participants_questionset_change", args=[published.pk])
    assert not office.get(page).context["has_change_permission"]
    assert office.post(page, {"title_es": "Otro"}).status_code == 403
    assert office.post(page.replace("change", "delete"), {"post": "yes"}).status_code == 403
    draft = QuestionSetFactory(version=2, published_at=None, asks=["scale"])
    page = reverse("admin:participants_questionset_change", args=[draft.pk])
    assert office.get(page).context["has_change_permission"]
