"""Which groups a person may open: a tutor the own ones of the day, a coordinator any."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404

from courses.models import Group
from tutors.models import TutorAssignment


@dataclass(frozen=True, slots=True)
class OpenedGroup:
    group: Group
    is_own: bool


def own_groups(user: Any, *, day: dt.date) -> QuerySet[Group]:
    """The groups that the tutor guides on the day, with their cohorts."""
    assignments = TutorAssignment.objects.for_tutor(user).on(day)
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
