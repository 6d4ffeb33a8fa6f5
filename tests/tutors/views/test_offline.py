import json
import re

import pytest
from django.urls import reverse

from courses.models import Cohort
from participants.models import AbsenceRequest, AttendanceRecord
from participants.register import Mark, take_register
from tests.factories import (
    AbsenceRequestFactory,
    EnrollmentFactory,
    SessionFactory,
    TutorAssignmentFactory,
)
from tutors.models import TutorAssignment
from tutors.offline import device_key

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def session(cohort):
    return SessionFactory(cohort=cohort, day=9)


@pytest.fixture
def people(cohort, group):
    return EnrollmentFactory.create_batch(3, cohort=cohort, group=group)


@pytest.fixture
def copy(session, group):
    return reverse("tutors:register_copy", args=[session.pk, group.pk])


@pytest.fixture
def sync(session, group):
    return reverse("tutors:register_sync", args=[session.pk, group.pk])


def waiting(user, marks, seen="", **more) -> dict[str, str]:
    fields = {f"s{person.pk}": state for person, state in marks.items()}
    return {"device": device_key(user), "id": "a-b-c", "seen": seen, **fields, **more}


def stored(session) -> list[tuple[int, str, int]]:
    records = AttendanceRecord.objects.filter(session=session).order_by("enrollment")
    return list(records.values_list("enrollment", "state", "version"))


# ---- the copy --------------------------------------------------------------------------------


def test_copy_names_people_and_marks_and_nothing_else(
    log_in, tutor, coordinator, session, group, people, copy
):
    AbsenceRequestFactory(enrollment=people[1], session=session)
    take_register(session, {people[0].pk: Mark("late")}, by=coordinator, at=session.ends_at)
    client = log_in(tutor)
    page = client.get(reverse("tutors:register", args=[session.pk, group.pk])).text
    text = client.get(copy).text
    for known in ("csrfmiddlewaretoken", tutor.email, coordinator.get_full_name()):
        assert known in page
        assert known not in text
    assert all(person.participant.sorting_name in text for person in people)
    assert f'value="{people[0].pk}.1.late.online"' in text or ".1.late." in text
    for person in people:
        assert person.participant.document_number not in text
        assert person.participant.email not in text


def test_copy_of_a_register_that_is_not_open_yet_has_its_form(log_in, tutor, cohort, group, people):
    ahead = SessionFactory(cohort=cohort, day=16)
    path = reverse("tutors:register_copy", args=[ahead.pk, group.pk])
    assert 'id="register-form"' in log_in(tutor).get(path).text


def test_copy_of_a_cancelled_session_has_none(log_in, tutor, session, people, copy):
    session.status, session.cancellation_reason = "cancelled", "Paro"
    session.save()
    assert 'id="register-form"' not in log_in(tutor).get(copy).text


def test_copy_says_whom_the_rest_present_leaves_out(log_in, tutor, session, people, copy):
    AbsenceRequestFactory(
        enrollment=people[1], session=session, status=AbsenceRequest.Status.ACCEPTED
    )
    text = log_in(tutor).get(copy).text
    assert re.findall(r'data-excused>\s*<div[^>]*>\s*<span[^>]* id="p(\d+)"', text) == [
        str(people[1].pk)
    ]


@pytest.mark.parametrize("name", ["register_copy", "offline"])
def test_what_a_device_keeps_is_kept_by_nobody_else(log_in, tutor, session, group, name):
    args = [session.pk, group.pk] if name == "register_copy" else []
    response = log_in(tutor).get(reverse(f"tutors:{name}", args=args))
    assert "no-store" in response.headers["Cache-Control"]
    assert "private" in response.headers["Cache-Control"]


def test_list_leads_to_the_registers_of_the_week(log_in, tutor, session, group):
    SessionFactory(cohort=session.cohort, day=2)
    response = log_in(tutor).get(reverse("tutors:offline"))
    found = re.findall(r'href="([^"]+)" data-keep', response.text)
    assert found == [reverse("tutors:register", args=[session.pk, group.pk])]
    assert tutor.email not in response.text
    assert "csrftoken" in response.cookies


# ---- what is sent ----------------------------------------------------------------------------


def test_marks_that_waited_are_stored_by_the_servers_time(
    log_in, tutor, clock, session, people, sync
):
    later = session.ends_at
    clock.move_to(later)
    fields = waiting(tutor, {people[0]: "absent"}, made_at="2026-03-11T15:00:00-05:00")
    response = log_in(tutor).post(sync, fields)
    assert (response.status_code, response.json()) == (200, {"saved": 1, "asks": []})
    record = AttendanceRecord.objects.get()
    assert (record.state, record.recorded_by, record.recorded_at) == ("absent", tutor, later)
    assert record.source == "tutor"
    told = record.history.get().history_change_reason
    assert told == "taken without a network; the device's clock said 11/03/2026 15:00"


@pytest.mark.parametrize("made_at", ["", "yesterday", "2026-03-11T15:00:00", "0001-01-01T00:00Z"])
def test_time_of_a_device_that_cannot_be_read_is_left_out(
    log_in, tutor, session, people, sync, made_at
):
    fields = waiting(tutor, {people[0]: "absent"}, made_at=made_at)
    assert log_in(tutor).post(sync, fields).status_code == 200
    assert not AttendanceRecord.objects.get().history.get().history_change_reason


def test_sending_again_changes_nothing(log_in, tutor, session, people, sync):
    client, fields = log_in(tutor), waiting(tutor, {people[0]: "absent", people[1]: "late"})
    assert client.post(sync, fields).json() == {"saved": 2, "asks": []}
    before = stored(session)
    assert client.post(sync, fields).json() == {"saved": 0, "asks": []}
    assert stored(session) == before
    assert AttendanceRecord.history.count() == 2


def test_sending_again_after_someone_changed_the_mark_asks_and_changes_nothing(
    log_in, tutor, coordinator, session, people, sync
):
    client, fields = log_in(tutor), waiting(tutor, {people[0]: "absent", people[1]: "late"})
    client.post(sync, fields)
    changed = {people[0].pk: Mark("present", based_on=1)}
    take_register(session, changed, by=coordinator, at=session.ends_at)
    before = stored(session)
    response = client.post(sync, fields)
    assert response.status_code == 409
    assert response.json() == {"saved": 0, "asks": [people[0].pk]}
    assert stored(session) == before


def test_mark_that_rests_on_what_is_stored_replaces_it(
    log_in, tutor, coordinator, session, people, sync
):
    take_register(session, {people[0].pk: Mark("present")}, by=coordinator, at=session.ends_at)
    seen = f"{people[0].pk}.1.present.online"
    log_in(tutor).post(sync, waiting(tutor, {people[0]: "absent"}, seen))
    assert stored(session) == [(people[0].pk, "absent", 2)]


def test_marks_of_another_account_are_not_sent_in_this_ones_name(
    log_in, tutor, other_tutor, session, people, group, sync
):
    TutorAssignmentFactory(tutor=other_tutor.tutor, group=group)
    response = log_in(other_tutor).post(sync, waiting(tutor, {people[0]: "absent"}))
    assert (response.status_code, response.json()["code"]) == (403, "other_user")
    assert stored(session) == []


def test_page_that_stayed_open_saves_nothing_for_who_logged_in_since(
    log_in, tutor, other_tutor, session, people, group
):
    TutorAssignmentFactory(tutor=other_tutor.tutor, group=group)
    page = reverse("tutors:register", args=[session.pk, group.pk])
    fields = waiting(tutor, {people[0]: "absent"})
    assert log_in(other_tutor).post(page, fields).status_code == 403
    assert stored(session) == []
    assert log_in(tutor).post(page, fields).status_code == 302
    assert len(stored(session)) == 1


def test_group_lost_meanwhile_is_not_found(log_in, tutor, session, people, sync):
    TutorAssignment.objects.all().delete()
    response = log_in(tutor).post(sync, waiting(tutor, {people[0]: "absent"}))
    assert response.status_code == 404
    assert stored(session) == []


def test_substitute_whose_time_is_over_is_told(log_in, tutor, clock, session, people, sync):
    TutorAssignment.objects.update(ends_on=session.day)
    clock.shift(8 * 86400)
    response = log_in(tutor).post(sync, waiting(tutor, {people[0]: "absent"}))
    assert (response.status_code, response.json()["code"]) == (403, "closed")
    assert "no longer change it" in response.json()["text"]
    assert stored(session) == []


def test_register_closed_meanwhile_is_told(log_in, tutor, session, people, sync):
    Cohort.objects.update(status=Cohort.Status.CLOSED)
    response = log_in(tutor).post(sync, waiting(tutor, {people[0]: "absent"}))
    assert (response.status_code, response.json()["code"]) == (403, "cohort_closed")
    assert "is closed" in response.json()["text"]


def test_device_whose_clock_runs_ahead_is_told_when_the_register_opens(
    log_in, tutor, clock, session, people, sync
):
    clock.move_to(session.starts_at)
    clock.shift(-3600)
    made_at = session.starts_at.isoformat()
    response = log_in(tutor).post(sync, waiting(tutor, {people[0]: "absent"}, made_at=made_at))
    assert (response.status_code, response.json()["code"]) == (403, "not_open")
    assert stored(session) == []


def test_person_who_left_meanwhile_is_named(log_in, tutor, session, people, other_enrollment, sync):
    marks = {people[0]: "absent", other_enrollment: "late"}
    response = log_in(tutor).post(sync, waiting(tutor, marks))
    assert (response.status_code, response.json()["code"]) == (422, "wrong")
    assert "not in this register" in response.json()["text"]
    assert stored(session) == []


# ---- the application -------------------------------------------------------------------------


def test_worker_names_the_files_that_a_copy_needs(client, log_in, tutor, session, copy):
    response = client.get(reverse("tutors:service_worker"))
    assert response.headers["Content-Type"] == "text/javascript"
    assert response.headers["Cache-Control"] == "no-cache"
    kept = json.loads(response.text.partition(" = ")[2].partition(";\n")[0])
    page = log_in(tutor).get(copy).text
    linked = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page))
    assert linked - {"/static/icon-192.png"} == set(kept["files"])


def test_worker_has_a_new_version_where_a_file_has_a_new_name(client, settings):
    path = reverse("tutors:service_worker")
    before = client.get(path).text
    settings.STATIC_URL = "/other/"
    assert client.get(path).text.partition(",")[0] != before.partition(",")[0]


def test_manifest_opens_the_tutors_home(client):
    data = client.get(reverse("tutors:manifest")).json()
    assert data["start_url"] == reverse("tutors:home")
    assert data["display"] == "standalone"
    assert {icon["sizes"] for icon in data["icons"]} == {"192x192", "512x512"}


@pytest.mark.parametrize(("role", "is_offered"), [("tutor", True), ("participant", False)])
def test_application_is_offered_to_tutors_alone(clients, role, is_offered):
    text = clients[role]().get(reverse("privacy")).text
    assert (reverse("tutors:manifest") in text) is is_offered
    assert ("offline.js" in text) is is_offered
    assert "data-device=" in text


def test_page_of_nobody_says_so_to_the_device(client):
    assert "data-device" not in client.get(reverse("account_login")).text
