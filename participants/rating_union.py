"""Ratings of two enrollments that become one: of two of the same, the one given last counts."""

from django.contrib.auth.models import AbstractBaseUser

from participants.models import CompetencyRating, Enrollment


def drop_older_ratings(
    stays: Enrollment, goes: Enrollment, *, by: AbstractBaseUser, reason: str
) -> None:
    """Before the rest is moved: no competency is then rated twice."""
    own = {_key(row): row for row in CompetencyRating.objects.filter(enrollment=stays)}
    for row in CompetencyRating.objects.filter(enrollment=goes).order_by("pk"):
        if twin := own.get(_key(row)):
            older = min(twin, row, key=lambda each: (each.rated_at, each is row))
            older._history_user, older._change_reason = by, reason  # type: ignore[attr-defined]
            older.delete()


def _key(row: CompetencyRating) -> tuple[int, str, str]:
    return row.competency_id, row.moment, row.rater
