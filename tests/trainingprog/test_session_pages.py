import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from courses.models import Session
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    BreakFactory,
    CohortFactory,
    EnrollmentFactory,
    GroupFactory,
    SessionFactory,
    TutorAssignmentFactory,
    at,
)

pytestmark = pytest.mark.usefixtures("clock")
WEDNESDAY = MONDAY + dt.timedelta(days=16)
THURSDAY = WEDNESDAY + dt.timedelta(days=1)


@pytest.fixture
def session(cohort):
    return SessionFactory(cohort=cohort, day=16)


@pytest.fixture
def client(log_in, coordinator):
    return log_in(coordinator)


@pytest.fixture
def told(monkeypatch):
    calls = []
    monkeypatch.setattr(
        "trainingprog.session_pages.announce",
        lambda sessions, *, by: calls.append(([each.pk for each in sessions], by)),
    )
    return calls


def page(name, session):
    return reverse(f"session_{name}", args=[session.pk])


def move(client, session, **changes):
    """What the page would send, with some fields changed."""
    form = client.get(page("reschedule", session)).context["form"]
    data = {field.html_name: field.value() for field in form}
    data = {name: value for name, value in data.items() if value is not None}
    return client.post(page("reschedule", session), data | changes)


def cancel(client, session, reason="Huelga de transporte"):
    return client.post(page("cancel", session), {"reason": reason})


# Moving


def test_session_is_moved_and_told(client, coordinator, session, told):
    response = move(client, session, day="2026-03-19", starts="19:00", ends="21:00")
    assert response.status_code == 302
    assert response.url.endswith(f"#session-{session.pk}")
    moved = Session.objects.get()
    assert (moved.starts_at, moved.ends_at) == (at(THURSDAY, 19), at(THURSDAY, 21))
    assert (moved.moved_from, moved.is_fixed) == (at(WEDNESDAY, 18), True)
    assert moved.history.latest().history_user == coordinator
    assert told == [([session.pk], coordinator)]


def test_session_gets_another_place(client, session, told):
    response = move(client, session, modality="in_person", venue="Aula 3", meeting_link="")
    assert response.status_code == 302
    moved = Session.objects.get()
    assert (moved.venue, moved.meeting_link, moved.moved_from) == ("Aula 3", "", None)


def test_same_move_sent_twice_changes_nothing_the_second_time(client, session, told):
    data = {"day": "2026-03-19", "seen": 0}
    assert move(client, session, **data).status_code == 302
    assert move(client, session, **data).status_code == 302
    assert Session.objects.get().sequence == 1


def test_stale_form_is_refused_and_keeps_what_was_typed(client, session, told):
    assert move(client, session, day="2026-03-19").status_code == 302
    response = move(client, session, day="2026-03-20", seen=0)
    assert response.status_code == 400
    assert response.context["form"].non_field_errors()
    assert 'value="2026-03-20"' in response.text
    assert Session.objects.get().day == THURSDAY
    assert len(told) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"day": "2026-04-19"}, "day"),
        ({"day": "mañana"}, "day"),
        ({"starts": "21:00"}, "ends"),
        ({"ends": ""}, "ends"),
        ({"meeting_link": "no es un enlace"}, "meeting_link"),
        ({"modality": "telepathy"}, "modality"),
    ],
)
def test_bad_input_is_told_at_its_field(client, session, told, changes, field):
    response = move(client, session, **changes)
    assert response.status_code == 400
    assert list(response.context["form"].errors) == [field]
    assert Session.objects.get().sequence == 0
    assert told == []


def test_clash_is_shown_before_anything_is_moved(client, session, told):
    SessionFactory(cohort=session.cohort, title="Visita", day=17)
    response = move(client, session, day="2026-03-19")
    assert response.status_code == 200
    assert "Visita (18:00–20:00): " in " ".join(response.text.split())
    assert Session.objects.get(pk=session.pk).sequence == 0
    key = response.context["warnings"].key
    assert move(client, session, day="2026-03-19", despite=key).status_code == 302
    assert Session.objects.get(pk=session.pk).day == THURSDAY


def test_another_clash_than_the_one_seen_is_shown_again(client, session, told):
    SessionFactory(cohort=session.cohort, title="Visita", day=17)
    key = move(client, session, day="2026-03-19").context["warnings"].key
    SessionFactory(cohort=session.cohort, title="Taller", day=17)
    response = move(client, session, day="2026-03-19", despite=key)
    assert response.status_code == 200
    assert len(response.context["warnings"].clashes) == 2
    assert Session.objects.get(pk=session.pk).sequence == 0


def test_clash_of_a_tutor_with_another_edition_is_named(client, cohort, group, told):
    session = SessionFactory(cohort=cohort, group=group, day=16)
    theirs = GroupFactory(cohort=CohortFactory(code="OTRA-1"))
    tutor = TutorAssignmentFactory(group=group).tutor
    TutorAssignmentFactory(tutor=tutor, group=theirs)
    SessionFactory(cohort=theirs.cohort, group=theirs, day=17)
    response = move(client, session, day="2026-03-19")
    assert response.status_code == 200
    assert str(tutor) in response.text


def test_day_of_a_break_or_a_holiday_is_asked_about(client, session, told):
    BreakFactory(cohort=session.cohort, starts_on=THURSDAY, ends_on=THURSDAY, reason="Aniversario")
    response = move(client, session, day="2026-03-19")
    assert response.status_code == 200
    assert "Aniversario" in response.text
    assert move(client, session, day="2026-03-19", despite="Aniversario").status_code == 302
    edition = CohortFactory(starts_on=dt.date(2026, 4, 27), ends_on=dt.date(2026, 5, 10))
    response = move(client, SessionFactory(cohort=edition), day="2026-05-01")
    assert response.context["warnings"].obstacle == "Día del Trabajo"


# Cancelling


def test_session_is_cancelled_with_its_reason_and_told(client, coordinator, session, told):
    assert cancel(client, session).status_code == 302
    cancelled = Session.objects.get()
    assert (cancelled.status, cancelled.cancellation_reason) == (
        "cancelled",
        "Huelga de transporte",
    )
    assert cancelled.history.latest().history_user == coordinator
    assert told == [([session.pk], coordinator)]


def test_cancelled_twice_keeps_the_first_reason(client, session, told):
    cancel(client, session)
    assert cancel(client, session, "Otra").status_code == 302
    assert Session.objects.get().cancellation_reason == "Huelga de transporte"


@pytest.mark.parametrize("reason", ["", "   ", "x" * 256])
def test_reason_is_asked_for(client, session, told, reason):
    response = cancel(client, session, reason)
    assert response.status_code == 400
    assert list(response.context["form"].errors) == ["reason"]
    assert Session.objects.get().status == "scheduled"
    assert told == []


# What must stay


def with_attendance(session):
    person = EnrollmentFactory(cohort=session.cohort)
    AttendanceRecordFactory(enrollment=person, session=session)


def held(session):
    Session.objects.filter(pk=session.pk).update(status=Session.Status.HELD)


def cancelled(session):
    Session.objects.filter(pk=session.pk).update(
        status=Session.Status.CANCELLED, cancellation_reason="Huelga"
    )


@pytest.mark.parametrize("happen", [with_attendance, held, cancelled])
@pytest.mark.parametrize("name", ["reschedule", "cancel"])
def test_session_that_must_stay_says_so_and_the_way_out(client, session, happen, name):
    happen(session)
    response = client.get(page(name, session))
    assert response.status_code == 200
    assert response.context["refusal"].messages[0] in response.text
    assert 'name="reason"' not in response.text
    assert 'name="day"' not in response.text


@pytest.mark.parametrize("happen", [with_attendance, held, cancelled])
def test_move_of_what_must_stay_is_refused(client, session, happen, told):
    form = client.get(page("reschedule", session)).context["form"]
    data = {field.html_name: field.value() for field in form}
    happen(session)
    before = Session.objects.values().get()
    response = client.post(page("reschedule", session), data | {"day": "2026-03-19"})
    assert response.status_code == 400
    assert Session.objects.values().get() == before
    assert told == []


@pytest.mark.parametrize("happen", [with_attendance, held])
def test_cancelling_of_what_must_stay_is_refused(client, session, happen, told):
    happen(session)
    assert cancel(client, session).status_code == 400
    assert not Session.objects.get().is_cancelled
    assert told == []


# Who may


@pytest.mark.parametrize("name", ["reschedule", "cancel"])
def test_refused_to_all_others(log_in, coordinator, tutor, participant, session, name):
    address = page(name, session)
    for user in (tutor, participant):
        assert log_in(user).post(address, {"reason": "Huelga"}).status_code in (302, 403)
    assert Client().get(address).status_code == 302
    coordinator.groups.clear()
    assert log_in(coordinator).post(address, {"reason": "Huelga"}).status_code == 403
    assert Session.objects.get().sequence == 0


@pytest.mark.parametrize("name", ["reschedule", "cancel"])
def test_unknown_is_not_found_and_a_wrong_method_refused(client, session, name):
    assert client.get(reverse(f"session_{name}", args=[0])).status_code == 404
    assert client.delete(page(name, session)).status_code == 405


@pytest.mark.parametrize("number", [1, 3])
def test_move_that_clashes_queries(client, django_assert_num_queries, session, number):
    for _n in range(number):
        other = GroupFactory(cohort=session.cohort)
        SessionFactory(cohort=session.cohort, group=other, day=17)
        SessionFactory(cohort=CohortFactory(), day=17)
    data = {"day": "2026-03-19", "starts": "18:00", "ends": "20:00", "modality": "online"}
    with django_assert_num_queries(13):
        response = client.post(page("reschedule", session), data | {"seen": 0})
    assert len(response.context["warnings"].clashes) == number
