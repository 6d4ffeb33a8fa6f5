"""A session of which a meeting's report tells who was there, as Zoom would give it."""

import csv
import datetime as dt
import io
from collections.abc import Mapping

from django.utils import timezone

from courses.models import Session
from participants.meeting_reports.importing import apply_report, digest_of
from participants.meeting_reports.reading import read_report
from participants.models import AttendanceRecord, Enrollment
from participants.register import Mark
from trainingprog.models import User

HEADER = ("Name (Original Name)", "User Email", "Join Time", "Leave Time", "Duration (Minutes)")
STATES = AttendanceRecord.State
# One of so many lost the line for a while and came back.
ONE_REJOINS_OF = 9


def import_meeting(session: Session, marks: Mapping[Enrollment, Mark], *, by: User) -> None:
    """Who is present or late was there so, and one of the absent too: the tutor missed it."""
    stays: list[tuple[Enrollment, int, int]] = []
    absent = [person for person, mark in marks.items() if mark.state == STATES.ABSENT]
    for number, (person, mark) in enumerate(marks.items()):
        if mark.state == STATES.LATE:
            stays.append((person, 22, session.minutes))
        elif mark.state == STATES.PRESENT or person in absent[:1]:
            if number % ONE_REJOINS_OF:
                stays.append((person, number % 7 - 5, session.minutes + number % 4))
            else:
                stays += [(person, -4, 50), (person, 56, session.minutes)]
    content = zoom_report(session, stays)
    after = session.ends_at + dt.timedelta(minutes=40)
    apply_report(read_report(content), session, digest=digest_of(content), by=by, at=after)


def zoom_report(session: Session, stays: list[tuple[Enrollment, int, int]]) -> bytes:
    """Entry and exit are in minutes from the session's start."""
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(HEADER)
    for person, joined, left in stays:
        who = (person.participant.full_name, person.participant.email)
        sheet.writerow((*who, _clock(session, joined), _clock(session, left), left - joined))
    sheet.writerow(("iPhone de Rosa", "", _clock(session, 3), _clock(session, 90), 87))
    return out.getvalue().encode("utf-8-sig")


def _clock(session: Session, minutes: int) -> str:
    moment = timezone.localtime(session.starts_at + dt.timedelta(minutes=minutes))
    return f"{moment:%m/%d/%Y %I:%M:%S %p}"
