"""Which sessions a tutor holds: those of the own groups and their cohorts, on the days of the
assignment. A plenary is one session however many groups one guides in it."""

import datetime as dt
from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Q

from courses.models import Cohort, Session, SessionQuerySet, starting_between
from tutors.models import TutorAssignment


def own_assignments(user: AbstractBaseUser | AnonymousUser) -> list[TutorAssignment]:
    """Past ones too, the latest editions first; those of running editions before all."""
    found = (
        TutorAssignment.objects.for_tutor(user)
        .select_related("group__cohort__program")
        .order_by("-group__cohort__starts_on", "group__number", "starts_on")
    )
    running = Cohort.Status.RUNNING
    return sorted(found, key=lambda each: each.group.cohort.status != running)


def sessions_guided(assignments: Iterable[TutorAssignment]) -> SessionQuerySet:
    """In the order of their start. The assignments come with their groups."""
    condition = Q(pk__in=[])
    for assignment in assignments:
        of_group = Q(group__isnull=True) | Q(group=assignment.group_id)
        dates = starting_between(assignment.starts_on, assignment.ends_on)
        condition |= Q(cohort=assignment.group.cohort_id) & of_group & dates
    return Session.objects.filter(condition).order_by("starts_at", "id")


def guides(session: Session, assignment: TutorAssignment, day: dt.date) -> bool:
    """Whether a session, were it on that day, is for the tutor: of rows at hand, for many."""
    if assignment.starts_on > day or (assignment.ends_on and assignment.ends_on < day):
        return False
    if session.group_id is None:
        return session.cohort_id == assignment.group.cohort_id
    return session.group_id == assignment.group_id
