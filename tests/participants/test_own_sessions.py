import datetime as dt

import pytest

from participants.models import Enrollment
from participants.own_sessions import concerns, sessions_of
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    CohortFactory,
    EnrollmentFactory,
    GroupFactory,
    SessionFactory,
)

pytestmark = pytest.mark.django_db


def day(number):
    return MONDAY + dt.timedelta(days=number)


@pytest.fixture
def sessions(cohort, group, other_group):
    return {
        "plenary": SessionFactory(cohort=cohort, day=2),
        "own": SessionFactory(cohort=cohort, group=group, day=4),
        "of another group": SessionFactory(cohort=cohort, group=other_group, day=4),
        "of another cohort": SessionFactory(cohort=CohortFactory(), day=2),
    }


def names(sessions, enrollments):
    found = set(sessions_of(enrollments))
    return [name for name, session in sessions.items() if session in found]


def test_sessions_are_the_cohort_s_and_the_own_group_s(enrollment, sessions):
    assert names(sessions, [enrollment]) == ["plenary", "own"]


def test_sessions_without_group_or_enrollment(cohort, sessions):
    assert names(sessions, [EnrollmentFactory(cohort=cohort)]) == ["plenary"]
    assert names(sessions, []) == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"enrolled_on": day(2)}, ["plenary", "own"]),
        ({"enrolled_on": day(3)}, ["own"]),
        ({"ended_on": day(2), "status": "withdrawn"}, ["plenary"]),
        ({"ended_on": day(1), "status": "withdrawn"}, []),
        ({"group_since": day(5)}, ["plenary"]),
        ({"group_since": day(4)}, ["plenary", "own"]),
        ({"status": "applied"}, []),
        ({"status": "waitlisted"}, []),
    ],
)
def test_sessions_lie_inside_the_enrollment_s_dates(cohort, group, sessions, fields, expected):
    fields = {"enrolled_on": MONDAY} | fields
    enrollment = EnrollmentFactory(cohort=cohort, group=group, **fields)
    assert names(sessions, [enrollment]) == expected


def test_sessions_with_an_own_mark_stay_after_a_change_of_group(enrollment, sessions):
    AttendanceRecordFactory(enrollment=enrollment, session=sessions["of another group"])
    assert names(sessions, [enrollment]) == ["plenary", "own", "of another group"]


def test_sessions_of_two_editions_do_not_mix_their_groups(enrollment, sessions):
    second = EnrollmentFactory(
        participant=enrollment.participant, cohort=sessions["of another cohort"].cohort
    )
    assert names(sessions, [enrollment, second]) == ["plenary", "own", "of another cohort"]


@pytest.mark.parametrize("last", [None, day(1), day(2), day(4)])
@pytest.mark.parametrize("since", [None, day(4), day(5)])
@pytest.mark.parametrize("first", [MONDAY, day(3)])
def test_the_three_ways_to_ask_say_the_same(cohort, group, sessions, first, since, last):
    if last is not None and last < first:
        return
    enrollment = EnrollmentFactory(
        cohort=cohort, group=group, enrolled_on=first, group_since=since, ended_on=last
    )
    for session in sessions.values():
        by_session = enrollment in Enrollment.objects.for_session(session)
        assert by_session == (session in sessions_of([enrollment]))
        assert by_session == concerns(session, enrollment, session.day)


def test_group_of_another_cohort_s_number_is_another_group(enrollment):
    stranger = SessionFactory(cohort=CohortFactory())
    stranger.group = GroupFactory(cohort=stranger.cohort, number=1)
    assert not concerns(stranger, enrollment, stranger.day)
