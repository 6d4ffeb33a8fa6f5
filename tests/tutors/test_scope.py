import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from courses.models import Cohort
from tests.factories import (
    MONDAY,
    EnrollmentFactory,
    GroupFactory,
    SessionFactory,
    TutorAssignmentFactory,
    TutorFactory,
    UserFactory,
)
from trainingprog.models import User
from tutors.models import TutorAssignment
from tutors.scope import open_group, own_groups, own_parts

DAY = MONDAY + dt.timedelta(days=11)
VIEW = "participants.view_attendancerecord"


def reloaded(user: User) -> User:
    return User.objects.select_related("tutor").get(pk=user.pk)


def test_own_groups_are_those_of_the_day(tutor, group, other_group) -> None:
    assert list(own_groups(tutor, day=DAY)) == [group]
    TutorAssignment.objects.update(ends_on=DAY - dt.timedelta(days=1))
    assert list(own_groups(tutor, day=DAY)) == []


def test_own_group_assigned_twice_comes_once(tutor, group) -> None:
    assignment = TutorAssignment.objects.get(tutor__user=tutor)
    TutorAssignment.objects.update(ends_on=DAY)
    TutorAssignmentFactory(tutor=assignment.tutor, group=group, starts_on=DAY)
    assert list(own_groups(tutor, day=DAY)) == [group]


def test_draft_edition_is_not_shown_to_its_tutor(tutor, group) -> None:
    Cohort.objects.update(status=Cohort.Status.DRAFT)
    with pytest.raises(Http404):
        open_group(reloaded(tutor), group.pk, day=DAY, permission=VIEW)


def test_tutor_opens_the_own_group_with_one_query(tutor, group, django_assert_num_queries) -> None:
    user = reloaded(tutor)
    with django_assert_num_queries(1):
        opened = open_group(user, group.pk, day=DAY, permission=VIEW)
        assert str(opened.group.cohort)
    assert (opened.group, opened.is_own) == (group, True)


def test_group_of_another_tutor_is_not_found(tutor, other_tutor, other_group) -> None:
    with pytest.raises(Http404):
        open_group(reloaded(tutor), other_group.pk, day=DAY, permission=VIEW)


def test_coordinator_opens_any_group_as_not_own(coordinator, group) -> None:
    opened = open_group(reloaded(coordinator), group.pk, day=DAY, permission=VIEW)
    assert (opened.group, opened.is_own) == (group, False)


def test_staff_without_the_permission_is_refused(coordinator, group) -> None:
    coordinator.groups.clear()
    with pytest.raises(PermissionDenied):
        open_group(reloaded(coordinator), group.pk, day=DAY, permission=VIEW)


def test_permission_without_being_staff_is_not_enough(coordinator, group) -> None:
    coordinator.is_staff = False
    coordinator.save()
    with pytest.raises(PermissionDenied):
        open_group(reloaded(coordinator), group.pk, day=DAY, permission=VIEW)


def test_participant_is_refused(participant, group) -> None:
    with pytest.raises(PermissionDenied):
        open_group(reloaded(participant), group.pk, day=DAY, permission=VIEW)


# ---- registers --------------------------------------------------------------------------------

# The substitute's days are the third to the tenth of the edition.
FIRST, LAST = MONDAY + dt.timedelta(days=2), MONDAY + dt.timedelta(days=9)


@pytest.fixture
def substitute(group):
    user = UserFactory()
    TutorAssignmentFactory(
        tutor=TutorFactory(user=user), group=group, starts_on=FIRST, ends_on=LAST
    )
    return user


def nth_day(number: int) -> dt.date:
    return MONDAY + dt.timedelta(days=number)


def parts(user, session, today):
    return [(part.group, part.may_save) for part in own_parts(user, session, day=today)]


def test_tutor_sees_no_group_of_a_draft(tutor, group):
    Cohort.objects.update(status=Cohort.Status.DRAFT)
    session = SessionFactory(cohort=Cohort.objects.get())
    assert not own_groups(tutor, day=nth_day(5)).exists()
    assert own_parts(tutor, session, day=nth_day(5)) == []


def test_tutor_sees_the_group_before_the_edition_starts(tutor, group):
    assert list(own_groups(tutor, day=nth_day(-30))) == [group]


def test_successor_sees_the_group_from_the_first_day_on(group):
    user = UserFactory()
    TutorAssignmentFactory(tutor=TutorFactory(user=user), group=group, starts_on=nth_day(7))
    session = SessionFactory(cohort=group.cohort, day=2)
    assert not own_groups(user, day=nth_day(6)).exists()
    assert parts(user, session, nth_day(6)) == []
    assert list(own_groups(user, day=nth_day(7))) == [group]
    assert parts(user, session, nth_day(7)) == [(group, True)]


@pytest.mark.parametrize(
    ("today", "sees"),
    [(nth_day(1), False), (FIRST, True), (LAST, True), (nth_day(10), False)],
)
def test_substitute_sees_the_group_on_the_own_days(substitute, group, today, sees):
    assert list(own_groups(substitute, day=today)) == ([group] if sees else [])


@pytest.mark.parametrize(("held_on", "sees"), [(1, False), (2, True), (9, True), (10, False)])
def test_substitute_takes_the_registers_of_the_own_days(substitute, group, held_on, sees):
    session = SessionFactory(cohort=group.cohort, day=held_on)
    assert parts(substitute, session, nth_day(12)) == ([(group, True)] if sees else [])


@pytest.mark.parametrize(("today", "saves"), [(nth_day(16), True), (nth_day(17), False)])
def test_substitute_saves_for_a_week_and_reads_later(substitute, group, today, saves):
    session = SessionFactory(cohort=group.cohort, day=5)
    assert parts(substitute, session, today) == [(group, saves)]


def test_substitute_who_comes_back_may_save_again(substitute, group):
    [assignment] = group.tutor_assignments.filter(ends_on__isnull=False)
    TutorAssignmentFactory(tutor=assignment.tutor, group=group, starts_on=nth_day(20))
    session = SessionFactory(cohort=group.cohort, day=5)
    assert parts(substitute, session, nth_day(20)) == [(group, True)]


def test_plenary_has_a_part_for_each_own_group(tutor, group, other_group):
    TutorAssignmentFactory(tutor=tutor.tutor, group=other_group)
    GroupFactory(cohort=group.cohort, number=3)
    session = SessionFactory(cohort=group.cohort)
    assert parts(tutor, session, nth_day(5)) == [(group, True), (other_group, True)]


def test_session_of_another_group_is_not_the_tutors(tutor, other_group):
    session = SessionFactory(cohort=other_group.cohort, group=other_group)
    assert own_parts(tutor, session, day=nth_day(5)) == []


def test_session_of_another_cohort_is_not_the_tutors(tutor):
    assert own_parts(tutor, SessionFactory(), day=nth_day(5)) == []


@pytest.mark.parametrize("count", [1, 3])
def test_own_parts_cost_one_query(tutor, group, count, django_assert_num_queries):
    for number in range(2, count + 1):
        own = GroupFactory(cohort=group.cohort, number=number)
        TutorAssignmentFactory(tutor=tutor.tutor, group=own)
        EnrollmentFactory(cohort=group.cohort, group=own)
    session = SessionFactory(cohort=group.cohort)
    with django_assert_num_queries(1):
        found = own_parts(tutor, session, day=nth_day(5))
        assert [part.group.cohort.code for part in found] == [group.cohort.code] * count
