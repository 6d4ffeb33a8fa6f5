"""Which sessions concern whom: the cohort's and the own group's, and any other with an own mark or
in which one makes up another; all inside the enrollment's dates. But for the guests, as
`EnrollmentQuerySet.for_session` in the other direction."""

import datetime as dt
from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Q
from django.shortcuts import get_object_or_404

from courses.models import Session, SessionQuerySet, starting_between
from participants.models import AttendanceRecord, Enrollment, MakeUp


def sessions_of(
    enrollments: Iterable[Enrollment], *, outside_dates: bool = False
) -> SessionQuerySet:
    """Cancelled ones too, in the order of their start. Without enrollments, none."""
    condition = Q(pk__in=[])
    for enrollment in enrollments:
        if enrollment.status in Enrollment.ATTENDED:
            concerning = _concerning(enrollment)
            condition |= concerning if outside_dates else concerning & _inside_dates(enrollment)
    return Session.objects.filter(condition).order_by("starts_at", "id")


def own_session(
    user: AbstractBaseUser | AnonymousUser, pk: int, *, outside_dates: bool = False
) -> tuple[Session, Enrollment]:
    """With its group, module and cohort, and the enrollment that it concerns; else Http404.

    `outside_dates` is for a page that tells who has left, or is yet to come, why not.
    """
    enrollments = Enrollment.objects.for_participant(user).select_related("cohort")
    own = {each.cohort_id: each for each in enrollments}
    concerning = sessions_of(own.values(), outside_dates=outside_dates)
    sessions = concerning.select_related("group", "cohort_module__module")
    found = get_object_or_404(sessions, pk=pk)
    found.cohort = own[found.cohort_id].cohort
    return found, own[found.cohort_id]


def concerns(session: Session, enrollment: Enrollment, day: dt.date) -> bool:
    """Whether a session, were it on that day, is for the person: of rows at hand, for many."""
    if session.cohort_id != enrollment.cohort_id or not enrollment.covers(day):
        return False
    if session.group_id is None:
        return True
    since = enrollment.group_since
    return session.group_id == enrollment.group_id and (since is None or since <= day)


def _concerning(enrollment: Enrollment) -> Q:
    # A mark from an earlier group; and where the person is, or will be, a guest of another.
    marked = AttendanceRecord.objects.filter(enrollment=enrollment).order_by()
    invited = MakeUp.objects.filter(
        enrollment=enrollment, host__isnull=False, cancelled_at__isnull=True
    ).order_by()
    own = Q(group__isnull=True) | Q(pk__in=marked.values("session"))
    own |= Q(pk__in=invited.values("host"))
    if enrollment.group_id is not None:
        own |= Q(group=enrollment.group_id) & starting_between(enrollment.group_since, None)
    return Q(cohort=enrollment.cohort_id) & own


def _inside_dates(enrollment: Enrollment) -> Q:
    return starting_between(enrollment.enrolled_on, enrollment.ended_on)
