import csv
import io
from collections.abc import Iterator

import openpyxl
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import EnrollmentFactory

pytestmark = pytest.mark.usefixtures("clock")

XLSX, CSV = "xlsx", "csv"
URL = reverse("admin:participants_enrollment_export")


@pytest.fixture
def take(log_in, coordinator):
    """`take(CSV)` gives the answer; its choices are read off the page, as a person would."""
    client = log_in(coordinator)

    def send(kind: str, *, query: str = "", **data) -> object:
        page = client.get(URL + query)
        choices = {label: value for value, label in page.context["form"].fields["format"].choices}
        return client.post(URL + query, {"format": choices[kind], "resource": "", **data})

    return send


def csv_rows(response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def xlsx_cells(response) -> Iterator[openpyxl.cell.Cell]:
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    return (cell for row in sheet.iter_rows() for cell in row)


def test_csv_has_spanish_headings_and_the_edition_as_it_was(take, enrollment) -> None:
    enrollment.service = "mamis"
    enrollment.save()
    response = take(CSV)
    assert response["Content-Disposition"] == 'attachment; filename="matriculas-2026-03-13.csv"'
    assert "no-store" in response["Cache-Control"]
    assert response.content.startswith(b"\xef\xbb\xbf")
    (row,) = csv_rows(response)
    assert row["Edición"] == enrollment.cohort.code
    assert row["Grupo"] == "1"
    assert row["Apellidos"] == enrollment.participant.surnames
    assert row["Nombres"] == "Luz Marina"
    assert row["Correo electrónico"] == "participante@salud.example"
    assert row["Servicio"] == "MAMIS"
    assert row["Matrícula"] == "02/03/2026"
    assert row["RENIPRESS"] == enrollment.facility.renipress
    assert row["Región"] == "Lima"


def test_workbook_keeps_dates_as_dates(take, enrollment) -> None:
    cells = list(xlsx_cells(take(XLSX)))
    assert [cell for cell in cells if cell.is_date and cell.value.date() == enrollment.enrolled_on]


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_cell_that_would_run_as_a_formula_is_made_harmless(take, enrollment, start) -> None:
    person = enrollment.participant
    person.given_names = f'{start}HYPERLINK("http://malo.example")'
    person.save()
    (row,) = csv_rows(take(CSV))
    assert row["Nombres"] == f"'{person.given_names}"
    cells = list(xlsx_cells(take(XLSX)))
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert [cell for cell in cells if cell.value == f"'{person.given_names}"]


@pytest.mark.parametrize("permitted", [True, False])
def test_document_numbers_need_their_permission(permitted, take, coordinator, enrollment) -> None:
    if not permitted:
        (role,) = coordinator.groups.all()
        role.permissions.remove(Permission.objects.get(codename="export_documents"))
    number = enrollment.participant.document_number
    assert (number in take(CSV).content.decode()) is permitted
    assert (number in {cell.value for cell in xlsx_cells(take(XLSX))}) is permitted
    messages = LogEntry.objects.values_list("change_message", flat=True)
    assert [("documento" in message) for message in messages] == [permitted, permitted]


def test_each_edition_keeps_who_took_what_and_how_many(take, coordinator, enrollment) -> None:
    EnrollmentFactory(cohort=enrollment.cohort)
    other = EnrollmentFactory()
    take(XLSX)
    entries = {entry.get_edited_object(): entry for entry in LogEntry.objects.all()}
    assert set(entries) == {enrollment.cohort, other.cohort}
    entry = entries[enrollment.cohort]
    assert entry.user == coordinator
    assert ".xlsx" in entry.change_message
    assert "2 personas" in entry.change_message


def test_only_the_filtered_edition_goes_out(take, enrollment) -> None:
    other = EnrollmentFactory()
    (row,) = csv_rows(take(CSV, query=f"?cohort__id__exact={other.cohort_id}"))
    assert row["Edición"] == other.cohort.code


def test_only_what_was_chosen_in_the_list_goes_out(log_in, coordinator, enrollment) -> None:
    chosen = EnrollmentFactory(cohort=enrollment.cohort)
    client = log_in(coordinator)
    page = client.post(
        reverse("admin:participants_enrollment_changelist"),
        {"action": "export_chosen", "_selected_action": [chosen.pk]},
    )
    assert page.status_code == 200
    choices = {label: value for value, label in page.context["form"].fields["format"].choices}
    response = client.post(
        URL, {"format": choices["csv"], "resource": "", "export_items": [chosen.pk]}
    )
    (row,) = csv_rows(response)
    assert row["Apellidos"] == chosen.participant.surnames


@pytest.mark.parametrize("n", [1, 3])
def test_queries_do_not_grow(n, take, cohort) -> None:
    EnrollmentFactory.create_batch(n, cohort=cohort)
    take(CSV)
    with CaptureQueriesContext(connection) as captured:
        take(CSV)
    assert len(captured) == 12


def test_staff_without_the_permission_is_refused(log_in, coordinator, enrollment) -> None:
    coordinator.groups.clear()
    client = log_in(coordinator)
    assert client.get(URL).status_code == 403
    assert client.post(URL, {"format": "0", "resource": ""}).status_code == 403
    assert not LogEntry.objects.exists()


def test_tutor_participant_and_stranger_do_not_get_in(client, log_in, tutor, participant) -> None:
    for visitor in (client, log_in(tutor), log_in(participant)):
        response = visitor.post(URL, {"format": "0", "resource": ""})
        assert response.status_code in (302, 403)
        assert "Content-Disposition" not in response


def test_list_leads_to_the_export(log_in, coordinator, enrollment) -> None:
    page = log_in(coordinator).get(reverse("admin:participants_enrollment_changelist"))
    assert URL in page.content.decode()
