import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from courses.models import Cohort
from participants.models import Enrollment, ParticipantCalendar
from tests.factories import MONDAY, CohortFactory, EnrollmentFactory, SessionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
LINK = "https://reuniones.example/sala-secreta"
SUBSCRIBE = reverse("participants:subscribe")
RENEW = reverse("participants:renew_calendar")


@pytest.fixture
def feed(enrollment, cohort):
    """The address of a person with one session."""
    SessionFactory(cohort=cohort, title="Trauma complejo", meeting_link=LINK)
    return feed_of(enrollment)


def feed_of(enrollment):
    address, _created = ParticipantCalendar.objects.get_or_create(
        participant=enrollment.participant
    )
    return reverse("participants:calendar_feed", args=[address.token])


def events(response):
    return Calendar.from_ical(response.content).walk("VEVENT")


def test_feed_needs_no_log_in_and_is_private(feed):
    """It is public as calendar programs do not log in: its address is the secret."""
    response = Client().get(feed)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert "private" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"
    assert len(events(response)) == 1
    assert Client().head(feed).status_code == 200
    assert Client().post(feed).status_code == 405


def test_feed_leads_to_our_page_and_holds_neither_link_nor_subject(feed, cohort):
    session = cohort.sessions.get()
    response = Client().get(feed)
    assert session.meeting_link == LINK  # it could leak
    assert b"sala-secreta" not in response.content.replace(b"\r\n ", b"")
    assert b"Trauma" not in response.content
    page = reverse("participants:session", args=[session.pk])
    assert events(response)[0]["URL"] == f"http://testserver{page}"


def test_feed_has_the_own_sessions_of_every_edition_only(feed, enrollment, cohort, other_group):
    SessionFactory(cohort=cohort, group=other_group)
    SessionFactory(cohort=CohortFactory())
    second = EnrollmentFactory(participant=enrollment.participant, cohort=CohortFactory())
    own = SessionFactory(cohort=second.cohort)
    uids = {str(event["UID"]).split("@")[0] for event in events(Client().get(feed))}
    assert uids == {str(own.uid), str(cohort.sessions.get(group=None).uid)}


@pytest.mark.parametrize("token", ["adivinada", "x" * 43, "a" * 500])
def test_feed_of_a_guessed_address_is_not_found(feed, token):
    assert Client().get(reverse("participants:calendar_feed", args=[token])).status_code == 404


def test_feed_of_a_renewed_address_is_not_found_and_the_new_one_opens(feed, log_in, participant):
    client = log_in(participant)
    assert client.post(RENEW).url == SUBSCRIBE
    assert Client().get(feed).status_code == 404
    new = feed_of(participant.participant.enrollments.get())
    assert new != feed
    assert Client().get(new).status_code == 200
    assert new in client.get(SUBSCRIBE).content.decode()


def test_feed_of_who_withdrew_is_not_found(feed, enrollment):
    enrollment.status = Enrollment.Status.WITHDRAWN
    enrollment.ended_on = MONDAY + dt.timedelta(days=20)
    enrollment.save()
    assert Client().get(feed).status_code == 404


def test_feed_of_a_closed_account_is_not_found(feed, participant):
    participant.is_active = False
    participant.save()
    assert Client().get(feed).status_code == 404


def test_feed_of_a_draft_is_not_found(feed):
    Cohort.objects.update(status=Cohort.Status.DRAFT)
    assert Client().get(feed).status_code == 404


def test_feed_unchanged_is_answered_with_304_and_no_text(feed, clock):
    first = Client().get(feed)
    clock.shift(dt.timedelta(days=1))
    again = Client().get(feed, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert "private" in again["Cache-Control"]
    by_date = Client().get(feed, headers={"If-Modified-Since": first["Last-Modified"]})
    assert by_date.status_code == 304


def move(session, **_people):
    session.starts_at += dt.timedelta(hours=1)
    session.ends_at += dt.timedelta(hours=1)
    session.sequence += 1
    session.save()


def drop(session, **_people):
    session.delete()


def add(session, **_people):
    SessionFactory(cohort=session.cohort, day=9)


def change_group(session, enrollment, other_group):
    enrollment.group = other_group
    enrollment.save()


@pytest.mark.parametrize("change", [move, drop, add, change_group])
@pytest.mark.parametrize(
    "header", [("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")]
)
def test_feed_after_a_change_is_sent_anew(
    feed, cohort, enrollment, other_group, clock, change, header
):
    first = Client().get(feed)
    clock.shift(dt.timedelta(minutes=1))
    change(cohort.sessions.get(), enrollment=enrollment, other_group=other_group)
    again = Client().get(feed, headers={header[0]: first[header[1]]})
    assert again.status_code == 200
    assert again["ETag"] != first["ETag"]


def test_feed_after_a_change_counts_it(feed, cohort):
    (before,) = events(Client().get(feed))
    move(cohort.sessions.get())
    (after,) = events(Client().get(feed))
    assert (before["UID"], before["SEQUENCE"] + 1) == (after["UID"], after["SEQUENCE"])


@pytest.mark.parametrize("size", [1, 3])
def test_feed_costs_the_same_at_any_size_and_less_when_unchanged(
    enrollment, size, django_assert_num_queries
):
    for _number in range(size):
        cohort = CohortFactory()
        EnrollmentFactory(participant=enrollment.participant, cohort=cohort)
        for day in range(size):
            SessionFactory(cohort=cohort, day=day)
    feed = feed_of(enrollment)
    with django_assert_num_queries(3):
        etag = Client().get(feed)["ETag"]
    with django_assert_num_queries(2):
        assert Client().get(feed, headers={"If-None-Match": etag}).status_code == 304


def test_subscribe_page_offers_one_address_and_every_way(log_in, participant):
    client = log_in(participant)
    text = client.get(SUBSCRIBE).content.decode()
    assert client.get(SUBSCRIBE).status_code == 200
    token = ParticipantCalendar.objects.get().token
    assert f'href="webcal://testserver/participante/calendario/{token}.ics"' in text
    assert "https://calendar.google.com/calendar/r?cid=webcal" in text
    assert "https://outlook.live.com/" in text
    assert "<svg viewBox=" in text or 'class="qr"' in text


def test_subscribe_page_of_another_has_another_address(log_in, participant, other_participant):
    log_in(participant).get(SUBSCRIBE)
    log_in(other_participant).get(SUBSCRIBE)
    tokens = ParticipantCalendar.objects.values_list("token", flat=True)
    assert len(set(tokens)) == 2
    assert all(len(token) >= 43 for token in tokens)


def test_renewing_needs_a_post_and_the_own_role(log_in, participant, tutor):
    assert log_in(participant).get(RENEW).status_code == 405
    assert log_in(participant).post(SUBSCRIBE).status_code == 405
    for page, method in ((SUBSCRIBE, "get"), (RENEW, "post")):
        assert getattr(log_in(tutor), method)(page).status_code == 403
        assert getattr(Client(), method)(page).status_code == 302


def test_address_with_what_no_token_holds_asks_the_database_nothing(
    client, db, django_assert_num_queries
):
    """PostgreSQL refuses to be asked for a NUL."""
    with django_assert_num_queries(0):
        assert client.get("/participante/calendario/%00.ics").status_code == 404
        assert client.get("/tutor/calendario/%00.ics").status_code == 404
        assert client.get("/participante/plaza/%00/").status_code == 404
