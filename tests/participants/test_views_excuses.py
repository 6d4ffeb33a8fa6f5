import datetime as dt

import pytest
from django.urls import reverse

from participants.excusing import decide
from participants.models import AbsenceRequest
from tests.factories import (
    AbsenceRequestFactory,
    AttendanceRecordFactory,
    SessionFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def client(log_in, participant):
    client = log_in(participant)
    client.cookies["language"] = "en"
    return client


@pytest.fixture
def tonight(cohort):
    """At 18:00 of the day on which the clock stands at noon."""
    return SessionFactory(cohort=cohort, day=11, number=2)


@pytest.fixture
def missed(cohort, enrollment):
    session = SessionFactory(cohort=cohort, day=9, number=1, status="held")
    AttendanceRecordFactory(enrollment=enrollment, session=session, state="absent")
    return session


def page_of(session) -> str:
    return reverse("participants:excuse", args=[session.pk])


def test_excuse_is_asked_and_the_session_says_how_it_stands(client, tonight, enrollment):
    response = client.post(page_of(tonight), {"reason": "shift"}, follow=True)
    request = AbsenceRequest.objects.get()
    assert (request.enrollment, request.session, request.reason) == (enrollment, tonight, "shift")
    assert "excuse to be decided" in response.text
    assert "shift or duty at work" in response.text


def test_page_asks_for_a_coded_reason_alone_and_shows_whom_to_turn_to(client, tonight, cohort):
    cohort.support_contact = "apoyo@salud.example"
    cohort.save()
    text = client.get(page_of(tonight)).text
    assert text.count('name="reason"') == 5
    assert "apoyo@salud.example" in text
    assert not {"<textarea", 'type="text"', 'type="file"'} & set(text.split(">"))
    assert "textarea" not in text
    assert 'type="file"' not in text


def test_without_a_reason_it_says_so_and_asks_nothing(client, tonight):
    response = client.post(page_of(tonight), {})
    assert response.status_code == 422
    assert not AbsenceRequest.objects.exists()


def test_sent_twice_it_is_asked_once(client, tonight):
    for _time in range(2):
        assert client.post(page_of(tonight), {"reason": "illness"}).status_code == 302
    assert AbsenceRequest.objects.count() == 1


def test_too_late_is_refused_with_the_last_day(client, missed, clock):
    clock.shift(dt.timedelta(days=5))
    response = client.post(page_of(missed), {"reason": "illness"})
    assert response.status_code == 403
    assert "14/03/2026" in response.text
    assert not AbsenceRequest.objects.exists()


def test_session_of_another_group_is_not_found(client, cohort, other_group):
    session = SessionFactory(cohort=cohort, group=other_group, day=11)
    assert client.post(page_of(session), {"reason": "illness"}).status_code == 404


def test_who_was_there_is_offered_no_excuse(client, missed, enrollment):
    enrollment.attendance.update(state="present")
    assert client.post(page_of(missed), {"reason": "illness"}).status_code == 403
    text = client.get(reverse("participants:session", args=[missed.pk])).text
    assert "Ask for an excuse" not in text


def test_home_leads_to_what_can_be_excused_and_says_until_when(client, missed, tonight):
    text = client.get(reverse("participants:home")).text
    assert page_of(missed) in text
    assert page_of(tonight) in text
    assert "Sat 14/03" in text


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("asked", "excuse to be decided"),
        ("accepted", "excuse accepted"),
        ("declined", "excuse not accepted"),
    ],
)
def test_home_and_session_say_how_an_excuse_stands(client, missed, enrollment, status, words):
    AbsenceRequestFactory(enrollment=enrollment, session=missed, status=status)
    assert words in client.get(reverse("participants:home")).text
    session = client.get(reverse("participants:session", args=[missed.pk])).text
    assert words in session
    # What is not accepted may be asked anew.
    assert (f'href="{page_of(missed)}"' in session) == (status == "declined")


def test_home_forgets_what_was_decided_long_ago(client, missed, enrollment, clock):
    AbsenceRequestFactory(enrollment=enrollment, session=missed, status="declined")
    clock.shift(dt.timedelta(days=9))
    assert "excuse not accepted" not in client.get(reverse("participants:home")).text


def test_excuse_is_withdrawn(client, tonight, enrollment):
    AbsenceRequestFactory(enrollment=enrollment, session=tonight)
    withdraw = reverse("participants:withdraw_excuse", args=[tonight.pk])
    assert "The excuse is withdrawn" in client.post(withdraw, follow=True).text
    assert AbsenceRequest.objects.get().status == "withdrawn"
    assert "no excuse to withdraw" in client.post(withdraw, follow=True).text


def test_decided_excuse_of_a_session_over_is_not_withdrawn(client, missed, enrollment, tutor):
    request = AbsenceRequestFactory(enrollment=enrollment, session=missed)
    decide(request, accepts=True, by=tutor, at=missed.ends_at)
    withdraw = reverse("participants:withdraw_excuse", args=[missed.pk])
    assert "it stays as it is" in client.post(withdraw, follow=True).text
    assert AbsenceRequest.objects.get().is_accepted
