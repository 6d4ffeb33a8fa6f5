"""The places of an edition: how many are left, and that nobody takes one that is not there."""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.models import Cohort
from participants.closed import why_closed
from participants.models import Enrollment


def places_left(cohort: Cohort) -> int:
    """An open offer holds its place."""
    return cohort.capacity - Enrollment.objects.for_cohort(cohort).taking_a_place().count()


def locked_cohort(pk: int) -> Cohort:
    """The cohort, its row locked until the transaction ends: enrollments queue on it.

    Rows that only name the cohort do not: who writes one may hold what is waited for here.
    """
    return Cohort.objects.select_for_update(no_key=True).get(pk=pk)


def locked_cohorts(pks: Collection[int]) -> dict[int, Cohort]:
    """Several, always in the same order, so that two who want the same ones wait in turn."""
    rows = Cohort.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk")
    return {row.pk: row for row in rows}


def locked_enrollment(pk: int) -> Enrollment:
    """As it is now. Its cohort is locked before it."""
    rows = Enrollment.objects.select_for_update(of=("self",))
    return rows.select_related("participant", "cohort").get(pk=pk)


def refuse_closed(cohort: Cohort) -> None:
    if refusal := why_closed(cohort):
        raise refusal


def refuse_beyond_capacity(cohort: Cohort, newcomers: int) -> None:
    left = places_left(cohort)
    if newcomers <= left:
        return
    if left <= 0:
        text = _(
            "The edition %(code)s has no free place: raise its capacity first, or use its waiting"
            " list."
        )
    else:
        text = ngettext(
            "The edition %(code)s has %(left)d place left and %(newcomers)d people would enter."
            " Raise its capacity or take fewer people.",
            "The edition %(code)s has %(left)d places left and %(newcomers)d people would enter."
            " Raise its capacity or take fewer people.",
            left,
        )
    told = {"code": cohort.code, "left": left, "newcomers": newcomers}
    raise ValidationError(text % told, code="capacity")


def refuse_below_enrolled(cohort: Cohort, capacity: int) -> None:
    """For a capacity about to be stored: locks the edition, so that nobody enters meanwhile."""
    people = Enrollment.objects.for_cohort(locked_cohort(cohort.pk)).taking_a_place().count()
    if capacity < people:
        raise ValidationError(
            ngettext(
                "%(people)d person is enrolled or has an offer: the capacity cannot be lower.",
                "%(people)d people are enrolled or have an offer: the capacity cannot be lower.",
                people,
            )
            % {"people": people},
            code="capacity",
        )
