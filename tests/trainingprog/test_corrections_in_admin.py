import pytest

from participants.models import AttendanceRecord
from tests.factories import MONDAY, AttendanceRecordFactory, SessionFactory, at
from tests.trainingprog.admin_rows import errors_of, submit, url_of

pytestmark = pytest.mark.usefixtures("clock")


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
    response = submit(client, path, state="excused", reason="Certificado médico")
    assert response.status_code == 302
    record.refresh_from_db()
    assert (record.state, record.version) == ("excused", 2)
    assert (record.source, record.recorded_by) == ("coordinator", coordinator)
    version = record.history.first()
    assert version.history_change_reason == "Certificado médico"
    assert version.history_user == coordinator


def test_mark_is_not_corrected_without_a_reason(client, record, path):
    response = submit(client, path, state="excused")
    assert "reason" in errors_of(response)
    record.refresh_from_db()
    assert record.state == "absent"


def test_correction_of_a_mark_that_changed_meanwhile_is_refused(client, record, path):
    response = submit(client, path, state="excused", reason="Certificado", based_on="0")
    assert errors_of(response)["__all__"]
    record.refresh_from_db()
    assert record.state == "absent"


def test_mark_of_a_closed_module_is_not_corrected(client, record, path, cohort_module):
    cohort_module.closed_at = at(MONDAY, 20)
    cohort_module.save()
    response = submit(client, path, state="excused", reason="Certificado")
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
