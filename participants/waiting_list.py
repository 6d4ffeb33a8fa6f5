"""The waiting list: a place that falls free is offered to the next by rank, until a deadline.

Whose quota is full is passed over and keeps the rank. An open offer holds its place. Who does not
answer in time leaves the list, so that the offer goes on; the coordinator may put the person on it
again. Each verb locks the edition first.
"""

import datetime as dt
from collections.abc import Collection, Iterable

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.tasks import task
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Cohort
from participants.enrollment_steps import Step, keep
from participants.models import Enrollment, LeavingReason, Offer, Participant
from participants.offer_mail import send_offer
from participants.places import (
    locked_cohort,
    locked_enrollment,
    places_left,
    refuse_closed,
)
from participants.quota_places import QuotaPlaces

Status = Enrollment.Status
OFFERS_IN = (Cohort.Status.OPEN, Cohort.Status.RUNNING)


@transaction.atomic
def waitlist(
    participant: Participant, cohort: Cohort, *, at: dt.datetime, by: AbstractBaseUser | None
) -> Enrollment:
    """Put a person at the end of the list. Who is on it keeps the rank.

    Raises ValidationError for who is enrolled ("enrolled") or has left ("left"), and in a closed
    edition ("closed").
    """
    cohort = locked_cohort(cohort.pk)
    existing = Enrollment.objects.filter(participant=participant, cohort=cohort).first()
    if existing is not None and existing.status in Enrollment.ON_THE_LIST:
        return existing
    refuse_closed(cohort)
    if existing is not None and existing.is_active:
        raise ValidationError(_("This person already has a place."), code="enrolled")
    if existing is not None and existing.status in Enrollment.LEFT:
        raise ValidationError(_("This person left the edition: reinstate instead."), code="left")
    day = timezone.localdate(at)
    enrollment = existing or Enrollment(participant=participant, cohort=cohort)
    enrollment.take_post(participant)
    enrollment.status, enrollment.enrolled_on = Status.WAITLISTED, day
    enrollment.ended_on, enrollment.left_reason = None, ""
    enrollment.waitlist_rank = _last_rank(cohort) + 1
    keep(enrollment, Step.WAITLIST, on=day, by=by)
    return enrollment


@transaction.atomic
def offer_next(
    cohort: Cohort, *, at: dt.datetime, by: AbstractBaseUser | None = None
) -> Offer | None:
    """Offer one place to the next on the list; None where no place is left or nobody waits."""
    offers = _offer(locked_cohort(cohort.pk), at=at, by=by, at_most=1)
    return offers[0] if offers else None


@transaction.atomic
def offer_places(
    cohort: Cohort, *, at: dt.datetime, by: AbstractBaseUser | None = None
) -> tuple[Offer, ...]:
    """Offer every place that is left to those next on the list. Again at once, it offers none."""
    return _offer(locked_cohort(cohort.pk), at=at, by=by)


@transaction.atomic
def accept_offer(token: str, *, at: dt.datetime, by: AbstractBaseUser | None = None) -> Enrollment:
    """Take the place. Works once: "used" after an answer, "lapsed" after the deadline, "closed".

    Raises Offer.DoesNotExist for a token that is none.
    """
    offer, enrollment = _answerable(token, at=at)
    refuse_closed(enrollment.cohort)
    day = max(timezone.localdate(at), enrollment.cohort.starts_on)
    _close(offer, Offer.Answer.ACCEPTED, at=at, by=by)
    enrollment.take_place(day)
    keep(enrollment, Step.ACCEPT, on=day, by=by)
    return enrollment


@transaction.atomic
def decline_offer(token: str, *, at: dt.datetime, by: AbstractBaseUser | None = None) -> Enrollment:
    """Give the place up: it goes to the next at once. Refused as `accept_offer` is."""
    offer, enrollment = _answerable(token, at=at)
    _close(offer, Offer.Answer.DECLINED, at=at, by=by)
    _leave_the_list(enrollment, Step.DECLINE, LeavingReason.REFUSED_OFFER, at=at, by=by)
    _offer(enrollment.cohort, at=at, by=None)
    return enrollment


@transaction.atomic
def decline(
    enrollment: Enrollment, *, reason: str, at: dt.datetime, by: AbstractBaseUser | None
) -> Enrollment:
    """For who applied, waits or has an offer: out of the list, and an offer goes to the next.

    Twice is as once. Raises ValidationError for who is enrolled or has left ("begun").
    """
    cohort = locked_cohort(enrollment.cohort_id)
    enrollment = locked_enrollment(enrollment.pk)
    if enrollment.status == Status.DECLINED:
        return enrollment
    if enrollment.status not in (Status.APPLIED, *Enrollment.ON_THE_LIST):
        raise ValidationError(
            _("This person is not waiting for a place: withdraw the enrollment instead."),
            code="begun",
        )
    close_offers([enrollment], Offer.Answer.REVOKED, at=at, by=by)
    _leave_the_list(enrollment, Step.DECLINE, reason, at=at, by=by)
    _offer(cohort, at=at, by=None)
    return enrollment


def lapse_offers(*, at: dt.datetime) -> int:
    """End the offers whose deadline is over and offer their places to the next; how many ended.

    Any number of times and at once: each offer lapses once.
    """
    cohorts = Offer.objects.due(at).order_by("enrollment__cohort").distinct()
    return sum(_lapse_in(pk, at=at) for pk in cohorts.values_list("enrollment__cohort", flat=True))


@task
def pass_on_lapsed_offers() -> None:
    """Runs at each deadline; the command of the same purpose catches what it missed."""
    lapse_offers(at=timezone.now())


@transaction.atomic
def _lapse_in(cohort_pk: int, *, at: dt.datetime) -> int:
    cohort = locked_cohort(cohort_pk)
    due = list(
        Offer.objects.due(at)
        .filter(enrollment__cohort=cohort)
        .select_related("enrollment__participant", "enrollment__cohort")
    )
    for offer in due:
        _close(offer, Offer.Answer.LAPSED, at=at, by=None)
        _leave_the_list(offer.enrollment, Step.LAPSE, LeavingReason.NO_ANSWER, at=at, by=None)
    if due:
        _offer(cohort, at=at, by=None)
    return len(due)


def close_offers(
    enrollments: Collection[Enrollment],
    answer: str,
    *,
    at: dt.datetime,
    by: AbstractBaseUser | None,
) -> int:
    """End the open offers of people whose place is settled in another way."""
    return (
        Offer.objects.open()
        .filter(enrollment__in=enrollments)
        .update(answer=answer, answered_at=at, answered_by=by)
    )


def deadline(cohort: Cohort, *, at: dt.datetime) -> dt.datetime:
    """Until when an offer made now can be answered."""
    return at + dt.timedelta(hours=cohort.offer_hours)


def _offer(
    cohort: Cohort, *, at: dt.datetime, by: AbstractBaseUser | None, at_most: int | None = None
) -> tuple[Offer, ...]:
    """The cohort is locked. Drafts are not announced yet and closed editions are over."""
    if cohort.status not in OFFERS_IN:
        return ()
    places = max(places_left(cohort), 0)
    chosen = _next(cohort, places if at_most is None else min(places, at_most))
    return tuple(_offer_to(chosen, cohort, at=at, by=by))


def _next(cohort: Cohort, number: int) -> list[Enrollment]:
    waiting = Enrollment.objects.for_cohort(cohort).waiting()
    people = waiting.select_related("participant", "cohort", "facility")
    quotas = QuotaPlaces.of(cohort)
    if not quotas.lines:
        return list(people[:number])
    chosen: list[Enrollment] = []
    for enrollment in people:
        if len(chosen) < number and quotas.has_place_for(enrollment):
            quotas.take(enrollment)
            chosen.append(enrollment)
    return chosen


def _offer_to(
    people: Iterable[Enrollment], cohort: Cohort, *, at: dt.datetime, by: AbstractBaseUser | None
) -> list[Offer]:
    offers = []
    for enrollment in people:
        enrollment.status = Status.OFFERED
        keep(enrollment, Step.OFFER, on=timezone.localdate(at), by=by)
        offer = Offer(enrollment=enrollment, offered_at=at, expires_at=deadline(cohort, at=at))
        offer.save()
        offers.append(offer)
        send_offer.enqueue(offer.pk)
    if offers:
        pass_on_lapsed_offers.using(run_after=deadline(cohort, at=at)).enqueue()
    return offers


def _answerable(token: str, *, at: dt.datetime) -> tuple[Offer, Enrollment]:
    where = Offer.objects.values_list("pk", "enrollment", "enrollment__cohort").get(token=token)
    offer_pk, enrollment_pk, cohort_pk = where
    cohort = locked_cohort(cohort_pk)
    enrollment = locked_enrollment(enrollment_pk)
    enrollment.cohort = cohort
    offer = Offer.objects.select_for_update().get(pk=offer_pk)
    if offer.answer in (Offer.Answer.ACCEPTED, Offer.Answer.DECLINED):
        raise ValidationError(_("This offer was answered already."), code="used")
    if offer.answer or offer.expires_at <= at:
        raise ValidationError(_("This offer is no longer open."), code="lapsed")
    return offer, enrollment


def _close(offer: Offer, answer: str, *, at: dt.datetime, by: AbstractBaseUser | None) -> None:
    close_offers([offer.enrollment], answer, at=at, by=by)
    offer.refresh_from_db(fields=["answer", "answered_at", "answered_by"])


def _leave_the_list(
    enrollment: Enrollment,
    step: Step,
    reason: str,
    *,
    at: dt.datetime,
    by: AbstractBaseUser | None,
) -> None:
    enrollment.status, enrollment.left_reason = Status.DECLINED, reason
    enrollment.waitlist_rank = None
    keep(enrollment, step, on=timezone.localdate(at), by=by)


def _last_rank(cohort: Cohort) -> int:
    ranks = Enrollment.objects.for_cohort(cohort).aggregate(last=Max("waitlist_rank"))
    return int(ranks["last"] or 0)
