import csv
import datetime as dt
import io

import openpyxl
import pytest
from django.utils import translation

from participants.attendance_export import AttendanceExport
from participants.models import ModuleCompletion
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    CohortFactory,
    CompletionRuleFactory,
    EnrollmentFactory,
    SessionFactory,
    at,
)

pytestmark = pytest.mark.django_db
NOW = at(MONDAY + dt.timedelta(days=11), 12)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def marked(enrollment, cohort_module):
    cohort = enrollment.cohort
    session = SessionFactory(cohort=cohort, day=1, title="Bienvenida", cohort_module=cohort_module)
    SessionFactory(cohort=cohort, day=3)
    AttendanceRecordFactory(enrollment=enrollment, session=session, state="late", minutes=95)
    return enrollment


def export(cohort, *, with_documents: bool = False) -> AttendanceExport:
    return AttendanceExport.of(cohort, at=NOW, with_documents=with_documents)


def row_of(found: AttendanceExport, number: int = 0) -> dict:
    return dict(zip(found.people.headings, found.people.rows[number], strict=True))


def sheets(content: bytes) -> dict[str, list[tuple]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_person_has_a_row_with_marks_and_percentages(marked) -> None:
    row = row_of(export(marked.cohort))
    assert row["Group"] == 1
    assert row["Bienvenida · 03/03/2026"] == "L"
    assert row["Plenaria · 05/03/2026"] == "·"
    figures = ("To date (%)", "Best still possible (%)", "Already certain (%)", "Absences left")
    assert [row[name] for name in figures] == [100, 100, 50, 0]
    assert row["Module 1: already certain (%)"] == 100
    assert row["Facility"] == marked.facility.name
    assert row["Region"] == "Lima"


def test_state_is_measured_by_the_editions_rule_in_force(marked) -> None:
    assert row_of(export(marked.cohort))["State"] == "on track"
    CompletionRuleFactory(cohort_module=None, cohort=marked.cohort, minimum_attendance_percent=50)
    row = row_of(export(marked.cohort))
    assert (row["State"], row["Absences left"]) == ("minimum certain", 1)


def test_decision_of_a_module_is_in_it_and_its_note_is_not(marked, tutor, cohort_module) -> None:
    ModuleCompletion.objects.create(
        enrollment=marked,
        cohort_module=cohort_module,
        rule=cohort_module.rules.get(),
        meets_rule=False,
        sessions_counted=1,
        sessions_taken=1,
        override_reason="other",
        override_note="Nota reservada",
        decided_by=tutor,
        decided_at=NOW,
    )
    found = export(marked.cohort)
    assert row_of(found)["Module 1: outcome"] == "completed"
    assert b"Nota reservada" not in found.as_csv()


def test_marks_come_in_long_form_too(marked) -> None:
    found = sheets(export(marked.cohort).as_xlsx())["Marks"]
    assert len(found) == 2
    row = dict(zip(*found, strict=True))
    assert row["Session"] == "Bienvenida"
    assert row["Starts"] == dt.datetime(2026, 3, 3, 18, 0)
    assert (row["State"], row["Minutes"], row["Source"]) == ("late", 95, "tutor")


@pytest.mark.parametrize("with_documents", [False, True])
def test_document_number_comes_only_where_asked_for(marked, with_documents) -> None:
    number = marked.participant.document_number
    found = export(marked.cohort, with_documents=with_documents)
    assert (number in found.as_csv().decode("utf-8-sig")) is with_documents
    everything = str(sheets(found.as_xlsx()))
    assert (number in everything) is with_documents


def test_csv_opens_with_its_accents_in_a_spreadsheet_program(marked) -> None:
    marked.participant.paternal_surname = "Ñahui"
    marked.participant.save()
    content = export(marked.cohort).as_csv()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert len(rows) == 2
    assert rows[1][1].startswith("Ñahui")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_no_text_runs_as_a_formula(start, marked) -> None:
    evil = f'{start}HYPERLINK("http://example.org")'
    marked.participant.paternal_surname = evil
    marked.participant.save()
    marked.cohort.sessions.update(title=f"{start}1+1")
    found = export(marked.cohort)
    for row in csv.reader(io.StringIO(found.as_csv().decode("utf-8-sig"), newline="")):
        assert not [cell for cell in row if cell.startswith(start)]
    book = openpyxl.load_workbook(io.BytesIO(found.as_xlsx()))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert evil.strip() in {str(cell.value).strip().split(" Quispe")[0] for cell in cells}
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_edition_without_people_gives_its_headings(cohort) -> None:
    found = export(cohort)
    assert found.people.rows == []
    assert len(sheets(found.as_xlsx())) == 2
    assert found.as_csv()


def test_other_editions_stay_out(marked) -> None:
    EnrollmentFactory(cohort=CohortFactory())
    assert len(export(marked.cohort).people.rows) == 1


@pytest.mark.parametrize("people", [1, 3])
def test_queries_do_not_grow_with_people(
    people, cohort, cohort_module, group, django_assert_num_queries
) -> None:
    for _ in range(people):
        AttendanceRecordFactory(enrollment__cohort=cohort, enrollment__group=group)
    with django_assert_num_queries(6):
        found = export(cohort)
    assert len(found.records.rows) == people
