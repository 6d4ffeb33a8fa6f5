"""What someone completed in one edition counts in another: which modules, and the decision made."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from courses.models import Cohort, CohortModule, CompletionRule
from participants.models import Enrollment, ModuleCompletion


@dataclass(frozen=True, slots=True)
class Credit:
    """A completed module, and the same module of the other edition where it has it."""

    completion: ModuleCompletion
    cohort_module: CohortModule | None
    rule: CompletionRule | None


def credits_in(enrollment: Enrollment, to_cohort: Cohort) -> tuple[Credit, ...]:
    completed = (
        ModuleCompletion.objects.filter(
            Q(needs_approval=False) | Q(approved_at__isnull=False),
            enrollment=enrollment,
            outcome=ModuleCompletion.Outcome.COMPLETED,
        )
        .select_related("cohort_module__module")
        .order_by("cohort_module__first_week")
    )
    there = {
        row.module_id: row
        for row in CohortModule.objects.filter(cohort=to_cohort).select_related("module")
    }
    rules = {
        rule.cohort_module_id: rule
        for rule in CompletionRule.objects.in_force(to_cohort.ends_on).filter(cohort=to_cohort)
    }
    found = []
    for completion in completed:
        target = there.get(completion.cohort_module.module_id)
        found.append(Credit(completion, target, rules.get(target.pk) if target else None))
    return tuple(found)


def credit_completions(
    enrollment: Enrollment, arrival: Enrollment, *, by: AbstractBaseUser, at: dt.datetime
) -> None:
    """Completes in the other edition what was completed in this one, as equivalent, with the
    figures of the first decision. Raises ValidationError ("no_rule") where a module there has no
    rule yet: a decision names the rule under which it was taken."""
    credits = [each for each in credits_in(enrollment, arrival.cohort) if each.cohort_module]
    _refuse_without_rule(credits)
    known = set(arrival.completions.values_list("cohort_module", flat=True))
    rows = [
        _equivalent(credit, arrival, by=by, at=at)
        for credit in credits
        if credit.completion.cohort_module_id not in known
        and credit.cohort_module
        and credit.cohort_module.pk not in known
    ]
    bulk_create_with_history(rows, ModuleCompletion, default_user=by, default_date=at)


def _equivalent(
    credit: Credit, arrival: Enrollment, *, by: AbstractBaseUser, at: dt.datetime
) -> ModuleCompletion:
    first = credit.completion
    return ModuleCompletion(
        enrollment=arrival,
        cohort_module=credit.cohort_module,
        rule=credit.rule,
        outcome=ModuleCompletion.Outcome.COMPLETED,
        meets_rule=first.meets_rule,
        attendance_percent=first.attendance_percent,
        sessions_counted=first.sessions_counted,
        sessions_taken=first.sessions_taken,
        average=first.average,
        figures=first.figures,
        override_reason=ModuleCompletion.Override.EQUIVALENT,
        decided_by=by,  # type: ignore[misc]
        decided_at=at,
    )


def _refuse_without_rule(credits: Iterable[Credit]) -> None:
    for credit in credits:
        if credit.rule is None:
            message = _("“%(module)s” has no rule in that edition yet: publish it first.")
            error = ValidationError(message % {"module": credit.cohort_module}, code="no_rule")
            raise ValidationError({"to_cohort": error})
