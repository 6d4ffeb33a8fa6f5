import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from courses.models import Cohort, Session
from courses.rescheduling import cancel, reschedule
from courses.scheduling import apply
from tests.factories import MONDAY, SessionFactory, SessionPatternFactory, UserFactory, at

pytestmark = pytest.mark.django_db

THURSDAY = MONDAY + dt.timedelta(days=3)
LATER = {"starts_at": at(THURSDAY, 18), "ends_at": at(THURSDAY, 20)}


def nothing(cohort):
    return frozenset()


def everything(cohort):
    return set(cohort.sessions.values_list("pk", flat=True))


@pytest.fixture
def session():
    return SessionFactory(venue="Aula 1", modality="hybrid")


def move(session, **changes):
    return reschedule(session, **(LATER | {"locked": nothing, "by": None} | changes))


def test_reschedule_moves_the_session_and_keeps_where_it_came_from(session):
    user = UserFactory()
    move(session, by=user)
    moved = Session.objects.get()
    assert (moved.starts_at, moved.ends_at) == (LATER["starts_at"], LATER["ends_at"])
    assert moved.moved_from == session.starts_at
    assert (moved.sequence, moved.is_fixed) == (1, True)
    assert (moved.venue, moved.meeting_link) == ("Aula 1", session.meeting_link)
    assert moved.history.latest().history_user == user


def test_reschedule_twice_changes_nothing(session):
    move(session)
    assert move(session, sequence=0).sequence == 1
    assert session.history.count() == 2


def test_reschedule_of_the_place_alone_is_no_move(session):
    at_its_hour = {"starts_at": session.starts_at, "ends_at": session.ends_at}
    moved = move(session, **at_its_hour, venue="Aula 2", modality="in_person", meeting_link="")
    assert (moved.venue, moved.modality, moved.meeting_link) == ("Aula 2", "in_person", "")
    assert (moved.moved_from, moved.sequence) == (None, 1)


def test_reschedule_twice_keeps_the_first_time_and_back_forgets_it(session):
    move(session)
    friday = THURSDAY + dt.timedelta(days=1)
    moved = move(session, starts_at=at(friday, 18), ends_at=at(friday, 20))
    assert moved.moved_from == session.starts_at
    back = move(session, starts_at=session.starts_at, ends_at=session.ends_at)
    assert (back.moved_from, back.sequence) == (None, 3)


def test_reschedule_from_a_stale_form_is_refused(session):
    move(session)
    with pytest.raises(ValidationError) as refused:
        move(session, starts_at=session.starts_at, ends_at=session.ends_at, sequence=0)
    assert refused.value.code == "stale"
    assert Session.objects.get().starts_at == LATER["starts_at"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"starts_at": at(MONDAY - dt.timedelta(days=1), 18)}, "starts_at"),
        ({"starts_at": LATER["ends_at"], "ends_at": LATER["starts_at"]}, "ends_at"),
        ({"meeting_link": "no es un enlace"}, "meeting_link"),
    ],
)
def test_reschedule_to_what_makes_no_sense_is_refused(session, changes, field):
    with pytest.raises(ValidationError) as refused:
        move(session, **changes)
    assert field in refused.value.message_dict
    assert Session.objects.get().starts_at == session.starts_at


@pytest.mark.parametrize(
    ("status", "locked", "code"),
    [
        ("held", nothing, "held"),
        ("scheduled", everything, "locked"),
        ("cancelled", nothing, "cancelled"),
    ],
)
def test_reschedule_of_what_must_stay_is_refused(status, locked, code):
    session = SessionFactory(status=status, cancellation_reason="Huelga")
    with pytest.raises(ValidationError) as refused:
        move(session, locked=locked)
    assert refused.value.code == code
    assert Session.objects.get().sequence == 0


def test_rescheduled_session_stays_when_the_timetable_is_applied():
    cohort = SessionPatternFactory().cohort
    arguments = {"locked": nothing, "by": None, "at": at(MONDAY, 0), "holidays": {}}
    apply(cohort, **arguments)
    move(Session.objects.earliest("starts_at"))
    assert apply(cohort, **arguments).counts["kept"] == 1
    assert Session.objects.earliest("starts_at").starts_at == LATER["starts_at"]


def test_cancel_keeps_the_session_with_its_reason(session):
    user = UserFactory()
    cancel(session, reason="  Huelga de transporte ", locked=nothing, by=user)
    cancelled = Session.objects.get()
    assert (cancelled.status, cancelled.sequence) == ("cancelled", 1)
    assert cancelled.cancellation_reason == "Huelga de transporte"
    assert cancelled.history.latest().history_user == user


def test_cancel_twice_changes_nothing(session):
    cancel(session, reason="Huelga", locked=nothing, by=None)
    again = cancel(session, reason="Otra", locked=nothing, by=None)
    assert (again.sequence, again.cancellation_reason) == (1, "Huelga")


def test_cancel_without_a_reason_is_refused(session):
    with pytest.raises(ValidationError) as refused:
        cancel(session, reason=" ", locked=nothing, by=None)
    assert "cancellation_reason" in refused.value.message_dict
    assert Session.objects.get().status == "scheduled"


@pytest.mark.parametrize(
    ("status", "locked", "code"),
    [("held", nothing, "held"), ("scheduled", everything, "locked")],
)
def test_cancel_of_what_took_place_is_refused(status, locked, code):
    session = SessionFactory(status=status)
    with pytest.raises(ValidationError) as refused:
        cancel(session, reason="Huelga", locked=locked, by=None)
    assert refused.value.code == code
    assert Session.objects.get().status == status


def test_session_of_a_closed_edition_stays_as_it_is(session):
    Cohort.objects.update(status=Cohort.Status.CLOSED)
    for change in (move, lambda each: cancel(each, reason="Huelga", locked=nothing, by=None)):
        with pytest.raises(ValidationError) as error:
            change(session)
        assert error.value.code == "cohort_closed"
    assert Session.objects.get().sequence == 0
