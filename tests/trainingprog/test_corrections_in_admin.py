import pytest
from django.contrib.messages import get_messages

from participants.models import AttendanceRecord
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    ModuleCompletionFactory,
    SessionFactory,
    at,
)
from tests.trainingprog.admin_rows import errors_of, submit, url_of

pytestmark = pytest.mark.usefixtures("clock")
REASON = {"correction": "proof", "correction_note": "Constancia de turno"}


@pytest.fixture
def client(log_in, coordinator):
    return log_in(coordinator)


@pytest.fixture
def record(enrollment, cohort_module) -> AttendanceRecord:
    session = SessionFactory(cohort=enrollment.cohort, cohort_module=cohort_module)
    return AttendanceRecordFactory(enrollment=enrollment, session=session, state="absent")


@pytest.fixture
def path(record) -> str:
    return url_of(AttendanceRecord, "change", record.pk)


def test_mark_is_corrected_with_its_reason(client, coordinator, record, path):
    response = submit(client, path, state="excused", **REASON)
    assert response.status_code == 302
    record.refresh_from_db()
    assert (record.state, record.version) == ("excused", 2)
    assert (record.source, record.recorded_by) == ("coordinator", coordinator)
    assert (record.correction, record.correction_note) == ("proof", "Constancia de turno")
    version = record.history.first()
    assert version.history_change_reason == "Constancia de turno"
    assert version.correction == "proof"
    assert version.history_user == coordinator


def test_mark_is_not_corrected_without_a_reason(client, record, path):
    response = submit(client, path, state="excused")
    assert errors_of(response).keys() == {"correction", "correction_note"}
    record.refresh_from_db()
    assert record.state == "absent"


def test_correction_of_a_mark_that_changed_meanwhile_is_refused(client, record, path):
    response = submit(client, path, state="excused", based_on="0", **REASON)
    assert errors_of(response)["__all__"]
    record.refresh_from_db()
    assert record.state == "absent"


def test_correction_warns_of_a_document_number(client, record, path):
    sent = {"state": "excused", "correction": "proof", "correction_note": "40123456"}
    response = submit(client, path, **sent)
    assert "correction_note" in errors_of(response)
    record.refresh_from_db()
    assert record.state == "absent"
    assert submit(client, path, is_no_number="on", **sent).status_code == 302


def test_mark_of_a_closed_module_is_corrected_and_decisions_stay(
    client, record, path, cohort_module, enrollment
):
    cohort_module.closed_at = at(MONDAY, 20)
    cohort_module.save()
    decision = ModuleCompletionFactory(
        enrollment=enrollment,
        cohort_module=cohort_module,
        rule=cohort_module.rules.get(),
        outcome="not_completed",
        meets_rule=False,
        attendance_percent=0,
    )
    response = submit(client, path, state="excused", **REASON)
    record.refresh_from_db()
    assert (record.state, record.correction) == ("excused", "proof")
    told = [str(message) for message in get_messages(response.wsgi_request)]
    assert any("1 persona" in text and "antes de esta corrección" in text for text in told)
    decision.refresh_from_db()
    assert (decision.outcome, decision.attendance_percent) == ("not_completed", 0)


def test_mark_of_a_closed_edition_is_not_corrected(client, record, path, cohort):
    cohort.status = "closed"
    cohort.save()
    response = submit(client, path, state="excused", **REASON)
    assert errors_of(response)["__all__"]
    record.refresh_from_db()
    assert record.state == "absent"


def test_mark_is_not_made_by_hand(client, db):
    assert client.get(url_of(AttendanceRecord, "add")).status_code == 403


def test_mark_is_read_by_who_may_not_correct_it(client, coordinator, path):
    role = coordinator.groups.get()
    role.permissions.remove(*role.permissions.filter(codename="change_attendancerecord"))
    page = client.get(path)
    assert page.status_code == 200
    assert 'name="state"' not in page.content.decode()
