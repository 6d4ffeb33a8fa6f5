import datetime as dt
import json
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from courses.models import Cohort
from participants.facility_import import FacilityImport
from participants.import_plan import StalePlan, State
from participants.models import Enrollment, Facility, Participant
from participants.roster_import import RosterImport
from participants.spreadsheets import CellProblem, SheetError
from tests.factories import (
    CohortFactory,
    EnrollmentFactory,
    FacilityFactory,
    ParticipantFactory,
)
from tests.sheets import HEADER, PERSON, TODAY, person, sheet_of
from tests.waiting import somebody_waits


@pytest.fixture
def facility(db):
    return FacilityFactory(renipress="00022591", name="CSMC Loreto 2", region="16")


def roster(cohort, *rows, **options):
    sheet = options.pop("sheet", None) or sheet_of(*rows)
    columns = RosterImport.find_columns(sheet)
    return RosterImport(sheet, columns, cohort=cohort, today=TODAY, **options)


def from_file(kind, path, **options):
    sheet = kind.open(path.read_bytes(), path.name)
    return kind(sheet, kind.find_columns(sheet), **options)


def states(plan):
    return [row.state for row in plan.rows]


def errors(plan):
    return [(row.number, error.column, error.value) for row in plan.rows for error in row.errors]


@pytest.fixture
def first_edition(data, db):
    from_file(FacilityImport, data / "facilities.csv", today=TODAY).apply(by=None)
    return CohortFactory(
        code="ATN-2021-1", starts_on=dt.date(2021, 11, 8), ends_on=dt.date(2022, 4, 8)
    )


def everyone():
    return list(
        Enrollment.objects.order_by("participant__document_number").values_list(
            *(f"participant__{f.attname}" for f in Participant._meta.fields if f.name != "id"),
            "facility",
            "service",
            "profession",
            "employment_regime",
            "status",
            "enrolled_on",
        )
    )


def test_messy_sheet_gives_what_is_expected_and_the_clean_sheets_people(data, first_edition):
    expected = json.loads((data / "participants-messy-expected.json").read_text())
    today = dt.date(2021, 10, 20)
    messy = from_file(
        RosterImport, data / "participants-messy.xlsx", cohort=first_edition, today=today
    )
    result = messy.apply(by=None).as_json()
    for error in result["errors"]:
        assert error["message"]
    assert result["errors"][0]["value"] == "1234"
    result["errors"] = [{k: e[k] for k in ("row", "column")} for e in result["errors"]]
    assert result == {key: expected[key] for key in result}
    from_messy = everyone()
    assert len(from_messy) == 132

    clean = from_file(
        RosterImport, data / "participants-132.xlsx", cohort=first_edition, today=today
    )
    assert clean.preview().as_json()["unchanged"] == 132
    Enrollment.objects.all().delete()
    Participant.objects.all().delete()
    clean.apply(by=None)
    assert everyone() == from_messy


def test_apply_twice_changes_nothing_the_second_time(cohort, facility, coordinator):
    first = roster(cohort, PERSON).apply(by=coordinator)
    assert states(first) == [State.NEW]
    before = (Participant.history.count(), Enrollment.history.count())
    assert states(roster(cohort, PERSON).apply(by=coordinator)) == [State.UNCHANGED]
    assert (Participant.history.count(), Enrollment.history.count()) == before == (1, 1)
    entry = Enrollment.history.get()
    assert (entry.history_user, entry.history_type) == (coordinator, "+")


def test_apply_creates_the_person_and_the_enrollment_as_of_then(cohort, facility):
    roster(cohort, PERSON).apply(by=None)
    enrollment = Enrollment.objects.select_related("participant").get()
    human = enrollment.participant
    assert (human.document_type, human.document_number) == ("dni", "07846088")
    assert (human.paternal_surname, human.maternal_surname) == ("De la Cruz", "Ñahui")
    assert (human.email, human.mobile) == ("luz@salud.example", "+51957094499")
    assert (enrollment.status, enrollment.enrolled_on) == ("enrolled", cohort.starts_on)
    assert (enrollment.facility, enrollment.service) == (facility, "csmc")
    assert (enrollment.profession, enrollment.employment_regime) == ("psychology", "other")


def test_preview_writes_nothing(cohort, facility):
    assert roster(cohort, PERSON).preview().writes
    assert not Participant.objects.exists()


def test_query_count_is_the_same_for_1_and_3_rows(cohort, facility, django_assert_num_queries, db):
    three = [person(number=f"4000000{n}", email=f"p{n}@salud.example") for n in range(3)]
    with django_assert_num_queries(10):
        roster(cohort, PERSON).apply(by=None)
    with django_assert_num_queries(10):
        roster(cohort, *three).apply(by=None)
    with django_assert_num_queries(3):
        roster(cohort, PERSON).preview()
    with django_assert_num_queries(3):
        roster(cohort, *three).preview()


def test_changed_row_says_field_by_field_what_was_and_what_will_be(cohort, facility):
    roster(cohort, PERSON).apply(by=None)
    plan = roster(cohort, person(surname="Rojas", service="MAMIS", mobile=None)).apply(by=None)
    assert states(plan) == [State.CHANGED]
    shown = [(change.old, change.new) for change in plan.rows[0].changes]
    assert shown == [("De la Cruz", "Rojas"), ("CSMC", "MAMIS")]
    human = Participant.objects.get()
    assert human.mobile == "+51957094499"  # a blank cell erases nothing
    assert human.paternal_surname == "Rojas"
    assert Enrollment.objects.get().service == "mamis"
    assert Participant.history.count() == Enrollment.history.count() == 2


def test_person_of_another_edition_is_known_by_the_document(cohort, facility):
    earlier = CohortFactory()
    roster(earlier, PERSON).apply(by=None)
    plan = roster(cohort, person(service="MAMIS")).apply(by=None)
    assert states(plan) == [State.NEW]
    assert [change.new for change in plan.rows[0].changes] == ["MAMIS", cohort.code]
    assert Participant.objects.count() == 1
    assert Enrollment.objects.get(cohort=earlier).service == "csmc"  # as it was then
    assert Enrollment.objects.get(cohort=cohort).service == "mamis"


def test_row_equal_to_another_is_a_duplicate_and_errors_come_first(cohort, facility):
    plan = roster(
        cohort, person(email="no"), PERSON, PERSON, person(names="Ana"), person(mobile="1")
    ).preview()
    assert states(plan) == [
        State.ERROR, State.NEW, State.DUPLICATE, State.DUPLICATE, State.ERROR,
    ]  # fmt: skip
    assert [row.of for row in plan.rows] == [None, None, 3, 3, None]
    assert plan.rows[2].differs == []
    assert plan.rows[3].differs == ["Nombres"]
    assert [row.number for row in plan.rejected] == [2, 5, 6]


def test_a_repeated_row_of_a_known_person_does_not_change_what_the_first_writes(cohort, facility):
    roster(cohort, PERSON).apply(by=None)
    plan = roster(cohort, person(names="Ana"), person(names="Eva")).apply(by=None)
    assert states(plan) == [State.CHANGED, State.DUPLICATE]
    assert Participant.objects.get().given_names == "Ana"


def test_email_of_another_document_is_an_error_of_the_row(cohort, facility):
    ParticipantFactory(email="Luz@Salud.example")
    plan = roster(cohort, PERSON).preview()
    assert errors(plan) == [(2, "Correo electrónico", "LUZ@salud.example")]


def test_email_repeated_in_the_file_is_an_error_of_the_second_row(cohort, facility):
    plan = roster(cohort, PERSON, person(number=40000001)).apply(by=None)
    assert states(plan) == [State.NEW, State.ERROR]
    assert errors(plan) == [(3, "Correo electrónico", "LUZ@salud.example")]
    assert "2" in plan.rows[1].errors[0].message


def test_blank_rows_and_numbered_empty_rows_are_counted_not_read(cohort, facility):
    header = ("N°", *HEADER)
    rows = [(1, *PERSON), (), (2,), (3, *person(number=40000001, email="b@b.pe")), (4,), (5,)]
    plan = roster(cohort, sheet=sheet_of(*rows, header=header, first=4)).preview()
    assert [row.number for row in plan.rows] == [5, 8]
    assert plan.blank == 2


def test_repeated_header_is_not_read(cohort, facility):
    plan = roster(cohort, PERSON, HEADER, person(number=40000001, email="b@b.pe")).preview()
    assert states(plan) == [State.NEW, State.NEW]
    assert plan.blank == 0


@pytest.mark.parametrize(
    ("fields", "column"),
    [
        ({"number": 1234}, "N° de documento"),
        ({"number": None}, "N° de documento"),
        ({"kind": "brevete"}, "Tipo de documento"),
        ({"kind": None, "number": "AB123456"}, "N° de documento"),
        ({"surname": None}, "Apellido paterno"),
        ({"names": "Ana1"}, "Nombres"),
        ({"email": None}, "Correo electrónico"),
        ({"mobile": "12"}, "Celular"),
        ({"profession": "Derecho"}, "Profesión"),
        ({"code": "X1"}, "Código IPRESS"),
        ({"service": "UCI"}, "Servicio"),
        ({"region": "Lima Norte Sur"}, "Región"),
        ({"region": "Puno"}, "Región"),  # the facility is in Loreto
        ({"email": CellProblem("=A1", "Nunca calculada")}, "Correo electrónico"),
    ],
)
def test_wrong_value_is_an_error_at_its_column(cohort, facility, fields, column):
    plan = roster(cohort, person(**fields)).apply(by=None)
    assert states(plan) == [State.ERROR]
    assert [error.column for error in plan.rows[0].errors] == [column]
    assert not Participant.objects.exists()


def test_document_without_a_type_column_is_a_dni(cohort, facility):
    sheet = sheet_of(PERSON[1:], header=HEADER[1:])
    roster(cohort, sheet=sheet).apply(by=None)
    assert Participant.objects.get().document_type == "dni"


def test_names_in_one_column(cohort, facility):
    header = ("DNI", "Apellidos y nombres", "Correo")
    rows = [
        ("07846088", "RAMOS DE LA CRUZ, LUZ MARINA", "a@b.pe"),
        (40000001, "ANA ROJAS", "c@d.pe"),
    ]
    plan = roster(cohort, sheet=sheet_of(*rows, header=header)).apply(by=None)
    assert errors(plan) == [(3, "Apellidos y nombres", "ANA ROJAS")]
    assert Participant.objects.get().full_name == "Luz Marina Ramos De la Cruz"
    sheet = sheet_of((40000001, "ROJAS", "ANA", "c@d.pe"),
                     header=("DNI", "Apellidos", "Nombres", "Correo"))  # fmt: skip
    roster(cohort, sheet=sheet).apply(by=None)
    assert Participant.objects.get(document_number="40000001").surnames == "Rojas"


def test_unknown_facility_waits_and_is_settled_for_all_its_rows(cohort, facility):
    rows = [
        person(code=None, facility="C.S.M.C. Loreto dos"),
        person(code=None, facility="CSMC LORETO DOS", number=40000001, email="b@b.pe"),
        person(code="99", number=40000002, email="c@b.pe"),
        person(code=None, facility="csmc loreto 2", number=40000003, email="d@b.pe"),
    ]
    plan = roster(cohort, *rows).preview()
    assert states(plan) == [State.WAITING] * 3 + [State.NEW]
    named, coded = plan.unknown_facilities
    assert (named.rows, coded.rows) == ((2, 3), (4,))
    assert named.nearest == (facility,)
    assert (coded.code, coded.region) == ("00000099", "16")
    assert len(plan.as_json()["errors"]) == 3

    choices = {named.key: "00022591"}
    assert states(roster(cohort, *rows, facility_choices=choices).preview()) == [
        State.NEW, State.NEW, State.WAITING, State.NEW,
    ]  # fmt: skip
    FacilityFactory(renipress="00000099", region="16")
    done = roster(cohort, *rows, facility_choices=choices).apply(by=None)
    assert states(done) == [State.NEW] * 4
    assert Facility.objects.count() == 2


def test_row_that_names_no_facility_has_none(cohort, db):
    plan = roster(cohort, person(code=None, facility=None)).apply(by=None)
    assert states(plan) == [State.NEW]
    assert Enrollment.objects.get().facility is None


def test_facility_name_known_twice_waits_unless_the_region_tells(cohort, db):
    FacilityFactory(name="Hospital Regional", region="16")
    FacilityFactory(name="Hospital Regional", region="21")
    named = {"code": None, "facility": "HOSPITAL REGIONAL"}
    assert states(roster(cohort, person(**named, region=None)).preview()) == [State.WAITING]
    assert states(roster(cohort, person(**named)).preview()) == [State.NEW]


def test_more_people_than_places_refuses_the_file(facility):
    cohort = CohortFactory(capacity=1)
    importing = roster(cohort, PERSON, person(number=40000001, email="b@b.pe"))
    plan = importing.preview()
    assert plan.refusals
    assert not plan.writes
    with pytest.raises(ValidationError, match="1"):
        importing.apply(by=None)
    assert not Participant.objects.exists()
    roster(cohort, PERSON).apply(by=None)
    assert not roster(cohort, PERSON).preview().refusals  # nobody new


def test_closed_edition_refuses_the_file(facility):
    cohort = CohortFactory(status=Cohort.Status.CLOSED)
    with pytest.raises(ValidationError, match=cohort.code):
        roster(cohort, PERSON).apply(by=None)


def test_day_of_enrollment_outside_the_edition_refuses_the_file(cohort, facility):
    day = cohort.ends_on + dt.timedelta(days=1)
    with pytest.raises(ValidationError):
        roster(cohort, PERSON, enrolled_on=day).apply(by=None)


def test_who_left_the_edition_is_an_error_and_who_waited_is_enrolled(cohort, facility):
    human = ParticipantFactory(document_number="07846088", email="luz@salud.example")
    enrollment = EnrollmentFactory(
        participant=human, cohort=cohort, status="withdrawn", ended_on=cohort.ends_on
    )
    assert errors(roster(cohort, PERSON).preview()) == [(2, "N° de documento", "7846088")]
    Enrollment.objects.filter(pk=enrollment.pk).update(status="waitlisted", ended_on=None)
    assert states(roster(cohort, PERSON).apply(by=None)) == [State.NEW]
    enrollment.refresh_from_db()
    assert (enrollment.status, enrollment.facility) == ("enrolled", facility)


def test_apply_refuses_what_is_no_longer_as_it_was_shown(cohort, facility):
    shown = roster(cohort, PERSON).preview()
    ParticipantFactory(document_number="07846088", given_names="Lucía")
    with pytest.raises(StalePlan) as stale:
        roster(cohort, PERSON).apply(by=None, expected=shown.fingerprint)
    assert stale.value.plan.rows[0].changes
    assert not Enrollment.objects.exists()
    again = roster(cohort, PERSON).preview()
    assert roster(cohort, PERSON).apply(by=None, expected=again.fingerprint).rows


def test_apply_is_all_or_nothing(cohort, facility, monkeypatch):
    def fail(*args, **kwargs):
        raise IntegrityError

    monkeypatch.setattr(RosterImport, "_enroll", fail)
    with pytest.raises(StalePlan):
        roster(cohort, PERSON).apply(by=None)
    assert not Participant.objects.exists()
    assert not Participant.history.exists()


def test_columns_that_are_not_clear_are_asked_not_guessed(cohort, facility):
    with pytest.raises(SheetError, match=r"e-mail|correo"):
        roster(cohort, sheet=sheet_of(PERSON[:5], header=HEADER[:5])).preview()
    twice = sheet_of((*PERSON, "otro@b.pe"), header=(*HEADER, "Correo electrónico"))
    with pytest.raises(SheetError, match=r"e-mail|correo"):
        roster(cohort, sheet=twice).preview()


def test_licence_board_in_its_own_column(cohort, facility):
    header = (*HEADER, "Colegio profesional", "N° de colegiatura")
    roster(cohort, sheet=sheet_of((*PERSON, "C.Ps.P.", 1234), header=header)).apply(by=None)
    human = Participant.objects.get()
    assert (human.licence_board, human.licence_number) == ("CPsP", "1234")


@pytest.mark.postgres
def test_change_made_while_a_sheet_is_taken_is_not_overwritten(at_once, facility):
    """Another row changes the mobile, so that it is written of everyone."""
    cohort = CohortFactory(capacity=9)
    sheet = [person(number="40000001", email="a@x.pe"), person(number="40000002", email="b@x.pe")]
    roster(cohort, *sheet).apply(by=None)
    renamed = person(number="40000001", email="a@x.pe", names="Ana", mobile=None)
    moved = person(number="40000002", email="b@x.pe", mobile="944 000 222")
    importing = roster(cohort, renamed, moved)
    read, changed = threading.Event(), threading.Event()
    write = importing.write

    def write_late(rows, *, by) -> None:
        read.set()
        while not (changed.is_set() or somebody_waits()):
            pass
        write(rows, by=by)

    importing.write = write_late

    def change() -> None:
        read.wait(timeout=30)
        Participant.objects.filter(email="a@x.pe").update(mobile="+51944000111")
        changed.set()

    outcomes = at_once(lambda index: change() if index else importing.apply(by=None), 2)
    assert not any(isinstance(outcome, Exception) for outcome in outcomes), outcomes
    stored = Participant.objects.get(email="a@x.pe")
    assert (stored.given_names, stored.mobile) == ("Ana", "+51944000111")


@pytest.mark.postgres
def test_two_imports_at_once_never_pass_the_capacity(at_once, facility):
    cohort = CohortFactory(capacity=1)
    people = iter([PERSON, person(number=40000001, email="b@b.pe")])

    def take(row=None):
        try:
            roster(cohort, next(people)).apply(by=None)
        except ValidationError:
            return False
        return True

    assert sorted(at_once(take, 2)) == [False, True]
    assert Enrollment.objects.for_cohort(cohort).count() == 1
