import pytest

from courses.models import Cohort
from participants.score_grid import Scope, ScoreGrid
from participants.score_paste import Pasted, read_paste
from tests.factories import AssessmentFactory, EnrollmentFactory, ScoreFactory

pytestmark = pytest.mark.django_db

NAMES = [
    ("Apaza", "Quispe", "Luz Marina", "00123456"),
    ("Ñahui", "Pérez", "José", "40000002"),
    ("Rojas", "", "Ana", "40000003"),
    ("Rojas", "", "Ana", "40000004"),
    ("Torres", "Soto", "Eva", "40000005"),
    ("Vega", "Soto", "Iván", "40000006"),
    ("Zela", "Soto", "Olga", "40000007"),
]


@pytest.fixture
def people(cohort, group):
    return [
        EnrollmentFactory(
            cohort=cohort,
            group=group,
            participant__paternal_surname=paternal,
            participant__maternal_surname=maternal,
            participant__given_names=given,
            participant__document_number=number,
        )
        for paternal, maternal, given, number in NAMES
    ]


@pytest.fixture
def grid(cohort, people) -> ScoreGrid:
    exam = AssessmentFactory(cohort=cohort, title="Examen")
    AssessmentFactory(cohort=cohort, title="Trabajo")
    for index, person in enumerate(people):
        ScoreFactory(enrollment=person, assessment=exam, value=10 + index)
    return grid_of(cohort)


def grid_of(cohort: Cohort) -> ScoreGrid:
    scope = Scope.of(cohort, None)
    assert scope is not None
    return ScoreGrid.of(scope.assessments, cohort)


def paste(grid: ScoreGrid, text: str, column: int = 1, **options) -> Pasted:
    return read_paste(text, grid, grid.columns[column], **options)


def filled(pasted: Pasted) -> dict[int, str]:
    return {person: text for (person, _assessment, _attempt), text in pasted.texts.items()}


@pytest.mark.parametrize(
    "who",
    ["00123456", "123456", "Apaza Quispe, Luz Marina", "LUZ MARINA APAZA QUISPE", "Apaza, Luz"],
)
def test_line_goes_to_whom_it_names(grid, people, who):
    assert filled(paste(grid, f"{who}\t14,5")) == {people[0].pk: "14,5"}


def test_accents_number_columns_and_semicolons_do_not_matter(grid, people):
    text = "1\t40000002\tNahui Perez Jose\t14\n2\t40000005\tTorres\tNP"
    assert filled(paste(grid, text)) == {people[1].pk: "14", people[4].pk: "NP"}
    assert filled(paste(grid, "Ñahui Pérez José; 15\n40000005 16")) == {
        people[1].pk: "15",
        people[4].pk: "16",
    }


def test_wrong_score_goes_to_its_cell_to_be_refused_there(grid, people):
    pasted = paste(grid, "40000002\t21\n40000005\tabc\n40000006\t12")
    assert filled(pasted) == {people[1].pk: "21", people[4].pk: "abc", people[5].pk: "12"}


def test_empty_score_fills_nothing(grid):
    pasted = paste(grid, "40000002\t\n40000005\t12")
    assert len(pasted.texts) == 1
    assert not pasted.refused


def test_name_twice_is_refused_at_both_its_lines(grid, people):
    pasted = paste(grid, "Vega Soto Iván\t14\nTorres Soto Eva\t11\n40000006\t15")
    assert filled(pasted) == {people[4].pk: "11"}
    assert [line.number for line in pasted.refused] == [1, 3]


def test_name_of_two_people_or_of_nobody_is_refused(grid):
    pasted = paste(grid, "Rojas Ana\t14\nInventada Persona\t14\n99999999\t12\nRojas\t12")
    assert pasted.texts == {}
    messages = [line.message for line in pasted.refused]
    assert len(messages) == 4
    assert messages[0] != messages[1] == messages[2] == messages[3]


def test_heading_is_no_line(grid, people):
    pasted = paste(grid, "Participante\tNota\n40000002\t14")
    assert (filled(pasted), pasted.refused) == ({people[1].pk: "14"}, ())


@pytest.mark.parametrize(
    "text",
    [
        "1\t40000002\n2\t40000005\n3\t40000006",
        "40000002\tÑahui Pérez José\n40000005\tTorres Soto Eva",
    ],
)
def test_block_one_column_off_fills_nothing_whatever_is_confirmed(grid, text):
    for is_confirmed in (False, True):
        pasted = paste(grid, text, is_confirmed=is_confirmed)
        assert (pasted.texts, pasted.is_refused) == ({}, True)
        assert pasted.doubt


@pytest.mark.parametrize("chosen", [(0, 1, 4), (0, 1, 4, 5, 6)])
def test_scores_of_another_column_wait_for_a_confirmation(grid, people, chosen):
    lines = [(NAMES[index][3], str(10 + index)) for index in chosen]
    text = "\n".join("\t".join(line) for line in lines)
    assert paste(grid, text).texts == {}
    assert "Examen" in paste(grid, text).doubt
    assert len(paste(grid, text, is_confirmed=True).texts) == len(chosen)
    assert not paste(grid, text, column=0).doubt  # its own


def test_two_scores_as_in_another_column_may_be_chance(grid, people):
    assert len(paste(grid, "00123456\t10\n40000002\t11").texts) == 2


def test_heading_of_another_column_waits_for_a_confirmation(grid):
    text = "DNI\tEXAMEN\n40000002\t14"
    assert "Examen" in paste(grid, text).doubt
    assert len(paste(grid, text, column=0).texts) == 1


def test_document_of_one_and_name_of_another_is_refused(grid, people):
    pasted = paste(grid, "40000002\tVega Soto Iván\t14\n40000005\tTorres Soto Eva\t11")
    assert filled(pasted) == {people[4].pk: "11"}
    assert [line.number for line in pasted.refused] == [1]


def test_number_under_two_types_of_document_is_told_apart_by_the_name(grid, people, cohort):
    other = EnrollmentFactory(
        cohort=cohort,
        participant__document_type="passport",
        participant__document_number="40000002",
        participant__paternal_surname="Yupa",
        participant__given_names="Rita",
    )
    grid = grid_of(cohort)
    assert filled(paste(grid, "40000002\tÑahui Pérez José\t14")) == {people[1].pk: "14"}
    assert filled(paste(grid, f"40000002\t{_name(other)}\t12")) == {other.pk: "12"}
    assert len(paste(grid, "40000002\t12").refused) == 1


def _name(enrollment) -> str:
    return f"{enrollment.participant.surnames} {enrollment.participant.given_names}"


def test_columns_that_are_empty_at_the_end_are_passed_over(grid, people):
    text = "40000002\t14\t\t\n40000005\t12\t\t"
    assert filled(paste(grid, text)) == {people[1].pk: "14", people[4].pk: "12"}
