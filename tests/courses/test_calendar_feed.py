import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override
from icalendar import Calendar

from courses.calendar_feed import calendar_text
from tests.factories import MONDAY, GroupFactory, SessionFactory, at

pytestmark = pytest.mark.django_db
LINK = "https://reuniones.example/sala-secreta"


@pytest.fixture(autouse=True)
def english():
    with override("en"):
        yield


def text_of(*sessions):
    return calendar_text(sessions, page_of=lambda session: f"https://sitio.example/{session.pk}/")


def events_of(*sessions):
    return Calendar.from_ical(text_of(*sessions)).walk("VEVENT")


def test_calendar_is_valid_and_in_the_time_of_lima(cohort):
    text = text_of(SessionFactory(cohort=cohort))
    calendar = Calendar.from_ical(text)
    assert calendar.errors == []
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["America/Lima"]
    assert b"DTSTART;TZID=America/Lima:20260304T180000\r\n" in text
    assert b"DTEND;TZID=America/Lima:20260304T200000\r\n" in text
    (event,) = calendar.walk("VEVENT")
    assert event["DTSTART"].dt == dt.datetime(2026, 3, 4, 18, tzinfo=ZoneInfo("America/Lima"))
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))


def test_calendar_asks_to_be_fetched_every_few_hours(cohort):
    text = text_of()
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT4H" in text
    assert b"X-PUBLISHED-TTL:PT4H" in text


def test_calendar_of_the_same_sessions_is_the_same_text_later(cohort, clock):
    session = SessionFactory(cohort=cohort)
    before = text_of(session)
    clock.shift(dt.timedelta(days=3))
    assert text_of(session) == before


def test_event_keeps_its_uid_and_counts_its_changes(cohort):
    session = SessionFactory(cohort=cohort)
    (before,) = events_of(session)
    session.sequence, session.starts_at = 1, session.starts_at + dt.timedelta(days=1)
    session.ends_at += dt.timedelta(days=1)
    session.save()
    (after,) = events_of(session)
    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after["LAST-MODIFIED"].dt >= before["LAST-MODIFIED"].dt


def test_event_says_that_it_moved_and_from_when(cohort):
    session = SessionFactory(cohort=cohort, moved_from=at(MONDAY, 18), sequence=1)
    (event,) = events_of(session)
    assert "02/03/2026 18:00" in event["DESCRIPTION"]
    assert event["STATUS"] == "CONFIRMED"


def test_event_of_a_cancelled_session_is_cancelled_and_keeps_no_time_busy(cohort):
    session = SessionFactory(
        cohort=cohort, status="cancelled", cancellation_reason="Duelo de una colega"
    )
    (event,) = events_of(session)
    assert (event["STATUS"], event["TRANSP"]) == ("CANCELLED", "TRANSPARENT")
    assert b"Duelo" not in text_of(session)


def test_event_gives_away_neither_subject_nor_link(cohort):
    session = SessionFactory(
        cohort=cohort,
        title="Trauma y trata de personas",
        number=5,
        meeting_link=LINK,
        venue=f"Aula 3 o {LINK}",
        modality="hybrid",
        lecturer="Dra. Quispe",
    )
    assert session.meeting_link in str(vars(session))  # it could leak
    text = text_of(session).replace(b"\r\n ", b"")
    for secret in (b"sala-secreta", b"reuniones.example", b"Trauma", b"trata", b"Quispe"):
        assert secret not in text
    (event,) = events_of(session)
    assert event["SUMMARY"] == "Training session 5"
    assert event["URL"] == f"https://sitio.example/{session.pk}/"


def test_event_of_a_group_and_its_venue(cohort):
    session = SessionFactory(
        cohort=cohort, group=GroupFactory(cohort=cohort), venue="Aula 3", modality="in_person"
    )
    (event,) = events_of(session)
    assert (event["SUMMARY"], event["LOCATION"]) == ("Group meeting", "Aula 3")
