import datetime as dt

import pytest

from courses.models import Session
from participants.models import Enrollment
from participants.register import Mark, take_register
from tests.factories import (
    MONDAY,
    CompletionRuleFactory,
    EnrollmentFactory,
    SessionFactory,
    at,
)
from tutors.group_page import GroupPage
from tutors.scope import OpenedGroup

NOW = at(MONDAY + dt.timedelta(days=11), 12)


def test_sessions_tell_how_their_register_stands(cohort, group, other_group):
    people = EnrollmentFactory.create_batch(2, cohort=cohort, group=group)
    EnrollmentFactory(cohort=cohort, group=other_group)
    taken, part, none = (SessionFactory(cohort=cohort, day=day) for day in (2, 4, 9))
    SessionFactory(cohort=cohort, group=other_group, day=3)
    running = SessionFactory(cohort=cohort, starts_at=NOW - dt.timedelta(minutes=30), day=11)
    ahead = SessionFactory(cohort=cohort, day=16)
    for session, marked in ((taken, people), (part, people[:1])):
        marks = {person.pk: Mark("present") for person in marked}
        take_register(session, marks, by=None, at=session.ends_at)
    page = GroupPage.of(OpenedGroup(group, True), at=NOW)
    assert [
        (each.line.session, each.unmarked, each.is_taken, each.is_overdue) for each in page.past
    ] == [
        (running, 2, False, False),
        (none, 2, False, True),
        (part, 1, False, True),
        (taken, 0, True, False),
    ]
    assert all(each.can_open for each in page.past)
    assert [(each.line.session, each.can_open) for each in page.ahead] == [(ahead, False)]


def test_cancelled_session_is_listed_and_cannot_be_opened(cohort, group):
    SessionFactory(
        cohort=cohort, status=Session.Status.CANCELLED, cancellation_reason="Paro nacional"
    )
    [cancelled] = GroupPage.of(OpenedGroup(group, True), at=NOW).past
    assert not cancelled.can_open
    assert not cancelled.is_overdue


def test_people_are_in_the_order_of_their_names_and_who_left_apart(cohort, group):
    names = ["Zavala", "Álvarez", "Ñaupari"]
    people = [
        EnrollmentFactory(cohort=cohort, group=group, participant__paternal_surname=name)
        for name in names
    ]
    people[2].status, people[2].ended_on = Enrollment.Status.TRANSFERRED, MONDAY
    people[2].save()
    page = GroupPage.of(OpenedGroup(group, True), at=NOW)
    assert [row.enrollment for row in page.people] == [people[1], people[0]]
    assert [row.enrollment for row in page.left] == [people[2]]


@pytest.mark.parametrize(("asked", "minimum"), [(60, 60), (0, 80)])
def test_minimum_is_that_of_the_editions_rule_in_force_that_asks_for_attendance(
    asked, minimum, cohort, group
):
    CompletionRuleFactory(cohort_module=None, cohort=cohort, minimum_attendance_percent=asked)
    assert GroupPage.of(OpenedGroup(group, True), at=NOW).minimum_percent == minimum


@pytest.mark.parametrize("count", [1, 3])
def test_group_page_costs_the_same_for_one_and_for_three(
    cohort, group, cohort_module, count, django_assert_num_queries
):
    EnrollmentFactory.create_batch(count, cohort=cohort, group=group)
    for day in range(count):
        SessionFactory(cohort=cohort, day=day)
    with django_assert_num_queries(5):
        page = GroupPage.of(OpenedGroup(group, True), at=NOW)
        assert len(page.people) == len(page.past) == count
        assert len(page.modules) == 1
