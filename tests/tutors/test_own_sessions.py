import datetime as dt

import pytest

from courses.models import Cohort
from tests.factories import (
    MONDAY,
    CohortFactory,
    GroupFactory,
    SessionFactory,
    TutorAssignmentFactory,
)
from tutors.models import TutorAssignment
from tutors.own_sessions import guides, own_assignments, sessions_guided

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


def names(sessions, assignments):
    found = list(sessions_guided(assignments))
    return [name for name, session in sessions.items() if session in found]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ["plenary", "own"]),
        ({"ends_on": day(3)}, ["plenary"]),
        ({"starts_on": day(3)}, ["own"]),
        ({"starts_on": day(5)}, []),
    ],
)
def test_sessions_are_of_the_group_and_its_cohort_on_the_days_of_the_assignment(
    tutor, sessions, fields, expected
):
    TutorAssignment.objects.update(**fields)
    assignments = own_assignments(tutor)
    assert names(sessions, assignments) == expected
    for session in sessions.values():
        assert guides(session, assignments[0], session.day) == (
            session in sessions_guided(assignments)
        )


def test_plenary_of_two_own_groups_is_one_session(tutor, other_group, sessions):
    TutorAssignmentFactory(tutor=tutor.tutor, group=other_group)
    found = list(sessions_guided(own_assignments(tutor)))
    assert found.count(sessions["plenary"]) == 1
    assert len(found) == 3


def test_assignments_of_running_editions_come_first_and_drafts_not_at_all(tutor, group):
    later = MONDAY + dt.timedelta(weeks=60)
    groups = [
        GroupFactory(cohort=CohortFactory(status=status, starts_on=later, ends_on=later))
        for status in (Cohort.Status.OPEN, Cohort.Status.DRAFT)
    ]
    for each in groups:
        TutorAssignmentFactory(tutor=tutor.tutor, group=each)
    assert [each.group for each in own_assignments(tutor)] == [group, groups[0]]
