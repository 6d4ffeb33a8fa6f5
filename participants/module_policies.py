"""By which minimum and base attendance is measured in each module, and in the edition."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import FETCH_RAISE, OuterRef, Subquery
from django.utils import timezone

from courses.models import Cohort, CohortModule, CompletionRule
from courses.nested_rows import NestedRows
from participants.attendance_rates import Policy
from participants.rules_in_force import Demands, RulesOf


def modules_with_policies(
    cohorts: Iterable[Cohort],
    *,
    at: dt.datetime,
    rules: Mapping[int, RulesOf] | None,
    decided: NestedRows,
) -> dict[int, list[tuple[CohortModule, Policy]]]:
    """By the cohort's id, each module, with what is `decided` in it, and its rule's policy.

    Without a rule the cohort's minimum and base hold.
    """
    by_id = {cohort.pk: cohort for cohort in cohorts}
    modules = (
        CohortModule.objects.filter(cohort__in=by_id)
        .select_related("module")
        .annotate(decided=decided)
        .order_by("first_week")
        .fetch_mode(FETCH_RAISE)
    )
    if rules is None:
        rule = CompletionRule.objects.in_force(timezone.localdate(at))
        rule = rule.filter(cohort_module=OuterRef("pk")).order_by()  # there is one at most
        modules = modules.annotate(
            rule_minimum=Subquery(rule.values("minimum_attendance_percent")[:1]),
            rule_base=Subquery(rule.values("attendance_base")[:1]),
        )
    found: dict[int, list[tuple[CohortModule, Policy]]] = defaultdict(list)
    for module in modules:
        module.cohort = cohort = by_id[module.cohort_id]
        if rules is None:
            own: Any = module
            policy = Policy.of(cohort, own.rule_minimum, own.rule_base)
        else:
            policy = _policy_of(cohort, rules[cohort.pk].get(module.pk))
        found[module.cohort_id].append((module, policy))
    return found


def _policy_of(cohort: Cohort, rule: Demands | None) -> Policy:
    if rule is None:
        return Policy.of(cohort)
    return Policy.of(cohort, rule.minimum_attendance_percent, rule.attendance_base)


def edition_policy(policy: Policy, cohort: Cohort, rules: RulesOf | None) -> Policy:
    """That of the edition's rule; where there is none that asks for attendance, its own."""
    rule = rules.get(None) if rules else None
    if rule is None or not rule.minimum_attendance_percent:
        return policy
    return _policy_of(cohort, rule)
