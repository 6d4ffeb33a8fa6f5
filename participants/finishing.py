"""How an edition ends for each person: what its rule says, and the decisions taken on it.

Every verb locks the edition first, as enrolling does, and sets the status of the enrollment along
with the decision. A decision keeps the version of the rule and the figures that it saw.
"""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from courses.models import Cohort, CohortModule
from participants import decisions
from participants.decisions import (
    COMPLETED,
    NOT_COMPLETED,
    by_the_rule,
    figures,
    refuse_without_reason,
)
from participants.edition_standing import CohortStanding, PersonStanding
from participants.enrolling import conclude, conclude_all
from participants.models import EditionOutcome, Enrollment
from participants.places import locked_cohort, locked_enrollment, refuse_closed
from participants.progress import Decision
from participants.rules_in_force import Demands, rules_in_force
from participants.standings import Requirements, Standing

WITHDRAWN = EditionOutcome.Outcome.WITHDRAWN.value


@dataclass(frozen=True)
class FinishRow:
    """One person before the edition's rule, and as it was decided."""

    person: PersonStanding

    @property
    def enrollment(self) -> Enrollment:
        return self.person.enrollment

    @property
    def rule(self) -> Demands | None:
        return self.person.rule

    @property
    def decision(self) -> EditionOutcome | None:
        return self.person.outcome

    @cached_property
    def requirements(self) -> Requirements:
        return self.person.requirements.if_decided()

    @property
    def standing(self) -> Standing:
        return self.requirements.standing

    @property
    def is_open(self) -> bool:
        """Nothing decided, and still in the edition or withdrawn from it."""
        withdrew = self.enrollment.status == Enrollment.Status.WITHDRAWN
        return self.decision is None and (self.enrollment.is_active or withdrew)

    @property
    def seen(self) -> dict[str, Any]:
        """What a decision on it keeps."""
        person = self.person
        return figures(person.rule, self.requirements, person.rate, person.average)


@dataclass(frozen=True)
class EditionReview:
    """An edition's people before its rule in force. `is_over`: its last day is behind."""

    cohort: Cohort
    rule: Demands | None
    rows: tuple[FinishRow, ...]
    modules: tuple[CohortModule, ...]
    is_over: bool

    @classmethod
    def for_edition(cls, cohort: Cohort, *, at: dt.datetime) -> "EditionReview":
        """At most ten queries for any number of people."""
        standing = CohortStanding.for_cohort(cohort, at=at)
        rows = tuple(FinishRow(person) for person in standing.rows)
        is_over = timezone.localdate(at) > cohort.ends_on
        return cls(cohort, standing.rules.get(None), rows, standing.modules, is_over)

    def due(self, row: FinishRow) -> str | None:
        """The outcome that deciding all gives; None where it is left open.

        Who can no longer meet the rule is decided once nothing else is open, or the edition over;
        so is who meets it only where an attempt that is left is not waited for.
        """
        if not row.is_open:
            return None
        if not row.enrollment.is_active:
            return WITHDRAWN
        if self.rule is None:
            return None
        waits = row.standing == Standing.MET and not row.person.requirements.is_met
        if (waits or row.standing == Standing.OUT_OF_REACH) and not self.is_over:
            return None
        return by_the_rule(row.requirements)

    @cached_property
    def _open(self) -> Mapping[str | None, Sequence[FinishRow]]:
        """By what is due; a page asks for each several times."""
        found: dict[str | None, list[FinishRow]] = defaultdict(list)
        for row in self.rows:
            if row.is_open:
                found[self.due(row)].append(row)
        return found

    @property
    def completing(self) -> Sequence[FinishRow]:
        return self._open.get(COMPLETED, ())

    @property
    def failing(self) -> Sequence[FinishRow]:
        return self._open.get(NOT_COMPLETED, ())

    @property
    def withdrawing(self) -> Sequence[FinishRow]:
        return self._open.get(WITHDRAWN, ())

    @property
    def left_open(self) -> Sequence[FinishRow]:
        return self._open.get(None, ())

    @property
    def decided(self) -> tuple[FinishRow, ...]:
        return tuple(row for row in self.rows if row.decision is not None)

    @property
    def pending(self) -> tuple[EditionOutcome, ...]:
        """Exceptions that wait for a second person."""
        decisions = (row.decision for row in self.rows)
        return tuple(each for each in decisions if each and each.is_pending)

    @property
    def pending_in_modules(self) -> tuple[Decision, ...]:
        """As `pending`, of the modules."""
        return tuple(
            each.completion
            for row in self.rows
            for each in row.person.modules
            if each.completion and each.completion.is_pending
        )

    @property
    def fingerprint(self) -> str:
        """Of what deciding all would do now."""
        due = ((row, self.due(row)) for row in self.rows)
        what = [f"{row.enrollment.pk}:{outcome}" for row, outcome in due if outcome]
        return hashlib.sha256(" ".join(what).encode()).hexdigest()[:32]

    @property
    def to_decide_again(self) -> tuple[FinishRow, ...]:
        """Decided by the rule, in an earlier version of it, where the one in force decides."""
        return tuple(
            row
            for row in self.decided
            if self.rule
            and row.enrollment.is_active
            and row.decision
            and not row.decision.override_reason
            and row.decision.rule_id != self.rule.pk
            and by_the_rule(row.requirements) is not None
        )

    @property
    def changing(self) -> tuple[FinishRow, ...]:
        """Of those, whose outcome would be another."""
        return tuple(
            row
            for row in self.to_decide_again
            if row.decision and row.decision.outcome != by_the_rule(row.requirements)
        )


@dataclass(frozen=True, slots=True)
class Finished:
    """What deciding all did, and whom it left open."""

    completed: int
    not_completed: int
    withdrawn: int
    left_open: int


@transaction.atomic
def decide_all(
    cohort: Cohort, *, fingerprint: str | None = None, by: AbstractBaseUser, at: dt.datetime
) -> Finished:
    """Decide for everyone of whom the rule decides by itself; what is decided already stays.

    With the `fingerprint` of what was shown, anything else is refused: code "stale". Twice, or by
    two people at once, is as once. Raises ValidationError also when the edition is closed or has
    no rule.
    """
    cohort = locked_cohort(cohort.pk)
    refuse_closed(cohort)
    review = EditionReview.for_edition(cohort, at=at)
    if review.rule is None:
        raise _no_rule(cohort)
    due = [(row, outcome) for row in review.rows if (outcome := review.due(row)) is not None]
    if due and fingerprint is not None and fingerprint != review.fingerprint:
        raise ValidationError(
            _("Something changed since this was shown. Look at it and decide again."),
            code="stale",
        )
    # Who came back after having withdrawn has that outcome still.
    stale = EditionOutcome.objects.filter(enrollment__in=[row.enrollment.pk for row, _o in due])
    for old in stale:
        decisions.take_away(old, reason="reinstated", by=by)
    made = [
        EditionOutcome(
            enrollment=row.enrollment,
            outcome=outcome,
            decided_by=by,  # type: ignore[misc]
            decided_at=at,
            **(row.seen | ({"rule_id": None} if outcome == WITHDRAWN else {})),
        )
        for row, outcome in due
    ]
    if made:
        bulk_create_with_history(made, EditionOutcome, default_user=by, default_date=at)
    conclude_all(
        {row.enrollment.pk: outcome for row, outcome in due if outcome != WITHDRAWN},
        on=timezone.localdate(at),
        by=by,
    )
    count = [outcome for _row, outcome in due].count
    return Finished(count(COMPLETED), count(NOT_COMPLETED), count(WITHDRAWN), len(review.left_open))


@transaction.atomic
def decide(
    enrollment: Enrollment,
    outcome: str,
    *,
    override_reason: str = "",
    note: str = "",
    based_on: dt.datetime | None = None,
    by: AbstractBaseUser,
    at: dt.datetime,
) -> EditionOutcome:
    """Decide for one person; against what the rule gives only with a reason.

    An exception that waits for a second person leaves the person enrolled until then. `based_on`
    is when the decision was taken that the caller saw, None where it saw none: another one since
    then is not overwritten. The same again changes nothing. Raises ValidationError, at a field
    where it has one; "certified" where a certificate in force says otherwise.
    """
    cohort = locked_cohort(enrollment.cohort_id)
    refuse_closed(cohort)
    enrollment = locked_enrollment(enrollment.pk)
    rule = rules_in_force([cohort], on=timezone.localdate(at))[cohort.pk].get(None)
    if rule is None:
        raise _no_rule(cohort)
    if not enrollment.is_active:
        raise ValidationError(_("This person left the edition; there is nothing to decide."))
    current = EditionOutcome.objects.filter(enrollment=enrollment).first()
    seen_before = None if current and current.outcome == WITHDRAWN else current
    wanted = (outcome, override_reason, note)
    if current and wanted == (current.outcome, current.override_reason, current.override_note):
        return current
    decisions.refuse_stale(seen_before, based_on)
    row = FinishRow(PersonStanding.for_enrollment(enrollment, at=at))
    refuse_without_reason(outcome, override_reason, row.requirements)
    decision = current or EditionOutcome(enrollment=enrollment)
    decisions.write(
        decision,
        outcome,
        row.seen,
        override_reason=override_reason,
        note=note,
        cohort=cohort,
        by=by,
        at=at,
    )
    _conclude(decision, by=by, at=at)
    return decision


@transaction.atomic
def approve(
    decision: EditionOutcome, *, based_on: dt.datetime, by: AbstractBaseUser, at: dt.datetime
) -> EditionOutcome:
    """A second person lets an exception count. Raises ValidationError: "stale", "same_person",
    "no_need", "closed"."""
    refuse_closed(locked_cohort(decision.enrollment.cohort_id))
    decision = EditionOutcome.objects.select_related("enrollment").get(pk=decision.pk)
    decisions.approve(decision, based_on=based_on, by=by, at=at)
    _conclude(decision, by=by, at=at)
    return decision


@transaction.atomic
def take_back(
    decision: EditionOutcome,
    *,
    reason: str,
    based_on: dt.datetime,
    by: AbstractBaseUser,
    at: dt.datetime,
) -> None:
    """Nothing is decided any more and the person is enrolled again; the history keeps what was.

    An exception that is not approved ends so too. Raises ValidationError: "stale", "closed",
    "certified", without a reason.
    """
    refuse_closed(locked_cohort(decision.enrollment.cohort_id))
    current = EditionOutcome.objects.select_related("enrollment").filter(pk=decision.pk).first()
    if current is None:
        return
    decisions.refuse_stale(current, based_on)
    enrollment = current.enrollment
    decisions.take_away(current, reason=reason, by=by)
    if enrollment.is_active:
        conclude(enrollment, outcome=Enrollment.Status.ENROLLED, on=timezone.localdate(at), by=by)


@transaction.atomic
def decide_again(
    cohort: Cohort,
    *,
    reason: str,
    expected: Sequence[int],
    by: AbstractBaseUser,
    at: dt.datetime,
) -> int:
    """What was decided under earlier versions is decided under the one in force; how many people.

    Exceptions stay, and so does what the version in force still leaves open. `expected` are the
    enrollments whose outcome the caller was told would change: others are refused, code "stale",
    and so is all of it, "certified", while somebody has a certificate that would say otherwise.
    The reason is kept in the history of each. Again, it changes nothing.
    """
    cohort = locked_cohort(cohort.pk)
    refuse_closed(cohort)
    review = EditionReview.for_edition(cohort, at=at)
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
    changed = list(EditionOutcome.objects.filter(enrollment__in=rows))
    for decision in changed:
        row = rows[decision.enrollment_id]
        decision.outcome = by_the_rule(row.requirements) or decision.outcome
        decision.decided_by, decision.decided_at = by, at  # type: ignore[assignment]
        for name, value in row.seen.items():
            setattr(decision, name, value)
    bulk_update_with_history(
        changed,
        EditionOutcome,
        ["outcome", "decided_by", "decided_at", *decisions.SEEN],
        default_user=by,
        default_change_reason=reason.strip()[:100],
        default_date=at,
    )
    conclude_all(
        {decision.enrollment_id: decision.outcome for decision in changed},
        on=timezone.localdate(at),
        by=by,
    )
    return len(changed)


def _conclude(decision: EditionOutcome, *, by: AbstractBaseUser, at: dt.datetime) -> None:
    """The status follows the decision, once it counts."""
    outcome = Enrollment.Status.ENROLLED if decision.is_pending else decision.outcome
    conclude(decision.enrollment, outcome=outcome, on=timezone.localdate(at), by=by)


def _no_rule(cohort: Cohort) -> ValidationError:
    return ValidationError(
        _("The edition %(code)s has no completion rule yet. Publish one first.")
        % {"code": cohort.code},
        code="no_rule",
    )
