"""A rule's way from draft to version in force: what it asks for is written, looked at, published.

One draft at a time of each module and of the edition. Every verb locks the edition first, without
its key, so that two who publish at once queue up: no circle of modules slips through between them.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Assessment, Cohort, CohortModule, CompletionRule, RuleScore
from courses.models.completion_rules import CompletionRuleQuerySet
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
        _refuse_circles(cohort, {cohort_module: prerequisites}, on=timezone.localdate(at))
    draft.save()
    draft.prerequisites.set(prerequisites)
    draft.score_minimums.all().delete()
    for assessment, minimum in scores.items():
        score = RuleScore(rule=draft, assessment_id=assessment, minimum=minimum)
        score.full_clean()
        score.save()
    return draft


def first_asks(cohort: Cohort, cohort_module: CohortModule | None) -> dict[str, Any]:
    """What a first version asks for where nothing else is said: as the edition's data say."""
    first = CompletionRule(
        cohort=cohort,
        minimum_attendance_percent=cohort.minimum_attendance_percent,
        requires_sign_off=cohort_module is not None,
    )
    return {name: getattr(first, name) for name in CompletionRule.ASKS}


@transaction.atomic
def draft_missing(cohort: Cohort, *, by: AbstractBaseUser, at: dt.datetime) -> list[CompletionRule]:
    """Write a first draft of each rule that has no version yet, of the open modules and of the
    edition, which asks for all its modules. Again, it changes nothing. Raises ValidationError."""
    cohort, _no_module = _locked(cohort, None)
    written = set(
        CompletionRule.objects.filter(cohort=cohort).values_list("cohort_module", flat=True)
    )
    modules = list(CohortModule.objects.filter(cohort=cohort).order_by("pk"))
    return [
        save_draft(
            cohort,
            module,
            first_asks(cohort, module),
            scores={},
            prerequisites=[] if module else [each.pk for each in modules],
            based_on=None,
            by=by,
            at=at,
        )
        for module in [*(each for each in modules if each.closed_at is None), None]
        if (module and module.pk) not in written
    ]


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
    _locked(draft.cohort, draft.cohort_module)
    draft = CompletionRule.objects.select_related("cohort", "cohort_module").get(pk=draft.pk)
    if not draft.is_draft:
        return draft
    _refuse_changed(draft, based_on)
    refuse_circles(draft.cohort, [draft], on=timezone.localdate(at))
    _publish(draft, effective_on=effective_on, reason=reason, by=by, at=at)
    return draft


def _publish(
    draft: CompletionRule,
    *,
    effective_on: dt.date,
    reason: str,
    by: AbstractBaseUser,
    at: dt.datetime,
) -> None:
    _refuse_same(draft, Demands.of(draft))
    if draft.version > 1 and not reason.strip():
        raise ValidationError({"reason": _("Write why the rule changes.")})
    draft.reason = reason.strip()
    draft.effective_on = effective_on
    draft.published_at = at
    draft.published_by = by  # type: ignore[assignment]
    draft.full_clean()
    draft.save()


@transaction.atomic
def publish_all(
    cohort: Cohort,
    seen: Mapping[int, dt.datetime | None],
    *,
    effective_on: dt.date,
    reason: str = "",
    by: AbstractBaseUser,
    at: dt.datetime,
) -> list[CompletionRule]:
    """Publish every draft of an edition as `publish` does one: all of them, or none.

    `seen` are the drafts that the caller saw, each with when it was edited: one more, one less or
    one changed is refused. Where none is left, nothing is changed. Together they close no circle,
    whatever one of them alone would. Raises ValidationError, which names the rule that is refused.
    """
    _locked(cohort, None)
    drafts = list(open_drafts(cohort))
    for draft in drafts:
        with _naming(draft):
            _locked(cohort, draft.cohort_module)
            _refuse_changed(draft, seen.get(draft.pk))
    if drafts and seen.keys() - {draft.pk for draft in drafts}:
        raise _stale(
            _(
                "A draft was published or discarded meanwhile, or its module closed. Look at the"
                " others and publish again."
            )
        )
    refuse_circles(cohort, drafts, on=timezone.localdate(at))
    for draft in drafts:
        with _naming(draft):
            _publish(draft, effective_on=effective_on, reason=reason, by=by, at=at)
    return drafts


def open_drafts(cohort: Cohort) -> CompletionRuleQuerySet:
    """Those that can be published: of the modules in the order in which all lock them, and last of
    the edition."""
    drafts = CompletionRule.objects.filter(cohort=cohort, cohort_module__closed_at=None).drafts()
    return drafts.select_related("cohort", "cohort_module__module").order_by(
        F("cohort_module_id").asc(nulls_last=True)
    )


@contextmanager
def _naming(draft: CompletionRule) -> Iterator[None]:
    """What is refused of it says of which rule it is."""
    try:
        yield
    except ValidationError as error:
        raise _named(draft, error) from error


def _named(draft: CompletionRule, error: ValidationError) -> ValidationError:
    """The same refusal, at the same field."""
    if not hasattr(error, "error_dict"):
        name = draft.cohort_module or _("The edition as a whole")
        text = "%(name)s: %(message)s"
        return ValidationError(
            [
                ValidationError(text, each.code, {"name": name, "message": message})
                for each in error.error_list
                for message in each.messages
            ]
        )
    by_field = {
        field: _named(draft, ValidationError(errors)) for field, errors in error.error_dict.items()
    }
    return ValidationError(by_field)


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


def _refuse_changed(draft: CompletionRule, based_on: dt.datetime | None) -> None:
    if draft.edited_at != based_on:
        raise _stale(_("This draft was changed meanwhile. Look at it and publish again."))


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


def refuse_circles(cohort: Cohort, drafts: Collection[CompletionRule], *, on: dt.date) -> None:
    """Were these drafts of the edition published together."""
    wanted = {
        draft.cohort_module: Demands.of(draft).prerequisites
        for draft in drafts
        if draft.cohort_module
    }
    if wanted:
        _refuse_circles(cohort, wanted, on=on)


def _refuse_circles(
    cohort: Cohort, wanted: Mapping[CohortModule, Collection[int]], *, on: dt.date
) -> None:
    """Were these modules to wait for those, among all versions that hold on that day or will: no
    module may wait for itself."""
    needs: dict[int, set[int]] = {}
    changing = {None, *(module.pk for module in wanted)}
    for rule in holding(cohort, on=on).prefetch_related("prerequisites"):
        if rule.cohort_module_id not in changing:
            needs.setdefault(rule.cohort_module_id, set()).update(
                module.pk for module in rule.prerequisites.all()
            )
    needs |= {module.pk: set(prerequisites) for module, prerequisites in wanted.items()}
    for module in wanted:
        _refuse_waiting_for_itself(module, needs)


def _refuse_waiting_for_itself(cohort_module: CohortModule, needs: Mapping[int, set[int]]) -> None:
    waiting, seen = list(needs[cohort_module.pk]), set()
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
