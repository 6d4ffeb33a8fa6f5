import pytest

from participants.absence_union import close_doubles
from tests.factories import (
    MONDAY,
    AbsenceRequestFactory,
    AttendanceRecordFactory,
    EnrollmentFactory,
    GroupFactory,
    MakeUpFactory,
    SessionFactory,
    at,
)

pytestmark = pytest.mark.django_db
NOON = at(MONDAY, 12)


@pytest.fixture
def two(cohort):
    return EnrollmentFactory.create_batch(2, cohort=cohort)


@pytest.mark.parametrize(
    ("own", "other", "then"),
    [
        ("asked", "asked", ("asked", "withdrawn")),
        ("accepted", "asked", ("accepted", "withdrawn")),
        ("asked", "accepted", ("withdrawn", "accepted")),
        ("accepted", "accepted", ("accepted", "withdrawn")),
        ("declined", "asked", ("declined", "asked")),
    ],
)
def test_of_two_excuses_for_a_session_the_one_that_counts_more_stays(
    two, cohort, coordinator, own, other, then
):
    session = SessionFactory(cohort=cohort)
    rows = [
        AbsenceRequestFactory(enrollment=who, session=session, status=status)
        for who, status in zip(two, (own, other), strict=True)
    ]
    close_doubles(*two, by=coordinator, at=NOON, reason="unida")
    for row in rows:
        row.refresh_from_db()
    assert tuple(row.status for row in rows) == then


@pytest.mark.parametrize("is_done", [False, True])
def test_of_two_make_ups_the_one_that_is_done_stays(two, cohort, coordinator, is_done):
    missed = SessionFactory(cohort=cohort)
    own = MakeUpFactory(enrollment=two[0], missed=missed)
    other = MakeUpFactory(enrollment=two[1], missed=missed, done_at=NOON if is_done else None)
    alone = MakeUpFactory(enrollment=two[1], missed=SessionFactory(cohort=cohort))
    close_doubles(*two, by=coordinator, at=NOON, reason="unida")
    for row in (own, other, alone):
        row.refresh_from_db()
    assert (own.cancelled_at is None, other.cancelled_at is None) == (not is_done, is_done)
    assert alone.cancelled_at is None


def test_guest_of_one_session_twice_is_a_guest_once(two, cohort, coordinator):
    host = SessionFactory(cohort=cohort, group=GroupFactory(cohort=cohort))
    for who in two:
        MakeUpFactory(enrollment=who, missed=SessionFactory(cohort=cohort), host=host)
    close_doubles(*two, by=coordinator, at=NOON, reason="unida")
    assert [row.enrollment for row in host.guests.filter(cancelled_at=None)] == [two[0]]


@pytest.mark.parametrize("whose", [0, 1])  # the marks of both are united before
def test_of_two_make_ups_the_session_that_was_attended_stays(two, cohort, coordinator, whose):
    missed, host = SessionFactory.create_batch(2, cohort=cohort)
    own = MakeUpFactory(enrollment=two[0], missed=missed)
    other = MakeUpFactory(enrollment=two[1], missed=missed, host=host)
    AttendanceRecordFactory(enrollment=two[whose], session=host, state="late")
    close_doubles(*two, by=coordinator, at=NOON, reason="unida")
    for row in (own, other):
        row.refresh_from_db()
    assert (own.cancelled_at, other.cancelled_at) == (NOON, None)
