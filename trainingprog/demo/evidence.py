"""Evidence against a tutor's mark, and a shared device to confirm."""

import datetime as dt

from courses.models import Group, Session
from participants.deciding import Said
from participants.evidence import add_evidence
from participants.models import Enrollment
from participants.sharing import colleagues_of, declare_shared
from trainingprog.models import User


def contradict(session: Session, group: Group, *, by: User) -> None:
    """The tutor marked someone present whom the meeting saw for a quarter of an hour; and someone
    says to have shared a device."""
    people = _people(session, group)
    present = session.attendance.filter(enrollment__in=people, state="present", source="tutor")
    if record := present.order_by("enrollment").first():
        left_at = session.starts_at + dt.timedelta(minutes=15)
        said = Said(
            record.enrollment_id,
            "meeting",
            "online",
            starts_at=session.starts_at,
            ends_at=left_at,
        )
        add_evidence(session, [said], by=by, at=session.ends_at)
    for person in people:
        if colleague := colleagues_of(person, session).first():
            declare_shared(person, session, colleague, at=session.ends_at)
            return


def _people(session: Session, group: Group) -> list[Enrollment]:
    return list(Enrollment.objects.for_session(session).filter(group=group).order_by("pk"))
