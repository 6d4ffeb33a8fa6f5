"""The page of an offered place: a GET changes nothing, a POST answers once."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from courses.models import Cohort
from participants.models import Offer
from participants.waiting_list import offer_next, waitlist
from tests.factories import MONDAY, ParticipantFactory, at

pytestmark = pytest.mark.usefixtures("clock")
NOW = at(MONDAY + dt.timedelta(days=11), 12)


@pytest.fixture
def offer(cohort):
    Cohort.objects.update(capacity=1, support_contact="Mesa de ayuda, 01 555 0101")
    for _number in range(2):
        waitlist(ParticipantFactory(), cohort, at=NOW, by=None)
    return offer_next(cohort, at=NOW)


@pytest.fixture
def page(offer):
    return reverse("participants:offer", args=[offer.token])


def answer_of(offer) -> str:
    offer.refresh_from_db()
    return offer.answer


def test_opening_the_link_any_number_of_times_answers_nothing(offer, page, client):
    for _number in range(3):
        response = client.get(page)
    assert response.context["is_open"]
    assert "no-store" in response.headers["Cache-Control"]
    assert answer_of(offer) == ""


@pytest.mark.parametrize(
    ("sent", "kept", "shown"),
    [("accept", "accepted", "is_accepted"), ("decline", "declined", "is_declined")],
)
def test_answer_is_taken_and_shown(offer, page, client, sent, kept, shown):
    response = client.post(page, {"answer": sent}, follow=True)
    assert response.redirect_chain == [(page, 302)]
    assert response.context[shown]
    assert answer_of(offer) == kept


def test_place_declined_is_offered_to_the_next(offer, page, client):
    client.post(page, {"answer": "decline"})
    assert Offer.objects.open().get() != offer


def test_second_answer_says_how_it_stands(offer, page, client):
    client.post(page, {"answer": "accept"})
    response = client.post(page, {"answer": "decline"})
    assert response.status_code == 409
    assert response.context["is_accepted"]
    assert answer_of(offer) == "accepted"


def test_answer_after_the_deadline_is_passed_on_and_says_what_to_do(offer, page, client, clock):
    clock.move_to(offer.expires_at)
    response = client.post(page, {"answer": "accept"})
    assert response.status_code == 409
    assert "01 555 0101" in response.content.decode()
    assert answer_of(offer) == "lapsed"
    assert Offer.objects.open().exists()


def test_lapsed_link_says_so_before_anyone_passed_it_on(offer, page, client, clock):
    clock.move_to(offer.expires_at)
    response = client.get(page)
    assert response.status_code == 410
    assert not response.context["is_open"]
    assert answer_of(offer) == ""


@pytest.mark.parametrize("data", [{}, {"answer": ""}, {"answer": "accepted"}])
def test_answer_that_is_none_shows_the_page_again(offer, page, client, data):
    assert client.post(page, data).context["is_open"]
    assert answer_of(offer) == ""


def test_link_that_is_none_is_not_found(offer, client):
    assert client.get(reverse("participants:offer", args=["otra"])).status_code == 404


def test_answer_without_the_forms_token_is_refused(offer, page):
    client = Client(enforce_csrf_checks=True)
    assert client.post(page, {"answer": "accept"}).status_code == 403
    assert answer_of(offer) == ""
