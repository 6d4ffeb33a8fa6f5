import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from participants.import_plan import Plan, State
from participants.models import Score
from participants.rejected_rows import rejected_sheet
from participants.score_grid import Column
from participants.score_import import ScoreImport, heading, score_import
from participants.score_sheet import score_sheet
from participants.spreadsheets import read_sheet
from tests.factories import MONDAY, AssessmentFactory, EnrollmentFactory, ScoreFactory, at
from tests.sheets import sheet_of

pytestmark = pytest.mark.django_db

HEADER = ("N°", "DNI", "Apellidos y nombres", "Examen", "Trabajo intento 1", "Trabajo intento 2")


@pytest.fixture
def people(cohort):
    named = [("Apaza", "00123456"), ("Ñahui", "40000002"), ("Rojas", "40000003")]
    return [
        EnrollmentFactory(
            cohort=cohort,
            participant__paternal_surname=name,
            participant__maternal_surname="",
            participant__given_names="Ana",
            participant__document_number=number,
        )
        for name, number in named
    ]


@pytest.fixture
def exam(cohort, people):
    AssessmentFactory(cohort=cohort, title="Trabajo", attempts=2)
    return AssessmentFactory(cohort=cohort, title="Examen")


def opened(cohort, *rows, header=HEADER) -> ScoreImport:
    kind = score_import(cohort)
    sheet = sheet_of(*rows, header=header)
    return kind(sheet, kind.find_columns(sheet), today=MONDAY)


def states(plan: Plan) -> list[str]:
    return [str(row.state) for row in plan.rows]


def stored() -> dict[tuple[int, str, int], Decimal | None]:
    rows = Score.objects.select_related("assessment")
    return {(row.enrollment_id, row.assessment.title, row.attempt): row.value for row in rows}


def test_scores_are_taken_by_document_or_else_by_name(cohort, people, exam):
    rows = [
        (1, 123456, None, 14.5, "NP", None),
        (2, None, "NAHUI, Ana", "15,5", 8, 12),
    ]
    plan = opened(cohort, *rows).apply(by=None)
    assert states(plan) == [State.NEW, State.NEW]
    assert stored() == {
        (people[0].pk, "Examen", 1): Decimal("14.5"),
        (people[0].pk, "Trabajo", 1): None,
        (people[1].pk, "Examen", 1): Decimal("15.5"),
        (people[1].pk, "Trabajo", 1): 8,
        (people[1].pk, "Trabajo", 2): 12,
    }
    assert set(Score.objects.values_list("source", flat=True)) == {"import"}


def test_same_sheet_twice_changes_nothing(cohort, people, exam):
    row = (1, 123456, None, 14.500000000000002, "NP", None)
    opened(cohort, row).apply(by=None)
    plan = opened(cohort, row).apply(by=None)
    assert states(plan) == [State.UNCHANGED]
    assert Score.history.count() == 2


def test_preview_writes_nothing_and_shows_old_and_new(cohort, people, exam):
    ScoreFactory(enrollment=people[1], assessment=exam, value=9)
    plan = opened(cohort, (1, 40000002, None, 12, None, None)).preview()
    assert states(plan) == [State.CHANGED]
    [change] = plan.rows[0].changes
    assert (change.label, change.old, change.new) == ("Examen", "9", "12")
    assert stored() == {(people[1].pk, "Examen", 1): 9}


def test_blank_cell_erases_nothing(cohort, people, exam):
    ScoreFactory(enrollment=people[1], assessment=exam, value=9)
    opened(cohort, (1, 40000002, None, None, 10, None)).apply(by=None)
    assert stored()[people[1].pk, "Examen", 1] == 9


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ((1, 123456, None, 21, None, None), "Examen"),
        ((1, 123456, None, -1, None, None), "Examen"),
        ((1, 123456, None, "abc", None, None), "Examen"),
        ((1, 99999999, None, 12, None, None), "DNI"),
        ((1, None, None, 12, None, None), "DNI"),
        ((1, 123456, "Rojas, Ana", 12, None, None), "DNI"),
        ((None, 1, 123456, "Apaza, Ana", 12, None), "Examen"),  # one column off
    ],
)
def test_wrong_row_says_where_and_the_others_are_taken(cohort, people, exam, row, column):
    plan = opened(cohort, row, (2, 40000002, None, 11, None, None)).apply(by=None)
    assert states(plan) == [State.ERROR, State.NEW]
    assert [error.column for error in plan.rows[0].errors] == [column]
    assert len(stored()) == 1


def test_person_twice_with_other_scores_is_refused_at_both_rows(cohort, people, exam):
    rows = [
        (1, 40000002, None, 11, None, None),
        (2, None, "Ñahui, Ana", 12, None, None),
        (3, 40000003, None, 13, None, None),
        (4, "40000003", "Rojas, Ana", 13, None, None),
    ]
    importing = opened(cohort, *rows)
    plan = importing.apply(by=None)
    assert states(plan) == [State.ERROR, State.ERROR, State.NEW, State.DUPLICATE]
    assert [row.of for row in plan.rows] == [None, None, None, 4]
    assert stored() == {(people[2].pk, "Examen", 1): 13}
    sheet = read_sheet(rejected_sheet(plan, importing.sheet), "por-corregir.xlsx")
    assert len(sheet.rows) == 3


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_delimiter_at_the_end_of_rows_tears_nothing_where_it_is_no_comma(
    cohort, people, exam, delimiter
):
    lines = ("DNI", "Examen"), ("123456", "14,5", ""), ("40000002", "12", "")
    kind = score_import(cohort)
    sheet = kind.open("\n".join(map(delimiter.join, lines)).encode(), "notas.csv")
    plan = kind(sheet, kind.find_columns(sheet), today=MONDAY).apply(by=None)
    assert states(plan) == [State.NEW, State.NEW]
    assert stored()[people[0].pk, "Examen", 1] == Decimal("14.5")


@pytest.mark.parametrize("written", ["14,5,", "14,5,NP", "14,5,12,5"])
def test_decimal_comma_that_tears_a_score_in_two_is_refused_at_its_row(
    cohort, people, exam, written
):
    lines = ("DNI,Apellidos y nombres,Examen,Trabajo intento 1", f"123456,Apaza Ana,{written}")
    lines += ("40000002,Ñahui Ana,14.5,12", '40000003,Rojas Ana,"15,5"')
    kind = score_import(cohort)
    sheet = kind.open("\n".join(lines).encode(), "notas.csv")
    plan = kind(sheet, kind.find_columns(sheet), today=MONDAY).apply(by=None)
    assert states(plan) == [State.ERROR, State.NEW, State.NEW]
    assert [error.column for error in plan.rows[0].errors] == ["Examen"]
    assert stored()[people[2].pk, "Examen", 1] == Decimal("15.5")


def test_sheet_without_an_assessment_or_of_a_closed_edition_is_refused(cohort, people, exam):
    other = opened(cohort, (123456, 12), header=("DNI", "Otra cosa"))
    assert other.preview().refusals
    cohort.status = "closed"
    cohort.save()
    with pytest.raises(ValidationError):
        opened(cohort, (1, 123456, None, 12, None, None)).apply(by=None)
    assert stored() == {}


def test_assessment_of_a_closed_module_is_no_column(cohort, people, cohort_module):
    assessment = AssessmentFactory(cohort_module=cohort_module)
    assert len(score_import(cohort).fields) == 3
    cohort_module.closed_at = at(MONDAY + dt.timedelta(days=1), 9)
    cohort_module.save()
    assert len(score_import(cohort).fields) == 2
    assert heading(Column(assessment, 1)).startswith("M1 ")


def test_template_has_the_people_and_is_read_back(cohort, people, exam, cohort_module):
    AssessmentFactory(cohort_module=cohort_module, title="Examen")  # a second one of the title
    ScoreFactory(enrollment=people[1], assessment=exam, value=Decimal("9.25"))
    ScoreFactory(enrollment=people[2], assessment=exam, value=None)
    content, count = score_sheet(cohort, with_documents=True)
    assert count == 3
    kind = score_import(cohort)
    sheet = kind.open(content, "notas.xlsx")
    plan = kind(sheet, kind.find_columns(sheet), today=MONDAY).preview()
    assert states(plan) == [State.UNCHANGED] * 3
    assert len(plan.columns.columns) == 5  # a second attempt once a first is scored
    without, _count = score_sheet(cohort, with_documents=False)
    assert "40000002" not in str(read_sheet(without, "notas.xlsx").rows)


def test_sheet_has_the_next_attempt_alone(cohort, people):
    AssessmentFactory(cohort=cohort, title="Trabajo", attempts=10)
    content, _count = score_sheet(cohort, with_documents=True)
    kind = score_import(cohort)
    assert len(kind.find_columns(kind.open(content, "notas.xlsx")).columns) == 3


def test_two_long_titles_that_begin_alike_are_two_columns(cohort, people, cohort_module):
    begins = "Trabajo aplicativo sobre la ruta de atención de niñas, niños y adolescentes: "
    titles = [(begins + "x" * 120)[:118] + end for end in ("-A", "-B")]
    for title in titles:
        AssessmentFactory(cohort_module=cohort_module, title=title, attempts=10)
    ScoreFactory(enrollment=people[0], assessment__cohort=cohort, assessment__title="Examen")
    long, *_others = score_import(cohort).fields[2:]
    assert len(long.synonyms[0]) > 120
    content, _count = score_sheet(cohort, with_documents=True)
    kind = score_import(cohort)
    found = kind.find_columns(kind.open(content, "notas.xlsx"))
    assert found.is_clear
    assert len(found.columns) == 5
