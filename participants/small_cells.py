"""Figures of few people are not shown, nor can they be had by subtraction from a total."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

LEAST = 5


def hidden_cells[Key](counts: Mapping[Key, int], unseen: Collection[Key] = ()) -> frozenset[Key]:
    """Which parts of a whole are not shown: those of under five people, and what would betray them.

    Who knows the whole and all other parts knows what is left: so what is hidden is never one part
    alone, and never under five people together. The next smallest are hidden with it until then.
    `unseen` are parts that are not shown whatever they count.
    """
    by_size = sorted((key for key, count in counts.items() if count), key=lambda key: counts[key])
    hidden = {key for key in by_size if counts[key] < LEAST} | {*unseen}
    for key in by_size:
        if _is_covered(counts, hidden):
            break
        hidden.add(key)
    return frozenset(hidden)


def hidden_missing[Key](counts: Mapping[Key, int], unseen: Collection[Key]) -> frozenset[Key]:
    """As hidden_cells, of a whole that is shown however small it is: where that leaves too few,
    nothing is shown, as even a part without anybody would tell where they are."""
    hidden = hidden_cells(counts, unseen)
    return hidden if _is_covered(counts, hidden) else frozenset(counts)


def _is_covered[Key](counts: Mapping[Key, int], hidden: Collection[Key]) -> bool:
    people = sum(counts[key] for key in hidden)
    return not people or (len(hidden) > 1 and people >= LEAST)


@dataclass(frozen=True, slots=True)
class Bar:
    """From `low` to `high`, and how many lie between."""

    low: int
    high: int
    count: int

    @property
    def is_safe(self) -> bool:
        return self.count == 0 or self.count >= LEAST

    def with_next(self, other: "Bar") -> "Bar":
        return Bar(self.low, other.high, self.count + other.count)


def united(bars: Iterable[Bar]) -> tuple[Bar, ...]:
    """Neighbours united until each bar holds nobody or at least five.

    The bars are in order and without gaps. Of fewer than five people in all one bar remains, which
    is not safe: whoever shows them asks first.
    """
    safe: list[Bar] = []
    pending: Bar | None = None
    for each in bars:
        pending = pending.with_next(each) if pending else each
        if pending.is_safe:
            safe.append(pending)
            pending = None
    while pending:
        if not safe:
            return (pending,)
        pending = safe.pop().with_next(pending)
        if pending.is_safe:
            safe.append(pending)
            pending = None
    return tuple(safe)
