"""What a tutor sees and may change: the own groups of the day; a coordinator any.

Whoever guides a group without an end also takes its registers from before the first day. A
substitute, whose assignment has a last day, takes those of the own days alone: for a week after
the last day they can still be saved, later they can only be read.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import Http404

from courses.models import Group, Session
from tutors.models import TutorAssignment

SAVES_AFTER_END = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class OpenedGroup:
    group: Group
    is_own: bool


def current_assignments(user: Any, *, day: dt.date) -> QuerySet[TutorAssignment]:
    """Those of the day; until the edition starts, those that start with it."""
    return TutorAssignment.objects.for_tutor(user).filter(
        Q(starts_on__lte=day) | Q(starts_on__lte=F("group__cohort__starts_on")),
        Q(ends_on__isnull=True) | Q(ends_on__gte=day),
    )


def own_groups(user: Any, *, day: dt.date) -> QuerySet[Group]:
    """The groups that the tutor guides on the day, with their cohorts."""
    assignments = current_assignments(user, day=day)
    return Group.objects.select_related("cohort").filter(
        Exists(assignments.filter(group=OuterRef("pk")))
    )


def open_group(user: Any, pk: int, *, day: dt.date, permission: str) -> OpenedGroup:
    """The group, in one query for its tutor.

    Raises Http404 for a group of another tutor or none; who is no tutor needs to be of the staff
    and have the permission, and gets PermissionDenied otherwise.
    """
    is_tutor = getattr(user, "tutor", None) is not None
    may_open_any = user.is_staff and user.has_perm(permission)
    if not (is_tutor or may_open_any):
        raise PermissionDenied
    own = own_groups(user, day=day).filter(pk=OuterRef("pk"))
    found = Group.objects.select_related("cohort").annotate(is_own=Exists(own)).filter(pk=pk)
    group = found.first()
    if group is None or not (group.is_own or may_open_any):
        raise Http404
    return OpenedGroup(group, bool(group.is_own))


@dataclass(frozen=True, slots=True)
class OwnPart:
    """A group whose part of a session's register is the tutor's, and whether still to change."""

    group: Group
    may_save: bool


def own_parts(user: Any, session: Session, *, day: dt.date) -> list[OwnPart]:
    """By the group's number; empty where the session is not the tutor's. One query."""
    assignments = TutorAssignment.objects.for_tutor(user).filter(group__cohort=session.cohort_id)
    if session.group_id is not None:
        assignments = assignments.filter(group=session.group_id)
    may_save: dict[Group, bool] = {}
    for assignment in assignments.select_related("group__cohort").order_by("group__number"):
        if sees_session(assignment, session, day=day):
            saves = assignment.ends_on is None or day <= assignment.ends_on + SAVES_AFTER_END
            may_save[assignment.group] = may_save.get(assignment.group, False) or saves
    return [OwnPart(group, saves) for group, saves in may_save.items()]


def sees_session(assignment: TutorAssignment, session: Session, *, day: dt.date) -> bool:
    """`assignment` comes with its group and cohort."""
    if assignment.starts_on > max(day, assignment.group.cohort.starts_on):
        return False
    if assignment.ends_on is None:
        return True
    return assignment.starts_on <= session.day <= assignment.ends_on
