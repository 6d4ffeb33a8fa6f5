"""Publishing a module's completion rule: a new version, whose effect is seen before."""

import datetime as dt
from dataclasses import dataclass, replace

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from courses.models import CohortModule, CompletionRule
from participants.completing import ReviewRow, locked_module, rule_in_force
from participants.progress import CohortProgress


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One person whose standing before the rule would change."""

    before: ReviewRow
    after: ReviewRow


@dataclass(frozen=True, slots=True)
class RulePreview:
    """What another minimum would change: only among those of whom nothing is decided yet."""

    changes: tuple[RuleChange, ...]
    meeting_before: int
    meeting_after: int
    undecided: int
    decided: int

    @classmethod
    def of(
        cls, cohort_module: CohortModule, *, minimum_attendance_percent: int, at: dt.datetime
    ) -> "RulePreview":
        """Six queries for any number of people, when the module comes with its cohort."""
        before, after, decided = [], [], 0
        for person in CohortProgress.for_cohort(cohort_module.cohort, at=at).rows:
            (module,) = [m for m in person.modules if m.cohort_module.pk == cohort_module.pk]
            row = ReviewRow(person.enrollment, module.rate, module.completion)
            if row.is_open:
                before.append(row)
                rate = replace(row.rate, minimum_percent=minimum_attendance_percent)
                after.append(replace(row, rate=rate))
            decided += row.decision is not None
        pairs = zip(before, after, strict=True)
        return cls(
            changes=tuple(RuleChange(b, a) for b, a in pairs if b.standing != a.standing),
            meeting_before=sum(row.meets for row in before),
            meeting_after=sum(row.meets for row in after),
            undecided=len(before),
            decided=decided,
        )


@transaction.atomic
def publish_rule(
    cohort_module: CohortModule,
    *,
    minimum_attendance_percent: int,
    requires_sign_off: bool,
    reason: str = "",
    based_on: int | None,
    by: AbstractBaseUser,
) -> CompletionRule:
    """Publish the next version of a module's rule; decisions taken under earlier ones stay.

    `based_on` is the version that the caller saw in force, None where there was none: a newer one
    is not covered up. The rule in force published again changes nothing. Raises ValidationError,
    also when the module is closed; from the second version on a reason is asked for.
    """
    cohort_module = locked_module(cohort_module)
    current = rule_in_force(cohort_module)
    wanted = (minimum_attendance_percent, requires_sign_off)
    if current and wanted == (current.minimum_attendance_percent, current.requires_sign_off):
        return current
    if current and current.version != based_on:
        raise ValidationError(
            _("Version %(version)d was published meanwhile. Look at it and publish again.")
            % {"version": current.version},
            code="stale",
        )
    if current and not reason.strip():
        raise ValidationError({"reason": _("Write why the rule changes.")})
    rule = CompletionRule(
        cohort_module=cohort_module,
        version=current.version + 1 if current else 1,
        minimum_attendance_percent=minimum_attendance_percent,
        requires_sign_off=requires_sign_off,
        reason=reason.strip(),
        published_by=by,  # type: ignore[misc]
    )
    rule.full_clean()
    rule.save()
    return rule
