import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse

from tests.factories import AttendanceRecordFactory

pytestmark = pytest.mark.usefixtures("clock")
KINDS = ["xlsx", "csv"]


def address(cohort, kind: str) -> str:
    return reverse(f"edition_attendance_{kind}", args=[cohort.pk])


@pytest.mark.parametrize("kind", KINDS)
def test_coordinator_takes_the_file_and_it_is_noted(kind, log_in, coordinator, enrollment) -> None:
    AttendanceRecordFactory(enrollment=enrollment)
    response = log_in(coordinator).get(address(enrollment.cohort, kind))
    assert response.status_code == 200
    name = f"asistencia-{enrollment.cohort.code}-2026-03-13.{kind}"
    assert name in response["Content-Disposition"]
    assert "no-store" in response["Cache-Control"]
    assert response.content[:2] == {"xlsx": b"PK", "csv": b"\xef\xbb"}[kind]
    entry = LogEntry.objects.get()
    assert (entry.user, entry.get_edited_object()) == (coordinator, enrollment.cohort)
    assert f".{kind}" in entry.change_message
    assert "1 " in entry.change_message


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("permitted", [True, False])
def test_document_numbers_need_their_permission(
    permitted, kind, log_in, coordinator, enrollment
) -> None:
    if not permitted:
        (role,) = coordinator.groups.all()
        role.permissions.remove(Permission.objects.get(codename="export_documents"))
    log_in(coordinator).get(address(enrollment.cohort, kind))
    csv = log_in(coordinator).get(address(enrollment.cohort, "csv")).content.decode()
    assert (enrollment.participant.document_number in csv) is permitted


@pytest.mark.parametrize("kind", KINDS)
def test_staff_without_the_permission_is_refused(kind, log_in, coordinator, cohort) -> None:
    coordinator.groups.clear()
    assert log_in(coordinator).get(address(cohort, kind)).status_code == 403
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_tutor_participant_and_stranger_do_not_get_in(
    kind, log_in, client, tutor, participant, cohort
) -> None:
    for visitor in (client, log_in(tutor), log_in(participant)):
        response = visitor.get(address(cohort, kind))
        assert response.status_code in (302, 403)
        assert "Content-Disposition" not in response


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_edition_is_not_found_and_posting_is_refused(
    kind, log_in, coordinator, cohort
) -> None:
    client = log_in(coordinator)
    assert client.get(reverse(f"edition_attendance_{kind}", args=[0])).status_code == 404
    assert client.post(address(cohort, kind)).status_code == 405
