"""Who has checked in to a session by now, as its tutor watches it."""

import datetime as dt
from dataclasses import dataclass

from courses.models import Group, Session
from participants.models import AttendanceEvidence, AttendanceRecord, Enrollment
from participants.register_people import mark_of, register_of

# A code that is older was read off a screen that no longer shows it: a slow line, or passed on.
OLD_CODE = 30
# One such code is a slow line; a tutor is told of more.
PATTERN = 2


@dataclass(frozen=True, slots=True)
class Arrived:
    """`record` is the mark that the register has of the person, whoever set it."""

    enrollment: Enrollment
    evidence: AttendanceEvidence
    record: AttendanceRecord | None

    @property
    def came_at(self) -> dt.datetime | None:
        return self.evidence.starts_at

    @property
    def has_old_code(self) -> bool:
        return (self.evidence.code_age or 0) >= OLD_CODE


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Of `people`, those who came, the last one first. Two queries."""

    people: int
    rows: tuple[Arrived, ...]

    @classmethod
    def of(cls, session: Session, group: Group | None) -> "Arrivals":
        people = list(register_of(session, group))
        said = AttendanceEvidence.objects.filter(
            session=session, kind=AttendanceEvidence.Kind.CHECK_IN, shared_with__isnull=True
        )
        by_person = {evidence.enrollment_id: evidence for evidence in said}
        rows = [
            Arrived(person, by_person[person.pk], mark_of(person))
            for person in people
            if person.pk in by_person
        ]
        rows.sort(key=lambda row: (row.evidence.starts_at, row.evidence.pk), reverse=True)
        return cls(len(people), tuple(rows))

    @property
    def old_codes(self) -> tuple[Arrived, ...]:
        """Empty unless there is a pattern of them."""
        found = tuple(row for row in self.rows if row.has_old_code)
        return found if len(found) >= PATTERN else ()
