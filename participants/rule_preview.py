"""What another version of a rule would change, person by person, before it is published."""

import datetime as dt
from dataclasses import dataclass

from courses.models import Cohort, CohortModule
from participants.completing import ModuleReview, ReviewRow
from participants.finishing import EditionReview, FinishRow
from participants.models import Enrollment
from participants.rules_in_force import Demands
from participants.standings import FAILED, Requirements


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One person whose standing before the rule would change."""

    enrollment: Enrollment
    before: Requirements
    after: Requirements


@dataclass(frozen=True, slots=True)
class RulePreview:
    """What a version would change: only among those of whom nothing is decided yet.

    Before a first version nothing is asked for: its changes are those who can no longer meet it.
    """

    is_first: bool
    changes: tuple[RuleChange, ...]
    meeting_before: int
    meeting_after: int
    undecided: int
    decided: int

    @classmethod
    def of(
        cls, cohort: Cohort, cohort_module: CohortModule | None, rule: Demands, *, at: dt.datetime
    ) -> "RulePreview":
        """At most twenty queries for any number of people."""
        before = _rows(cohort, cohort_module, at=at)
        after = {
            row.enrollment.pk: row for row in _rows(cohort, cohort_module, at=at, instead=rule)
        }
        is_first = not any(row.rule for row in before)
        pairs = [
            RuleChange(row.enrollment, row.requirements, after[row.enrollment.pk].requirements)
            for row in before
            if row.decision is None and row.enrollment.is_active
        ]
        return cls(
            is_first=is_first,
            changes=tuple(
                pair
                for pair in pairs
                if (
                    pair.after.standing in FAILED
                    if is_first
                    else pair.before.standing != pair.after.standing
                )
            ),
            meeting_before=sum(pair.before.is_met for pair in pairs),
            meeting_after=sum(pair.after.is_met for pair in pairs),
            undecided=len(pairs),
            decided=sum(row.decision is not None for row in before),
        )


def _rows(
    cohort: Cohort,
    cohort_module: CohortModule | None,
    *,
    at: dt.datetime,
    instead: Demands | None = None,
) -> tuple[ReviewRow, ...] | tuple[FinishRow, ...]:
    if cohort_module is None:
        return EditionReview.for_edition(cohort, at=at, instead=instead).rows
    cohort_module.cohort = cohort
    return ModuleReview.for_edition(cohort_module, at=at, instead=instead).rows
