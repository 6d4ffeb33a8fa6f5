import pytest
from django.urls import reverse

from courses.models import Session
from courses.models.sessions import Modality
from participants.models import AttendanceRecord, Enrollment
from participants.register import Mark, take_register
from tests.factories import EnrollmentFactory, SessionFactory, at
from tests.pdf_text import pages_of
from tutors.attendance_sheet import list_code

pytestmark = pytest.mark.usefixtures("clock")
PAPER = AttendanceRecord.Source.PAPER


@pytest.fixture
def session(cohort) -> Session:
    return SessionFactory(cohort=cohort)


@pytest.fixture
def people(cohort, group) -> list[Enrollment]:
    return EnrollmentFactory.create_batch(3, cohort=cohort, group=group)


@pytest.fixture
def url(session, group) -> str:
    return reverse("tutors:transcribe", args=[session.pk, group.pk])


def sent(marks: dict[Enrollment, str], seen: str = "", **others: str) -> dict[str, str]:
    return {f"s{person.pk}": state for person, state in marks.items()} | {"seen": seen} | others


def stored(session: Session) -> dict[int, tuple[str, str, str]]:
    rows = AttendanceRecord.objects.filter(session=session)
    return {row.enrollment_id: (row.state, row.mode, row.source) for row in rows}


def test_sheet_is_a_pdf_named_after_session_and_group(log_in, tutor, session, group, people):
    response = log_in(tutor).get(reverse("tutors:sheet", args=[session.pk]))
    assert response.headers["Content-Type"] == "application/pdf"
    name = f"asistencia-{session.cohort.code.lower()}-2026-03-04-grupo-1.pdf"
    assert name in response.headers["Content-Disposition"]
    assert "no-store" in response.headers["Cache-Control"]
    assert people[0].participant.sorting_name in pages_of(response.content)[0]


def test_sheet_is_printed_before_the_register_opens(log_in, tutor, session, people, clock):
    clock.move_to(at(session.cohort.starts_on, 8))
    response = log_in(tutor).get(reverse("tutors:sheet", args=[session.pk]))
    assert response.status_code == 200


def test_cancelled_session_has_no_sheet(log_in, tutor, session, people):
    Session.objects.update(status="cancelled", cancellation_reason="Feriado")
    response = log_in(tutor).get(reverse("tutors:sheet", args=[session.pk]))
    assert response.status_code == 403


def test_coordinator_prints_all_groups(log_in, coordinator, cohort, session, people, other_group):
    EnrollmentFactory(cohort=cohort, group=other_group)
    response = log_in(coordinator).get(reverse("tutors:sheet", args=[session.pk]))
    assert len(pages_of(response.content)) == 2


def test_pages_lead_to_the_sheet(log_in, tutor, coordinator, session, group, people):
    sheet = reverse("tutors:sheet", args=[session.pk])
    of_group = reverse("tutors:sheet", args=[session.pk, group.pk])
    assert sheet in log_in(tutor).get(reverse("tutors:session", args=[session.pk])).text
    register = log_in(tutor).get(reverse("tutors:register", args=[session.pk])).text
    assert of_group in register
    assert reverse("tutors:transcribe", args=[session.pk, group.pk]) in register
    admin = log_in(coordinator).get(reverse("admin:courses_session_change", args=[session.pk]))
    button = reverse("admin:courses_session_print_sheet", args=[session.pk])
    assert button in admin.text
    assert log_in(coordinator).get(button).headers["Location"] == sheet


def test_numbers_and_order_are_those_of_the_sheet(log_in, tutor, session, group, people, url):
    page = log_in(tutor).get(url).text
    (printed,) = pages_of(
        log_in(tutor).get(reverse("tutors:sheet", args=[session.pk, group.pk])).content
    )
    places = []
    for number, person in enumerate(sorted(people, key=lambda p: p.participant.sorting_key), 1):
        name = person.participant.sorting_name
        assert f'<span class="register-number num">{number}</span>{name}' in page
        places.append(printed.index(f"{number}\n{name}"))
    assert places == sorted(places)


def test_what_is_transcribed_came_from_paper_in_one_save(log_in, tutor, session, people, url):
    one, two, three = people
    states = {one: "present", two: "late", three: "absent"}
    response = log_in(tutor).post(url, sent(states))
    assert response.status_code == 302
    assert response.headers["Location"] == url
    found = stored(session)
    assert {pk: state for pk, (state, *_rest) in found.items()} == {
        person.pk: state for person, state in states.items()
    }
    assert {source for *_rest, source in found.values()} == {PAPER}
    assert set(
        AttendanceRecord.history.filter(session=session).values_list("source", "recorded_by")
    ) == {(PAPER, tutor.pk)}


def test_sent_twice_changes_nothing(log_in, tutor, session, people, url):
    for _turn in range(2):
        log_in(tutor).post(url, sent(dict.fromkeys(people, "present")))
    assert AttendanceRecord.history.count() == 3


def test_coordinator_transcribes_too(log_in, coordinator, session, people, url):
    log_in(coordinator).post(url, sent({people[0]: "present"}))
    assert stored(session)[people[0].pk][2] == PAPER


def test_mark_made_meanwhile_is_a_conflict_and_stands(log_in, tutor, session, people, url):
    take_register(session, {people[0].pk: Mark("absent")}, by=tutor, at=session.ends_at)
    response = log_in(tutor).post(url, sent({people[0]: "present", people[1]: "present"}))
    assert response.status_code == 409
    found = stored(session)
    assert found[people[0].pk][0] == "absent"
    assert found[people[1].pk][0] == "present"


def test_who_signed_in_a_hybrid_session_was_in_the_room(log_in, tutor, cohort, group, people):
    session = SessionFactory(cohort=cohort, modality=Modality.HYBRID)
    url = reverse("tutors:transcribe", args=[session.pk])
    marks = {people[0].pk: Mark("present", mode="online"), people[1].pk: Mark("present")}
    take_register(session, marks, by=tutor, at=session.ends_at)
    page = log_in(tutor).get(url)
    assert f'name="m{people[0].pk}"' not in page.text
    seen = page.context["sheet"].seen
    log_in(tutor).post(url, sent(dict.fromkeys(people, "present"), seen))
    found = stored(session)
    assert found[people[0].pk] == ("present", "online", "tutor")
    assert found[people[1].pk] == ("present", "", "tutor")
    assert found[people[2].pk] == ("present", "in_person", PAPER)


def test_all_present_of_a_hybrid_session_were_in_the_room(log_in, tutor, cohort, group, people):
    session = SessionFactory(cohort=cohort, modality=Modality.HYBRID)
    url = reverse("tutors:transcribe", args=[session.pk])
    log_in(tutor).post(url, {"seen": "", "all_present": "1"})
    assert set(stored(session).values()) == {("present", "in_person", PAPER)}


def test_list_changed_since_it_was_printed_is_said(log_in, tutor, cohort, group, people, url):
    client = log_in(tutor)
    told = "La lista cambió desde que se imprimió esta hoja"
    code = list_code(client.get(url).context["sheet"].register.rows)
    assert told not in client.get(url).text
    assert told not in client.get(f"{url}?list={code}").text
    EnrollmentFactory(cohort=cohort, group=group)
    assert told in client.get(f"{url}?list={code}").text


def test_sheet_of_one_group_agrees_with_the_whole_page(log_in, coordinator, session, people, group):
    whole = reverse("tutors:transcribe", args=[session.pk])
    client = log_in(coordinator)
    part = client.get(reverse("tutors:transcribe", args=[session.pk, group.pk]))
    code = list_code(part.context["sheet"].register.rows)
    assert not client.get(f"{whole}?list={code}").context["was_printed_before"]
