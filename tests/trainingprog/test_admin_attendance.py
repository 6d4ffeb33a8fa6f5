"""What the register refuses is refused on the page of a correction, and what is emptied is gone."""

import datetime as dt

import pytest
from django.urls import reverse

from courses.models import Session
from participants.models import AttendanceRecord, Enrollment
from tests.factories import AttendanceRecordFactory, SessionFactory

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def record(cohort, enrollment) -> AttendanceRecord:
    session = SessionFactory(cohort=cohort)
    return AttendanceRecordFactory(
        enrollment=enrollment, session=session, state="present", mode="online", minutes=300
    )


@pytest.fixture
def correct(record, coordinator, log_in):
    def send(**fields: object):
        sent = {
            "state": "late",
            "mode": "online",
            "minutes": "",
            "correction": "fault",
            "correction_note": "x",
            "based_on": "1",
        }
        url = reverse("admin:participants_attendancerecord_change", args=[record.pk])
        return log_in(coordinator).post(url, sent | fields)

    return send


def stored(record: AttendanceRecord) -> tuple[str, int | None, int]:
    record = AttendanceRecord.objects.get(pk=record.pk)
    return record.state, record.minutes, record.version


def test_minutes_that_were_emptied_are_gone(record, correct) -> None:
    assert correct(state="present", minutes="").status_code == 302
    assert stored(record) == ("present", None, 2)


def test_more_minutes_than_a_day_are_refused_on_the_page(record, correct) -> None:
    answer = correct(minutes="2000")
    assert answer.status_code == 200
    assert "1440" in answer.content.decode()
    assert stored(record) == ("present", 300, 1)


def test_mark_of_who_had_left_before_the_session_is_refused_on_the_page(record, correct) -> None:
    day = record.session.day
    Session.objects.update(
        starts_at=record.session.starts_at + dt.timedelta(days=1),
        ends_at=record.session.ends_at + dt.timedelta(days=1),
    )
    Enrollment.objects.update(status="withdrawn", ended_on=day)
    answer = correct()
    assert answer.status_code == 200
    assert f"{day:%d/%m/%Y}" in answer.content.decode()
    assert stored(record) == ("present", 300, 1)
