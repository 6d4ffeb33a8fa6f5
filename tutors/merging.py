"""Two participants who are one person become one record, once, with all that both had."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from participants.enrollment_union import move_relations, unite
from participants.merge_plan import (
    ACCOUNT,
    FIELDS,
    KEPT,
    MERGED,
    SIDES,
    MergePlan,
    is_blank,
    values_of,
)
from participants.models import Enrollment, Participant, ParticipantCalendar
from participants.places import locked_cohorts
from tutors.models import Tutor

_WRITTEN = re.compile(r"merged into (\d+)")


def merged_into(pk: int) -> Participant | None:
    """Whom a record that is no more was merged into, also by way of others."""
    for _step in range(10):
        last = Participant.history.filter(id=pk, history_type="-").order_by("history_id").last()
        written = _WRITTEN.fullmatch((last and last.history_change_reason) or "")
        if written is None:
            return None
        pk = int(written[1])
        if (found := Participant.objects.filter(pk=pk).first()) is not None:
            return found
    return None


def merge(
    kept_pk: int,
    merged_pk: int,
    answers: Mapping[str, str],
    *,
    fingerprint: str,
    by: AbstractBaseUser,
    at: dt.datetime,
) -> Participant:
    """`answers` has "kept" or "merged" for each question of the plan that `fingerprint` is of.

    The record that goes is deleted, its versions stay; its log-in is deactivated where another
    stays, and a tutor's record moves to the log-in that stays. The same merge again changes
    nothing. Refused: "same", "gone", "stale", "unanswered", "staff", "two_tutors", "used".
    """
    if kept_pk == merged_pk:
        raise ValidationError(_("Choose two different people."), code="same")
    try:
        with transaction.atomic():
            return _merge(kept_pk, merged_pk, answers, fingerprint, by, at)
    except (IntegrityError, ProtectedError) as error:
        raise ValidationError(
            _("Something of both cannot be united, so nothing was changed."), code="used"
        ) from error


def _merge(
    kept_pk: int,
    merged_pk: int,
    answers: Mapping[str, str],
    fingerprint: str,
    by: AbstractBaseUser,
    at: dt.datetime,
) -> Participant:
    both = [kept_pk, merged_pk]
    # The order of every step of an enrollment: the editions, the enrollments, then the people.
    enrollments = Enrollment.objects.filter(participant__in=both)
    locked = locked_cohorts(set(enrollments.values_list("cohort_id", flat=True)))
    list(enrollments.select_for_update().order_by("pk"))
    people = {row.pk: row for row in locked_people(both)}
    if merged_pk not in people:
        successor = merged_into(merged_pk)
        if successor is not None and successor.pk == kept_pk:
            return successor
    if len(people) < 2:
        raise ValidationError(
            _("One of the two is no longer there: look for duplicates again."), code="gone"
        )
    kept, merged = people[kept_pk], people[merged_pk]
    plan = MergePlan.of(kept, merged)
    if plan.fingerprint != fingerprint or not plan.cohort_ids <= set(locked):
        raise ValidationError(
            _("Something of the two changed meanwhile: look at both again."), code="stale"
        )
    if any(answers.get(question.name) not in SIDES for question in plan.all_questions()):
        raise ValidationError(_("Answer what is asked."), code="unanswered")
    _carry_out(plan, answers, by=by, at=at)
    return kept


def locked_people(pks: list[int]) -> Any:
    """In the order of their keys, so that two merges of the same people wait in turn."""
    rows = Participant.objects.select_for_update(of=("self",)).filter(pk__in=pks)
    return rows.select_related("user", "facility").order_by("pk")


def _carry_out(
    plan: MergePlan, answers: Mapping[str, str], *, by: AbstractBaseUser, at: dt.datetime
) -> None:
    kept, merged = plan.kept, plan.merged
    reason = f"merged from {merged.pk}"
    side = _account_side(plan, answers)
    user, other = (kept.user, merged.user) if side == KEPT else (merged.user, kept.user)
    if other is not None and other != user:
        _retire_account(other, user, by=by, reason=reason)
    _take_calendar(kept, merged, side)
    for shared in plan.shared:
        unite(shared, answers, by=by, at=at, reason=reason)
    move_relations(merged, kept, by=by, reason=reason, but=(ParticipantCalendar,))
    values = _values(plan, answers)
    # First, as document, e-mail and log-in are each of one person.
    merged._history_user = by  # type: ignore[attr-defined]
    merged._change_reason = f"merged into {kept.pk}"  # type: ignore[attr-defined]
    merged.delete()
    for name, value in values.items():
        setattr(kept, name, value)
    kept.user = user
    kept._history_user, kept._change_reason = by, reason  # type: ignore[attr-defined]
    kept.full_clean()
    kept.save()


def _values(plan: MergePlan, answers: Mapping[str, str]) -> dict[str, Any]:
    """What the person who stays takes over of the other."""
    asked = {question.name for question in plan.questions}
    values: dict[str, Any] = {}
    for name, (_label, fields) in FIELDS.items():
        other = values_of(plan.merged, fields)
        fills = is_blank(values_of(plan.kept, fields)) and not is_blank(other)
        if fills or (name in asked and answers[name] == MERGED):
            values |= dict(zip(fields, other, strict=True))
    return values


def _account_side(plan: MergePlan, answers: Mapping[str, str]) -> str:
    if any(question.name == ACCOUNT for question in plan.questions):
        return answers[ACCOUNT]
    return KEPT if plan.kept.user or not plan.merged.user else MERGED


def _retire_account(other: Any, user: Any, *, by: AbstractBaseUser, reason: str) -> None:
    """The tutor's record goes over; what was recorded with the log-in keeps its name."""
    if other.is_staff and not user.is_staff:
        raise ValidationError(
            _("%(account)s enters the administration: keep that log-in.")
            % {"account": other.get_username()},
            code="staff",
        )
    tutor = Tutor.objects.select_for_update().filter(user=other).first()
    if tutor is not None:
        if Tutor.objects.filter(user=user).exists():
            raise ValidationError(
                _("Both log-ins are of tutors: take the log-in off one of the tutors first."),
                code="two_tutors",
            )
        tutor.user = user
        tutor._history_user, tutor._change_reason = by, reason  # type: ignore[attr-defined]
        tutor.save()
    other.is_active = False
    other.save(update_fields=["is_active"])


def _take_calendar(kept: Participant, merged: Participant, side: str) -> None:
    """One address stays: of the log-in that stays, or else the only one there is."""
    found = {
        (KEPT if row.participant_id == kept.pk else MERGED): row
        for row in ParticipantCalendar.objects.filter(participant__in=[kept, merged])
    }
    if not found:
        return
    chosen = found.pop(side, None) or found.popitem()[1]
    for row in found.values():
        row.delete()
    if chosen.participant_id != kept.pk:
        chosen.participant = kept
        chosen.save()
