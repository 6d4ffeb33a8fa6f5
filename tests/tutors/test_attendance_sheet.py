import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.models.sessions import Modality
from courses.typesetting import qr_drawing
from participants.register import Register
from tests.factories import (
    MONDAY,
    EnrollmentFactory,
    MakeUpFactory,
    ParticipantFactory,
    SessionFactory,
    TutorAssignmentFactory,
    at,
)
from tests.pdf_text import pages_of
from tutors.attendance_sheet import AttendanceSheet, list_code

NOW = at(MONDAY, 9)


def sheet_of(session, group=None, moment=NOW) -> AttendanceSheet:
    return AttendanceSheet(Register.of(session, group, at=moment), moment)


def enroll(cohort, group, *surnames):
    return [
        EnrollmentFactory(
            cohort=cohort,
            group=group,
            participant=ParticipantFactory(paternal_surname=surname, maternal_surname="Ñahui"),
        )
        for surname in surnames
    ]


def numbers(page: str) -> list[int]:
    return [int(line) for line in page.splitlines() if re.fullmatch(r"\d{1,3}", line)]


@pytest.fixture
def session(cohort):
    return SessionFactory(cohort=cohort, title="Plenaria", number=3)


def test_sheet_has_the_people_in_the_order_of_their_surnames(cohort, group, session):
    enroll(cohort, group, "Zapata", "Álvarez", "Mamani")
    (page,) = pages_of(sheet_of(session, group).pdf())
    places = [page.index(name) for name in ("Álvarez Ñahui", "Mamani Ñahui", "Zapata Ñahui")]
    assert places == sorted(places)
    assert numbers(page) == [1, 2, 3]


def test_sheet_says_which_session_it_is_of(cohort, group, session):
    tutor = TutorAssignmentFactory(group=group).tutor
    (page,) = pages_of(sheet_of(session, group).pdf())
    for text in ("Programa de formación", cohort.code, "Plenaria 3", "Grupo 1", str(tutor)):
        assert text in page
    assert "miércoles 04/03/2026, 18:00–20:00" in page.lower()
    assert "P = Presente · T = Tardanza · J = Justificada · F = Falta" in page
    assert "P/T/J/F" in page


def test_document_is_masked(cohort, group, session):
    (person,) = enroll(cohort, group, "Mamani")
    whole = person.participant.document_number
    (page,) = pages_of(sheet_of(session, group).pdf())
    assert whole not in page
    assert person.participant.masked_document in page


@pytest.mark.parametrize(
    ("people", "on_pages"), [(0, [0]), (1, [1]), (13, [13]), (14, [13, 1]), (27, [13, 13, 1])]
)
def test_thirteen_to_a_page_and_guests_at_the_end(cohort, group, session, people, on_pages):
    enroll(cohort, group, *(f"Mamani {number:02d}" for number in range(people)))
    pages = pages_of(sheet_of(session, group).pdf())
    assert [len(numbers(page)) for page in pages] == on_pages
    assert [number for page in pages for number in numbers(page)] == list(range(1, people + 1))
    assert [page.count("invitada o invitado") for page in pages] == [0] * (len(pages) - 1) + [2]


def test_guest_who_makes_up_is_on_the_sheet_with_the_own_group(cohort, group, other_group):
    enroll(cohort, group, "Mamani")
    (guest,) = enroll(cohort, other_group, "Apaza")
    missed = SessionFactory(cohort=cohort, group=other_group)
    host = SessionFactory(cohort=cohort, group=group, day=3)
    MakeUpFactory(enrollment=guest, missed=missed, host=host)
    (page,) = pages_of(sheet_of(host, group).pdf())
    assert page.index("Mamani") < page.index("Apaza")
    assert f"{guest.participant.masked_document} · invitada o invitado · Grupo 2" in page


def test_whole_edition_has_a_page_for_each_group(cohort, group, other_group, session):
    enroll(cohort, group, "Mamani")
    enroll(cohort, other_group, "Quispe")
    enroll(cohort, None, "Zapata")
    first, second, rest = pages_of(sheet_of(session).pdf())
    assert ("Grupo 1" in first, "Mamani" in first, "Quispe" in first) == (True, True, False)
    assert ("Grupo 2" in second, "Quispe" in second) == (True, True)
    assert "Zapata" in rest
    assert [numbers(page) for page in (first, second, rest)] == [[1], [1], [1]]


def test_code_opens_the_transcription_of_this_session_and_group(
    cohort, group, session, settings, monkeypatch
):
    settings.SITE_URL = "https://formacion.example"
    drawn = []

    def drawing(address):
        drawn.append(address)
        return qr_drawing(address)

    monkeypatch.setattr(
        "tutors.attendance_sheet.qr_drawing",
        lambda address: drawn.append(address) or qr_drawing(""),
    )
    enroll(cohort, group, "Mamani")
    sheet = sheet_of(session, group)
    sheet.pdf()
    code = list_code(sheet.register.rows)
    assert drawn == [
        f"https://formacion.example/tutor/registro/{session.pk}/grupo/{group.pk}/transcribir/"
        f"?list={code}"
    ]


def test_code_of_the_list_changes_with_its_people(cohort, group, session):
    enroll(cohort, group, "Mamani", "Zapata")
    before = list_code(sheet_of(session, group).register.rows)
    assert before == list_code(sheet_of(session, group).register.rows)
    enroll(cohort, group, "Quispe")
    assert before != list_code(sheet_of(session, group).register.rows)


def test_place_is_the_venue_where_there_is_one(cohort, group):
    online = SessionFactory(cohort=cohort, venue="Aula 9")
    hybrid = SessionFactory(cohort=cohort, day=3, venue="Aula 9", modality=Modality.HYBRID)
    assert "Aula 9" not in pages_of(sheet_of(online, group).pdf())[0]
    assert "Aula 9" in pages_of(sheet_of(hybrid, group).pdf())[0]


def test_sheet_of_another_moment_differs_only_in_what_it_says_of_it(cohort, group, session):
    enroll(cohort, group, "Mamani")
    one, two = (sheet_of(session, group, at(MONDAY, hour)).pdf() for hour in (9, 10))
    assert one == sheet_of(session, group, at(MONDAY, 9)).pdf()
    assert one != two


def test_cost_does_not_grow_with_groups(cohort, group, other_group, session):
    counts = []
    for surname in ("Mamani", "Quispe"):
        enroll(cohort, group, surname)
        enroll(cohort, other_group, surname)
        register = Register.of(session, None, at=NOW)
        with CaptureQueriesContext(connection) as asked:
            AttendanceSheet(register, NOW).pdf()
        counts.append(len(asked))
    assert counts == [1, 1]
