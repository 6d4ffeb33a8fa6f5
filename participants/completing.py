"""Who completes a module: what the rule in force says, and the decisions taken on it.

A decision keeps the version of the rule and the figures that it saw. Later marks, scores or rules
change nothing in it; a changed decision leaves the earlier one in its history. Every verb locks the
module of the cohort first, so that decisions, a new rule and the module's closing queue up.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from courses.models import CohortModule, Group
from participants import decisions
from participants.attendance_rates import AttendanceRate
from participants.closed import why_closed
from participants.decisions import COMPLETED, by_the_rule, figures, refuse_without_reason
from participants.edition_standing import CohortStanding, ModuleStanding, PersonStanding
from participants.models import Enrollment, ModuleCompletion
from participants.progress import Decision
from participants.rules_in_force import Demands, rules_in_force
from participants.standings import LABELS, Kind, Requirements, Standing


@dataclass(frozen=True)
class ReviewRow:
    """One person: measured by the rule in force, and as it was decided.

    The tutor's own approval is no requirement here: whoever decides gives it.
    """

    enrollment: Enrollment
    module: ModuleStanding

    @property
    def rate(self) -> AttendanceRate:
        return self.module.rate

    @property
    def rule(self) -> Demands | None:
        return self.module.rule

    @property
    def decision(self) -> Decision | None:
        return self.module.completion

    @cached_property
    def requirements(self) -> Requirements:
        return self.module.requirements.but(Kind.SIGN_OFF).if_decided()

    @property
    def meets(self) -> bool:
        return self.requirements.is_met

    @property
    def standing(self) -> Standing:
        return self.requirements.standing

    @property
    def standing_label(self) -> str:
        return str(LABELS[self.standing])

    @property
    def is_open(self) -> bool:
        return self.decision is None and self.enrollment.is_active

    @property
    def shortfall(self) -> str:
        """What is missing as of now, or not waited for, in words; else empty."""
        return "; ".join(each.missing for each in self.requirements.told)

    @property
    def seen(self) -> dict[str, Any]:
        """What a decision on it keeps."""
        return figures(self.module.rule, self.requirements, self.rate, self.module.average)


@dataclass(frozen=True, slots=True)
class ModuleReview:
    """People before the rule in force of one module: a group's, or all of the edition."""

    cohort_module: CohortModule
    rule: Demands | None
    rows: tuple[ReviewRow, ...]
    # All of the edition, in their order.
    modules: tuple[CohortModule, ...]

    @classmethod
    def for_group(
        cls, cohort_module: CohortModule, group: Group, *, at: dt.datetime
    ) -> "ModuleReview":
        """At most ten queries for any number of people, when the group comes with its cohort."""
        standing = CohortStanding.for_cohort(group.cohort, at=at, group=group)
        return cls._of(cohort_module, standing)

    @classmethod
    def for_edition(cls, cohort_module: CohortModule, *, at: dt.datetime) -> "ModuleReview":
        """As `for_group`, when the module comes with its cohort."""
        standing = CohortStanding.for_cohort(cohort_module.cohort, at=at)
        return cls._of(cohort_module, standing)

    @classmethod
    def _of(cls, cohort_module: CohortModule, standing: CohortStanding) -> "ModuleReview":
        rows = [
            ReviewRow(person.enrollment, person.of_module(cohort_module.pk))
            for person in standing.rows
        ]
        rule = standing.rules.get(cohort_module.pk)
        return cls(cohort_module, rule, tuple(rows), standing.modules)

    @property
    def asks(self) -> tuple[str, ...]:
        """What the rule asks of everyone, in words."""
        return tuple(each.asks for each in self.rows[0].requirements.each) if self.rows else ()

    @property
    def meeting(self) -> tuple[ReviewRow, ...]:
        """Whom "complete all" completes: the undecided who meet the rule for who decides now."""
        return tuple(row for row in self.rows if row.is_open and row.meets)

    @property
    def not_meeting(self) -> tuple[ReviewRow, ...]:
        return tuple(row for row in self.rows if row.is_open and not row.meets)

    @property
    def decided(self) -> tuple[ReviewRow, ...]:
        return tuple(row for row in self.rows if row.decision is not None)

    @property
    def pending(self) -> tuple[ReviewRow, ...]:
        """Exceptions that wait for a second person."""
        return tuple(row for row in self.decided if row.decision and row.decision.is_pending)

    @property
    def left_undecided(self) -> tuple[ReviewRow, ...]:
        """Who left the edition before anything was decided."""
        return tuple(row for row in self.rows if row.decision is None and not row.is_open)

    @property
    def completed(self) -> int:
        return sum(bool(row.decision and row.decision.is_completed) for row in self.rows)

    @property
    def to_decide_again(self) -> tuple[ReviewRow, ...]:
        """Decided by the rule, in an earlier version of it, where the one in force decides."""
        return tuple(
            row
            for row in self.decided
            if self.rule
            and row.enrollment.is_active
            and row.decision
            and not row.decision.override_reason
            and row.decision.rule_version != self.rule.version
            and by_the_rule(row.requirements) is not None
        )

    @property
    def changing(self) -> tuple[ReviewRow, ...]:
        """Of those, whose outcome would be another."""
        return tuple(
            row
            for row in self.to_decide_again
            if row.decision and row.decision.outcome != by_the_rule(row.requirements)
        )


@dataclass(frozen=True, slots=True)
class SignOff:
    """What completing all did: decided anew, decided before, and left open."""

    completed: int
    already_decided: int
    left_open: int


def locked_module(cohort_module: CohortModule) -> CohortModule:
    """The module of the cohort, its row locked until the transaction ends. Refused when it or its
    edition is closed."""
    locked = (
        CohortModule.objects.select_related("module", "cohort")
        .select_for_update(of=("self",))
        .get(pk=cohort_module.pk)
    )
    if refusal := why_closed(locked.cohort, locked):
        raise refusal
    return locked


def _refuse_to_decide(cohort_module: CohortModule, rule: Demands | None, *, as_tutor: bool) -> None:
    if rule is None:
        raise ValidationError(
            _("The module “%(module)s” has no completion rule yet. Publish one first.")
            % {"module": cohort_module.module.title},
            code="no_rule",
        )
    if rule.requires_sign_off and not as_tutor:
        raise ValidationError(_("Under this rule the group's tutor decides."), code="needs_tutor")


def _kept(row: ReviewRow, *, as_tutor: bool) -> dict[str, Any]:
    """What the decision saw, its own approval by the tutor among it."""
    seen = row.seen
    if row.module.rule and row.module.rule.requires_sign_off:
        given = {"kind": str(Kind.SIGN_OFF), "standing": str(Standing.MET), "given": as_tutor}
        seen["figures"] = [*seen["figures"], given]
    return seen


@transaction.atomic
def complete_all_meeting(
    cohort_module: CohortModule,
    group: Group,
    *,
    by: AbstractBaseUser,
    at: dt.datetime,
    as_tutor: bool,
) -> SignOff:
    """Complete everyone of the group who meets the rule for certain and of whom nothing is decided.

    Twice, or by two people at once, is as once. Raises ValidationError when the module is closed,
    has no rule, is of another cohort, or its rule asks for the tutor and `as_tutor` is not so.
    """
    if group.cohort_id != cohort_module.cohort_id:
        raise ValidationError(_("The group and the module are of different cohorts."))
    cohort_module = locked_module(cohort_module)
    group.cohort = cohort_module.cohort
    review = ModuleReview.for_group(cohort_module, group, at=at)
    _refuse_to_decide(cohort_module, review.rule, as_tutor=as_tutor)
    completions = [
        ModuleCompletion(
            enrollment=row.enrollment,
            cohort_module=cohort_module,
            outcome=COMPLETED,
            decided_by=by,  # type: ignore[misc]
            decided_at=at,
            **_kept(row, as_tutor=as_tutor),
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

    Such an exception counts once a second person approved it, where the edition asks for that.
    `based_on` is when the decision was taken that the caller saw, None where it saw none: another
    one since then is not overwritten. The same decision again changes nothing. Raises
    ValidationError, at a field where it has one.
    """
    if enrollment.cohort_id != cohort_module.cohort_id:
        raise ValidationError(_("The person and the module are of different cohorts."))
    cohort_module = locked_module(cohort_module)
    rules = rules_in_force([cohort_module.cohort], on=timezone.localdate(at))
    rule = rules[cohort_module.cohort_id].get(cohort_module.pk)
    _refuse_to_decide(cohort_module, rule, as_tutor=as_tutor)
    if not enrollment.is_active:
        raise ValidationError(_("This person left the edition; there is nothing to decide."))
    current = ModuleCompletion.objects.filter(
        enrollment=enrollment, cohort_module=cohort_module
    ).first()
    wanted = (outcome, override_reason, note)
    if current and wanted == (current.outcome, current.override_reason, current.override_note):
        return current
    decisions.refuse_stale(current, based_on)
    enrollment.cohort = cohort_module.cohort
    person = PersonStanding.for_enrollment(enrollment, at=at)
    row = ReviewRow(enrollment, person.of_module(cohort_module.pk))
    refuse_without_reason(outcome, override_reason, row.requirements)
    completion = current or ModuleCompletion(enrollment=enrollment, cohort_module=cohort_module)
    decisions.write(
        completion,
        outcome,
        _kept(row, as_tutor=as_tutor),
        override_reason=override_reason,
        note=note,
        cohort=cohort_module.cohort,
        by=by,
        at=at,
    )
    return completion


@transaction.atomic
def approve(
    completion: ModuleCompletion, *, based_on: dt.datetime, by: AbstractBaseUser, at: dt.datetime
) -> ModuleCompletion:
    """A second person lets an exception count. Raises ValidationError: "stale", "same_person",
    "no_need", "closed"."""
    locked_module(completion.cohort_module)
    completion = ModuleCompletion.objects.get(pk=completion.pk)
    decisions.approve(completion, based_on=based_on, by=by, at=at)
    return completion


@transaction.atomic
def take_back(
    completion: ModuleCompletion, *, reason: str, based_on: dt.datetime, by: AbstractBaseUser
) -> None:
    """Nothing is decided any more of this person; the history keeps what was. An exception that is
    not approved ends so too. Raises ValidationError: "stale", "closed", without a reason."""
    locked_module(completion.cohort_module)
    current = ModuleCompletion.objects.filter(pk=completion.pk).first()
    if current is None:
        return
    decisions.refuse_stale(current, based_on)
    decisions.take_away(current, reason=reason, by=by)


@transaction.atomic
def decide_again(
    cohort_module: CohortModule,
    *,
    reason: str,
    expected: Sequence[int],
    by: AbstractBaseUser,
    at: dt.datetime,
) -> int:
    """What was decided under earlier versions is decided under the one in force; how many people.

    Exceptions stay, and so does what the version in force still leaves open. `expected` are the
    enrollments whose outcome the caller was told would change: others are refused, code "stale".
    The reason is kept in the history of each. Again, it changes nothing.
    """
    cohort_module = locked_module(cohort_module)
    review = ModuleReview.for_edition(cohort_module, at=at)
    rows = {row.enrollment.pk: row for row in review.to_decide_again}
    if not rows:
        return 0
    if not reason.strip():
        raise ValidationError({"reason": _("Write why it is decided again.")})
    if {row.enrollment.pk for row in review.changing} != set(expected):
        raise ValidationError(
            _("Other people’s outcome would change now than was shown. Look at them again."),
            code="stale",
        )
    changed = list(
        ModuleCompletion.objects.filter(cohort_module=cohort_module, enrollment__in=rows)
    )
    for completion in changed:
        row = rows[completion.enrollment_id]
        kept = _kept(row, as_tutor=completion.outcome == COMPLETED)
        completion.outcome = by_the_rule(row.requirements) or completion.outcome
        completion.decided_by, completion.decided_at = by, at  # type: ignore[assignment]
        for name, value in kept.items():
            setattr(completion, name, value)
    bulk_update_with_history(
        changed,
        ModuleCompletion,
        ["outcome", "decided_by", "decided_at", *decisions.SEEN],
        default_user=by,
        default_change_reason=reason.strip()[:100],
        default_date=at,
    )
    return len(changed)
