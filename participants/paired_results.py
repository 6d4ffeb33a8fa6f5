"""What two linked tests say of those who have both: arithmetic over plain values.

Values are whole hundredths of a point, so that sums and comparisons are exact; what is shown is in
points. Who lacks one of the two is counted as missing and enters no other figure.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from statistics import median

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

CONFIDENCE = 0.95

# Why there is no interval and no effect size, where there is none.
NO_PAIRS: str | Promise = gettext_lazy("Nobody has both tests yet.")
ONE_PAIR: str | Promise = gettext_lazy("One person alone gives no interval and no effect size.")
ALL_EQUAL: str | Promise = gettext_lazy(
    "Everyone changed by the same: there is no interval and no effect size."
)


@dataclass(frozen=True, slots=True)
class Result:
    """A person's two counting values in hundredths. `did_not_sit`: noted so in one of them."""

    pre: int | None
    post: int | None
    did_not_sit: bool = False

    @property
    def is_paired(self) -> bool:
        return self.pre is not None and self.post is not None


@dataclass(frozen=True, slots=True)
class PairedSummary:
    """Of `n` pairs, in points; a figure that does not exist is None and `why_not` says why.

    `did_not_sit` are those of the missing of whom it is noted; the others have no score yet.
    """

    n: int
    only_pre: int
    only_post: int
    neither: int
    did_not_sit: int
    pre_mean: float | None
    post_mean: float | None
    pre_median: float | None
    post_median: float | None
    mean_difference: float | None
    interval: tuple[float, float] | None
    effect_size: float | None
    corrected_effect_size: float | None
    improved: int
    same: int
    lower: int

    @property
    def missing(self) -> int:
        return self.only_pre + self.only_post + self.neither

    @property
    def people(self) -> int:
        return self.n + self.missing

    @property
    def why_not(self) -> str:
        if self.interval is not None:
            return ""
        return str({0: NO_PAIRS, 1: ONE_PAIR}.get(self.n, ALL_EQUAL))

    # Shares in percent of the pairs.

    @property
    def improved_percent(self) -> float | None:
        return self._percent(self.improved)

    @property
    def same_percent(self) -> float | None:
        return self._percent(self.same)

    @property
    def lower_percent(self) -> float | None:
        return self._percent(self.lower)

    def _percent(self, count: int) -> float | None:
        return 100 * count / self.n if self.n else None


def paired_summary(results: Iterable[Result]) -> PairedSummary:
    """The figures of those who have both tests, and how many lack one.

    The interval is that of the mean difference by Student's t with n - 1 degrees of freedom. The
    effect size is Cohen's d_z, the mean difference over the standard deviation of the differences;
    corrected, it is Hedges' g_z, which few people do not inflate (D. Lakens, 2013, Calculating and
    reporting effect sizes, Frontiers in Psychology 4:863; the factor is that of L. V. Hedges, 1981,
    Distribution theory for Glass's estimator of effect size, J. Educ. Stat. 6:107-128).
    """
    results = list(results)
    pairs = [(r.pre, r.post) for r in results if r.pre is not None and r.post is not None]
    pre, post = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    changes = [after - before for before, after in pairs]
    n = len(pairs)
    difference = Fraction(sum(changes), n) if n else None
    deviation = _deviation(changes)
    interval = effect = corrected = None
    if difference is not None and deviation:
        half = two_sided_t(n - 1) * deviation / math.sqrt(n)
        interval = (float(difference) - half) / 100, (float(difference) + half) / 100
        effect = float(difference) / deviation
        corrected = effect * hedges_factor(n - 1) if n > 2 else None
    return PairedSummary(
        n=n,
        only_pre=sum(r.pre is not None and r.post is None for r in results),
        only_post=sum(r.pre is None and r.post is not None for r in results),
        neither=sum(r.pre is None and r.post is None for r in results),
        did_not_sit=sum(r.did_not_sit and not r.is_paired for r in results),
        pre_mean=_points(Fraction(sum(pre), n)) if n else None,
        post_mean=_points(Fraction(sum(post), n)) if n else None,
        pre_median=_points(Fraction(median(pre))) if n else None,
        post_median=_points(Fraction(median(post))) if n else None,
        mean_difference=None if difference is None else _points(difference),
        interval=interval,
        effect_size=effect,
        corrected_effect_size=corrected,
        improved=sum(change > 0 for change in changes),
        same=sum(change == 0 for change in changes),
        lower=sum(change < 0 for change in changes),
    )


def _points(hundredths: Fraction) -> float:
    return float(hundredths / 100)


def _deviation(changes: list[int]) -> float | None:
    """Of a sample; exactly 0 where all are equal, None of fewer than two."""
    n = len(changes)
    if n < 2:
        return None
    squares = n * sum(change * change for change in changes) - sum(changes) ** 2
    return math.sqrt(Fraction(squares, n * (n - 1)))


@lru_cache(maxsize=512)
def two_sided_t(degrees: int) -> float:
    """Between minus and plus this lies 95 % of Student's t with so many degrees of freedom.

    By halving the angle θ of tan θ = t / √degrees, in which the finite sums for whole degrees are
    written (M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4).
    """
    low, high = 0.0, math.pi / 2
    while (angle := (low + high) / 2) not in (low, high):
        if _share_within(angle, degrees) < CONFIDENCE:
            low = angle
        else:
            high = angle
    return math.sqrt(degrees) * math.tan(angle)


def _share_within(angle: float, degrees: int) -> float:
    sine, cosine = math.sin(angle), math.cos(angle)
    is_odd = degrees % 2 == 1
    term = cosine if is_odd else 1.0
    total = 0.0
    for k in range(2 if is_odd else 1, degrees, 2):
        total += term
        term *= cosine * cosine * k / (k + 1)
    return 2 / math.pi * (angle + sine * total) if is_odd else sine * total


def hedges_factor(degrees: int) -> float:
    """By which d is corrected, exactly; it is about 1 - 3 / (4 × degrees - 1)."""
    half = degrees / 2
    return math.exp(math.lgamma(half) - math.lgamma(half - 0.5)) / math.sqrt(half)
