"""The page of a survey: the link alone opens it, and nothing of who answers stays on the way."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.urls import reverse

from participants.answering import take_answer
from participants.models import AnonymousAnswer, QuestionSet
from participants.survey_links import path_of
from participants.surveying import cancel_survey
from tests.factories import (
    MONDAY,
    QuestionSetFactory,
    SurveyFactory,
    SurveyInvitationFactory,
    at,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
KINDS = ["scale", "yes_no", "choice", "text"]
SENT = {"q1": "5", "q2": "0", "q3": "2", "q4": ""}


@pytest.fixture
def invitation():
    survey = SurveyFactory(question_set=QuestionSetFactory(asks=KINDS), invited=1)
    return SurveyInvitationFactory(survey=survey)


@pytest.fixture
def page(invitation):
    return path_of(invitation)


def test_page_asks_each_kind_and_keeps_what_was_answered(page, client):
    response = client.get(page)
    assert response.status_code == 200
    assert not response.cookies.get("sessionid")
    response = client.post(page, SENT, follow=True)
    assert response.redirect_chain == [(page, 302)]
    assert response.context["state"] == "answered"
    assert AnonymousAnswer.objects.get().answers == {"1": 5, "2": False, "3": 2}


def test_form_says_what_is_not_promised_where_it_is_anonymous(page, client):
    said = "mientras hayan respondido muy pocas personas"
    assert said in client.get(page).content.decode()
    QuestionSet.objects.update(is_anonymous=False)
    assert said not in client.get(page).content.decode()


def test_page_is_found_by_no_search_engine_and_told_to_no_other_site(page, client):
    for response in (client.get(page), client.post(page, SENT), client.get(page)):
        assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert response.headers["Referrer-Policy"] == "strict-origin"
        assert "no-store" in response.headers["Cache-Control"]


def test_what_lacks_is_asked_for_and_what_was_answered_stays(page, client):
    response = client.post(page, SENT | {"q1": "", "q4": "Todo bien"})
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"q1"}
    assert "Todo bien" in response.content.decode()
    assert not AnonymousAnswer.objects.exists()


def test_what_looks_like_a_document_number_is_asked_about_once(page, client):
    typed = SENT | {"q4": "Hablé con 40123456"}
    assert client.post(page, typed).status_code == 422
    assert client.post(page, typed | {"is_no_number": "on"}).status_code == 302
    assert AnonymousAnswer.objects.get().answers["4"] == "Hablé con 40123456"


def test_second_answer_is_thanked_for_and_not_kept(page, client):
    client.post(page, SENT)
    assert client.post(page, SENT | {"q1": "1"}).context["state"] == "answered"
    assert AnonymousAnswer.objects.get().answers["1"] == 5


def test_after_the_last_day_the_page_says_so(page, client, clock, invitation):
    clock.move_to(at(MONDAY + dt.timedelta(days=21), 0))
    for response in (client.get(page), client.post(page, SENT)):
        assert response.status_code == 410
        assert response.context["state"] == "closed"
    invitation.delete()
    assert client.get(page).status_code == 410


def test_link_of_a_cancelled_survey_says_so_and_takes_nothing(page, client, invitation):
    at_once = {"today": MONDAY + dt.timedelta(days=11), "at": at(MONDAY, 9)}
    cancel_survey(invitation.survey, "mistake", **at_once)
    for response in (client.get(page), client.post(page, SENT)):
        assert response.status_code == 410
        assert "Esta encuesta se canceló" in response.content.decode()
    assert not AnonymousAnswer.objects.exists()


def test_who_answered_is_led_to_the_other_survey_that_waits(invitation, page, client):
    other = SurveyInvitationFactory(
        survey__cohort=invitation.survey.cohort, enrollment=invitation.enrollment
    )
    client.post(page, SENT)
    [pending] = client.get(page).context["others"]
    assert pending.path == path_of(other)


def test_survey_with_a_name_is_offered_to_its_person_alone(client, clients, enrollment, cohort):
    answered = SurveyInvitationFactory(survey__cohort=cohort, enrollment=enrollment)
    take_answer(answered, {"1": 4}, at=at(MONDAY + dt.timedelta(days=8), 9))
    named = SurveyInvitationFactory(
        survey__cohort=cohort, survey__question_set__is_anonymous=False, enrollment=enrollment
    )
    page = path_of(answered)
    for other in (client, clients["other_participant"]()):
        response = other.get(page)
        assert response.context["others"] == []
        assert path_of(named) not in response.content.decode()
    assert path_of(named) in clients["participant"]().get(page).content.decode()


def test_waiting_survey_stands_on_the_own_home_until_it_is_answered(clients, enrollment, cohort):
    invitation = SurveyInvitationFactory(
        survey__cohort=cohort, enrollment=enrollment, survey__invited=1
    )
    home = clients["participant"]()
    page = reverse("participants:home")
    assert path_of(invitation) in home.get(page).content.decode()
    take_answer(invitation, {"1": 4}, at=at(MONDAY + dt.timedelta(days=8), 9))
    assert path_of(invitation) not in home.get(page).content.decode()


def test_guessed_links_are_stopped_and_those_who_answer_leave_no_count(page, client):
    wrong = reverse("surveys:answer", args=["1.abc"])
    assert {client.get(wrong).status_code for _number in range(30)} == {404}
    assert client.get(wrong).status_code == 429
    cache.clear()
    for _number in range(40):
        assert client.get(page).status_code == 200
