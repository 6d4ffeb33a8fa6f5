"""The rule of scores and averages, as whole-number arithmetic in hundredths of a point.

*To date* is the average of what was scored, *best still possible* what the person reaches by
scoring 20 in all that is open, *already certain* what remains where nothing more is sat, *worst
still possible* what remains whatever is sat: less, where the last attempt counts and one is left.
Who did not sit an assessment and has no attempt left earns nothing in it; that is not a score of 0,
and is never shown as one. Averages are rounded as the edition says, half a step up, and are
measured against a minimum as they are rounded; scores are never rounded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from courses.models import Cohort
from courses.models.assessments import HIGHEST_SCORE
from participants.models.scores import written

HIGHEST = 100 * HIGHEST_SCORE
STEPS: dict[str, int] = {
    Cohort.ScoreRounding.WHOLE: 100,
    Cohort.ScoreRounding.TENTHS: 10,
    Cohort.ScoreRounding.HUNDREDTHS: 1,
}

# The attempt's number and its hundredths, None where the person did not sit it.
Result = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class Policy:
    """To how many hundredths averages are rounded, and which of several attempts counts."""

    step: int = 1
    last_counts: bool = False

    @classmethod
    def of(cls, cohort: Cohort) -> "Policy":
        return cls(
            step=STEPS[cohort.score_rounding],
            last_counts=cohort.attempts_count == Cohort.AttemptsCount.LAST,
        )

    def rounded(self, amount: int, parts: int) -> int:
        """`amount / parts`, half a step up."""
        return (2 * amount + parts * self.step) // (2 * parts * self.step) * self.step


@dataclass(frozen=True, slots=True)
class Grade:
    """How one person stands in one assessment.

    `hundredths` is what counts: None where nothing was scored yet, and where the person did not
    sit it. An attempt that was not sat never replaces one that was.
    """

    weight: int
    hundredths: int | None
    results: tuple[Result, ...]
    attempts_left: int
    last_counts: bool = False

    @property
    def did_not_sit(self) -> bool:
        return bool(self.results) and self.hundredths is None

    @property
    def is_open(self) -> bool:
        """Nothing counts yet, and something still may."""
        return self.hundredths is None and self.attempts_left > 0

    @property
    def best(self) -> int:
        """Hundredths still possible."""
        return HIGHEST if self.attempts_left else self.hundredths or 0

    @property
    def certain(self) -> int:
        """Hundredths that remain where nothing more is sat."""
        return self.hundredths or 0

    @property
    def worst(self) -> int:
        """Hundredths that remain whatever is still sat."""
        return 0 if self.last_counts and self.attempts_left else self.certain

    def reaches(self, minimum: int) -> bool:
        """Whether a minimum in hundredths is met as of now."""
        return self.hundredths is not None and self.hundredths >= minimum

    def meets(self, minimum: int) -> bool:
        """Whether it is met whatever comes."""
        return self.reaches(minimum) and self.worst >= minimum

    @property
    def value(self) -> Decimal | None:
        return None if self.hundredths is None else points(self.hundredths)


@dataclass(frozen=True, slots=True)
class Average:
    """Of the weights of all that counts: hundredths, rounded. None where nothing counts (yet)."""

    base: int
    base_taken: int
    to_date: int | None
    best: int | None
    certain: int | None
    worst: int | None

    def reaches(self, minimum: int) -> bool:
        """Whether a minimum in hundredths is met where nothing more is sat."""
        return self.certain is not None and self.certain >= minimum

    def meets(self, minimum: int) -> bool:
        """Whether it is met whatever comes."""
        return self.worst is not None and self.worst >= minimum

    def can_meet(self, minimum: int) -> bool:
        return self.best is not None and self.best >= minimum

    @property
    def is_final(self) -> bool:
        return self.base > 0 and self.worst == self.best


def grade(results: Iterable[Result], *, attempts: int, weight: int, policy: Policy) -> Grade:
    """Of the results of one person in one assessment, in any order."""
    in_order = tuple(sorted(results, key=lambda result: result[0]))
    sat = [hundredths for _attempt, hundredths in in_order if hundredths is not None]
    used = in_order[-1][0] if in_order else 0
    counting = (sat[-1] if policy.last_counts else max(sat)) if sat else None
    return Grade(weight, counting, in_order, max(attempts - used, 0), policy.last_counts)


def average(grades: Iterable[Grade], policy: Policy) -> Average:
    base = base_taken = earned = best = worst = 0
    for each in grades:
        base += each.weight
        if not each.is_open:
            base_taken += each.weight
        earned += each.weight * each.certain
        best += each.weight * each.best
        worst += each.weight * each.worst
    return Average(
        base=base,
        base_taken=base_taken,
        to_date=policy.rounded(earned, base_taken) if base_taken else None,
        best=policy.rounded(best, base) if base else None,
        certain=policy.rounded(earned, base) if base else None,
        worst=policy.rounded(worst, base) if base else None,
    )


def hundredths_of(value: Decimal | float) -> int:
    """Of a score or minimum, which has at most two decimals."""
    return round(value * 100)


def points(hundredths: int) -> Decimal:
    return Decimal(hundredths) / 100


def shown(hundredths: int) -> str:
    """As a score is read: 14, 14,5, 14,25."""
    return written(points(hundredths))
