"""Scores of one assessment: stored whole or in part, by several people, again and again."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from courses.models import Assessment, CohortModule, Group
from courses.models.assessments import HIGHEST_SCORE
from participants.closed import why_closed
from participants.models import Enrollment, Score

WRITTEN = ["value", "did_not_sit", "source", "recorded_by", "recorded_at", "version"]
# Who left is scored no more; what was scored before stays.
SCORED = Enrollment.HOLDS_A_PLACE


@dataclass(frozen=True, slots=True)
class Mark:
    """What is to be stored for one person: a value, that it was not sat, or with neither, nothing.

    `based_on` is the version that whoever scores has seen, None where there was no score. Nothing
    is stored over a score only where that is meant: the mark that clears it has neither.
    """

    value: Decimal | None = None
    did_not_sit: bool = False
    based_on: int | None = None

    @property
    def clears(self) -> bool:
        return self.value is None and not self.did_not_sit


@dataclass(frozen=True, slots=True)
class Conflict:
    """A mark that was not stored: someone else scored otherwise since; None where they cleared."""

    mark: Mark
    score: Score | None


@dataclass(frozen=True, slots=True)
class ScoresOutcome:
    """What was done, by enrollment."""

    saved: tuple[Score, ...]
    cleared: int
    unchanged: int
    conflicts: Mapping[int, Conflict]


def why_not(assessment: Assessment) -> ValidationError | None:
    """Why nothing can be scored in it. It comes with its module and its cohort."""
    return why_closed(assessment.cohort, assessment.cohort_module)


@transaction.atomic
def record_scores(
    assessment: Assessment,
    marks: Mapping[int, Mark],
    *,
    by: AbstractBaseUser | None,
    at: dt.datetime,
    attempt: int = 1,
    source: str = Score.Source.TUTOR,
    group: Group | None = None,
) -> ScoresOutcome:
    """Store marks by enrollment, of one attempt: all good ones in one transaction.

    Sent twice, it changes nothing the second time. A mark that rests on an older version than the
    stored one, and differs from it, is a conflict: it is handed back and nothing is overwritten.
    Who is not in `marks` keeps what there is. With `group`, its people alone are scored. The
    number of statements is the same for any number of scores; each one cleared adds two.

    Raises ValidationError: with a code of `why_not` or "attempt", otherwise with a message for
    each wrong enrollment under its id as text.
    """
    locked = locked_assessment(assessment)
    if refusal := why_not(locked):
        raise refusal
    if not 1 <= attempt <= locked.attempts:
        raise ValidationError(_("This assessment has no such attempt."), code="attempt")
    refuse_wrong(marks, locked, group)
    stored = {
        score.enrollment_id: score
        for score in Score.objects.filter(
            assessment=locked, attempt=attempt, enrollment__in=marks
        ).select_related("recorded_by")
    }
    new: list[Score] = []
    changed: list[Score] = []
    cleared: list[Score] = []
    unchanged = 0
    conflicts: dict[int, Conflict] = {}
    for pk, mark in marks.items():
        score = stored.get(pk)
        if _is_as_stored(mark, score):
            unchanged += 1
        elif mark.based_on != (score.version if score else None):
            conflicts[pk] = Conflict(mark, score)
        elif score is None:
            score = Score(enrollment_id=pk, assessment=locked, attempt=attempt)
            new.append(_written(score, mark, by, at, source))
        elif mark.clears:
            cleared.append(score)
        else:
            score.version += 1
            changed.append(_written(score, mark, by, at, source))
    kept: dict[str, Any] = {"default_user": by, "default_date": at}
    if new:
        bulk_create_with_history(new, Score, **kept)
    if changed:
        bulk_update_with_history(changed, Score, WRITTEN, **kept)
    for score in cleared:
        score._history_user, score._history_date = by, at  # type: ignore[attr-defined]
        score.delete()
    return ScoresOutcome((*new, *changed), len(cleared), unchanged, conflicts)


def locked_assessment(assessment: Assessment) -> Assessment:
    """With its module and cohort, its row and the module's locked until the transaction ends.

    Not their keys: a rule that asks for a minimum in it holds the module already, and would wait
    for the assessment's key while this one waits for the module.

    It is read once it is locked: what is read with a row that has to be waited for is from before
    the wait, and the module may have been closed in it.
    """
    module_pk = (
        Assessment.objects.filter(pk=assessment.pk)
        .select_for_update(of=("self",), no_key=True)
        .order_by()
        .values_list("cohort_module_id", flat=True)
        .get()
    )
    if module_pk is not None:
        modules = CohortModule.objects.select_for_update(no_key=True)
        modules.order_by().values_list("pk").get(pk=module_pk)
    rows = Assessment.objects.select_related("cohort", "cohort_module__module")
    return rows.get(pk=assessment.pk)


def refuse_wrong(marks: Mapping[int, Mark], assessment: Assessment, group: Group | None) -> None:
    people = Enrollment.objects.filter(pk__in=marks, cohort=assessment.cohort_id, status__in=SCORED)
    if group is not None:
        people = people.filter(group=group)
    known = set(people.order_by().values_list("pk", flat=True))
    errors = {}
    for pk, mark in marks.items():
        if pk not in known:
            errors[str(pk)] = _("This person is not scored here.")
        elif mark.value is not None and mark.did_not_sit:
            errors[str(pk)] = _("Either a score, or that the person did not sit it.")
        elif mark.value is not None and not 0 <= mark.value <= HIGHEST_SCORE:
            errors[str(pk)] = _("A score lies between 0 and 20.")
        elif mark.value is not None and mark.value != round(mark.value, 2):
            errors[str(pk)] = _("A score has two decimals at most.")
    if errors:
        raise ValidationError(errors)


def _is_as_stored(mark: Mark, score: Score | None) -> bool:
    if score is None:
        return mark.clears
    return (mark.value, mark.did_not_sit) == (score.value, score.did_not_sit)


def _written(
    score: Score, mark: Mark, by: AbstractBaseUser | None, at: dt.datetime, source: str
) -> Score:
    score.value, score.did_not_sit = mark.value, mark.did_not_sit
    score.source, score.recorded_at = source, at
    score.recorded_by = by  # type: ignore[assignment]
    return score
