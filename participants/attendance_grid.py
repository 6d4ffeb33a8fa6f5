"""An edition's attendance as a grid of persons × columns, for the matrix and for the export.

A session of the whole cohort is a column. So are the sessions that one pattern generated for the
groups in one teaching week: each person has the own group's in it.
"""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from courses.models import Session
from participants.attendance_marks import MADE_UP
from participants.models import AttendanceRecord
from participants.progress import CohortProgress, EnrollmentProgress

LETTERS: dict[str, str | Promise] = {
    AttendanceRecord.State.PRESENT.value: pgettext_lazy("attendance letter", "P"),
    AttendanceRecord.State.LATE.value: pgettext_lazy("attendance letter", "L"),
    AttendanceRecord.State.EXCUSED.value: pgettext_lazy("attendance letter", "E"),
    AttendanceRecord.State.ABSENT.value: pgettext_lazy("attendance letter", "A"),
    MADE_UP: pgettext_lazy("attendance letter", "M"),
}
UNTAKEN, FUTURE, UNCONCERNED = "untaken", "future", "unconcerned"


@dataclass(frozen=True, slots=True)
class Column:
    """`sessions` are those of a whole cohort (one) or of its groups (one each)."""

    sessions: tuple[Session, ...]

    @property
    def first(self) -> Session:
        return self.sessions[0]

    @property
    def teaching_week(self) -> int:
        return self.first.teaching_week

    @property
    def label(self) -> str:
        return self.first.label if len(self.sessions) == 1 else self.first.title

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """The first and the last day on which the groups met."""
        days = [timezone.localtime(session.starts_at).date() for session in self.sessions]
        return min(days), max(days)


@dataclass(frozen=True, slots=True)
class Cell:
    """A mark's state, made up, untaken (ended without one), future, unconcerned (no session)."""

    state: str
    session: Session | None


NOTHING = Cell(UNCONCERNED, None)


@dataclass(frozen=True, slots=True)
class GridRow:
    progress: EnrollmentProgress
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class AttendanceGrid:
    columns: tuple[Column, ...]
    rows: tuple[GridRow, ...]

    @classmethod
    def of(cls, progress: CohortProgress, *, at: dt.datetime) -> "AttendanceGrid":
        """No query."""
        columns = _columns(progress.sessions)
        place = {s.pk: index for index, column in enumerate(columns) for s in column.sessions}
        # Cells are shared: an edition has thousands, and but a few hundred different ones.
        shared: dict[tuple[int, str], Cell] = {}
        unmarked = {s.pk: UNTAKEN if s.ends_at <= at else FUTURE for s in progress.sessions}
        rows = []
        for person in progress.rows:
            cells = [NOTHING] * len(columns)
            for session in person.sessions:
                state = person.shown(session)
                index = place[session.pk]
                # Who changed group may have a mark in the earlier one's session: it is shown.
                if state is None and cells[index] is not NOTHING:
                    continue
                key = (session.pk, state or unmarked[session.pk])
                if key not in shared:
                    shared[key] = Cell(key[1], session)
                cells[index] = shared[key]
            rows.append(GridRow(person, tuple(cells)))
        return cls(columns, tuple(rows))


def _columns(sessions: tuple[Session, ...]) -> tuple[Column, ...]:
    """In the order of their first session."""
    together: dict[tuple[object, ...], list[Session]] = {}
    for session in sessions:
        generated_for_group = session.group_id is not None and session.pattern_id is not None
        key: tuple[object, ...] = (
            (session.pattern_id, session.teaching_week) if generated_for_group else (session.pk,)
        )
        together.setdefault(key, []).append(session)
    return tuple(Column(tuple(column)) for column in together.values())
