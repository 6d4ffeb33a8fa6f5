"""What other versions of rules would change, person by person, before they are published."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils import timezone

from courses.models import Cohort, CompletionRule
from participants.completing import ReviewRow
from participants.completion_rules import refuse_circles
from participants.edition_standing import CohortStanding
from participants.finishing import FinishRow
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
    def together(
        cls, cohort: Cohort, rules: Collection[Demands], *, at: dt.datetime
    ) -> dict[int | None, "RulePreview"]:
        """By the module's id, None of the edition: of each of the rules, and of those in force that
        build on them and by which someone would then stand otherwise.

        At most twenty queries for any number of people. The rules have no circle among them.
        """
        before = CohortStanding.for_cohort(cohort, at=at)
        after = CohortStanding.for_cohort(cohort, at=at, instead=rules)
        found = {module: cls._of(module, before, after) for module in after.rules}
        asked = {rule.cohort_module_id for rule in rules}
        return {pk: each for pk, each in found.items() if pk in asked or each.changes}

    @classmethod
    def _of(
        cls, cohort_module_id: int | None, before: CohortStanding, after: CohortStanding
    ) -> "RulePreview":
        is_first = cohort_module_id not in before.rules
        rows = _rows(before, cohort_module_id)
        # Who came or went between the two readings is in one of them.
        then = {row.enrollment.pk: row for row in _rows(after, cohort_module_id)}
        pairs = [
            RuleChange(now.enrollment, now.requirements, then[now.enrollment.pk].requirements)
            for now in rows
            if now.decision is None and now.enrollment.is_active and now.enrollment.pk in then
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
            decided=sum(row.decision is not None for row in rows),
        )


def previews(
    cohort: Cohort, drafts: Collection[CompletionRule], *, at: dt.datetime
) -> tuple[Mapping[int | None, RulePreview], str]:
    """As `RulePreview.together`, and why these drafts cannot be published together, empty where
    they can: where they close a circle nobody could stand before them."""
    if not drafts:
        return {}, ""
    try:
        refuse_circles(cohort, drafts, on=timezone.localdate(at))
    except ValidationError as error:
        return {}, " ".join(error.messages)
    return RulePreview.together(cohort, [Demands.of(draft) for draft in drafts], at=at), ""


def _rows(standing: CohortStanding, cohort_module_id: int | None) -> list[ReviewRow | FinishRow]:
    if cohort_module_id is None:
        return [FinishRow(person) for person in standing.rows]
    return [
        ReviewRow(person.enrollment, person.of_module(cohort_module_id)) for person in standing.rows
    ]
