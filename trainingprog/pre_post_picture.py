"""The picture of a pre-test and its post-test: where points, bars and lines of an SVG stand.

Above, how many people reached which score before and after; below, by how much each person
changed. A bar's area is its people, and none stands for one to four of them: bars of few are
united with their neighbours. Lengths are written as SVG has them, in any language.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import fmean

from django.utils.translation import gettext as _

from participants.pre_post import PrePost
from participants.small_cells import Bar, united

WIDTH = 360
LEFT, RIGHT = 14, 346
TALLEST = 70
MOST_TICKS = 9
# Hundredths of a point.
HIGHEST, STEP = 2000, 200
LEAST_CHANGE = STEP // 2


@dataclass(frozen=True, slots=True)
class Box:
    """A bar as drawn; `kind` is its class."""

    x: str
    y: str
    width: str
    height: str
    middle: str
    label_y: str
    count: int
    kind: str


@dataclass(frozen=True, slots=True)
class Tick:
    x: str
    label: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A bar in words: from, to, and how many."""

    low: int
    high: int
    count: int

    @property
    def change_label(self) -> str:
        return _("from %(low)s to %(high)s") % {
            "low": _signed(self.low),
            "high": _signed(self.high),
        }


@dataclass(frozen=True, slots=True)
class Picture:
    pre: tuple[Box, ...]
    post: tuple[Box, ...]
    change: tuple[Box, ...]
    score_ticks: tuple[Tick, ...]
    change_ticks: tuple[Tick, ...]
    pre_mean: str
    post_mean: str
    change_mean: str
    no_change: str
    interval: tuple[str, str] | None
    pre_figures: tuple[Figure, ...]
    post_figures: tuple[Figure, ...]
    change_figures: tuple[Figure, ...]


# Where the bars of each of the three stand: the template draws axes and words around them.
PRE_BASE, POST_BASE, CHANGE_BASE = 110, 220, 382


def picture(of: PrePost) -> Picture:
    """Asked for only where results are shown: of at least five people."""
    pairs = [(r.pre, r.post) for r in of.results if r.pre is not None and r.post is not None]
    before, after = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    differences = [last - first for first, last in pairs]
    pre, post = score_bars(before), score_bars(after)
    changes = change_bars(differences)
    score_x = _scale(0, HIGHEST)
    change_x = _scale(min(changes[0].low, -3 * LEAST_CHANGE), max(changes[-1].high, 500))
    tallest = max(map(_density, (*pre, *post)))
    interval = of.summary.interval
    return Picture(
        pre=_boxes(pre, score_x, PRE_BASE, tallest, lambda _bar: "shift-pre"),
        post=_boxes(post, score_x, POST_BASE, tallest, lambda _bar: "shift-post"),
        change=_boxes(changes, change_x, CHANGE_BASE, max(map(_density, changes)), _direction),
        score_ticks=tuple(
            Tick(_written(score_x(100 * points)), str(points)) for points in range(0, 21, 4)
        ),
        change_ticks=_change_ticks(change_x),
        pre_mean=_written(score_x(fmean(before))),
        post_mean=_written(score_x(fmean(after))),
        change_mean=_written(change_x(fmean(differences))),
        no_change=_written(change_x(0)),
        interval=interval
        and (
            _written(max(change_x(100 * interval[0]), LEFT)),
            _written(min(change_x(100 * interval[1]), RIGHT)),
        ),
        pre_figures=_figures(pre),
        post_figures=_figures(post),
        change_figures=_figures(changes),
    )


def score_bars(values: Iterable[int]) -> tuple[Bar, ...]:
    """Of two points each, the last with its 20."""
    counts = [0] * (HIGHEST // STEP)
    for value in values:
        counts[min(value, HIGHEST - 1) // STEP] += 1
    bars = [Bar(STEP * place, STEP * (place + 1), count) for place, count in enumerate(counts)]
    return united(_used(bars))


def change_bars(changes: Iterable[int]) -> tuple[Bar, ...]:
    """Of two points each, the middle one of who changed by less than one point up or down."""
    furthest = HIGHEST // STEP
    counts = [0] * (2 * furthest + 1)
    for change in changes:
        steps = (abs(change) + LEAST_CHANGE) // STEP
        counts[furthest + (steps if change > 0 else -steps)] += 1
    bars = [
        Bar(STEP * place - LEAST_CHANGE, STEP * place + LEAST_CHANGE, count)
        for place, count in zip(range(-furthest, furthest + 1), counts, strict=True)
    ]
    return united(_used(bars))


def _used(bars: list[Bar]) -> list[Bar]:
    """Without those at either end in which nobody is: a bar of few would reach over them."""
    filled = [place for place, bar in enumerate(bars) if bar.count]
    return bars[filled[0] : filled[-1] + 1]


def _figures(bars: Iterable[Bar]) -> tuple[Figure, ...]:
    return tuple(
        Figure(max(bar.low, -HIGHEST) // 100, min(bar.high, HIGHEST) // 100, bar.count)
        for bar in bars
        if bar.count
    )


def _direction(bar: Bar) -> str:
    if bar.low >= LEAST_CHANGE:
        return "shift-higher"
    return "shift-lower" if bar.high <= -LEAST_CHANGE else "shift-same"


def _change_ticks(x: Callable[[float], float]) -> tuple[Tick, ...]:
    """At the bars' edges; at each second one where all would not have room."""
    inside = [points for points in range(-19, 20, 2) if LEFT <= x(100 * points) <= RIGHT]
    if len(inside) > MOST_TICKS:
        inside = [points for points in inside if points % 4 == 1]
    return tuple(Tick(_written(x(100 * points)), _signed(points)) for points in inside)


def _signed(points: int) -> str:
    return f"{points:+d}".replace("-", "−")


def _density(bar: Bar) -> float:
    return bar.count / (bar.high - bar.low)


def _scale(low: int, high: int) -> Callable[[float], float]:
    return lambda value: LEFT + (RIGHT - LEFT) * (value - low) / (high - low)


def _boxes(
    bars: Iterable[Bar],
    x: Callable[[float], float],
    base: int,
    tallest: float,
    name: Callable[[Bar], str],
) -> tuple[Box, ...]:
    boxes = []
    for bar in bars:
        if not bar.count:
            continue
        height = TALLEST * _density(bar) / tallest
        boxes.append(
            Box(
                x=_written(x(bar.low) + 0.5),
                y=_written(base - height),
                width=_written(x(bar.high) - x(bar.low) - 1),
                height=_written(height),
                middle=_written((x(bar.low) + x(bar.high)) / 2),
                label_y=_written(base - height - 3),
                count=bar.count,
                kind=name(bar),
            )
        )
    return tuple(boxes)


def _written(length: float) -> str:
    return f"{length:.1f}"
