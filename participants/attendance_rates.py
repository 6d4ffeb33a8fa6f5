"""The rule of the three percentages, as whole-number arithmetic over plain values.

*To date* is what was earned of what was taken, *best still possible* what the person reaches by
attending everything that has no mark yet and doing every make-up, *already certain* what remains
without either. The base is all that concerns the person, less the excused where the cohort leaves
them out. A make-up done counts as the cohort says, and never less than the mark it makes up for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from courses.models import Cohort, CompletionRule
from participants.make_ups import MISSED, Standing
from participants.models import AttendanceRecord
from participants.models.attendance import CAME

State = AttendanceRecord.State

# The session's minutes, whether it has ended, the mark or None, the minutes attended if known, and
# how its make-up stands, if one is assigned.
Part = tuple[int, bool, str | None, int | None, Standing | None]


STATES: dict[str, str | Promise] = {
    "certain": gettext_lazy("minimum certain"),
    "on_track": gettext_lazy("on track"),
    "at_risk": gettext_lazy("at risk"),
    "impossible": gettext_lazy("minimum out of reach"),
    "no_data": gettext_lazy("nothing counts yet"),
}


@dataclass(frozen=True, slots=True)
class Policy:
    """How marks count, and the minimum that they are measured against."""

    minimum_percent: int
    late_percent: int = 100
    excused: str = Cohort.Excused.LEFT_OUT
    in_minutes: bool = False
    make_up: str = Cohort.MakeUpCounts.PRESENT

    @classmethod
    def of(
        cls,
        cohort: Cohort,
        minimum_percent: int | None = None,
        base: str | None = CompletionRule.Base.EDITION,
    ) -> "Policy":
        """The cohort's, with the minimum and the base of a rule where it has its own."""
        if base is None or base == CompletionRule.Base.EDITION:
            base = cohort.attendance_base
        return cls(
            minimum_percent=cohort.minimum_attendance_percent
            if minimum_percent is None
            else minimum_percent,
            late_percent=cohort.late_counts_percent,
            excused=cohort.excused_counts,
            in_minutes=base == Cohort.Base.MINUTES,
            make_up=cohort.make_up_counts,
        )

    def credits(self) -> dict[str, int | None]:
        """Percent of a session that each mark earns; None leaves the session out of the base."""
        excused = {
            Cohort.Excused.LEFT_OUT.value: None,
            Cohort.Excused.PRESENT.value: 100,
            Cohort.Excused.ABSENT.value: 0,
        }
        return {
            State.PRESENT.value: 100,
            State.LATE.value: self.late_percent,
            State.EXCUSED.value: excused[str(self.excused)],
            State.ABSENT.value: 0,
        }

    def credit_made_up(self, mark: int | None) -> int | None:
        """Of a session made up whose mark earns `mark`: what the policy says, and never less.

        Left out of the base is better than anything but the whole session.
        """
        made_up = self.credits()[self.make_up]
        if mark is None or made_up is None:
            return 100 if 100 in (mark, made_up) else None
        return max(mark, made_up)


@dataclass(frozen=True, slots=True)
class AttendanceRate:
    """Counts of sessions, and the exact amounts behind the three percentages.

    `base`, `base_taken`, `base_open` are sessions or minutes as the cohort counts; the amount
    earned is kept in hundredths of that, so that every comparison is one of whole numbers.
    """

    minimum_percent: int
    in_minutes: bool
    counted: int
    taken: int
    present: int
    late: int
    excused: int
    absent: int
    made_up: int
    untaken: int
    future: int
    overdue: int
    absences_left: int | None
    base: int
    base_taken: int
    base_open: int
    earned_hundredths: int
    # With every make-up done that is still to do.
    best_base: int
    best_hundredths: int

    @property
    def earned(self) -> float:
        """Sessions or minutes earned; a late arrival may earn a part."""
        return self.earned_hundredths / 100

    # Whole percents, rounded down: 79.9 is never shown as the 80 that it does not reach.

    @property
    def to_date(self) -> int | None:
        return self.earned_hundredths // self.base_taken if self.base_taken else None

    @property
    def best_possible(self) -> int | None:
        return self.best_hundredths // self.best_base if self.base else None

    @property
    def certain(self) -> int | None:
        return self.earned_hundredths // self.base if self.base else None

    @property
    def meets_minimum(self) -> bool:
        """Whether the minimum is already certain, whatever comes."""
        if not self.minimum_percent:
            return True  # attendance is not asked for
        return self.base > 0 and self.earned_hundredths >= self.minimum_percent * self.base

    @property
    def can_meet_minimum(self) -> bool:
        if not self.minimum_percent:
            return True
        return self.base > 0 and self.best_hundredths >= self.minimum_percent * self.best_base

    @property
    def needs_make_up(self) -> bool:
        """The minimum is out of reach without the make-ups that are still to do."""
        attended = self.earned_hundredths + 100 * self.base_open
        return self.can_meet_minimum and attended < self.minimum_percent * self.base

    @property
    def short_hundredths(self) -> int:
        """What is lacking to the minimum, in hundredths of sessions or minutes."""
        return max(self.minimum_percent * self.base - self.earned_hundredths, 0)

    @property
    def state(self) -> str:
        """One of STATES.

        At risk is who has lost something and can afford one more absence or none: in a short
        module nobody is at risk before anything happened.
        """
        if not self.base:
            return "no_data"
        if self.meets_minimum:
            return "certain"
        if not self.can_meet_minimum:
            return "impossible"
        has_lost = self.best_hundredths < 100 * self.best_base
        return "at_risk" if has_lost and (self.absences_left or 0) <= 1 else "on_track"

    @property
    def state_label(self) -> str:
        return str(STATES[self.state])


def attendance_rate(
    parts: Iterable[Part], policy: Policy, *, active: bool = True
) -> AttendanceRate:
    """The rate over the sessions that concern a person, in any order.

    A session's mark counts at once, even before its end. Where minutes count, known minutes of
    attendance earn themselves and no more than the session has, and a late arrival the policy's
    percentage of them; a session made up counts whole. Of who is not active no register is overdue.
    """
    credits, made_up_credits = _credits(policy)
    tally = dict.fromkeys(credits, 0)
    base_taken = earned = counted = untaken = made_up = 0
    gained_base = gained = 0
    open_weights: list[int] = []
    for minutes, ended, state, attended, make_up in parts:
        weight = minutes if policy.in_minutes else 1
        if state is None:
            open_weights.append(weight)
            untaken += ended
            continue
        credit = credits[state]
        if make_up == Standing.DONE and state in made_up_credits:
            made_up += 1
            credit = made_up_credits[state]
        else:
            tally[state] += 1
            if make_up == Standing.PENDING and state in made_up_credits:
                then = made_up_credits[state]
                gained_base += weight * ((then is not None) - (credit is not None))
                gained += weight * ((then or 0) - (credit or 0))
        if credit is None:
            continue
        counted += 1
        base_taken += weight
        if policy.in_minutes and attended is not None and state in CAME:
            weight = min(attended, weight)
        earned += weight * credit
    base_open = sum(open_weights)
    base = base_taken + base_open
    attending = earned + 100 * base_open
    if not base + gained_base:
        gained_base = gained = 0  # nothing would be left to count
    spare = attending - policy.minimum_percent * base
    return AttendanceRate(
        minimum_percent=policy.minimum_percent,
        in_minutes=policy.in_minutes,
        counted=counted + len(open_weights),
        taken=counted,
        present=tally[State.PRESENT],
        late=tally[State.LATE],
        excused=tally[State.EXCUSED],
        absent=tally[State.ABSENT],
        made_up=made_up,
        untaken=untaken,
        future=len(open_weights) - untaken,
        overdue=untaken if active else 0,
        absences_left=_absences_left(open_weights, spare) if base else None,
        base=base,
        base_taken=base_taken,
        base_open=base_open,
        earned_hundredths=earned,
        best_base=base + gained_base,
        best_hundredths=attending + gained,
    )


@lru_cache(maxsize=64)
def _credits(policy: Policy) -> tuple[dict[str, int | None], dict[str, int | None]]:
    """Of each mark, and of those that are made up: of hundreds of people they are the same."""
    credits = policy.credits()
    return credits, {state.value: policy.credit_made_up(credits[state.value]) for state in MISSED}


def _absences_left(open_weights: list[int], spare: int) -> int:
    """How many sessions may still be missed, whichever they are: so the longest are tried."""
    absences = 0
    for weight in sorted(open_weights, reverse=True):
        spare -= 100 * weight
        if spare < 0:
            break
        absences += 1
    return absences
