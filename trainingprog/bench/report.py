"""What was measured, as tables in Markdown, and which aims it meets."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from trainingprog.bench.measuring import Measurement
from trainingprog.bench.weight import Weight

MOST_GROWTH = 0.10
# Growth is told by the run with the least work: a busy machine moves medians more than rows do.
# Even that differs by so much from one time to the next, on a machine that is shared.
NOISE = 0.15
NOISE_MS = 1.0
FIRST_VISIT_KB = 60
AFTER_KB = 8


@dataclass(frozen=True)
class Results:
    """By number of editions, then by name of the case."""

    measurements: Mapping[int, Mapping[str, Measurement]]
    weights: Mapping[str, Weight]

    @property
    def editions(self) -> list[int]:
        return sorted(self.measurements)

    def of(self, name: str) -> list[Measurement]:
        return [self.measurements[count][name] for count in self.editions]

    def worst(self, name: str, figure: Callable[[Measurement], float]) -> float:
        return max(figure(measurement) for measurement in self.of(name))


@dataclass(frozen=True)
class Aim:
    text: str
    is_met: bool
    found: str


def speed_table(results: Results) -> Iterator[str]:
    """Pairs are the figures at the least and at the most editions."""
    heads = ["page or verb", "queries", "SQL ms", "ms", "ms 95 %", "ms work", "kB raw", "kB sent"]
    rows = [
        [
            name,
            _pair(measured, lambda m: f"{m.queries}"),
            _pair(measured, lambda m: f"{m.sql_ms:.1f}"),
            _pair(measured, lambda m: f"{m.whole_ms:.1f}"),
            _pair(measured, lambda m: f"{m.whole_ms_95:.1f}"),
            _pair(measured, lambda m: f"{m.least_work_ms:.1f}"),
            _pair(measured, lambda m: _kb(m.raw_bytes)),
            _pair(measured, lambda m: _kb(m.sent_bytes)),
        ]
        for name in results.measurements[results.editions[0]]
        for measured in [results.of(name)]
    ]
    yield from _table(heads, rows)


def weight_table(results: Results) -> Iterator[str]:
    heads = ["page", "files", "first visit kB", "with gzip alone kB", "after kB"]
    rows = [
        [
            name,
            f"{weight.files}",
            _kb(weight.first_visit),
            _kb(weight.first_visit_gzip),
            _kb(weight.after),
        ]
        for name, weight in results.weights.items()
    ]
    yield from _table(heads, rows)


def aim_lines(aims: Iterable[Aim]) -> Iterator[str]:
    for aim in aims:
        yield f"{'met   ' if aim.is_met else 'MISSED'}  {aim.text}: {aim.found}"


def at_most_queries(results: Results, name: str, limit: int) -> Aim:
    found = results.worst(name, lambda m: m.queries)
    return Aim(f"{name}, at most {limit} queries", found <= limit, f"{found:.0f}")


def at_most_ms(results: Results, name: str, limit: float) -> Aim:
    found = results.worst(name, lambda m: m.whole_ms)
    work = results.worst(name, lambda m: m.least_work_ms)
    told = f"{found:.1f}, of which work {work:.1f}"
    return Aim(f"{name}, at most {limit:.0f} ms", found <= limit, told)


def weight_aims(results: Results, names: Sequence[str], whose: str) -> Iterator[Aim]:
    heaviest = max(names, key=lambda name: results.weights[name].first_visit)
    first = results.weights[heaviest].first_visit
    yield Aim(
        f"first visit of each page {whose}, at most {FIRST_VISIT_KB} kB",
        first <= FIRST_VISIT_KB * 1000,
        f"{_kb(first)} ({heaviest})",
    )
    after = {name: results.weights[name].after for name in names}
    above = [f"{name} {_kb(size)}" for name, size in after.items() if size > AFTER_KB * 1000]
    yield Aim(
        f"each page {whose} after that, at most {AFTER_KB} kB",
        not above,
        ", ".join(above) or _kb(max(after.values())),
    )


def growth_aims(results: Results) -> Iterator[Aim]:
    least, most = results.editions[0], results.editions[-1]
    if least == most:
        return
    differing, worse, slower = [], False, []
    for name in results.measurements[least]:
        before, after = results.measurements[least][name], results.measurements[most][name]
        if before.queries != after.queries:
            differing.append(f"{name} {before.queries} → {after.queries}")
            worse |= after.queries > before.queries * (1 + MOST_GROWTH)
        if after.least_work_ms > before.least_work_ms * (1 + MOST_GROWTH + NOISE) + NOISE_MS:
            slower.append(f"{name} {before.least_work_ms:.1f} → {after.least_work_ms:.1f}")
    span = f"from {least} to {most} editions"
    yield Aim(
        f"queries grow by at most {MOST_GROWTH:.0%} {span}",
        not worse,
        "; ".join(differing) or "all the same",
    )
    yield Aim(
        f"work grows by at most {MOST_GROWTH:.0%} (noise: {NOISE:.0%}, {NOISE_MS:.0f} ms) {span}",
        not slower,
        "; ".join(slower) or "all",
    )


def _pair(measured: Sequence[Measurement], figure: Callable[[Measurement], str]) -> str:
    ends = measured if len(measured) == 1 else (measured[0], measured[-1])
    return " · ".join(figure(measurement) for measurement in ends)


def _kb(number: int) -> str:
    return f"{number / 1000:.1f}"


def _table(heads: list[str], rows: list[list[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]

    def line(cells: list[str]) -> str:
        padded = [
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    yield line(heads)
    rules = [
        "-" * width if not place else "-" * (width - 1) + ":" for place, width in enumerate(widths)
    ]
    yield line(rules)
    yield from map(line, rows)
