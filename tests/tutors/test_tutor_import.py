from participants.import_plan import State
from tests.factories import ParticipantFactory, TutorFactory
from tests.sheets import HEADER, PERSON, TODAY, person, sheet_of
from tutors.models import Tutor
from tutors.tutor_import import TutorImport


def tutors(*rows):
    sheet = sheet_of(*rows, header=HEADER)
    return TutorImport(sheet, TutorImport.find_columns(sheet), today=TODAY)


def test_sample_file(data, db):
    sheet = TutorImport.open((data / "tutors-10.xlsx").read_bytes())
    importing = TutorImport(sheet, TutorImport.find_columns(sheet), today=TODAY)
    assert importing.apply(by=None).as_json()["created"] == 10
    tutor = Tutor.objects.get(document_number="06235241")
    assert (tutor.full_name, tutor.profession) == ("Ana Arias Zúñiga", "psychology")
    assert importing.apply(by=None).as_json()["unchanged"] == 10
    assert Tutor.history.count() == 10


def test_a_participant_may_become_a_tutor(db):
    ParticipantFactory(document_number="07846088", email="luz@salud.example")
    assert tutors(PERSON).apply(by=None).count(State.NEW) == 1


def test_changed_tutor_keeps_a_history(db, coordinator):
    tutors(PERSON).apply(by=coordinator)
    plan = tutors(person(names="Ana")).apply(by=coordinator)
    assert [(c.old, c.new) for c in plan.rows[0].changes] == [("Luz", "Ana")]
    assert Tutor.history.first().history_user == coordinator


def test_email_of_another_tutor_is_an_error(db):
    TutorFactory(email="luz@salud.example")
    plan = tutors(PERSON).preview()
    assert plan.rows[0].errors[0].column == "Correo electrónico"


def test_query_count_is_the_same_for_1_and_3_rows(db, django_assert_num_queries):
    three = [person(number=f"4000000{n}", email=f"p{n}@salud.example") for n in range(3)]
    with django_assert_num_queries(5):
        tutors(PERSON).apply(by=None)
    with django_assert_num_queries(5):
        tutors(*three).apply(by=None)
