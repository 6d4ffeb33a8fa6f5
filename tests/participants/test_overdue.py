import datetime as dt

import pytest

from courses.models import Session
from participants.models import Enrollment
from participants.overdue import overdue_count_by_cohort, overdue_registers
from participants.progress import CohortProgress
from participants.register import Mark, take_register
from tests.factories import MONDAY, EnrollmentFactory, SessionFactory, at

NOW = at(MONDAY + dt.timedelta(days=11), 12)


def overdue(cohort):
    return [
        (found.session, found.group, found.unmarked, found.people)
        for found in overdue_registers(CohortProgress.for_cohort(cohort, at=NOW), at=NOW)
    ]


@pytest.fixture
def people(cohort, group, other_group):
    return [
        *EnrollmentFactory.create_batch(2, cohort=cohort, group=group),
        EnrollmentFactory(cohort=cohort, group=other_group),
    ]


def test_plenary_without_marks_is_overdue_once_a_group(cohort, group, other_group, people):
    session = SessionFactory(cohort=cohort)
    assert overdue(cohort) == [(session, group, 2, 2), (session, other_group, 1, 1)]


def test_part_that_is_taken_is_not_overdue(cohort, group, other_group, people):
    session = SessionFactory(cohort=cohort)
    marks = {people[0].pk: Mark("present"), people[2].pk: Mark("absent")}
    take_register(session, marks, by=None, at=session.ends_at)
    assert overdue(cohort) == [(session, group, 1, 2)]


def test_session_of_a_group_is_overdue_for_that_group_alone(cohort, group, other_group, people):
    session = SessionFactory(cohort=cohort, group=other_group)
    assert overdue(cohort) == [(session, other_group, 1, 1)]


def test_overdue_come_oldest_first(cohort, group, people):
    later = SessionFactory(cohort=cohort, group=group, day=9)
    earlier = SessionFactory(cohort=cohort, group=group, day=2)
    assert [found[0] for found in overdue(cohort)] == [earlier, later]


def test_session_that_has_not_ended_or_is_cancelled_is_not_overdue(cohort, group, people):
    SessionFactory(cohort=cohort, day=20)
    SessionFactory(cohort=cohort, starts_at=NOW, ends_at=NOW + dt.timedelta(hours=1))
    SessionFactory(
        cohort=cohort, status=Session.Status.CANCELLED, cancellation_reason="Paro nacional"
    )
    assert overdue(cohort) == []


def test_who_withdrew_makes_no_register_overdue(cohort, group):
    EnrollmentFactory(
        cohort=cohort,
        group=group,
        status=Enrollment.Status.WITHDRAWN,
        ended_on=MONDAY + dt.timedelta(days=9),
    )
    SessionFactory(cohort=cohort)
    assert overdue(cohort) == []


def test_person_in_no_group_is_overdue_under_none(cohort):
    EnrollmentFactory(cohort=cohort)
    session = SessionFactory(cohort=cohort)
    assert overdue(cohort) == [(session, None, 1, 1)]


@pytest.mark.parametrize("closed", [True, False])
def test_overdue_register_of_a_closed_module_can_no_longer_be_taken(
    cohort, cohort_module, people, closed
):
    if closed:
        cohort_module.closed_at = NOW
        cohort_module.save()
    SessionFactory(cohort=cohort, cohort_module=cohort_module)
    found = overdue_registers(CohortProgress.for_cohort(cohort, at=NOW), at=NOW)
    assert {register.can_be_taken for register in found} == {not closed}


def test_overdue_costs_no_query_of_its_own(cohort, people, django_assert_num_queries):
    for day in (2, 4, 9):
        SessionFactory(cohort=cohort, day=day)
    progress = CohortProgress.for_cohort(cohort, at=NOW)
    with django_assert_num_queries(0):
        found = overdue_registers(progress, at=NOW)
        assert [register.group.number for register in found] == [1, 2] * 3


def test_count_agrees_with_the_registers_found(cohort, group, other_group, people):
    """Whatever makes a register overdue or not: a part taken, who left, who came, a cancellation,
    another edition."""
    plenary = SessionFactory(cohort=cohort, day=2)
    SessionFactory(cohort=cohort, group=other_group, day=3)
    SessionFactory(cohort=cohort, day=4, status="cancelled", cancellation_reason="Feriado")
    SessionFactory(cohort=cohort, day=9)
    SessionFactory(cohort=cohort, day=20)
    take_register(plenary, {people[2].pk: Mark("absent")}, by=None, at=plenary.ends_at)
    EnrollmentFactory(cohort=cohort, status="withdrawn", ended_on=MONDAY + dt.timedelta(days=30))
    EnrollmentFactory(cohort=cohort, enrolled_on=MONDAY + dt.timedelta(days=5))
    EnrollmentFactory(cohort=cohort, ended_on=MONDAY + dt.timedelta(days=5))
    joined_on = MONDAY + dt.timedelta(days=5)
    EnrollmentFactory(cohort=cohort, group=other_group, group_since=joined_on)
    elsewhere = EnrollmentFactory(group=None)
    SessionFactory(cohort=elsewhere.cohort, day=1)

    counted = overdue_count_by_cohort([cohort.pk, elsewhere.cohort.pk], at=NOW)

    assert counted == {cohort.pk: len(overdue(cohort)), elsewhere.cohort.pk: 1}
    assert counted[cohort.pk] == 7


def test_registers_taken_whole_are_counted_no_more(cohort, people):
    """Also where the edition has other sessions that are still to take."""
    taken = [SessionFactory(cohort=cohort, day=day) for day in (2, 3)]
    for session in taken:
        marks = {person.pk: Mark("present") for person in people}
        take_register(session, marks, by=None, at=session.ends_at)
    assert overdue_count_by_cohort([cohort.pk], at=NOW) == {}

    SessionFactory(cohort=cohort, day=4)
    assert overdue_count_by_cohort([cohort.pk], at=NOW) == {cohort.pk: len(overdue(cohort))}


def test_count_of_no_edition_is_none(cohort, people):
    SessionFactory(cohort=cohort)
    assert overdue_count_by_cohort([], at=NOW) == {}
