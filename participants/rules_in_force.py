"""What the rules of an edition ask for, as plain values: one query for all of them."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from courses.models import Cohort, CompletionRule


@dataclass(frozen=True, slots=True)
class Demands:
    """What one version of a rule asks for. `cohort_module_id` None: of the edition as a whole.

    `scores` are the minimums by assessment, `prerequisites` the modules to be completed.
    """

    pk: int
    version: int
    cohort_module_id: int | None
    minimum_attendance_percent: int
    attendance_base: str
    minimum_average: Decimal | None
    requires_sign_off: bool
    requires_make_ups: bool
    requires_competency_ratings: bool
    scores: Mapping[int, Decimal]
    prerequisites: frozenset[int]

    @classmethod
    def of(cls, rule: CompletionRule) -> "Demands":
        """Two queries, the scores and the modules, unless the rule comes with them."""
        return cls(
            **{name: getattr(rule, name) for name in OWN},
            scores={each.assessment_id: each.minimum for each in rule.score_minimums.all()},
            prerequisites=frozenset(module.pk for module in rule.prerequisites.all()),
        )


# By the module's id; None is the edition's own.
type RulesOf = Mapping[int | None, Demands]

OWN = ("pk", "version", "cohort_module_id", *CompletionRule.ASKS)


def rules_in_force(
    cohorts: Iterable[Cohort], *, on: dt.date
) -> dict[int, dict[int | None, Demands]]:
    """By the cohort's id. Each rule comes once for each of its scores and modules: a few rows."""
    found: dict[int, dict[int | None, Demands]] = {cohort.pk: {} for cohort in cohorts}
    rows: Iterable[tuple[Any, ...]] = (
        CompletionRule.objects.in_force(on)
        .filter(cohort__in=found)
        .order_by()
        .values_list(
            "cohort_id",
            "score_minimums__assessment_id",
            "score_minimums__minimum",
            "prerequisites",
            *OWN,
        )
    )
    scores: dict[int, dict[int, Decimal]] = {}
    modules: dict[int, set[int]] = {}
    values: dict[int, tuple[int, dict[str, Any]]] = {}
    for cohort_id, assessment, minimum, module, *own in rows:
        pk = own[0]
        values[pk] = (cohort_id, dict(zip(OWN, own, strict=True)))
        if assessment is not None:
            scores.setdefault(pk, {})[assessment] = minimum
        if module is not None:
            modules.setdefault(pk, set()).add(module)
    for pk, (cohort_id, asks) in values.items():
        demands = Demands(
            **asks, scores=scores.get(pk, {}), prerequisites=frozenset(modules.get(pk, ()))
        )
        found[cohort_id][demands.cohort_module_id] = demands
    return found
