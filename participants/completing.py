"""Who completes a module: what the rule in force says, and the decisions taken on it.

A decision keeps the version of the rule and the figures that it saw. Later marks or rules change
nothing in it; a changed decision leaves the earlier one in its history. Every verb locks the
module of the cohort first, so that decisions, a new rule and the module's closing queue up.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from simple_history.utils import bulk_create_with_history

from courses.models import Cohort, CohortModule, CompletionRule, Group
from participants.attendance_rates import AttendanceRate
from participants.models import Enrollment, ModuleCompletion
from participants.progress import CohortProgress, Decision, EnrollmentProgress

Outcome = ModuleCompletion.Outcome

STANDINGS: dict[str, str | Promise] = {
    "meets": gettext_lazy("meets it"),
    "possible": gettext_lazy("can still meet it"),
    "impossible": gettext_lazy("can no longer meet it"),
}


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One person: measured by the rule in force, and as it was decided."""

    enrollment: Enrollment
    rate: AttendanceRate
    decision: Decision | None

    @property
    def meets(self) -> bool:
        return self.rate.meets_minimum

    @property
    def standing(self) -> str:
        """One of STANDINGS."""
        if self.meets:
            return "meets"
        return "possible" if self.rate.can_meet_minimum else "impossible"

    @property
    def standing_label(self) -> str:
        return str(STANDINGS[self.standing])

    @property
    def is_open(self) -> bool:
        return self.decision is None and self.enrollment.is_active

    @property
    def shortfall(self) -> str:
        """By how much the minimum is missed as of now, in words; empty where it is met."""
        return "" if self.meets else shortfall(self.rate)


def shortfall(rate: AttendanceRate) -> str:
    if not rate.base:
        return _("no session counts")
    amount = -(-rate.short_hundredths // 100)
    points = -(-rate.short_hundredths // rate.base)
    if rate.in_minutes:
        text = ngettext(
            "%(amount)d minute short (%(points)d percentage points)",
            "%(amount)d minutes short (%(points)d percentage points)",
            amount,
        )
    else:
        text = ngettext(
            "%(amount)d session short (%(points)d percentage points)",
            "%(amount)d sessions short (%(points)d percentage points)",
            amount,
        )
    return text % {"amount": amount, "points": points}


@dataclass(frozen=True, slots=True)
class ModuleReview:
    """A group's people before the rule in force of one module."""

    cohort_module: CohortModule
    group: Group
    rule: CompletionRule | None
    rows: tuple[ReviewRow, ...]
    # All of the edition, in their order.
    modules: tuple[CohortModule, ...]

    @classmethod
    def for_group(
        cls, cohort_module: CohortModule, group: Group, *, at: dt.datetime
    ) -> "ModuleReview":
        """Seven queries for any number of people, when the group comes with its cohort."""
        rule = rule_in_force(cohort_module, at=at)
        people = CohortProgress.for_cohort(group.cohort, at=at, group=group)
        rows = [
            ReviewRow(person.enrollment, module.rate, module.completion)
            for person in people.rows
            for module in person.modules
            if module.cohort_module.pk == cohort_module.pk
        ]
        modules = people.rows[0].modules if people.rows else ()
        return cls(cohort_module, group, rule, tuple(rows), tuple(m.cohort_module for m in modules))

    @property
    def meeting(self) -> tuple[ReviewRow, ...]:
        """Whom "complete all" completes: the minimum is already certain, nothing decided."""
        return tuple(row for row in self.rows if row.is_open and row.meets)

    @property
    def not_meeting(self) -> tuple[ReviewRow, ...]:
        return tuple(row for row in self.rows if row.is_open and not row.meets)

    @property
    def decided(self) -> tuple[ReviewRow, ...]:
        return tuple(row for row in self.rows if row.decision is not None)

    @property
    def left_undecided(self) -> tuple[ReviewRow, ...]:
        """Who left the edition before anything was decided."""
        return tuple(row for row in self.rows if row.decision is None and not row.is_open)

    @property
    def completed(self) -> int:
        return sum(bool(row.decision and row.decision.is_completed) for row in self.rows)


@dataclass(frozen=True, slots=True)
class SignOff:
    """What completing all did: decided anew, decided before, and left open."""

    completed: int
    already_decided: int
    left_open: int


def rule_in_force(cohort_module: CohortModule, *, at: dt.datetime) -> CompletionRule | None:
    rules = CompletionRule.objects.in_force(timezone.localdate(at))
    return rules.filter(cohort_module=cohort_module).first()


def locked_module(cohort_module: CohortModule) -> CohortModule:
    """The module of the cohort, its row locked until the transaction ends. Refused when it or its
    edition is closed."""
    locked = (
        CohortModule.objects.select_related("module", "cohort")
        .select_for_update(of=("self",))
        .get(pk=cohort_module.pk)
    )
    if locked.closed_at is not None:
        raise ValidationError(
            _("The module “%(module)s” is closed; nothing in it changes any more.")
            % {"module": locked.module.title},
            code="closed",
        )
    if locked.cohort.status == Cohort.Status.CLOSED:
        raise ValidationError(
            _("The edition %(code)s is closed.") % {"code": locked.cohort.code}, code="closed"
        )
    return locked


def _rule_to_decide_by(
    cohort_module: CohortModule, *, as_tutor: bool, at: dt.datetime
) -> CompletionRule:
    rule = rule_in_force(cohort_module, at=at)
    if rule is None:
        raise ValidationError(
            _("The module “%(module)s” has no completion rule yet. Publish one first.")
            % {"module": cohort_module.module.title},
            code="no_rule",
        )
    if rule.requires_sign_off and not as_tutor:
        raise ValidationError(_("Under this rule the group's tutor decides."), code="needs_tutor")
    return rule


def _figures(rule: CompletionRule, rate: AttendanceRate) -> dict[str, Any]:
    return {
        "rule": rule,
        "meets_rule": rate.meets_minimum,
        "attendance_percent": rate.certain,
        "sessions_counted": rate.counted,
        "sessions_taken": rate.taken,
    }


@transaction.atomic
def complete_all_meeting(
    cohort_module: CohortModule,
    group: Group,
    *,
    by: AbstractBaseUser,
    at: dt.datetime,
    as_tutor: bool,
) -> SignOff:
    """Complete everyone of the group whose minimum is already certain and nothing decided.

    Twice, or by two people at once, is as once. Raises ValidationError when the module is closed,
    has no rule, is of another cohort, or its rule asks for the tutor and `as_tutor` is not so.
    """
    if group.cohort_id != cohort_module.cohort_id:
        raise ValidationError(_("The group and the module are of different cohorts."))
    cohort_module = locked_module(cohort_module)
    rule = _rule_to_decide_by(cohort_module, as_tutor=as_tutor, at=at)
    group.cohort = cohort_module.cohort
    review = ModuleReview.for_group(cohort_module, group, at=at)
    completions = [
        ModuleCompletion(
            enrollment=row.enrollment,
            cohort_module=cohort_module,
            outcome=Outcome.COMPLETED,
            decided_by=by,  # type: ignore[misc]
            decided_at=at,
            **_figures(rule, row.rate),
        )
        for row in review.meeting
    ]
    if completions:
        bulk_create_with_history(completions, ModuleCompletion, default_user=by, default_date=at)
    return SignOff(
        completed=len(completions),
        already_decided=len(review.decided),
        left_open=len(review.not_meeting),
    )


@transaction.atomic
def decide(
    enrollment: Enrollment,
    cohort_module: CohortModule,
    outcome: str,
    *,
    override_reason: str = "",
    note: str = "",
    based_on: dt.datetime | None = None,
    by: AbstractBaseUser,
    at: dt.datetime,
    as_tutor: bool,
) -> ModuleCompletion:
    """Decide for one person; against what the rule gives only with a reason.

    `based_on` is when the decision was taken that the caller saw, None where it saw none: another
    one since then is not overwritten. The same decision again changes nothing. Raises
    ValidationError, at a field where it has one.
    """
    if enrollment.cohort_id != cohort_module.cohort_id:
        raise ValidationError(_("The person and the module are of different cohorts."))
    cohort_module = locked_module(cohort_module)
    rule = _rule_to_decide_by(cohort_module, as_tutor=as_tutor, at=at)
    if not enrollment.is_active:
        raise ValidationError(_("This person left the edition; there is nothing to decide."))
    current = ModuleCompletion.objects.filter(
        enrollment=enrollment, cohort_module=cohort_module
    ).first()
    wanted = (outcome, override_reason, note)
    if current and wanted == (current.outcome, current.override_reason, current.override_note):
        return current
    if current and current.decided_at != based_on:
        raise ValidationError(
            _("Someone else decided this meanwhile: %(outcome)s. Look at it and decide again.")
            % {"outcome": current.get_outcome_display()},
            code="stale",
        )
    enrollment.cohort = cohort_module.cohort
    rate = _rate_in(enrollment, cohort_module, at=at)
    if not override_reason and not _agrees(outcome, rate):
        raise ValidationError({"override_reason": _against_the_rule(outcome, rate)})
    completion = current or ModuleCompletion(enrollment=enrollment, cohort_module=cohort_module)
    completion.outcome = outcome
    completion.override_reason = override_reason
    completion.override_note = note
    completion.decided_by = by  # type: ignore[assignment]
    completion.decided_at = at
    for name, value in _figures(rule, rate).items():
        setattr(completion, name, value)
    completion._history_user = by  # type: ignore[attr-defined]
    completion.full_clean()
    completion.save()
    return completion


def _rate_in(
    enrollment: Enrollment, cohort_module: CohortModule, *, at: dt.datetime
) -> AttendanceRate:
    modules = EnrollmentProgress.for_enrollment(enrollment, at=at).modules
    return next(m.rate for m in modules if m.cohort_module.pk == cohort_module.pk)


def _agrees(outcome: str, rate: AttendanceRate) -> bool:
    """Whether the rule gives this outcome by itself: not completed only once it is out of reach."""
    if outcome == Outcome.COMPLETED:
        return rate.meets_minimum
    return not rate.can_meet_minimum


def _against_the_rule(outcome: str, rate: AttendanceRate) -> str:
    if outcome == Outcome.COMPLETED:
        return _("The minimum is not reached: %(short)s. Choose the reason of the exception.") % {
            "short": shortfall(rate)
        }
    if rate.meets_minimum:
        return _("The minimum is reached. Choose the reason of the exception.")
    return _("The minimum can still be reached. Wait, or choose the reason of the exception.")
