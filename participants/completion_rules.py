"""A rule's way from draft to version in force: what it asks for is written, looked at, published.

One draft at a time of each module and of the edition. Every verb locks the edition first, without
its key, so that two who publish at once queue up: no circle of modules slips through between them.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Assessment, Cohort, CohortModule, CompletionRule, RuleScore
from participants.completing import locked_module
from participants.places import locked_cohort, refuse_closed
from participants.rules_in_force import Demands


@transaction.atomic
def save_draft(
    cohort: Cohort,
    cohort_module: CohortModule | None,
    asks: Mapping[str, Any],
    *,
    scores: Mapping[int, Decimal],
    prerequisites: Collection[int],
    based_on: dt.datetime | None,
    by: AbstractBaseUser,
    at: dt.datetime,
) -> CompletionRule:
    """Write what the next version asks for; of the module, or without one of the edition.

    `asks` are values of CompletionRule.ASKS, `scores` minimums by assessment, `based_on` when the
    draft was edited that the caller saw, None where there was none: a newer one is not covered up.
    The same again changes nothing. Raises ValidationError.
    """
    cohort, cohort_module = _locked(cohort, cohort_module)
    rules = CompletionRule.objects.of(cohort, cohort_module)
    draft = rules.drafts().first()
    wanted = (dict(asks), dict(scores), frozenset(prerequisites))
    if draft is not None and _asked(Demands.of(draft)) == wanted:
        return draft
    if draft is not None and draft.edited_at != based_on:
        raise _stale(_("This draft was changed meanwhile. Look at it and save again."))
    if draft is None:
        newest = rules.order_by("-version").values_list("version", flat=True).first()
        draft = CompletionRule(
            cohort=cohort, cohort_module=cohort_module, version=(newest or 0) + 1
        )
    for name, value in asks.items():
        setattr(draft, name, value)
    draft.edited_at = at
    draft.full_clean()
    _refuse_foreign(cohort, scores, prerequisites)
    if cohort_module is not None:
        _refuse_circle(cohort_module, prerequisites, on=timezone.localdate(at))
    draft.save()
    draft.prerequisites.set(prerequisites)
    draft.score_minimums.all().delete()
    for assessment, minimum in scores.items():
        score = RuleScore(rule=draft, assessment_id=assessment, minimum=minimum)
        score.full_clean()
        score.save()
    return draft


@transaction.atomic
def publish(
    draft: CompletionRule,
    *,
    effective_on: dt.date,
    reason: str = "",
    based_on: dt.datetime | None,
    by: AbstractBaseUser,
    at: dt.datetime,
) -> CompletionRule:
    """Publish a draft as it was looked at; decisions taken under earlier versions stay.

    `based_on` is when the draft was edited that the caller saw. From the second version on a
    reason is asked for. Published again, it changes nothing. Raises ValidationError: codes "stale",
    "closed", "circle", "same".
    """
    _cohort, cohort_module = _locked(draft.cohort, draft.cohort_module)
    draft = CompletionRule.objects.select_related("cohort", "cohort_module").get(pk=draft.pk)
    if not draft.is_draft:
        return draft
    if draft.edited_at != based_on:
        raise _stale(_("This draft was changed meanwhile. Look at it and publish again."))
    demands = Demands.of(draft)
    _refuse_same(draft, demands)
    if cohort_module is not None:
        _refuse_circle(cohort_module, demands.prerequisites, on=timezone.localdate(at))
    if draft.version > 1 and not reason.strip():
        raise ValidationError({"reason": _("Write why the rule changes.")})
    draft.reason = reason.strip()
    draft.effective_on = effective_on
    draft.published_at = at
    draft.published_by = by  # type: ignore[assignment]
    draft.full_clean()
    draft.save()
    return draft


@transaction.atomic
def discard(draft: CompletionRule) -> None:
    """Only a draft can be; what was published stays."""
    _locked(draft.cohort, draft.cohort_module)
    CompletionRule.objects.drafts().filter(pk=draft.pk).delete()


def _locked(
    cohort: Cohort, cohort_module: CohortModule | None
) -> tuple[Cohort, CohortModule | None]:
    """The edition, and the module after it: its decisions queue on the module's row."""
    cohort = locked_cohort(cohort.pk)
    refuse_closed(cohort)
    return cohort, cohort_module and locked_module(cohort_module)


def _asked(rule: Demands) -> tuple[dict[str, Any], dict[int, Decimal], frozenset[int]]:
    asks = {name: getattr(rule, name) for name in CompletionRule.ASKS}
    return asks, dict(rule.scores), rule.prerequisites


def _stale(message: str) -> ValidationError:
    return ValidationError(message, code="stale")


def _refuse_same(draft: CompletionRule, demands: Demands) -> None:
    newest = (
        CompletionRule.objects.of(draft.cohort, draft.cohort_module)
        .published()
        .order_by("-version")
        .first()
    )
    if newest is not None and _asked(Demands.of(newest)) == _asked(demands):
        raise ValidationError(
            _("Version %(version)d asks for the same already.") % {"version": newest.version},
            code="same",
        )


def _refuse_foreign(
    cohort: Cohort, scores: Collection[int], prerequisites: Collection[int]
) -> None:
    known = Assessment.objects.filter(cohort=cohort, pk__in=scores).count()
    if known != len(scores):
        raise ValidationError(_("This assessment is of another edition."))
    known = CohortModule.objects.filter(cohort=cohort, pk__in=prerequisites).count()
    if known != len(prerequisites):
        raise ValidationError({"prerequisites": _("This module is of another edition.")})


def _refuse_circle(
    cohort_module: CohortModule, prerequisites: Collection[int], *, on: dt.date
) -> None:
    """Among all versions that hold today or will: no module may wait for itself."""
    needs: dict[int, set[int]] = {}
    for rule in holding(cohort_module.cohort, on=on).prefetch_related("prerequisites"):
        if rule.cohort_module_id not in (None, cohort_module.pk):
            needs.setdefault(rule.cohort_module_id or 0, set()).update(
                module.pk for module in rule.prerequisites.all()
            )
    needs[cohort_module.pk] = set(prerequisites)
    waiting, seen = list(prerequisites), set()
    while waiting:
        module = waiting.pop()
        if module == cohort_module.pk:
            raise ValidationError(
                {
                    "prerequisites": ValidationError(
                        _("“%(module)s” would wait for itself, by way of these modules.")
                        % {"module": cohort_module},
                        code="circle",
                    )
                }
            )
        if module not in seen:
            seen.add(module)
            waiting += needs.get(module, ())


def holding(cohort: Cohort, *, on: dt.date) -> Any:
    """The versions of an edition's rules in force on that day, and those that will be later."""
    rules = CompletionRule.objects.filter(cohort=cohort)
    return rules.in_force(on) | rules.published().filter(effective_on__gt=on)
