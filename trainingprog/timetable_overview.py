"""An edition's timetable as it is, by teaching week, for whoever may change it."""

import datetime as dt
from dataclasses import dataclass

from courses.models import Cohort, Group, Session
from courses.schedule import Line, Week, lines_for, schedule, school_today
from participants.session_locks import sessions_with_attendance


@dataclass(frozen=True, slots=True)
class SessionLine:
    line: Line
    can_change: bool

    @property
    def session(self) -> Session:
        return self.line.session


@dataclass(frozen=True, slots=True)
class OverviewWeek:
    """A week, or the weeks of one break; `days_off` are the breaks and holidays in it by name."""

    week: Week
    sessions: tuple[SessionLine, ...]
    days_off: tuple[str, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class TimetableOverview:
    """All sessions, or those that concern one group: its own and those of the whole edition."""

    weeks: tuple[OverviewWeek, ...]
    groups: tuple[Group, ...]
    group: Group | None
    opens_all: bool

    @classmethod
    def of(
        cls, cohort: Cohort, *, at: dt.datetime, group: str = "", opens_all: bool = False
    ) -> "TimetableOverview":
        """`group` is a group's number; one that the edition does not have shows all."""
        groups = tuple(cohort.groups.all())
        chosen = next((each for each in groups if str(each.number) == group), None)
        sessions = Session.objects.for_cohort(cohort)
        if chosen is not None:
            sessions = sessions.for_group(chosen)
        rows = sessions.select_related("group", "cohort_module__module")
        lines = lines_for(rows.order_by("starts_at", "id"), at=at)
        weeks = schedule(cohort, lines, cohort.breaks.all(), today=school_today(at))
        locked = sessions_with_attendance(cohort)
        return cls(
            tuple(_week(week, locked, opens_all) for week in weeks), groups, chosen, opens_all
        )

    @property
    def session_count(self) -> int:
        return sum(len(each.sessions) for each in self.weeks)

    @property
    def teaching_week_count(self) -> int:
        return sum(not each.week.is_break for each in self.weeks)


def _week(week: Week, locked: frozenset[int], opens_all: bool) -> OverviewWeek:
    lines = tuple(
        SessionLine(item, _can_change(item.session, locked))
        for item in week.items
        if isinstance(item, Line)
    )
    inside = tuple(item.reason for item in week.items if not isinstance(item, Line))
    is_open = opens_all or (week.is_today and bool(lines))
    return OverviewWeek(week, lines, week.reasons or inside, is_open)


def _can_change(session: Session, locked: frozenset[int]) -> bool:
    return session.status == Session.Status.SCHEDULED and session.pk not in locked
