import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import EnrollmentFactory, TutorAssignmentFactory, TutorFactory
from trainingprog.moodle_upload import MoodleUpload

pytestmark = pytest.mark.usefixtures("clock")


def rows_of(cohort) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(MoodleUpload.of(cohort).as_csv().decode())))


def test_participant_has_the_fields_that_moodle_asks_for(enrollment) -> None:
    (row,) = rows_of(enrollment.cohort)
    code = enrollment.cohort.code
    assert row.pop("idnumber")
    assert row == {
        "username": "participante@salud.example",
        "firstname": "Luz Marina",
        "lastname": enrollment.participant.surnames,
        "email": "participante@salud.example",
        "cohort1": code,
        "course1": code,
        "role1": "student",
        "group1": "Grupo 1",
    }


def test_tutor_of_two_groups_is_one_row_with_both(enrollment, group, other_group) -> None:
    tutor = TutorFactory()
    for guided in (group, other_group):
        TutorAssignmentFactory(tutor=tutor, group=guided)
    student, teacher = rows_of(enrollment.cohort)
    assert (teacher["role1"], teacher["group1"]) == ("teacher", "Grupo 1")
    assert (teacher["role2"], teacher["group2"]) == ("teacher", "Grupo 2")
    assert teacher["course2"] == enrollment.cohort.code
    assert (student["course2"], student["role2"], student["group2"]) == ("", "", "")


def test_who_trains_and_guides_is_one_row(enrollment, other_group) -> None:
    tutor = TutorFactory(email=enrollment.participant.email)
    TutorAssignmentFactory(tutor=tutor, group=other_group)
    (row,) = rows_of(enrollment.cohort)
    assert (row["role1"], row["role2"]) == ("student", "teacher")


def test_username_that_moodle_would_cut_stays_apart(cohort) -> None:
    """Moodle leaves out what it does not allow: ana+1@… and ana1@… would become one account."""
    for email in ("ana+1@salud.example", "ana1@salud.example", "-ana@salud.example"):
        EnrollmentFactory(cohort=cohort, participant__email=email)
    names = [row["username"] for row in rows_of(cohort)]
    assert len(set(names)) == 3
    assert "ana1@salud.example" in names
    assert not [name for name in names if "+" in name or name.startswith("-")]


def test_who_left_or_waits_is_not_in_it_and_an_empty_edition_has_its_header(cohort) -> None:
    EnrollmentFactory(cohort=cohort, status="waitlisted")
    upload = MoodleUpload.of(cohort)
    assert upload.rows == []
    assert upload.header[-3:] == ["course1", "role1", "group1"]


def test_documents_stay_here_and_no_cell_runs(enrollment) -> None:
    enrollment.participant.given_names = "@SUM(A1)"
    enrollment.participant.save()
    text = MoodleUpload.of(enrollment.cohort).as_csv().decode()
    assert enrollment.participant.document_number not in text
    assert ",'@SUM(A1)," in text


@pytest.mark.parametrize("n", [1, 3])
def test_queries_do_not_grow(n, cohort, group) -> None:
    EnrollmentFactory.create_batch(n, cohort=cohort, group=group)
    for _number in range(n):
        TutorAssignmentFactory(group=group)
    with CaptureQueriesContext(connection) as captured:
        MoodleUpload.of(cohort)
    assert len(captured) == 2
