"""Places given to many people at once: the rules of participants/enrolling.py in a number of
queries that does not depend on how many they are. The edition is locked before."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from courses.models import Cohort
from participants.enrollment_steps import Step, note
from participants.models import Application, Enrollment, LeavingReason, Offer, Participant
from participants.places import places_left
from participants.quota_places import QuotaPlaces
from participants.waiting_list import close_offers, offer_places

Status = Enrollment.Status
CHANGED = (
    "status",
    "enrolled_on",
    "ended_on",
    "left_reason",
    "transferred_to",
    "waitlist_rank",
    *Enrollment.POST,
)


@dataclass
class Seats:
    cohort: Cohort
    at: dt.datetime
    left: int
    # Places for who waits already and is not among the chosen: these belong to them first. Who
    # waits for a full quota can take none and keeps none back.
    kept: int
    last_rank: int
    quotas: QuotaPlaces
    known: dict[int, Enrollment]
    changed: list[Enrollment] = field(default_factory=list)
    answered: list[Enrollment] = field(default_factory=list)

    @classmethod
    def of(cls, cohort: Cohort, people: Sequence[Participant], *, at: dt.datetime) -> "Seats":
        of_cohort = Enrollment.objects.for_cohort(cohort)
        pks = [person.pk for person in people if person.pk]
        known = {row.participant_id: row for row in of_cohort.filter(participant__in=pks)}
        quotas = QuotaPlaces.of(cohort)
        return cls(
            cohort=cohort,
            at=at,
            left=places_left(cohort),
            kept=quotas.keep_for(of_cohort.waiting().exclude(participant__in=pks)),
            last_rank=of_cohort.aggregate(last=Max("waitlist_rank"))["last"] or 0,
            quotas=quotas,
            known=known,
        )

    def refusal(self, person: Participant, *, may_enroll: bool) -> str:
        existing = self._of(person)
        if existing is None:
            return ""
        if existing.status in Enrollment.LEFT:
            return _("This person left the edition: reinstate the enrollment instead.")
        if existing.is_active and not may_enroll:
            return _("This person already has a place.")
        return ""

    def enroll(self, person: Participant) -> str:
        """Gives a place; or returns the reason why there is none."""
        existing = self._of(person)
        if existing is not None and existing.is_active:
            return ""
        if existing is not None and existing.status == Status.OFFERED:
            self.answered.append(existing)  # the offer has held the place
        else:
            is_waiting = existing is not None and existing.status == Status.WAITLISTED
            if self.left - (0 if is_waiting else self.kept) <= 0:
                return Application.Reason.NO_PLACES
            if not self.quotas.has_place_for(person, is_waiting=is_waiting):
                return Application.Reason.QUOTA
            self.left -= 1
            self.quotas.take(person)
        enrollment = existing or Enrollment(participant=person, cohort=self.cohort)
        day = max(timezone.localdate(self.at), self.cohort.starts_on)
        enrollment.take_place(day)
        self._change(enrollment, person, Step.ENROLL, day)
        return ""

    def waitlist(self, person: Participant) -> None:
        """At the end of the list; who is on it keeps the rank."""
        existing = self._of(person)
        if existing is not None and existing.status in Enrollment.ON_THE_LIST:
            return
        self.last_rank += 1
        enrollment = existing or Enrollment(participant=person, cohort=self.cohort)
        day = timezone.localdate(self.at)
        enrollment.status, enrollment.enrolled_on = Status.WAITLISTED, day
        enrollment.ended_on, enrollment.left_reason = None, ""
        enrollment.waitlist_rank = self.last_rank
        self._change(enrollment, person, Step.WAITLIST, day)

    def save(self, *, by: AbstractBaseUser | None) -> None:
        """After the people are saved."""
        if self.answered:
            close_offers(self.answered, Offer.Answer.ACCEPTED, at=self.at, by=by)
        new = [row for row in self.changed if row._state.adding]
        old = [row for row in self.changed if not row._state.adding]
        for row in new:
            row.participant_id = row.participant.pk
        if new:
            bulk_create_with_history(new, Enrollment, default_user=by)
        if old:
            bulk_update_with_history(old, Enrollment, CHANGED, default_user=by)

    def _of(self, person: Participant) -> Enrollment | None:
        return self.known.get(person.pk) if person.pk else None

    def _change(
        self, enrollment: Enrollment, person: Participant, step: Step, day: dt.date
    ) -> None:
        enrollment.take_post(person)
        note(enrollment, step, on=day)
        self.changed.append(enrollment)


def short_of_a_place(cohort: Cohort, pks: Collection[int]) -> int:
    """How many of these applications would wait if all were approved now, as far as one can tell
    from what they say. Three queries at most, and two of the quotas."""
    chosen = Application.objects.filter(cohort=cohort, pk__in=pks)
    waiting = Enrollment.objects.for_cohort(cohort).waiting()
    quotas = QuotaPlaces.of(cohort)
    of_them = chosen.filter(participant__isnull=False).values("participant")
    kept = quotas.keep_for(waiting.exclude(participant__in=of_them))
    room = min(quotas.room_for(chosen), max(places_left(cohort) - kept, 0))
    return max(len(pks) - room, 0)


def remove_from_the_list(
    cohort: Cohort,
    participants: Collection[int | None],
    *,
    at: dt.datetime,
    by: AbstractBaseUser,
) -> None:
    """As waiting_list.decline does for one: an offer among them goes to the next."""
    rows = list(
        Enrollment.objects.for_cohort(cohort).filter(
            participant__in=participants, status__in=Enrollment.ON_THE_LIST
        )
    )
    offered = [row for row in rows if row.status == Status.OFFERED]
    if offered:
        close_offers(offered, Offer.Answer.REVOKED, at=at, by=by)
    for row in rows:
        row.status, row.left_reason = Status.DECLINED, LeavingReason.NOT_ELIGIBLE
        row.waitlist_rank = None
        note(row, Step.DECLINE, on=timezone.localdate(at))
    if rows:
        fields = ["status", "left_reason", "waitlist_rank"]
        bulk_update_with_history(rows, Enrollment, fields, default_user=by)
    if offered:
        offer_places(cohort, at=at)
