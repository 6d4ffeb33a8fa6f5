import pytest

from courses.models import Session, SessionPattern
from tests.factories import (
    AttendanceRecordFactory,
    SessionFactory,
    SessionPatternFactory,
)
from tests.trainingprog.admin_rows import errors_of, submit, url_of

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def client(log_in, coordinator):
    return log_in(coordinator)


@pytest.mark.parametrize(
    ("written", "kept"),
    [("4, 9, 14", [4, 9, 14]), ("1-3;7", [1, 2, 3, 7]), ("9 4 4", [4, 9]), ("", [])],
)
def test_weeks_are_written_with_commas(client, cohort, written, kept):
    pattern = SessionPatternFactory(cohort=cohort)
    response = submit(client, url_of(SessionPattern, "change", pattern.pk), weeks=written)
    assert response.status_code == 302, errors_of(response)
    pattern.refresh_from_db()
    assert pattern.weeks == kept


@pytest.mark.parametrize("written", ["four", "0", "5-2", "1,x", "[4, 9]", "99"])
def test_weeks_that_are_none_are_refused_at_their_field(client, cohort, written):
    pattern = SessionPatternFactory(cohort=cohort)
    response = submit(client, url_of(SessionPattern, "change", pattern.pk), weeks=written)
    assert "weeks" in errors_of(response)
    assert written in response.content.decode()


def test_weeks_are_shown_as_they_are_written(client, cohort):
    pattern = SessionPatternFactory(cohort=cohort, weeks=[4, 9])
    page = client.get(url_of(SessionPattern, "change", pattern.pk))
    assert 'value="4, 9"' in page.content.decode()


def test_session_made_by_hand_is_left_alone_by_the_timetable(client, cohort):
    response = submit(
        client,
        url_of(Session, "add"),
        cohort=cohort.pk,
        title="Clausura",
        teaching_week="2",
        starts_at_0="14/03/2026",
        starts_at_1="09:00",
        ends_at_0="14/03/2026",
        ends_at_1="11:00",
    )
    assert response.status_code == 302, errors_of(response)
    assert Session.objects.get().is_fixed


def test_session_outside_its_edition_is_refused_at_its_field(client, cohort):
    response = submit(
        client,
        url_of(Session, "add"),
        cohort=cohort.pk,
        title="Clausura",
        teaching_week="2",
        starts_at_0="14/03/2030",
        starts_at_1="09:00",
        ends_at_0="14/03/2030",
        ends_at_1="11:00",
    )
    assert "starts_at" in errors_of(response)


def test_session_is_described_anew_and_stays_held(client, coordinator, cohort):
    session = SessionFactory(cohort=cohort)
    path = url_of(Session, "change", session.pk)
    Session.objects.filter(pk=session.pk).update(status="held")
    response = submit(client, path, title="Plenaria inaugural", starts_at_0="01/01/2030")
    assert response.status_code == 302
    changed = Session.objects.get()
    assert (changed.title, changed.status) == ("Plenaria inaugural", "held")
    assert (changed.starts_at, changed.sequence) == (session.starts_at, 0)
    assert changed.history.first().history_user == coordinator


def test_session_still_due_leads_to_where_it_is_moved_and_cancelled(client, cohort):
    session = SessionFactory(cohort=cohort, day=20)
    page = client.get(url_of(Session, "change", session.pk)).content.decode()
    for action, name in (("mover", "session_reschedule"), ("cancelar", "session_cancel")):
        path = f"/admin/courses/session/{session.pk}/{action}/"
        assert path in page
        assert client.get(path).resolver_match.url_name.endswith("_session")
        assert client.get(path, follow=True).resolver_match.url_name == name


def test_session_with_attendance_does_not(client, cohort, enrollment):
    record = AttendanceRecordFactory(enrollment=enrollment)
    page = client.get(url_of(Session, "change", record.session.pk)).content.decode()
    assert f"/admin/courses/session/{record.session.pk}/mover/" not in page
    assert client.get(f"/admin/courses/session/{record.session.pk}/mover/").status_code == 403
