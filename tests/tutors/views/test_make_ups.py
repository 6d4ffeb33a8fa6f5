import datetime as dt

import pytest
from django.urls import reverse

from participants.making_up import assign
from participants.models import AttendanceRecord, MakeUp
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    EnrollmentFactory,
    MakeUpFactory,
    SessionFactory,
    at,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def missed(cohort, group, enrollment):
    session = SessionFactory(cohort=cohort, group=group, day=9, number=4)
    AttendanceRecordFactory(enrollment=enrollment, session=session, state="absent")
    return session


@pytest.fixture
def host(cohort, other_group):
    """This morning's: its register is open, and it is not over."""
    return SessionFactory(
        cohort=cohort, group=other_group, starts_at=at(MONDAY + dt.timedelta(days=11), 11), number=5
    )


@pytest.fixture
def client(log_in, tutor):
    client = log_in(tutor)
    client.cookies["language"] = "en"
    return client


def page_of(session, enrollment) -> str:
    return reverse("tutors:make_up", args=[session.pk, enrollment.pk])


def register_of(session, group) -> str:
    return reverse("tutors:register", args=[session.pk, group.pk])


def test_register_leads_to_the_page_and_another_groups_session_is_assigned(
    client, missed, host, enrollment, group, tutor
):
    page = page_of(missed, enrollment)
    assert page in client.get(register_of(missed, group)).text
    response = client.post(page, {"how": host.pk}, follow=True)
    make_up = MakeUp.objects.get()
    assert (make_up.host, make_up.missed, make_up.assigned_by) == (host, missed, tutor)
    assert "to be made up" in response.text
    assert "Make-up assigned" in client.get(register_of(missed, group)).text
    home = client.get(reverse("tutors:home")).text
    assert page in home
    assert "Group 2" in home


def test_task_is_assigned_noted_as_done_and_gone_from_the_home(client, missed, enrollment):
    page = page_of(missed, enrollment)
    client.post(page, {"how": "reading", "due_on": "2026-03-20"})
    assert page in client.get(reverse("tutors:home")).text
    assert "It is done" in client.get(page).text
    assert "it counts in the attendance" in client.post(page, {"action": "done"}, follow=True).text
    assert page not in client.get(reverse("tutors:home")).text
    assert client.post(page, {"action": "done"}).status_code == 409
    assert MakeUp.objects.get().done_at is not None


def test_make_up_is_cancelled_and_another_can_be_assigned(client, missed, enrollment):
    page = page_of(missed, enrollment)
    client.post(page, {"how": "reading", "due_on": "2026-03-20"})
    assert "is cancelled" in client.post(page, {"action": "cancel"}, follow=True).text
    assert 'name="how"' in client.get(page).text
    assert client.post(page, {"action": "cancel"}).status_code == 409


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({}, 422),
        ({"how": "poem"}, 422),
        ({"how": "999999"}, 422),
        ({"how": "reading"}, 409),
        ({"how": "reading", "due_on": "2026-03-01"}, 409),
        ({"how": "reading", "due_on": "mañana"}, 422),
    ],
)
def test_what_cannot_be_assigned_is_said_and_nothing_is(client, missed, enrollment, data, status):
    assert client.post(page_of(missed, enrollment), data).status_code == status
    assert not MakeUp.objects.exists()


def test_who_was_there_has_nothing_to_make_up(client, missed, enrollment, group):
    enrollment.attendance.update(state="present")
    page = page_of(missed, enrollment)
    assert page not in client.get(register_of(missed, group)).text
    assert "there is nothing to make up" in client.get(page).text
    assert client.post(page, {"how": "reading", "due_on": "2026-03-20"}).status_code == 409


def test_person_of_another_group_or_session_is_not_found(
    client, missed, other_enrollment, cohort, other_group
):
    theirs = SessionFactory(cohort=cohort, group=other_group, day=9)
    AttendanceRecordFactory(enrollment=other_enrollment, session=theirs, state="absent")
    assert client.get(page_of(theirs, other_enrollment)).status_code == 404
    assert client.get(page_of(missed, other_enrollment)).status_code == 404
    assert client.get(page_of(missed, EnrollmentFactory())).status_code == 404


def test_host_register_has_the_guest_in_a_section_and_marks_it_like_the_others(
    missed, host, enrollment, other_enrollment, other_group, other_tutor, log_in
):
    assign(enrollment, missed, host=host, by=None, at=host.starts_at)
    client = log_in(other_tutor)
    client.cookies["language"] = "en"
    page = register_of(host, other_group)
    text = client.get(page).text
    assert text.index(">Guests<") < text.index("Guest of group 1") < text.index("action-bar")
    assert text.index(other_enrollment.participant.sorting_name) < text.index(">Guests<")
    client.post(page, {f"s{enrollment.pk}": "late", "seen": ""})
    assert AttendanceRecord.objects.get(session=host).state == "late"
    # The guest is not this tutor's to follow: neither the home nor the missed session.
    assert client.get(page_of(missed, enrollment)).status_code == 404
    assert enrollment.participant.sorting_name not in client.get(reverse("tutors:home")).text


def test_matrix_has_a_sign_of_its_own_for_what_was_made_up(client, missed, enrollment, group):
    MakeUpFactory(enrollment=enrollment, missed=missed, done_at=missed.ends_at)
    text = client.get(reverse("tutors:matrix", args=[group.pk])).text
    assert 'class="m-made_up">M<' in text


def test_coordinator_assigns_too(log_in, coordinator, missed, enrollment):
    page = page_of(missed, enrollment)
    assert log_in(coordinator).post(page, {"how": "reading", "due_on": "2026-03-20"})["Location"]
    assert MakeUp.objects.get().assigned_by == coordinator


# ---- the person --------------------------------------------------------------------------------


def test_person_sees_where_to_go_and_enters_the_page_of_the_host(
    log_in, participant, missed, host, enrollment
):
    assign(enrollment, missed, host=host, by=None, at=host.starts_at)
    client = log_in(participant)
    client.cookies["language"] = "en"
    home = client.get(reverse("participants:home")).text
    page = reverse("participants:session", args=[host.pk])
    assert page in home
    assert "You are a guest here" in client.get(page).text
    assert "to be made up" in client.get(reverse("participants:session", args=[missed.pk])).text
    assert client.get(reverse("participants:join", args=[host.pk])).status_code == 302
    assert client.get(reverse("participants:schedule")).text.count(page) == 1


def test_person_reads_that_a_session_was_made_up(log_in, participant, missed, enrollment):
    MakeUpFactory(enrollment=enrollment, missed=missed, done_at=missed.ends_at)
    client = log_in(participant)
    client.cookies["language"] = "en"
    home = client.get(reverse("participants:home")).text
    assert "mark-made_up" in home
    assert "to be made up" not in home


def test_session_of_another_group_stays_closed_once_the_make_up_is_cancelled(
    log_in, participant, missed, host, enrollment
):
    MakeUpFactory(enrollment=enrollment, missed=missed, host=host, cancelled_at=missed.ends_at)
    page = reverse("participants:session", args=[host.pk])
    assert log_in(participant).get(page).status_code == 404
