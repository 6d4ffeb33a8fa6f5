"""Whatever a file holds, it is read or refused; and a session is never half written."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses.models import Session
from participants.meeting_reports.connections import Report, ReportError
from participants.meeting_reports.importing import apply_report, digest_of
from participants.meeting_reports.matching import Matcher, callers_of
from participants.meeting_reports.placing import place
from participants.meeting_reports.reading import read_report
from participants.models import AttendanceEvidence, AttendanceRecord, MeetingReport
from tests.factories import EnrollmentFactory, ParticipantFactory, SessionFactory, at
from tests.participants.meeting_reports.layouts import DETAILED, Stay
from tests.participants.meeting_reports.test_matching import PEOPLE

START = dt.datetime(2021, 11, 10, 18)
STAYS = [
    Stay(
        f"{'Luz Marina' if n % 2 else 'Juan'} {'Huanca' if n % 2 else 'Vásquez'} {n}",
        f"p{n}@salud.example" if n % 3 else "",
        START + dt.timedelta(minutes=n),
        START + dt.timedelta(minutes=60 + n),
    )
    for n in range(8)
]
FILES = [make(STAYS) for _kind, make in DETAILED.values()]
PIECES = st.sampled_from(
    [
        b"",
        b",",
        b";",
        b"\t",
        b'"',
        b"\r\n",
        b"\x00",
        b"\xff\xfe",
        b"00:00",
        b"-",
        b"99/99/9999",
        b"24",
    ]
) | st.binary(max_size=6)


@st.composite
def mutated(draw) -> bytes:
    """A report with some pieces cut, doubled, or put in place of others."""
    content = draw(st.sampled_from(FILES))
    for _ in range(draw(st.integers(1, 4))):
        first, last = sorted(draw(st.tuples(*[st.integers(0, len(content))] * 2)))
        last = min(last, first + draw(st.sampled_from([2, 20, 200, 10_000])))
        middle = draw(st.sampled_from([b"", content[first:last] * 2]) | PIECES)
        content = content[:first] + middle + content[last:]
    return content


def session_of_the_day() -> Session:
    start = at(START.date(), 18)
    return Session(starts_at=start, ends_at=start + dt.timedelta(hours=2))


@settings(max_examples=300)
@given(mutated())
def test_mutated_report_is_read_and_placed_or_refused(content):
    try:
        report = read_report(content, "reporte.csv")
    except ReportError:
        return
    assert Report.unpack(report.pack()) == report
    session = session_of_the_day()
    for order in ("", "month_first"):
        placement = place(report, session, order=order)
        for one in placement.placed:
            assert one.interval is None or one.interval[0] <= one.interval[1]
            assert one.interval is not None or one.minutes is not None
    matcher = Matcher(PEOPLE, {})
    for caller in callers_of(placement.placed):
        match = matcher.match(caller)
        assert match.person is None or match.person in matcher.by_pk


@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=mutated())
def test_mutated_report_is_applied_as_a_whole_or_not_at_all(content, cohort_of_the_day):
    session = cohort_of_the_day
    clear(session)
    try:
        report = read_report(content)
        plan, _outcome = apply_report(
            report, session, digest=digest_of(content), by=None, at=session.ends_at
        )
    except (ReportError, ValidationError):
        assert not AttendanceEvidence.objects.exists()
        assert not MeetingReport.objects.exists()
        assert not AttendanceRecord.objects.exists()
    else:
        told = set(AttendanceEvidence.objects.values_list("enrollment", flat=True))
        marked = set(AttendanceRecord.objects.values_list("enrollment", flat=True))
        assert told == marked == {line.enrollment.pk for line in plan.lines}


@pytest.fixture
def cohort_of_the_day(cohort, group) -> Session:
    for names, surname, email in (
        ("Luz Marina", "Huanca", "p1@salud.example"),
        ("Juan", "Vásquez", "p2@salud.example"),
    ):
        person = ParticipantFactory(given_names=names, paternal_surname=surname, email=email)
        EnrollmentFactory(cohort=cohort, group=group, participant=person, enrolled_on=START.date())
    start = at(START.date(), 18)
    return SessionFactory(cohort=cohort, starts_at=start, ends_at=start + dt.timedelta(hours=2))


def clear(session: Session) -> None:
    AttendanceEvidence.objects.all().delete()
    AttendanceRecord.objects.all().delete()
    MeetingReport.objects.all().delete()
