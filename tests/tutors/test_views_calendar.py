import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from tests.factories import CohortFactory, GroupFactory, SessionFactory, TutorAssignmentFactory
from tutors.models import TutorAssignment, TutorCalendar

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
SUBSCRIBE = reverse("tutors:subscribe")
RENEW = reverse("tutors:renew_calendar")


@pytest.fixture
def feed(tutor, cohort, group):
    SessionFactory(cohort=cohort, title="Trauma complejo")
    SessionFactory(cohort=cohort, group=group, day=4)
    return feed_of(tutor)


def feed_of(user):
    address, _created = TutorCalendar.objects.get_or_create(tutor=user.tutor)
    return reverse("tutors:calendar_feed", args=[address.token])


def events(response):
    return Calendar.from_ical(response.content).walk("VEVENT")


def test_feed_needs_no_log_in_and_leads_to_the_tutor_s_pages(feed, cohort, other_group):
    """It is public as calendar programs do not log in: its address is the secret."""
    SessionFactory(cohort=cohort, group=other_group)
    response = Client().get(feed)
    assert response.status_code == 200
    assert len(events(response)) == 2
    assert all("/tutor/sesion/" in str(event["URL"]) for event in events(response))
    assert b"sala-1" not in response.content
    assert b"Trauma" not in response.content
    assert Client().post(feed).status_code == 405


def test_feed_without_group_is_empty(feed):
    TutorAssignment.objects.all().delete()
    assert events(Client().get(feed)) == []


def test_feed_guessed_renewed_or_of_a_closed_account_is_not_found(feed, log_in, tutor):
    assert Client().get(reverse("tutors:calendar_feed", args=["adivinada"])).status_code == 404
    assert log_in(tutor).post(RENEW).url == SUBSCRIBE
    assert Client().get(feed).status_code == 404
    assert Client().get(feed_of(tutor)).status_code == 200
    tutor.is_active = False
    tutor.save()
    assert Client().get(feed_of(tutor)).status_code == 404


def test_feed_of_a_participant_does_not_open_as_a_tutor_s(log_in, participant, tutor):
    log_in(participant).get(reverse("participants:subscribe"))
    token = participant.participant.calendar_address.token
    assert Client().get(reverse("tutors:calendar_feed", args=[token])).status_code == 404


def test_feed_unchanged_is_answered_with_304_until_the_assignment_changes(feed, clock):
    first = Client().get(feed)
    clock.shift(dt.timedelta(minutes=1))
    for header in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
        assert Client().get(feed, headers=header).status_code == 304
    assignment = TutorAssignment.objects.get()
    assignment.ends_on = assignment.starts_on
    assignment.save()
    for header in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
        assert Client().get(feed, headers=header).status_code == 200


@pytest.mark.parametrize("size", [1, 3])
def test_feed_costs_the_same_at_any_size_and_less_when_unchanged(
    tutor, size, django_assert_num_queries
):
    for _number in range(size):
        own = GroupFactory(cohort=CohortFactory())
        TutorAssignmentFactory(tutor=tutor.tutor, group=own)
        SessionFactory(cohort=own.cohort, group=own)
    feed = feed_of(tutor)
    with django_assert_num_queries(4):
        etag = Client().get(feed)["ETag"]
    with django_assert_num_queries(3):
        assert Client().get(feed, headers={"If-None-Match": etag}).status_code == 304


def test_subscribe_page_shows_the_own_address_and_is_the_tutor_s(log_in, tutor, participant):
    text = log_in(tutor).get(SUBSCRIBE).content.decode()
    assert feed_of(tutor) in text
    assert log_in(tutor).get(RENEW).status_code == 405
    assert log_in(tutor).post(SUBSCRIBE).status_code == 405
    for page, method in ((SUBSCRIBE, "get"), (RENEW, "post")):
        assert getattr(log_in(participant), method)(page).status_code == 403
        assert getattr(Client(), method)(page).status_code == 302
