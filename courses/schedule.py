"""An edition's calendar as people read it: week by week, with breaks and holidays in their place.

Pure: rows and dates in, a page's data out. Sessions stand where they are held; one that keeps the
number of another teaching week says so.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from courses.models import Break, Cohort, Session
from courses.timetable import BreakDates, TeachingWeek, peruvian_holidays, teaching_weeks

ONE_WEEK = dt.timedelta(days=7)
RECENT = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Line:
    """A session at a moment, with the own mark where there is one."""

    session: Session
    at: dt.datetime
    mark: str | None = None

    is_session = True

    @property
    def day(self) -> dt.date:
        return self.session.day

    @property
    def is_past(self) -> bool:
        return self.session.ends_at <= self.at

    @property
    def is_now(self) -> bool:
        return self.session.starts_at <= self.at < self.session.ends_at and not self.is_cancelled

    @property
    def starts_today(self) -> bool:
        return self.day == school_today(self.at)

    @property
    def is_cancelled(self) -> bool:
        return self.session.is_cancelled

    @property
    def is_open(self) -> bool:
        return self.session.meeting_is_open(self.at)

    @property
    def opens_at(self) -> dt.datetime | None:
        """When the meeting's link opens; None where there is none, or no longer."""
        session = self.session
        if not session.meeting_link or session.is_cancelled or self.is_past:
            return None
        return session.meeting_opens_at

    @property
    def was_moved(self) -> bool:
        return (
            self.session.moved_from is not None
            and self.session.moved_from != self.session.starts_at
            and not self.is_cancelled
        )

    @property
    def is_news(self) -> bool:
        """Moved or cancelled after it was published, and still ahead or changed these days."""
        session = self.session
        changed = session.is_cancelled or (self.was_moved and session.sequence > 0)
        return changed and (not self.is_past or session.changed_at > self.at - RECENT)


@dataclass(frozen=True, slots=True)
class DayOff:
    """Days without teaching inside a week that teaches."""

    starts_on: dt.date
    ends_on: dt.date
    reason: str

    is_session = False

    @property
    def day(self) -> dt.date:
        return self.starts_on


@dataclass(frozen=True, slots=True)
class Week:
    """A teaching week, or with no number the calendar weeks of one break."""

    number: int | None
    starts_on: dt.date
    ends_on: dt.date
    reasons: tuple[str, ...]
    items: tuple[Line | DayOff, ...]
    module: str
    is_now: bool
    # The one that "today" leads to: today's, or else the next to come, or else the last.
    is_today: bool

    @property
    def is_break(self) -> bool:
        return self.number is None


def schedule(
    cohort: Cohort, lines: Sequence[Line], breaks: Iterable[Break], *, today: dt.date
) -> tuple[Week, ...]:
    """Every week of the edition, and of its sessions should one lie outside its dates.

    Weeks in a row that do not teach are one. Sessions are expected in the order of their start.
    """
    breaks = list(breaks)
    numbers = {
        week.monday: week
        for week in teaching_weeks(
            cohort.starts_on,
            cohort.ends_on,
            [
                BreakDates(row.starts_on, row.ends_on, row.reason, row.kind != Break.Kind.HOLIDAY)
                for row in breaks
            ],
        )
    }
    days = [line.day for line in lines]
    first, last = min([cohort.starts_on, *days]), max([cohort.ends_on, *days])
    spans = _spans(first, last, numbers)
    holidays = public_holidays(first, last, get_language() or "es")
    current = next((i for i, (_week, _monday, end) in enumerate(spans) if end >= today), -1)
    weeks: list[Week] = []
    module = ""
    for index, (week, monday, sunday) in enumerate(spans):
        inside = [line for line in lines if monday <= line.day <= sunday]
        off = _days_off(breaks, holidays, monday, sunday)
        named = next((_module(line) for line in inside if line.session.cohort_module_id), module)
        items: list[Line | DayOff] = [*inside, *(off if week else [])]
        weeks.append(
            Week(
                number=week.number if week else None,
                starts_on=max(monday, cohort.starts_on) if week else monday,
                ends_on=min(sunday, cohort.ends_on) if week else sunday,
                reasons=() if week else tuple(dict.fromkeys(each.reason for each in off)),
                items=tuple(sorted(items, key=lambda item: (item.day, item.is_session))),
                module=named if named != module else "",
                is_now=monday <= today <= sunday,
                is_today=index == current % len(spans),
            )
        )
        module = named
    return tuple(weeks)


def lines_for(
    sessions: Iterable[Session], *, at: dt.datetime, marks: Mapping[int, str] | None = None
) -> list[Line]:
    known = marks or {}
    return [Line(session, at, known.get(session.pk)) for session in sessions]


def this_week(lines: Iterable[Line], today: dt.date) -> list[Line]:
    monday = today - dt.timedelta(days=today.weekday())
    return [line for line in lines if monday <= line.day < monday + ONE_WEEK]


def next_line(lines: Iterable[Line]) -> Line | None:
    """The session that runs now, or else the next that is not cancelled."""
    return next((line for line in lines if not line.is_past and not line.is_cancelled), None)


def opens_soon(session: Session, at: dt.datetime) -> bool:
    """The page then asks by itself whether the meeting is open."""
    until = session.meeting_opens_at - at
    is_ahead = dt.timedelta(0) < until < dt.timedelta(hours=2)
    return bool(session.meeting_link) and not session.is_cancelled and is_ahead


def school_today(at: dt.datetime) -> dt.date:
    return timezone.localtime(at, timezone.get_default_timezone()).date()


@lru_cache(maxsize=32)
def public_holidays(
    starts_on: dt.date, ends_on: dt.date, language: str
) -> tuple[tuple[dt.date, str], ...]:
    """Worked out once for a period and a language: it costs more than the rest of the page."""
    names = peruvian_holidays(starts_on, ends_on, "en_US" if language == "en" else "es")
    return tuple(names.items())


type Span = tuple[TeachingWeek | None, dt.date, dt.date]


def _spans(first: dt.date, last: dt.date, numbers: Mapping[dt.date, TeachingWeek]) -> list[Span]:
    """Monday-to-Sunday weeks; those without teaching that follow each other are one."""
    spans: list[Span] = []
    monday = first - dt.timedelta(days=first.weekday())
    while monday <= last:
        week = numbers.get(monday)
        sunday = monday + dt.timedelta(days=6)
        if week is None and spans and spans[-1][0] is None:
            spans[-1] = (None, spans[-1][1], sunday)
        else:
            spans.append((week, monday, sunday))
        monday += ONE_WEEK
    return spans


def _days_off(
    breaks: Iterable[Break],
    holidays: Iterable[tuple[dt.date, str]],
    monday: dt.date,
    sunday: dt.date,
) -> list[DayOff]:
    """Breaks that touch the week, in full length, and the public holidays outside of them."""
    touching = [row for row in breaks if row.starts_on <= sunday and row.ends_on >= monday]
    return [
        *(DayOff(row.starts_on, row.ends_on, row.reason) for row in touching),
        *(
            DayOff(day, day, _("Holiday: %(name)s") % {"name": name})
            for day, name in holidays
            if monday <= day <= sunday
            and not any(row.starts_on <= day <= row.ends_on for row in touching)
        ),
    ]


def _module(line: Line) -> str:
    return str(line.session.cohort_module)
