import datetime as dt
import gzip

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.models import Cohort, Session
from courses.models.sessions import Modality
from participants.models import AttendanceRecord, Enrollment
from participants.register import Mark, take_register
from tests.factories import (
    EnrollmentFactory,
    FacilityFactory,
    GroupFactory,
    ParticipantFactory,
    SessionFactory,
    TutorAssignmentFactory,
)
from tutors.models import TutorAssignment

pytestmark = pytest.mark.usefixtures("clock")
TRANSACTION = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def session(cohort) -> Session:
    return SessionFactory(cohort=cohort)


@pytest.fixture
def people(cohort, group) -> list[Enrollment]:
    return EnrollmentFactory.create_batch(3, cohort=cohort, group=group)


@pytest.fixture
def url(session) -> str:
    return reverse("tutors:register", args=[session.pk])


def filled(marks: dict[Enrollment, str], seen: str = "", **others: str) -> dict[str, str]:
    return {f"s{person.pk}": state for person, state in marks.items()} | {"seen": seen} | others


def stored(session: Session) -> dict[int, str]:
    return dict(
        AttendanceRecord.objects.filter(session=session).values_list("enrollment_id", "state")
    )


def seen_on(response) -> str:
    return response.context["sheet"].seen


def statements(captured: CaptureQueriesContext) -> int:
    return sum(not query["sql"].startswith(TRANSACTION) for query in captured)


# ---- who -------------------------------------------------------------------------------------


def test_register_shows_the_own_group_only(log_in, tutor, url, people, other_enrollment):
    response = log_in(tutor).get(url)
    assert response.status_code == 200
    shown = response.content.decode()
    assert all(person.participant.paternal_surname in shown for person in people)
    assert other_enrollment.participant.paternal_surname not in shown


def test_plenary_is_for_each_tutor_the_own_part(
    log_in, tutor, other_tutor, session, url, people, other_enrollment
):
    log_in(other_tutor).post(url, filled({}, all_present="1"))
    assert stored(session) == {other_enrollment.pk: "present"}
    response = log_in(other_tutor).post(url, filled({people[0]: "present"}))
    assert response.status_code == 422
    assert len(stored(session)) == 1


def test_register_of_another_group_is_not_found(log_in, tutor, cohort, other_group, group):
    session = SessionFactory(cohort=cohort, group=other_group)
    client = log_in(tutor)
    for url in (
        reverse("tutors:register", args=[session.pk]),
        reverse("tutors:register", args=[session.pk, group.pk]),
        reverse("tutors:register", args=[SessionFactory(cohort=cohort).pk, other_group.pk]),
        reverse("tutors:register", args=[987654]),
    ):
        assert client.get(url).status_code == 404
        assert client.post(url, {}).status_code == 404


def test_register_of_a_draft_is_not_found(log_in, tutor, url):
    Cohort.objects.update(status=Cohort.Status.DRAFT)
    assert log_in(tutor).get(url).status_code == 404


def test_participant_is_refused(log_in, participant, url):
    assert log_in(participant).get(url).status_code == 403
    assert log_in(participant).post(url, {}).status_code == 403


def test_staff_without_the_permission_is_refused(log_in, coordinator, url):
    coordinator.groups.clear()
    assert log_in(coordinator).get(url).status_code == 403


def test_visitor_is_sent_to_the_log_in(client, url):
    assert client.get(url).url.startswith(reverse("account_login"))


def test_register_answers_to_no_other_method(log_in, tutor, url):
    assert log_in(tutor).delete(url).status_code == 405


def test_substitute_reads_after_a_week_and_no_longer_saves(
    log_in, tutor, clock, session, url, people
):
    TutorAssignment.objects.update(ends_on=session.day + dt.timedelta(days=2))
    client = log_in(tutor)
    assert client.post(url, filled({people[0]: "late"})).status_code == 302
    clock.move_to(session.ends_at + dt.timedelta(days=10))
    page = client.get(url)
    assert page.status_code == 200
    assert not page.context["can_save"]
    assert client.post(url, filled({people[0]: "absent"})).status_code == 403
    assert stored(session) == {people[0].pk: "late"}


def test_tutor_of_two_groups_goes_from_part_to_part(log_in, tutor, other_group, url, session):
    TutorAssignmentFactory(tutor=tutor.tutor, group=other_group)
    second = reverse("tutors:register", args=[session.pk, other_group.pk])
    client = log_in(tutor)
    assert second in client.get(url).content.decode()
    assert client.get(second).context["group"] == other_group


def test_coordinator_takes_the_whole_edition_by_groups(
    log_in, coordinator, session, url, people, other_enrollment
):
    client = log_in(coordinator)
    page = client.get(url)
    assert [len(rows) for _group, rows in page.context["sheet"].sections] == [3, 1]
    assert client.post(url, filled({}, all_present="1")).status_code == 302
    assert len(stored(session)) == 4
    assert set(AttendanceRecord.objects.values_list("source", flat=True)) == {"coordinator"}


def test_coordinator_opens_one_group(log_in, coordinator, session, people, other_group):
    client = log_in(coordinator)
    url = reverse("tutors:register", args=[session.pk, other_group.pk])
    assert client.get(url).context["sheet"].register.rows == ()
    stranger = GroupFactory()
    url = reverse("tutors:register", args=[session.pk, stranger.pk])
    assert client.get(url).status_code == 404


# ---- saving ----------------------------------------------------------------------------------


def test_save_stores_and_leads_back(log_in, tutor, session, url, people):
    one, two, _three = people
    response = log_in(tutor).post(url, filled({one: "present", two: "absent"}), follow=True)
    assert response.redirect_chain == [(url, 302)]
    assert stored(session) == {one.pk: "present", two.pk: "absent"}
    assert [str(message) for message in response.context["messages"]] == [
        "2 marks saved. 1 person is still unmarked."
    ]
    record = AttendanceRecord.objects.get(enrollment=one)
    assert (record.source, record.recorded_by) == ("tutor", tutor)


def test_save_by_htmx_answers_with_the_register_alone(log_in, tutor, session, url, people):
    response = log_in(tutor).post(url, filled({}, all_present="1"), headers=HTMX)
    assert response.status_code == 200
    text = response.content.decode()
    assert text.lstrip().startswith('<div id="register">')
    assert "3 marks saved." in text
    assert len(stored(session)) == 3
    assert response.context["sheet"].seen == seen_on(log_in(tutor).get(url))


def test_all_present_marks_the_rest_and_keeps_what_is_marked(log_in, tutor, session, url, people):
    one, two, three = people
    take_register(session, {one.pk: Mark("excused")}, by=None, at=session.ends_at)
    log_in(tutor).post(url, filled({two: "absent"}, all_present="1"))
    assert stored(session) == {one.pk: "excused", two.pk: "absent", three.pk: "present"}


def test_form_sent_twice_changes_nothing_the_second_time(log_in, tutor, session, url, people):
    client = log_in(tutor)
    form = filled(dict.fromkeys(people, "late"))
    client.post(url, form)
    again = client.post(url, form, follow=True)
    assert "the register is as it was" in again.content.decode()
    assert AttendanceRecord.history.count() == 3


def test_untouched_mark_is_not_sent_anew(log_in, tutor, coordinator, session, url, people):
    one, two, _three = people
    take_register(
        session, {one.pk: Mark("present"), two.pk: Mark("present")}, by=tutor, at=session.ends_at
    )
    client = log_in(tutor)
    seen = seen_on(client.get(url))
    take_register(session, {one.pk: Mark("absent", based_on=1)}, by=coordinator, at=session.ends_at)
    response = client.post(url, filled({one: "present", two: "late"}, seen), follow=True)
    assert stored(session) == {one.pk: "absent", two.pk: "late"}
    assert one.participant.sorting_name in str(list(response.context["messages"])[-1])


def test_conflict_is_shown_beside_both_values_and_the_others_are_saved(
    log_in, tutor, coordinator, session, url, people
):
    one, two, _three = people
    client = log_in(tutor)
    seen = seen_on(client.get(url))
    take_register(session, {one.pk: Mark("absent")}, by=coordinator, at=session.ends_at)
    response = client.post(url, filled({one: "present", two: "late"}, seen))
    assert response.status_code == 409
    assert stored(session) == {one.pk: "absent", two.pk: "late"}
    text = response.content.decode()
    assert "You: <strong>Present</strong>" in text
    assert "Rosa Coordinadora, 04/03 20:00: <strong>Absent</strong>" in text
    row = response.context["sheet"].sections[0][1][0]
    assert row.state == "present"

    again = client.post(url, filled({one: "present", two: "late"}, seen_on(response)))
    assert again.status_code == 302
    assert stored(session)[one.pk] == "present"


def test_conflict_solved_for_the_other_keeps_theirs(
    log_in, tutor, coordinator, session, url, people
):
    client = log_in(tutor)
    take_register(session, {people[0].pk: Mark("absent")}, by=coordinator, at=session.ends_at)
    response = client.post(url, filled({people[0]: "present"}))
    client.post(url, filled({people[0]: "absent"}, seen_on(response)))
    assert stored(session) == {people[0].pk: "absent"}
    assert AttendanceRecord.objects.get().version == 1


def test_seen_that_cannot_be_read_overwrites_nothing(log_in, tutor, session, url, people):
    take_register(session, {people[0].pk: Mark("absent")}, by=None, at=session.ends_at)
    response = log_in(tutor).post(url, filled({people[0]: "present"}, "¿?.x.1"))
    assert response.status_code == 409
    assert stored(session) == {people[0].pk: "absent"}


def test_mode_is_asked_for_in_a_hybrid_session(log_in, tutor, cohort, people):
    session = SessionFactory(cohort=cohort, modality=Modality.HYBRID)
    url = reverse("tutors:register", args=[session.pk])
    client = log_in(tutor)
    form = filled({people[0]: "present", people[1]: "absent"})
    client.post(url, form | {f"m{people[0].pk}": "online", f"m{people[1].pk}": "online"})
    assert dict(AttendanceRecord.objects.values_list("enrollment", "mode")) == {
        people[0].pk: "online",
        people[1].pk: "",
    }
    seen = seen_on(client.get(url))
    client.post(url, filled({people[0]: "present"}, seen) | {f"m{people[0].pk}": "in_person"})
    assert AttendanceRecord.objects.get(enrollment=people[0]).mode == "in_person"


def test_mode_is_not_asked_for_elsewhere(log_in, tutor, url, people):
    assert f'name="m{people[0].pk}"' not in log_in(tutor).get(url).content.decode()


# ---- refused ---------------------------------------------------------------------------------


def test_unknown_state_is_refused_and_what_was_marked_stays(log_in, tutor, session, url, people):
    one, two, _three = people
    response = log_in(tutor).post(url, filled({one: "present", two: "asleep"}))
    assert response.status_code == 422
    assert stored(session) == {}
    assert "“asleep” is no state of attendance." in response.content.decode()
    rows = response.context["sheet"].sections[0][1]
    assert rows[0].state == "present"


def test_error_does_not_make_a_stale_form_fresh(log_in, tutor, coordinator, session, url, people):
    one, two, _three = people
    client = log_in(tutor)
    take_register(session, {one.pk: Mark("absent")}, by=coordinator, at=session.ends_at)
    refused = client.post(url, filled({one: "present", two: "asleep"}))
    response = client.post(url, filled({one: "present", two: "late"}, seen_on(refused)))
    assert response.status_code == 409
    assert stored(session) == {one.pk: "absent", two.pk: "late"}


def test_person_who_left_meanwhile_is_named_and_the_rest_can_be_saved(
    log_in, tutor, session, url, people
):
    one, two, _three = people
    one.status, one.ended_on = Enrollment.Status.WITHDRAWN, session.day - dt.timedelta(days=1)
    one.save()
    client = log_in(tutor)
    response = client.post(url, filled({one: "present", two: "late"}))
    assert response.status_code == 422
    assert one.participant.sorting_name in " ".join(response.context["sheet"].errors)
    assert 'value="late" data-key="l" checked' in response.content.decode()
    assert client.post(url, filled({two: "late"})).status_code == 302


@pytest.mark.parametrize("htmx", [True, False])
def test_session_cancelled_meanwhile_is_refused_and_shows_what_was_marked(
    log_in, tutor, session, url, people, htmx
):
    Session.objects.update(status="cancelled", cancellation_reason="Paro nacional")
    response = log_in(tutor).post(url, filled({people[0]: "late"}), headers=HTMX if htmx else {})
    assert response.status_code == 403
    text = response.content.decode()
    assert "Paro nacional" in text
    assert "mark-late" in text
    assert stored(session) == {}


def test_register_before_its_time_says_when_it_opens(log_in, tutor, cohort, people):
    session = SessionFactory(cohort=cohort, day=16)
    url = reverse("tutors:register", args=[session.pk])
    page = log_in(tutor).get(url)
    assert not page.context["can_save"]
    assert "18/03/2026 at 17:45" in page.content.decode()
    assert log_in(tutor).post(url, filled({people[0]: "late"})).status_code == 403


def test_register_of_a_closed_module_can_be_read(log_in, tutor, cohort, cohort_module, people):
    session = SessionFactory(cohort=cohort, cohort_module=cohort_module)
    take_register(session, {people[0].pk: Mark("late")}, by=tutor, at=session.ends_at)
    cohort_module.closed_at = session.ends_at
    cohort_module.save()
    page = log_in(tutor).get(reverse("tutors:register", args=[session.pk]))
    assert "<form id" not in page.content.decode()
    assert "mark-late" in page.content.decode()


def test_empty_group_says_so(log_in, tutor, url):
    assert "concerns nobody" in log_in(tutor).get(url).content.decode()


def test_people_of_one_name_are_told_apart_by_a_masked_document(log_in, tutor, cohort, group, url):
    for number in ("41234567", "49876543"):
        participant = ParticipantFactory(
            paternal_surname="Quispe", given_names="Rosa", document_number=number
        )
        EnrollmentFactory(cohort=cohort, group=group, participant=participant)
    EnrollmentFactory(cohort=cohort, group=group, participant__document_number="45555444")
    text = log_in(tutor).get(url).content.decode()
    assert "•••••567" in text
    assert "•••••543" in text
    assert "41234567" not in text
    assert "•••••444" not in text


# ---- cost ------------------------------------------------------------------------------------


@pytest.fixture(params=[1, 132])
def crowd(request, cohort, group) -> list[Enrollment]:
    facility = FacilityFactory()
    return [
        EnrollmentFactory(cohort=cohort, group=group, participant=participant, facility=facility)
        for participant in ParticipantFactory.create_batch(request.param, facility=facility)
    ]


def costs(client, url: str, crowd: list[Enrollment], headers: dict[str, str]) -> list[int]:
    """Of opening it, first marks, opening it again, and other marks."""
    client.get(url)
    found = []
    with CaptureQueriesContext(connection) as captured:
        client.get(url)
    found.append(statements(captured))
    with CaptureQueriesContext(connection) as captured:
        client.post(url, filled(dict.fromkeys(crowd, "present")), headers=headers)
    found.append(statements(captured))
    seen = seen_on(client.get(url))
    with CaptureQueriesContext(connection) as captured:
        client.post(url, filled(dict.fromkeys(crowd, "late"), seen), headers=headers)
    found.append(statements(captured))
    with CaptureQueriesContext(connection) as captured:
        client.get(url)
    found.append(statements(captured))
    assert AttendanceRecord.objects.filter(state="late", version=2).count() == len(crowd)
    return found


def test_register_costs_the_same_for_one_and_for_all(log_in, tutor, url, crowd):
    assert costs(log_in(tutor), url, crowd, {}) == [6, 9, 9, 7]


def test_register_by_htmx_costs_the_same_for_one_and_for_all(log_in, tutor, url, crowd):
    assert costs(log_in(tutor), url, crowd, HTMX) == [6, 10, 11, 7]


def test_register_of_a_coordinator_costs_the_same_for_one_and_for_all(
    log_in, coordinator, url, crowd
):
    assert costs(log_in(coordinator), url, crowd, {}) == [6, 9, 9, 7]


def test_register_of_many_is_not_refused_for_its_fields(log_in, tutor, url, crowd):
    sent = filled(dict.fromkeys(crowd, "present")) | {f"x{n}": "" for n in range(3_000)}
    assert log_in(tutor).post(url, sent).status_code == 302


def test_register_of_thirteen_weighs_little(log_in, tutor, cohort, group, url):
    EnrollmentFactory.create_batch(13, cohort=cohort, group=group)
    page = log_in(tutor).get(url)
    assert len(gzip.compress(page.content)) < 5_000
