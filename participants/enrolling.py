"""Who enters a cohort: never more than its capacity, whatever happens at once."""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.models import Cohort
from participants.models import Enrollment, Participant


def places_left(cohort: Cohort) -> int:
    return cohort.capacity - Enrollment.objects.for_cohort(cohort).active().count()


def locked_cohort(pk: int) -> Cohort:
    """The cohort, its row locked until the transaction ends: enrollments queue on it."""
    return Cohort.objects.select_for_update().get(pk=pk)


def refuse_beyond_capacity(cohort: Cohort, newcomers: int) -> None:
    left = places_left(cohort)
    if newcomers > left:
        raise ValidationError(
            _(
                "The edition %(code)s has %(left)d places left and %(newcomers)d would enter."
                " Raise its capacity or take fewer people."
            )
            % {"code": cohort.code, "left": max(left, 0), "newcomers": newcomers},
            code="capacity",
        )


def refuse_below_enrolled(cohort: Cohort, capacity: int) -> None:
    """For a capacity about to be stored: locks the edition, so that nobody enters meanwhile."""
    enrolled = Enrollment.objects.for_cohort(locked_cohort(cohort.pk)).active().count()
    if capacity < enrolled:
        raise ValidationError(
            ngettext(
                "%(enrolled)d person is enrolled: the capacity cannot be lower.",
                "%(enrolled)d people are enrolled: the capacity cannot be lower.",
                enrolled,
            )
            % {"enrolled": enrolled},
            code="capacity",
        )


@transaction.atomic
def enroll(
    participant: Participant,
    cohort: Cohort,
    *,
    on: dt.date,
    by: AbstractBaseUser | None = None,
) -> Enrollment:
    """Enroll a person with facility, service, profession and regime as they are today.

    Idempotent for who already holds a place. Raises ValidationError when the cohort is full or
    closed, or the person has left it (that is a reinstatement, not an enrollment).
    """
    cohort = locked_cohort(cohort.pk)
    existing = Enrollment.objects.filter(participant=participant, cohort=cohort).first()
    if existing is not None and existing.is_active:
        return existing
    if existing is not None and existing.status in Enrollment.LEFT:
        raise ValidationError(_("This person left the edition and cannot be enrolled anew."))
    if cohort.status == Cohort.Status.CLOSED:
        raise ValidationError(_("The edition %(code)s is closed.") % {"code": cohort.code})
    refuse_beyond_capacity(cohort, 1)
    enrollment = existing or Enrollment(participant=participant, cohort=cohort)
    enrollment.status = Enrollment.Status.ENROLLED
    enrollment.enrolled_on = on
    enrollment.facility = participant.facility
    enrollment.service = participant.service
    enrollment.profession = participant.profession
    enrollment.employment_regime = participant.employment_regime
    enrollment._history_user = by  # type: ignore[attr-defined]
    enrollment.full_clean()
    enrollment.save()
    return enrollment
