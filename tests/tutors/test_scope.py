import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from courses.models import Cohort
from tests.factories import MONDAY, TutorAssignmentFactory
from trainingprog.models import User
from tutors.models import TutorAssignment
from tutors.scope import open_group, own_groups

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
