"""What follows an absence, in the current edition: an excuse to decide, and make-ups."""

import datetime as dt
from collections.abc import Mapping

from courses.models import Cohort, Session
from courses.rescheduling import reschedule
from participants.excusing import ask
from participants.making_up import assign, complete, hosts_for
from participants.models import AbsenceRequest, AttendanceRecord, Enrollment, MakeUp
from participants.session_locks import sessions_with_attendance
from trainingprog.models import User


def fill_absences(cohort: Cohort, *, tutors: Mapping[int, User], at: dt.datetime) -> None:
    """Of the first group: one asks to be excused of the next session, one makes up as a guest of
    another group, one has done a task."""
    group = cohort.groups.order_by("number")[0]
    tutor = tutors[group.pk]
    following = Session.objects.for_group(group).filter(cohort=cohort).not_ended(at).counted()
    people = Enrollment.objects.active().filter(group=group)
    if session := following.order_by("starts_at").first():
        person = people.order_by("pk")[1]
        ask(
            person,
            session,
            reason=AbsenceRequest.Reason.SHIFT,
            by=person.participant.user,
            at=at - dt.timedelta(hours=3),
        )
    absences = (
        AttendanceRecord.objects.filter(enrollment__in=people, state=AttendanceRecord.State.ABSENT)
        .select_related("enrollment__participant", "session")
        .order_by("-session__starts_at", "pk")
    )
    as_guest, by_task = [*absences[:2], None, None][:2]
    if as_guest is not None:
        host = hosts_for(as_guest.enrollment, like=as_guest.session, at=at).first()
        if host is not None:
            _move_apart(host, by=tutor)
            assign(as_guest.enrollment, as_guest.session, host=host, by=tutor, at=at)
    if by_task is not None:
        make_up = assign(
            by_task.enrollment,
            by_task.session,
            task=MakeUp.Task.READING,
            due_on=at.date() + dt.timedelta(days=5),
            by=tutor,
            at=at,
        )
        complete(make_up, by=tutor, at=at)


def _move_apart(host: Session, *, by: User) -> None:
    """All groups of the demo meet at the same hour: a guest could not be in two places."""
    later = dt.timedelta(hours=2)
    reschedule(
        host,
        starts_at=host.starts_at + later,
        ends_at=host.ends_at + later,
        locked=sessions_with_attendance,
        by=by,
    )
