"""From weekly patterns, breaks and public holidays to an edition's sessions.

Everything here is a function of its arguments: no database, no clock, no translation. Keys are
whatever the caller knows its rows by; reasons are codes, which the caller words.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Literal

import holidays as holiday_calendars

type Key = int | str
type Identity = tuple[Key | None, int | None, Key | None]

FRIDAY, SUNDAY = 4, 6
ONE_DAY = timedelta(days=1)
MINUTES_IN_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class BreakDates:
    """Days without teaching, both ends included.

    `cancels_weeks` is false for a public holiday that was written down as a break: a holiday moves
    sessions but never takes a teaching week away.
    """

    starts_on: date
    ends_on: date
    reason: str = ""
    cancels_weeks: bool = True

    def __post_init__(self) -> None:
        _refuse_reversed(self.starts_on, self.ends_on, "break")

    def __contains__(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on


@dataclass(frozen=True, slots=True)
class TeachingWeek:
    number: int
    monday: date
    sunday: date

    def day(self, weekday: int) -> date:
        return self.monday + timedelta(days=weekday)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """What generates sessions. Listed `weeks` win over `every_weeks` counted from `first_week`."""

    key: Key
    weekday: int
    starts_at: time
    minutes: int
    every_weeks: int = 1
    first_week: int = 1
    weeks: tuple[int, ...] = ()
    audience: Literal["cohort", "group"] = "cohort"
    on_non_teaching_day: Literal["next", "leave_out"] = "next"
    title: str = ""
    modality: str = "online"
    venue: str = ""
    meeting_link: str = ""

    def __post_init__(self) -> None:
        _refuse_weekday(self.weekday)
        if not 1 <= self.minutes <= MINUTES_IN_A_DAY:
            raise ValueError(f"a session lasts 1 to {MINUTES_IN_A_DAY} minutes, not {self.minutes}")
        if self.every_weeks < 1:
            raise ValueError(f"every_weeks must be 1 or more, not {self.every_weeks}")
        if self.first_week < 1:
            raise ValueError(f"first_week must be 1 or more, not {self.first_week}")
        if any(week < 1 for week in self.weeks):
            raise ValueError(f"listed weeks must be 1 or more, not {min(self.weeks)}")
        if self.audience not in ("cohort", "group"):
            raise ValueError(f"audience must be cohort or group, not {self.audience!r}")
        if self.on_non_teaching_day not in ("next", "leave_out"):
            raise ValueError(
                f"on_non_teaching_day must be next or leave_out, not {self.on_non_teaching_day!r}"
            )

    def weeks_due(self, last_week: int) -> tuple[int, ...]:
        """In order. A first week beyond the last is still named, so that it can be reported."""
        if self.weeks:
            return tuple(sorted(set(self.weeks)))
        every = range(self.first_week, last_week + 1, self.every_weeks)
        return tuple(every) or (self.first_week,)


@dataclass(frozen=True, slots=True)
class GroupSlot:
    """A group, and where it departs from the patterns for groups; empty means as the pattern."""

    key: Key
    weekday: int | None = None
    starts_at: time | None = None
    venue: str = ""
    meeting_link: str = ""

    def __post_init__(self) -> None:
        if self.weekday is not None:
            _refuse_weekday(self.weekday)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSession:
    """Known by pattern, teaching week and group, within which `number` counts: see `plan`."""

    pattern_key: Key
    teaching_week: int
    group_key: Key | None
    starts_at: datetime
    ends_at: datetime
    number: int | None
    title: str = ""
    modality: str = "online"
    venue: str = ""
    meeting_link: str = ""
    moved_from: datetime | None = None
    moved_because: str = ""
    module_key: Key | None = None

    @property
    def identity(self) -> Identity:
        return (self.pattern_key, self.teaching_week, self.group_key)


class LeftOutReason(StrEnum):
    BREAK = "break"
    HOLIDAY = "holiday"
    BEFORE_START = "before_start"
    AFTER_END = "after_end"
    NO_DAY_LEFT = "no_day_left"
    NO_SUCH_WEEK = "no_such_week"
    NO_GROUP = "no_group"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A session that a pattern asks for and the calendar has no place for; `because` names it."""

    pattern_key: Key
    teaching_week: int
    group_key: Key | None
    reason: LeftOutReason
    due_on: date | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    weeks: tuple[TeachingWeek, ...]
    sessions: tuple[PlannedSession, ...]
    left_out: tuple[LeftOut, ...]


def peruvian_holidays(starts_on: date, ends_on: date, language: str = "es") -> dict[date, str]:
    """Peru's public holidays between two dates, both included, by name.

    Easter Sunday is in the calendar though it is no legal holiday; only a Sunday pattern meets it.
    """
    _refuse_reversed(starts_on, ends_on, "period")
    years = range(starts_on.year, ends_on.year + 1)
    calendar = holiday_calendars.country_holidays("PE", years=years, language=language)
    return {day: name for day, name in sorted(calendar.items()) if starts_on <= day <= ends_on}


def teaching_weeks(
    starts_on: date, ends_on: date, breaks: Iterable[BreakDates] = ()
) -> tuple[TeachingWeek, ...]:
    """A Monday-to-Sunday week teaches unless all its days from Monday to Friday lie in breaks.

    Of a partial first or last week only the days inside the edition's dates are asked. Where those
    are a weekend alone, the weekend decides: an edition of Saturdays may start on a Saturday.
    """
    _refuse_reversed(starts_on, ends_on, "edition")
    cancelling = [each for each in breaks if each.cancels_weeks]
    weeks: list[TeachingWeek] = []
    monday = starts_on - timedelta(days=starts_on.weekday())
    while monday <= ends_on:
        inside = [
            day for n in range(7) if starts_on <= (day := monday + timedelta(days=n)) <= ends_on
        ]
        asked = [day for day in inside if day.weekday() <= FRIDAY] or inside
        if not all(any(day in each for each in cancelling) for day in asked):
            weeks.append(TeachingWeek(len(weeks) + 1, monday, monday + timedelta(days=6)))
        monday += timedelta(days=7)
    return tuple(weeks)


def plan(
    *,
    starts_on: date,
    ends_on: date,
    patterns: Sequence[Pattern],
    groups: Sequence[GroupSlot] = (),
    breaks: Sequence[BreakDates] = (),
    holidays: Mapping[date, str] | None = None,
    tz: tzinfo,
    module_of_week: Mapping[int, Key] | None = None,
    staying: Mapping[tuple[Key, Key | None], Mapping[int, int | None]] | None = None,
) -> Plan:
    """Every session the patterns ask for is planned once, or left out with its reason.

    A session due on a non-teaching day goes, where the pattern says "next", to the next day that
    teaches, Monday to Saturday, at the same hour; if need be in a later week, never beyond the
    edition. It passes over the days that another session of the same pattern and group needs, and
    keeps the number of the teaching week it was due in.

    Sessions are numbered by their place among all weeks due, those left out too, so that leaving
    one out renumbers no other. `staying` gives, by pattern and group, the weeks whose sessions stay
    as they are, whatever is asked for, with their numbers: the others count on from these.
    """
    _refuse_repeated((pattern.key for pattern in patterns), "pattern")
    _refuse_repeated((group.key for group in groups), "group")
    weeks = teaching_weeks(starts_on, ends_on, breaks)
    calendar = _Calendar(starts_on, ends_on, weeks, tuple(breaks), holidays or {})
    sessions: list[PlannedSession] = []
    left_out: list[LeftOut] = []
    for pattern in patterns:
        slots: Sequence[GroupSlot | None] = groups if pattern.audience == "group" else (None,)
        if not slots:
            week = pattern.weeks_due(len(weeks))[0]
            left_out.append(LeftOut(pattern.key, week, None, LeftOutReason.NO_GROUP))
        for slot in slots:
            places = tuple(_places(pattern, slot, calendar))
            stays = (staying or {}).get((pattern.key, slot.key if slot else None), {})
            numbers = _numbers(places, stays)
            for place in places:
                if isinstance(place, LeftOut):
                    left_out.append(place)
                    continue
                module = (module_of_week or {}).get(place.week)
                sessions.append(_session(pattern, slot, place, numbers[place.week], module, tz))
    # Stable: at one hour the sessions stay in the order of patterns and groups.
    return Plan(weeks, tuple(sorted(sessions, key=lambda each: each.starts_at)), tuple(left_out))


@dataclass(frozen=True, slots=True)
class _Calendar:
    starts_on: date
    ends_on: date
    weeks: tuple[TeachingWeek, ...]
    breaks: tuple[BreakDates, ...]
    holidays: Mapping[date, str]
    mondays: frozenset[date] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "mondays", frozenset(week.monday for week in self.weeks))

    def obstacle(self, day: date) -> tuple[LeftOutReason, str] | None:
        """Why nothing can be held on a day, with the name of the reason; None if it teaches."""
        if day < self.starts_on:
            return LeftOutReason.BEFORE_START, ""
        if day > self.ends_on:
            return LeftOutReason.AFTER_END, ""
        for each in self.breaks:
            if day in each:
                return LeftOutReason.BREAK, each.reason
        if day in self.holidays:
            return LeftOutReason.HOLIDAY, self.holidays[day]
        if day - timedelta(days=day.weekday()) not in self.mondays:
            return LeftOutReason.BREAK, ""  # the weekend of a week that does not teach
        return None

    def next_teaching_day(self, day: date, taken: Collection[date]) -> date | None:
        while (day := day + ONE_DAY) <= self.ends_on:
            if day.weekday() != SUNDAY and day not in taken and not self.obstacle(day):
                return day
        return None


@dataclass(frozen=True, slots=True)
class _Place:
    week: int
    due_on: date
    held_on: date
    because: str = ""


def _places(
    pattern: Pattern, slot: GroupSlot | None, calendar: _Calendar
) -> Iterator[_Place | LeftOut]:
    group = slot.key if slot else None
    weekday = pattern.weekday if slot is None or slot.weekday is None else slot.weekday
    due = pattern.weeks_due(len(calendar.weeks))
    days = {
        week: calendar.weeks[week - 1].day(weekday) for week in due if week <= len(calendar.weeks)
    }
    taken = set(days.values())
    for week in due:
        day = days.get(week)
        if day is None:
            yield LeftOut(pattern.key, week, group, LeftOutReason.NO_SUCH_WEEK)
            continue
        obstacle = calendar.obstacle(day)
        if obstacle is None:
            yield _Place(week, day, day)
            continue
        reason, because = obstacle
        # What is due outside the edition's dates was never part of it, so there is nothing to move.
        movable = reason in (LeftOutReason.BREAK, LeftOutReason.HOLIDAY)
        if movable and pattern.on_non_teaching_day == "next":
            if held_on := calendar.next_teaching_day(day, taken):
                taken.add(held_on)
                yield _Place(week, day, held_on, because)
                continue
            reason = LeftOutReason.NO_DAY_LEFT
        yield LeftOut(pattern.key, week, group, reason, day, because)


def _numbers(
    places: Iterable[_Place | LeftOut], staying: Mapping[int, int | None]
) -> dict[int, int | None]:
    """No two alike. A session that comes in where no number is free before one that stays has none.

    What is due outside the edition's dates was never part of it, and is not counted.
    """
    weeks = {
        place.teaching_week if isinstance(place, LeftOut) else place.week
        for place in places
        if not (isinstance(place, LeftOut) and place.reason == LeftOutReason.BEFORE_START)
    }
    numbers: dict[int, int | None] = {}
    last = 0
    for week in sorted({*weeks, *staying}):
        last = staying.get(week) or last + 1
        numbers[week] = last
    next_staying: int | None = None
    for week in sorted(numbers, reverse=True):
        number = numbers[week]
        if staying.get(week):
            next_staying = number
        elif next_staying is not None and number is not None and number >= next_staying:
            numbers[week] = None
    return numbers


def _session(
    pattern: Pattern,
    slot: GroupSlot | None,
    place: _Place,
    number: int | None,
    module_key: Key | None,
    tz: tzinfo,
) -> PlannedSession:
    hour = pattern.starts_at if slot is None or slot.starts_at is None else slot.starts_at
    starts_at = datetime.combine(place.held_on, hour, tz)
    moved = place.held_on != place.due_on
    return PlannedSession(
        pattern_key=pattern.key,
        teaching_week=place.week,
        group_key=slot.key if slot else None,
        starts_at=starts_at,
        # Through UTC, or a night on which clocks change would make it an hour longer or shorter.
        ends_at=(starts_at.astimezone(UTC) + timedelta(minutes=pattern.minutes)).astimezone(tz),
        number=number,
        title=pattern.title,
        modality=pattern.modality,
        venue="" if pattern.modality == "online" else (slot and slot.venue) or pattern.venue,
        meeting_link=(
            ""
            if pattern.modality == "in_person"
            else (slot and slot.meeting_link) or pattern.meeting_link
        ),
        moved_from=datetime.combine(place.due_on, hour, tz) if moved else None,
        moved_because=place.because if moved else "",
        module_key=module_key,
    )


def _refuse_reversed(starts_on: date, ends_on: date, what: str) -> None:
    if ends_on < starts_on:
        raise ValueError(f"the {what} ends on {ends_on}, before it starts on {starts_on}")


def _refuse_weekday(weekday: int) -> None:
    if not 0 <= weekday <= SUNDAY:
        raise ValueError(f"weekday must be 0 (Monday) to 6 (Sunday), not {weekday}")


def _refuse_repeated(keys: Iterable[Key], what: str) -> None:
    seen: set[Key] = set()
    for key in keys:
        if key in seen:
            raise ValueError(f"two {what}s share the key {key!r}")
        seen.add(key)
