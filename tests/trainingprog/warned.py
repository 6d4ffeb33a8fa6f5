"""An edition of ten sessions, of which two may be missed; its registers are nobody's affair."""

import datetime as dt

from django.core.management import call_command

from courses.models import Cohort, Session
from participants.models import AttendanceRecord, Enrollment
from tests.factories import MONDAY, AttendanceRecordFactory, SessionFactory, at

DAYS = (0, 1, 2, 3, 4, 7, 8, 9, 10, 14)
NOON = at(MONDAY + dt.timedelta(days=11), 12)  # as the fixture `clock`
HOURS = dt.timedelta(hours=1)


def ten_sessions(cohort: Cohort, **policy) -> list[Session]:
    without = {"tutor_reminded_after_hours": None, "coordinator_reminded_after_hours": None}
    for name, value in (without | policy).items():
        setattr(cohort, name, value)
    cohort.save()
    return [SessionFactory(cohort=cohort, day=day) for day in DAYS]


def miss(enrollment: Enrollment, sessions: list[Session]) -> list[AttendanceRecord]:
    return [
        AttendanceRecordFactory(enrollment=enrollment, session=session, state="absent")
        for session in sessions
    ]


def send_warnings() -> None:
    call_command("send_warnings", verbosity=0)
