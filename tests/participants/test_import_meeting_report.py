import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils.translation import override

from participants.models import AttendanceRecord, MeetingReport
from tests.factories import (
    AbsenceRequestFactory,
    EnrollmentFactory,
    GroupFactory,
    ParticipantFactory,
    SessionFactory,
)
from tests.participants.meeting_reports.layouts import write
from tests.participants.meeting_reports.test_importing import HEAD, file_of


@pytest.fixture
def session(cohort):
    return SessionFactory(cohort=cohort)


@pytest.fixture
def luz(cohort, group):
    person = ParticipantFactory(
        given_names="Luz", paternal_surname="Apaza", email="luz@salud.example"
    )
    return EnrollmentFactory(cohort=cohort, group=group, participant=person)


@pytest.fixture
def run(session, luz, tmp_path, clock):
    path = tmp_path / "reporte.csv"

    def call(content: bytes | None = None, **options) -> tuple[str, str]:
        if content is not None:
            path.write_bytes(content)
        out, err = io.StringIO(), io.StringIO()
        options = {"session_start": f"{session.starts_at:%Y-%m-%dT%H:%M:%S%z}"} | options
        with override("en"):
            call_command(
                "import_meeting_report",
                str(path),
                f"--cohort={session.cohort.code}",
                f"--session-start={options.pop('session_start')}",
                stdout=out,
                stderr=err,
                **options,
            )
        return out.getvalue(), err.getvalue()

    return call


def test_json_has_the_agreed_keys(run, session):
    content = file_of(
        session, ("Luz Apaza", "", 0, 100), ("iPhone", "", 0, 30), ("Luz Apazo", "", 0, 1)
    )
    told = json.loads(run(content, format="json", dry_run=True)[0])
    assert told == {
        "format": "zoom",
        "matched": [
            {"email": "luz@salud.example", "minutes": 100, "status": "present", "by": "name"}
        ],
        "review": [{"shown_name": "Luz Apazo", "minutes": 1, "candidates": ["luz@salud.example"]}],
        "unmatched": [{"shown_name": "iPhone", "minutes": 30}],
    }
    assert not AttendanceRecord.objects.exists()
    assert not MeetingReport.objects.exists()


def test_report_is_taken_and_told_in_words(run, session):
    content = file_of(session, ("Luz Apaza", "", 0, 100), ("iPhone", "", 0, 30))
    told = run(content)[0]
    assert "  100  present  Apaza" in told
    assert told.endswith("1 matched, 0 review, 1 unmatched\n")
    assert AttendanceRecord.objects.get().minutes == 100
    assert "already read" in run(content)[1]


def test_rest_is_marked_absent_on_request(run, session, cohort, group):
    for surname in ("Soto", "Rojas"):
        person = ParticipantFactory(
            given_names="Ana", paternal_surname=surname, email=f"{surname}@salud.example"
        )
        ana = EnrollmentFactory(cohort=cohort, group=group, participant=person)
    AbsenceRequestFactory(enrollment=ana, session=session, status="accepted")
    content = file_of(session, ("Luz Apaza", "", 0, 100))
    told = run(content, mark_rest_absent=True, dry_run=True)[0]
    assert "absent   Soto" in told
    assert told.endswith("1 matched, 0 review, 0 unmatched, 2 not in the report\n")
    assert not AttendanceRecord.objects.exists()
    assert json.loads(run(content, mark_rest_absent=True, format="json")[0])["rest"] == [
        {"email": "Rojas@salud.example", "status": "excused"},
        {"email": "Soto@salud.example", "status": "absent"},
    ]
    kept = AttendanceRecord.objects.values_list("state", "source")
    assert sorted(kept) == [
        ("absent", "meeting"),
        ("excused", "meeting"),
        ("present", "meeting"),
    ]


def test_session_is_found_in_lima_time_too(run, session):
    content = file_of(session, ("Luz Apaza", "", 0, 100))
    run(content, session_start=f"{session.day}T18:00")
    assert AttendanceRecord.objects.exists()
    with pytest.raises(CommandError, match="no session that starts at"):
        run(content, session_start=f"{session.day}T17:00")


def test_group_is_asked_where_several_meet(run, session, cohort, group):
    SessionFactory(cohort=cohort, group=group, starts_at=session.starts_at)
    SessionFactory(cohort=cohort, group=GroupFactory(cohort=cohort), starts_at=session.starts_at)
    content = file_of(session, ("Luz Apaza", "", 0, 100))
    with pytest.raises(CommandError, match="--group"):
        run(content)
    run(content, group=group.number)
    assert AttendanceRecord.objects.get().session.group == group


def test_clock_that_is_wrong_is_told_and_set_right(run, session):
    content = file_of(session, ("Luz Apaza", "", 60, 180))
    assert "--shift-hours=-1" in run(content, dry_run=True)[1]
    told = json.loads(run(content, format="json", shift_hours=-1)[0])
    assert told["matched"][0]["minutes"] == 120
    later = file_of(session, ("Luz Apaza", "", 300, 420))
    with pytest.raises(CommandError, match="--shift-hours=-5"):
        run(later, dry_run=True)
    with pytest.raises(CommandError, match="of another meeting"):
        run(later)


def test_order_of_dates_is_asked(run, session):
    # The session is on 4 March 2026; either reading has one connection on it.
    rows = [["Luz Apaza", "", f"{day}/2026 18:00", f"{day}/2026 20:00"] for day in ("4/3", "3/4")]
    content = write([HEAD, *rows])
    for dry_run in (True, False):
        with pytest.raises(CommandError, match=r"--date-order|how the report writes"):
            run(content, dry_run=dry_run)
    assert "left out" in run(content, date_order="day-first")[1]


def test_row_that_is_left_out_is_told(run, session):
    content = file_of(session, ("Luz Apaza", "", 0, 100), ("Ana Soto", "", 50, 10))
    assert "3: Ana Soto: It leaves before it enters." in run(content)[1]


def test_file_that_is_not_there_or_no_report_is_a_command_error(run):
    with pytest.raises(CommandError, match=r"reporte\.csv"):
        run()
    with pytest.raises(CommandError, match="empty"):
        run(b"")
