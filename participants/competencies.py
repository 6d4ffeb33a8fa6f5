"""Rating competencies: the person oneself, the tutor whom the group has, at baseline and end."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from courses.models import Cohort, Competency, Level
from participants.competency_moments import Moments
from participants.models import CompetencyRating, Enrollment

Rater = CompetencyRating.Rater

# Enrollment and competency.
type Key = tuple[int, int]
# The levels that a form showed, None where there was none yet.
type Seen = Mapping[Key, int | None]


@dataclass(frozen=True, slots=True)
class Rated:
    """What became of the levels. A conflict was rated otherwise meanwhile and is left as it is."""

    saved: int = 0
    unchanged: int = 0
    conflicts: list[CompetencyRating] = field(default_factory=list)


def rate_competencies(
    enrollment: Enrollment,
    moment: str,
    rater: str,
    levels: Mapping[int, int],
    *,
    by: AbstractBaseUser | None,
    at: dt.datetime,
    seen: Mapping[int, int | None] | None = None,
) -> Rated:
    """One person's levels by competency; those left out stay. Sent again, nothing changes.

    `seen` are the levels that the form showed: what was rated otherwise since is a conflict, and
    not overwritten. Raises ValidationError: "closed", "not_open", "not_in_edition",
    "other_program", "level", and "not_oneself" or "oneself" for the wrong rater.
    """
    pk = enrollment.pk
    return rate(
        enrollment.cohort_id,
        moment,
        rater,
        {(pk, competency): level for competency, level in levels.items()},
        by=by,
        at=at,
        seen=None if seen is None else {(pk, key): level for key, level in seen.items()},
    )


@transaction.atomic
def rate(
    cohort_id: int,
    moment: str,
    rater: str,
    levels: Mapping[Key, int],
    *,
    by: AbstractBaseUser | None,
    at: dt.datetime,
    seen: Seen | None = None,
) -> Rated:
    """Several people's, of one edition, at once. Raises as rate_competencies.

    A tutor's scope is the caller's to know; the people's rows are locked, so that two who save at
    once follow one another.
    """
    people = _locked_people({person for person, _competency in levels})
    competencies = {each.pk: each for each in Competency.objects.of_cohort(cohort_id)}
    cohort = Cohort.objects.get(pk=cohort_id)
    day = timezone.localtime(at).date()
    moments = Moments.of(cohort, [each.last_week for each in competencies.values()])
    if refusal := moments.why_not(moment, day):
        raise refusal
    _refuse_wrong(cohort_id, levels, people, competencies)
    for person in people.values():
        _refuse_rater(person, rater, by)
    return _store(moment, rater, levels, seen, by=by, at=at)


def why_not_rate_oneself(
    enrollment: Enrollment, moments: Moments, moment: str, *, day: dt.date
) -> ValidationError | None:
    if not enrollment.is_active:
        return ValidationError(_("You are no longer in this edition."), code="not_in_edition")
    return moments.why_not(moment, day)


def _locked_people(pks: set[int]) -> dict[int, Enrollment]:
    rows = Enrollment.objects.filter(pk__in=pks).order_by("pk")
    locked = list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
    return {each.pk: each for each in rows.select_related("participant").filter(pk__in=locked)}


def _refuse_wrong(
    cohort_id: int,
    levels: Mapping[Key, int],
    people: Mapping[int, Enrollment],
    competencies: Mapping[int, Competency],
) -> None:
    for (person_pk, competency_pk), level in levels.items():
        person = people.get(person_pk)
        if person is None or person.cohort_id != cohort_id or not person.is_active:
            raise ValidationError(_("This person is not in the edition."), code="not_in_edition")
        if competency_pk not in competencies:
            raise ValidationError(
                _("The edition's modules do not name this competency."), code="other_program"
            )
        if level not in Level.values:
            raise ValidationError(_("Choose a level from 1 to 4."), code="level")


def _refuse_rater(person: Enrollment, rater: str, by: AbstractBaseUser | None) -> None:
    """Nobody rates another as oneself, nor oneself as the tutor. Without `by`, the school did."""
    is_oneself = by is not None and person.participant.user_id == by.pk
    if rater == Rater.SELF and by is not None and not is_oneself:
        raise ValidationError(_("Each person rates oneself alone."), code="not_oneself")
    if rater == Rater.TUTOR and is_oneself:
        raise ValidationError(_("Nobody rates oneself as the tutor."), code="oneself")


def _store(
    moment: str,
    rater: str,
    levels: Mapping[Key, int],
    seen: Seen | None,
    *,
    by: AbstractBaseUser | None,
    at: dt.datetime,
) -> Rated:
    stored = {
        (row.enrollment_id, row.competency_id): row
        for row in CompetencyRating.objects.filter(
            enrollment__in={person for person, _competency in levels}, moment=moment, rater=rater
        ).select_related("rated_by")
    }
    new: list[CompetencyRating] = []
    changed: list[CompetencyRating] = []
    conflicts: list[CompetencyRating] = []
    for key, level in levels.items():
        row = stored.get(key)
        if row is None:
            person, competency = key
            row = CompetencyRating(
                enrollment_id=person, competency_id=competency, moment=moment, rater=rater
            )
            new.append(row)
        elif row.level == level or (seen is not None and seen.get(key) == level):
            continue  # as it is, or left as it was shown
        elif seen is not None and seen.get(key) != row.level:
            conflicts.append(row)
            continue
        else:
            changed.append(row)
        row.level, row.rated_at = level, at
        row.rated_by = by  # type: ignore[assignment]
    kept: dict[str, Any] = {"default_user": by, "default_date": at}
    if new:
        bulk_create_with_history(new, CompetencyRating, **kept)
    if changed:
        bulk_update_with_history(
            changed, CompetencyRating, ["level", "rated_by", "rated_at"], **kept
        )
    saved = len(new) + len(changed)
    return Rated(saved, len(levels) - saved - len(conflicts), conflicts)


def ratings_missing(cohort_id: int, people: list[int] | None = None) -> dict[int, int]:
    """How many of the own ratings, at baseline and end, each person lacks, by enrollment.

    What the tutor has still to rate is never held against the person. One query.
    """
    asked = Competency.objects.of_cohort(cohort_id).order_by()
    number = asked.values("program").annotate(n=Count("pk")).values("n")
    given = Q(competency_ratings__rater=Rater.SELF) & Q(
        competency_ratings__competency__in=asked.values("pk")
    )
    rows = Enrollment.objects.filter(cohort=cohort_id)
    if people is not None:
        rows = rows.filter(pk__in=people)
    rows = rows.annotate(
        asked=Coalesce(Subquery(number[:1]), 0) * len(CompetencyRating.Moment.values),
        given=Count("competency_ratings", filter=given),
    )
    return dict(rows.order_by("pk").values_list("pk", F("asked") - F("given")))
