"""Connections get their moments: by the session's date, its time zone, and what a person answered.

Nothing is cut to the session here: what lasts how long is decided over all the evidence.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.models import Session
from participants.deciding import Interval, cut, length, united
from participants.meeting_reports.connections import Connection, Report
from participants.meeting_reports.written_times import (
    DAY_FIRST,
    MONTH_FIRST,
    Written,
    read_minutes,
    read_moment,
)

ORDERS = (DAY_FIRST, MONTH_FIRST)
DAY = dt.timedelta(days=1)
# A meeting's room may be open long before and after; farther away it is another meeting.
BELONGS_WITHIN = dt.timedelta(hours=14)
LONGEST_SPAN = dt.timedelta(hours=16)
# Than its duration an entry and its exit may not be apart: one of the two is wrong then.
MUCH_LONGER = dt.timedelta(hours=1)
# What clocks are wrong by: an hour's change, another zone of the Americas, UTC, AM for PM.
SHIFTS = tuple(sign * hours for hours in (1, 2, 3, 4, 5, 6, 12) for sign in (-1, 1))
# Below this share of what another hour would give, the clock is doubted; or where each person would
# win so many seconds by it.
DOUBTFUL = 0.7
MUCH_WON = 40 * 60


@dataclass(frozen=True, slots=True)
class Placed:
    """A connection at its time. `interval` or `minutes` may be None, not both.

    Both: the first entry and the last exit, and how much of it was attended.
    """

    connection: Connection
    interval: Interval | None
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class RowProblem:
    row: int
    shown_name: str
    message: str


@dataclass(frozen=True)
class Placement:
    """`refusal` says why nothing of the report can be used as it stands, or is empty.

    `asks_order`: both orders of day and month fit, and differ. `shift` hours were added to the
    report's clock; `offered_shift` would be better, or is 0.
    """

    placed: tuple[Placed, ...]
    problems: tuple[RowProblem, ...]
    notes: tuple[str, ...] = ()
    order: str = ""
    asks_order: bool = False
    shift: int = 0
    offered_shift: int = 0
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class _Times:
    joined: Written | None
    left: Written | None
    minutes: float | None

    @classmethod
    def of(cls, connection: Connection) -> "_Times":
        return cls(
            read_moment(connection.joined),
            read_moment(connection.left),
            read_minutes(connection.duration),
        )

    @property
    def written(self) -> tuple[Written, ...]:
        return tuple(moment for moment in (self.joined, self.left) if moment is not None)


def place(report: Report, session: Session, *, order: str = "", shift: int = 0) -> Placement:
    """`order` and `shift` are a person's answers."""
    times = [_Times.of(connection) for connection in report.connections]
    moments = [moment for each in times for moment in each.written]
    fitting = _fitting_orders(moments, session)
    if order not in ORDERS:
        order = ""
    if len(fitting) > 1 and not order:
        return Placement((), (), asks_order=True)
    chosen = order or (fitting[0] if fitting else _nearest_order(moments, session))
    placed, problems, apart = _place_all(report, times, session, chosen, shift)
    offered = 0 if shift else _offered_shift(placed, session)
    refusal = _refusal(placed, moments, session, chosen, offered)
    return Placement(
        tuple(placed),
        tuple(problems),
        tuple(_notes(report, times, apart)),
        order=chosen,
        shift=shift,
        offered_shift=offered,
        refusal=refusal,
    )


def _fitting_orders(moments: Iterable[Written], session: Session) -> list[str]:
    """The orders under which most moments fall on the session's day; one where they do not differ.

    Where none falls on it, those of the day before or after: a clock may be of another zone.
    """
    days = {session.day, timezone.localtime(session.ends_at).date()}
    near = days | {session.day - DAY, session.day + DAY}
    numbered = [moment for moment in moments if moment.numbers is not None]
    for wanted in (days, near):
        counts = {
            order: sum(moment.dated(order) in wanted for moment in numbered) for order in ORDERS
        }
        fitting = [order for order in ORDERS if counts[order]]
        if len(fitting) == 2:
            same = all(moment.dated(DAY_FIRST) == moment.dated(MONTH_FIRST) for moment in numbered)
            best = max(fitting, key=lambda order: counts[order])
            return [best] if same or min(counts.values()) * 10 < counts[best] else fitting
        if fitting:
            return fitting
    return []


def _nearest_order(moments: Iterable[Written], session: Session) -> str:
    """Where no order fits: the one that comes closer, to say of what day the report is."""

    def distance(order: str) -> dt.timedelta:
        days = (moment.dated(order) for moment in moments)
        return min((abs(day - session.day) for day in days if day), default=dt.timedelta.max)

    return min(ORDERS, key=distance)


def _place_all(
    report: Report, times: list[_Times], session: Session, order: str, shift: int
) -> tuple[list[Placed], list[RowProblem], int]:
    placed: list[Placed] = []
    problems: list[RowProblem] = []
    apart = 0
    for connection, written in zip(report.connections, times, strict=True):
        one, message = _place_one(connection, written, session, order, shift, report.open_ended)
        if one is None:
            problems.append(RowProblem(connection.row, connection.shown_name, message))
        elif one.interval is not None and not _belongs(one.interval, session):
            apart += 1
        else:
            placed.append(one)
    return placed, problems, apart


def _place_one(
    connection: Connection,
    written: _Times,
    session: Session,
    order: str,
    shift: int,
    open_ended: bool,
) -> tuple[Placed | None, str]:
    hours = dt.timedelta(hours=shift)
    joined = _moment(written.joined, session, order, None)
    left = _moment(written.left, session, order, joined)
    known = dt.timedelta(minutes=written.minutes) if written.minutes is not None else None
    if known is not None and known > DAY:
        return None, _("The connection would last for more than a day.")
    if joined is None and left is None:
        if known is None or connection.joined or connection.left:
            return None, _("Its times could not be read.")
        whole = min(known, session.ends_at - session.starts_at)
        return Placed(connection, None, int(whole.total_seconds() // 60)), ""
    if joined is None and left is not None and known is not None:
        joined = left - known
    if left is None and joined is not None:
        if known is not None:
            left = joined + known
        elif open_ended:
            # Shifted with the rest below: it ends with the session on the right clock.
            left = max(joined, session.ends_at - hours)
    if joined is None or left is None:
        return None, _("It has an entry or an exit only: the file may have been cut there.")
    if wrong := _wrong_span(left - joined, None if connection.is_summary else known):
        return None, wrong
    interval = (joined + hours, left + hours)
    if connection.is_summary and known is not None and known < left - joined:
        return _part_of(connection, interval, known, session), ""
    return Placed(connection, interval), ""


def _wrong_span(span: dt.timedelta, known: dt.timedelta | None) -> str:
    """`known` is the duration of one stay; of several it may be far from the span of all."""
    if span < dt.timedelta():
        return _("It leaves before it enters.")
    if span > LONGEST_SPAN:
        return _("The connection would last for more than a day.")
    if known is not None and span > known + MUCH_LONGER:
        return _("Its entry and its exit are much farther apart than its duration says.")
    return ""


def _part_of(
    connection: Connection, interval: Interval, known: dt.timedelta, session: Session
) -> Placed:
    """Where in the interval the person was away is not known: at the worst, inside the session."""
    inside = cut([interval], session.starts_at, session.ends_at)
    outside = interval[1] - interval[0] - length(inside)
    attended = max(dt.timedelta(), known - outside)
    return Placed(
        connection, inside[0] if inside else interval, int(attended.total_seconds() // 60)
    )


def _moment(
    written: Written | None, session: Session, order: str, after: dt.datetime | None
) -> dt.datetime | None:
    """A clock time with no date is the nearest to the session; an exit, the first after its entry.

    An exit written shortly before its entry is left as it is: that is an error, not the next day.
    """
    if written is None:
        return None
    zone = written.zone or timezone.get_default_timezone()
    if written.has_date:
        day = written.dated(order)
        return dt.datetime.combine(day, written.time, zone) if day is not None else None
    days = (session.day + step * DAY for step in (-1, 0, 1))
    if after is None:
        candidates = [dt.datetime.combine(day, written.time, zone) for day in days]
        return min(candidates, key=lambda moment: abs(moment - session.starts_at))
    same = dt.datetime.combine(after.astimezone(zone).date(), written.time, zone)
    return same + DAY if same < after and same + DAY - after <= LONGEST_SPAN else same


def _belongs(interval: Interval, session: Session) -> bool:
    return bool(
        interval[1] >= session.starts_at - BELONGS_WITHIN
        and interval[0] <= session.ends_at + BELONGS_WITHIN
    )


def _inside(placed: Iterable[Placed], session: Session, shift: int) -> float:
    """Seconds inside the session, over all connections."""
    hours = dt.timedelta(hours=shift)
    intervals = ((start + hours, end + hours) for start, end in _intervals(placed))
    return length(cut(intervals, session.starts_at, session.ends_at)).total_seconds()


def _intervals(placed: Iterable[Placed]) -> list[Interval]:
    return [one.interval for one in placed if one.interval is not None]


def _offered_shift(placed: list[Placed], session: Session) -> int:
    """The smallest by which clearly more of the report falls into the session, or 0."""
    now = _inside(placed, session, 0)
    gains = {shift: _inside(placed, session, shift) for shift in SHIFTS}
    best = max(gains.values(), default=0)
    people = {one.connection.email or one.connection.shown_name for one in placed}
    is_doubted = now < best * DOUBTFUL or best - now >= MUCH_WON * len(people)
    if best == 0 or not is_doubted:
        return 0
    return next(shift for shift in SHIFTS if gains[shift] >= best * 0.98)


def _refusal(
    placed: list[Placed], moments: list[Written], session: Session, order: str, offered: int
) -> str:
    """Where nothing lies in the session: of what other day or hours the report is."""
    if any(one.interval is None for one in placed) or _inside(placed, session, 0):
        return ""
    facts = {"session": date_format(timezone.localtime(session.starts_at), "d/m/Y H:i")}
    days = sorted({day for moment in moments if (day := moment.dated(order)) is not None})
    if days and not placed:
        facts["day"] = date_format(days[0], "d/m/Y")
        return (
            _(
                "The report is of another day: its first connection is of %(day)s, the session of "
                "%(session)s. Choose the report of this session."
            )
            % facts
        )
    if not placed:
        return _("No connection of the report could be read.")
    spans = united(_intervals(placed))
    facts["from"] = date_format(timezone.localtime(spans[0][0]), "d/m/Y H:i") if spans else "?"
    facts["to"] = date_format(timezone.localtime(spans[-1][1]), "H:i") if spans else "?"
    if offered:
        return (
            _(
                "No connection falls into the session of %(session)s: the report goes from "
                "%(from)s to %(to)s. Either it is of another meeting or its clock is wrong."
            )
            % facts
        )
    return (
        _(
            "The report is of another meeting: it goes from %(from)s to %(to)s, the session is of "
            "%(session)s. Choose the report of this session."
        )
        % facts
    )


def _notes(report: Report, times: list[_Times], apart: int) -> Iterable[str]:
    if apart:
        yield (
            ngettext(
                "%(count)d connection is of another day and was left out.",
                "%(count)d connections are of another day and were left out.",
                apart,
            )
            % {"count": apart}
        )
    if report.open_ended and (stayed := sum(each.left is None for each in times)):
        yield (
            ngettext(
                "%(count)d connection has no exit: it counts to the end of the session.",
                "%(count)d connections have no exit: they count to the end of the session.",
                stayed,
            )
            % {"count": stayed}
        )
