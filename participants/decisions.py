"""What decisions on a module and on the edition share: what they keep, and who may differ."""

import datetime as dt
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from courses.models import Cohort
from participants.attendance_rates import AttendanceRate
from participants.grades import Average, points
from participants.models import EditionOutcome, ModuleCompletion
from participants.rules_in_force import Demands
from participants.standings import FAILED, Requirements, Standing

COMPLETED = ModuleCompletion.Outcome.COMPLETED.value
NOT_COMPLETED = ModuleCompletion.Outcome.NOT_COMPLETED.value
# The fields that `figures` gives.
SEEN = (
    "rule",
    "meets_rule",
    "attendance_percent",
    "sessions_counted",
    "sessions_taken",
    "average",
    "figures",
)


def figures(
    rule: Demands | None, requirements: Requirements, rate: AttendanceRate, average: Average
) -> dict[str, Any]:
    """What a decision saw, as values of its fields."""
    return {
        "rule_id": rule.pk if rule else None,
        "meets_rule": requirements.is_met,
        "attendance_percent": rate.certain,
        "sessions_counted": rate.counted,
        "sessions_taken": rate.taken,
        "average": None if average.certain is None else points(average.certain),
        "figures": requirements.kept,
    }


def by_the_rule(requirements: Requirements) -> str | None:
    """The outcome that the rule gives by itself; None while it can still be met."""
    if requirements.is_met:
        return COMPLETED
    return NOT_COMPLETED if requirements.standing in FAILED else None


def refuse_without_reason(outcome: str, override_reason: str, requirements: Requirements) -> None:
    """Against what the rule gives only with a reason."""
    if override_reason or outcome == by_the_rule(requirements):
        return
    if outcome == COMPLETED:
        text = _("The rule is not met: %(missing)s. Choose the reason of the exception.") % {
            "missing": requirements.in_words
        }
    elif requirements.standing == Standing.MET:
        text = _("The rule is met. Choose the reason of the exception.")
    else:
        text = _("The rule can still be met. Wait, or choose the reason of the exception.")
    raise ValidationError({"override_reason": text})


def refuse_stale(
    current: ModuleCompletion | EditionOutcome | None, based_on: dt.datetime | None
) -> None:
    """`based_on` is when the decision was taken that the caller saw, None where it saw none."""
    if current is not None and current.decided_at != based_on:
        raise ValidationError(
            _("Someone else decided this meanwhile: %(outcome)s. Look at it and decide again.")
            % {"outcome": current.get_outcome_display()},
            code="stale",
        )


def write(
    row: ModuleCompletion | EditionOutcome,
    outcome: str,
    seen: dict[str, Any],
    *,
    override_reason: str,
    note: str,
    cohort: Cohort,
    by: AbstractBaseUser,
    at: dt.datetime,
) -> None:
    """Saves a decision on one person; an exception waits for approval where the edition says so."""
    row.outcome = outcome
    row.override_reason, row.override_note = override_reason, note
    row.decided_by, row.decided_at = by, at  # type: ignore[assignment]
    row.needs_approval = bool(override_reason) and cohort.overrides_need_approval
    row.approved_by = row.approved_at = None
    for name, value in seen.items():
        setattr(row, name, value)
    save(row, by=by)


def approve(
    row: ModuleCompletion | EditionOutcome,
    *,
    based_on: dt.datetime,
    by: AbstractBaseUser,
    at: dt.datetime,
) -> None:
    """A second person lets an exception count. Approved already, it stays as it is."""
    refuse_stale(row, based_on)
    if row.approved_at is not None:
        return
    if not row.needs_approval:
        raise ValidationError(_("This decision needs no second person."), code="no_need")
    if row.decided_by_id == by.pk:
        raise ValidationError(_("A second person approves, not who decided."), code="same_person")
    row.approved_by, row.approved_at = by, at  # type: ignore[assignment]
    save(row, by=by)


def take_away(row: ModuleCompletion | EditionOutcome, *, reason: str, by: AbstractBaseUser) -> None:
    """Nothing is decided any more; the history keeps what was, who took it away, and why."""
    if not reason.strip():
        raise ValidationError({"reason": _("Write why the decision is taken back.")})
    row._history_user = by  # type: ignore[union-attr]
    row._change_reason = reason.strip()[:100]  # type: ignore[union-attr]
    row.delete()


def save(row: ModuleCompletion | EditionOutcome, *, by: AbstractBaseUser, reason: str = "") -> None:
    row._history_user = by  # type: ignore[union-attr]
    row._change_reason = reason or None  # type: ignore[union-attr]
    row.full_clean()
    row.save()
