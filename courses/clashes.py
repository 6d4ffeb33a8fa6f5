"""Who or what is asked for in two places at once. Pure: intervals and resources in, clashes out."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from courses.timetable import Key, PlannedSession
from courses.timetable_difference import ExistingSession


@dataclass(frozen=True, slots=True)
class Resource:
    """A "cohort", "group", "person" or "venue": the same one wherever kind and key are the same."""

    kind: str
    key: Key
    label: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Occupied:
    """Resources taken from one instant until another; the end is free again.

    `key` is the session's, if it has one: a meeting never clashes with another copy of itself.
    """

    label: str
    starts_at: datetime
    ends_at: datetime
    resources: frozenset[Resource]
    key: Key | None = None

    def __post_init__(self) -> None:
        if self.ends_at <= self.starts_at:
            raise ValueError(f"{self.label!r} ends at {self.ends_at}, not after it starts")


@dataclass(frozen=True, slots=True)
class Clash:
    """Two meetings, the earlier first, with all that they share and the time they overlap."""

    first: Occupied
    second: Occupied
    resources: tuple[Resource, ...]

    @property
    def named(self) -> tuple[Resource, ...]:
        """What is shared without what follows from it: an edition has its groups, these people."""
        kinds = {each.kind for each in self.resources}
        implied = {"person"} if kinds & {"cohort", "group"} else set()
        if "cohort" in kinds:
            implied.add("group")
        return tuple(each for each in self.resources if each.kind not in implied)

    @property
    def starts_at(self) -> datetime:
        return self.second.starts_at

    @property
    def ends_at(self) -> datetime:
        return min(self.first.ends_at, self.second.ends_at)


def occupied(
    session: PlannedSession | ExistingSession,
    groups: Mapping[Key, frozenset[Resource]],
    label: str = "",
) -> Occupied:
    """What a session takes: its venue, and the resources of its group, or of every group.

    `groups` gives each group of the edition with itself, its tutor and its participants. Whatever
    is held online has no venue.
    """
    if session.group_key is None:
        people: frozenset[Resource] = frozenset().union(*groups.values())
    else:
        people = groups.get(session.group_key, frozenset())
    venue = venue_resource(session.modality, session.venue)
    return Occupied(
        label
        or _("%(title)s, week %(number)d")
        % {"title": session.title, "number": session.teaching_week},
        session.starts_at,
        session.ends_at,
        people | {venue} if venue else people,
        session.key if isinstance(session, ExistingSession) else None,
    )


def venue_resource(modality: str, venue: str) -> Resource | None:
    """A venue is known by its name, whatever its capitals and spaces."""
    name = " ".join(venue.split())
    return Resource("venue", name.casefold(), name) if name and modality != "online" else None


def clashes(sessions: Iterable[Occupied], busy: Iterable[Occupied] = ()) -> tuple[Clash, ...]:
    """Every overlapping pair that shares a resource, unless both are of `busy`.

    Back to back is no clash. Each resource is swept on its own, so the cost follows the clashes
    there are and not the pairs there could be.
    """
    mine, others = tuple(sessions), tuple(busy)
    intervals = (*mine, *others)
    order = sorted(range(len(intervals)), key=lambda n: (intervals[n].starts_at, n))
    diaries: defaultdict[Resource, list[int]] = defaultdict(list)
    for n in order:
        for resource in intervals[n].resources:
            diaries[resource].append(n)
    shared: defaultdict[tuple[int, int], list[Resource]] = defaultdict(list)
    for resource, diary in diaries.items():
        for a, b in _overlaps(diary, intervals, len(mine)):
            if intervals[a].key is None or intervals[a].key != intervals[b].key:
                shared[a, b].append(resource)
    rank = {n: place for place, n in enumerate(order)}
    return tuple(
        Clash(
            intervals[a],
            intervals[b],
            tuple(sorted(shared[a, b], key=lambda each: (each.kind, each.label, str(each.key)))),
        )
        for a, b in sorted(shared, key=lambda pair: (rank[pair[0]], rank[pair[1]]))
    )


def _overlaps(
    diary: list[int], intervals: tuple[Occupied, ...], mine: int
) -> Iterable[tuple[int, int]]:
    """Pairs of a diary sorted by start; indexes below `mine` are the caller's own sessions."""
    # Two heaps by end, so that a busy interval is never held against other busy ones.
    open_mine: list[tuple[datetime, int]] = []
    open_busy: list[tuple[datetime, int]] = []
    for n in diary:
        for still_open in (open_mine, open_busy):
            while still_open and still_open[0][0] <= intervals[n].starts_at:
                heapq.heappop(still_open)
        is_mine = n < mine
        yield from ((other, n) for _, other in open_mine)
        if is_mine:
            yield from ((other, n) for _, other in open_busy)
        heapq.heappush(open_mine if is_mine else open_busy, (intervals[n].ends_at, n))
