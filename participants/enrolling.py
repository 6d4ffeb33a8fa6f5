"""Who enters and who leaves an edition: never more than its capacity, whatever happens at once.

Each step is dated, kept in the history with who took it, and refused by the name of a rule (the
code of its ValidationError). The edition is locked first, then the enrollment; a place that falls
free is offered to the next on the waiting list in the same transaction.
"""

import datetime as dt
from collections.abc import Iterable, Mapping

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from simple_history.utils import bulk_update_with_history

from courses.models import Cohort
from participants.completion_credits import credit_completions
from participants.enrollment_steps import Step, keep, note
from participants.models import (
    AttendanceRecord,
    Certificate,
    CertificateKind,
    Enrollment,
    Offer,
    Participant,
)
from participants.models.attendance import CAME
from participants.places import (
    locked_cohort,
    locked_cohorts,
    locked_enrollment,
    places_left,
    refuse_below_enrolled,
    refuse_beyond_capacity,
    refuse_closed,
)
from participants.waiting_list import close_offers, decline, offer_places, waitlist

__all__ = [
    "conclude",
    "conclude_all",
    "enroll",
    "enroll_or_waitlist",
    "locked_cohort",
    "places_left",
    "refuse_below_enrolled",
    "refuse_beyond_capacity",
    "reinstate",
    "transfer",
    "withdraw",
]

Status = Enrollment.Status


@transaction.atomic
def enroll(
    participant: Participant,
    cohort: Cohort,
    *,
    on: dt.date,
    by: AbstractBaseUser | None = None,
    at: dt.datetime | None = None,
) -> Enrollment:
    """Enroll a person with facility, service, profession and regime as they are today.

    Idempotent for who already holds a place; who has an open offer takes that place. Refused:
    "capacity", "closed", and "left" for who left the edition (that is a reinstatement).
    """
    cohort = locked_cohort(cohort.pk)
    existing = Enrollment.objects.filter(participant=participant, cohort=cohort).first()
    if existing is not None and existing.is_active:
        return existing
    if existing is not None and existing.status in Enrollment.LEFT:
        raise ValidationError(
            _("This person left the edition and cannot be enrolled anew: reinstate instead."),
            code="left",
        )
    refuse_closed(cohort)
    if existing is not None and existing.status == Status.OFFERED:
        close_offers([existing], Offer.Answer.ACCEPTED, at=at or timezone.now(), by=by)
    else:
        refuse_beyond_capacity(cohort, 1)
    enrollment = existing or Enrollment(participant=participant, cohort=cohort)
    enrollment.take_place(on)
    enrollment.take_post(participant)
    keep(enrollment, Step.ENROLL, on=on, by=by)
    return enrollment


@transaction.atomic
def enroll_or_waitlist(
    participant: Participant,
    cohort: Cohort,
    *,
    on: dt.date,
    at: dt.datetime,
    by: AbstractBaseUser | None = None,
) -> Enrollment:
    """A place where one is left and nobody waits for it; the end of the waiting list otherwise."""
    cohort = locked_cohort(cohort.pk)
    waiting = Enrollment.objects.for_cohort(cohort).waiting().exclude(participant=participant)
    if places_left(cohort) > 0 and not waiting.exists():
        return enroll(participant, cohort, on=on, by=by, at=at)
    return waitlist(participant, cohort, at=at, by=by)


@transaction.atomic
def withdraw(
    enrollment: Enrollment,
    *,
    on: dt.date,
    reason: str,
    by: AbstractBaseUser | None,
    at: dt.datetime | None = None,
) -> Enrollment:
    """The person leaves; `on` is the last day. What was recorded stays, the place is offered.

    Who leaves before the first own day never took part and is declined. The same withdrawal again
    changes nothing. Refused: "not_enrolled", "closed", "before_enrollment", "future" and
    "attended_later", where a mark shows the person present after that day.
    """
    at = at or timezone.now()
    cohort = locked_cohort(enrollment.cohort_id)
    enrollment = locked_enrollment(enrollment.pk)
    if (enrollment.status, enrollment.ended_on) == (Status.WITHDRAWN, on):
        return enrollment
    if enrollment.status in (Status.APPLIED, *Enrollment.ON_THE_LIST):
        return decline(enrollment, reason=reason, at=at, by=by)
    _refuse_to_leave(enrollment, cohort, on=on, at=at)
    enrollment.left_reason = reason
    if not _has_begun(enrollment, at):
        enrollment.status = Status.DECLINED
        enrollment.group, enrollment.group_since = None, None
        keep(enrollment, Step.DECLINE, on=on, by=by)
    else:
        enrollment.status, enrollment.ended_on = Status.WITHDRAWN, on
        keep(enrollment, Step.WITHDRAW, on=on, by=by)
    offer_places(cohort, at=at)
    return enrollment


@transaction.atomic
def reinstate(enrollment: Enrollment, *, on: dt.date, by: AbstractBaseUser | None) -> Enrollment:
    """Who left comes back to the same enrollment, from `on` as far as the history tells.

    Attendance counts from the first day on: sessions missed in between are to be excused one by
    one where that is due. Refused: "not_left", "closed", "before_withdrawal", "transferred" while
    the person is in the other edition, "capacity".
    """
    cohort = locked_cohort(enrollment.cohort_id)
    enrollment = locked_enrollment(enrollment.pk)
    if enrollment.status not in Enrollment.LEFT:
        raise ValidationError(_("This person has not left the edition."), code="not_left")
    refuse_closed(cohort)
    if enrollment.ended_on is not None and on < enrollment.ended_on:
        raise ValidationError(
            {
                "on": ValidationError(
                    _("The person still took part on that day."), "before_withdrawal"
                )
            }
        )
    other = enrollment.transferred_to
    if other is not None and other.is_active:
        raise ValidationError(
            _("This person is in the edition %(code)s: withdraw that enrollment first.")
            % {"code": other.cohort.code},
            code="transferred",
        )
    refuse_beyond_capacity(cohort, 1)
    enrollment.take_place(enrollment.enrolled_on)
    keep(enrollment, Step.REINSTATE, on=on, by=by)
    return enrollment


@transaction.atomic
def transfer(
    enrollment: Enrollment,
    to_cohort: Cohort,
    *,
    on: dt.date,
    by: AbstractBaseUser,
    at: dt.datetime | None = None,
) -> Enrollment:
    """The person goes on in another edition and keeps the modules completed; the new enrollment.

    Completed modules that the other edition has too are credited there as equivalent earlier
    training, with the figures of the first decision. The post goes along as it is now; the place
    left is offered. The same transfer again changes nothing. Refused as a withdrawal is, and:
    "same_edition", "already_there", "left", "capacity", "no_rule".
    """
    at = at or timezone.now()
    if to_cohort.pk == enrollment.cohort_id:
        raise _refusal("to_cohort", _("The person is in this edition already."), "same_edition")
    cohorts = locked_cohorts([enrollment.cohort_id, to_cohort.pk])
    cohort, to_cohort = cohorts[enrollment.cohort_id], cohorts[to_cohort.pk]
    enrollment = locked_enrollment(enrollment.pk)
    there = Enrollment.objects.filter(
        participant=enrollment.participant_id, cohort=to_cohort
    ).first()
    if there is not None and enrollment.transferred_to_id == there.pk and there.is_active:
        return there
    _refuse_to_leave(enrollment, cohort, on=on, at=at)
    arrival = _arrive(enrollment, there, to_cohort, on=on, by=by, at=at)
    credit_completions(enrollment, arrival, by=by, at=at)
    if not _has_begun(enrollment, at):
        # A last day before the edition's first: no session of it concerns the person any more.
        on = min(on, cohort.starts_on - dt.timedelta(days=1))
        enrollment.enrolled_on = on
        enrollment.group_since = None
    enrollment.status, enrollment.ended_on = Status.TRANSFERRED, on
    enrollment.transferred_to = arrival
    keep(enrollment, Step.TRANSFER, on=on, by=by)
    offer_places(cohort, at=at)
    return arrival


OUTCOMES = {
    Status.COMPLETED: Step.COMPLETE,
    Status.NOT_COMPLETED: Step.FAIL,
    Status.ENROLLED: Step.REOPEN,
}


@transaction.atomic
def conclude(
    enrollment: Enrollment, *, outcome: str, on: dt.date, by: AbstractBaseUser | None
) -> Enrollment:
    """How the edition ended for who was in it to the end, also once it is closed; ENROLLED takes
    an outcome back. The same again changes nothing. Refused: "not_enrolled", and "certified" where
    a certificate in force says that the person completed it."""
    locked_cohort(enrollment.cohort_id)
    enrollment = locked_enrollment(enrollment.pk)
    if not enrollment.is_active:
        raise ValidationError(_("This person is not in the edition."), code="not_enrolled")
    if enrollment.status != outcome:
        _refuse_certified([enrollment])
        enrollment.status = outcome
        keep(enrollment, OUTCOMES[Status(outcome)], on=on, by=by)
    return enrollment


def conclude_all(
    outcomes: Mapping[int, str], *, on: dt.date, by: AbstractBaseUser | None
) -> list[Enrollment]:
    """As `conclude`, of many enrollments of one edition at once, which the caller has locked."""
    people = Enrollment.objects.select_for_update(of=("self",)).filter(pk__in=outcomes)
    changed = [each for each in people.order_by("pk") if each.status != outcomes[each.pk]]
    _refuse_certified(changed)
    for enrollment in changed:
        enrollment.status = outcomes[enrollment.pk]
        note(enrollment, OUTCOMES[Status(enrollment.status)], on=on)
    bulk_update_with_history(changed, Enrollment, ["status"], default_user=by)
    return changed


def _refuse_certified(changing: Iterable[Enrollment]) -> None:
    """Of these enrollments, locked: who issues a certificate holds the same lock."""
    completed = [each for each in changing if each.status == Status.COMPLETED]
    if not completed:
        return
    certificates = (
        Certificate.objects.live()
        .filter(enrollment__in=completed, kind=CertificateKind.CERTIFICATE)
        .select_related("enrollment__participant")
    )
    names = sorted(row.enrollment.participant.full_name for row in certificates if row.enrollment)
    if names:
        text = ngettext(
            "A certificate says that %(names)s completed the edition. Revoke it first.",
            "Certificates say that these people completed the edition: %(names)s. Revoke them"
            " first.",
            len(names),
        )
        raise ValidationError(text % {"names": ", ".join(names)}, code="certified")


def _arrive(
    enrollment: Enrollment,
    there: Enrollment | None,
    to_cohort: Cohort,
    *,
    on: dt.date,
    by: AbstractBaseUser,
    at: dt.datetime,
) -> Enrollment:
    refuse_closed(to_cohort)
    if there is not None and there.is_active:
        raise _refusal("to_cohort", _("The person is in that edition already."), "already_there")
    if there is not None and there.status in Enrollment.LEFT:
        text = _("This person left that edition: reinstate that enrollment instead.")
        raise _refusal("to_cohort", text, "left")
    if there is not None and there.status == Status.OFFERED:
        close_offers([there], Offer.Answer.ACCEPTED, at=at, by=by)
    else:
        try:
            refuse_beyond_capacity(to_cohort, 1)
        except ValidationError as error:
            raise _refusal("to_cohort", error.messages[0], "capacity") from error
    arrival = there or Enrollment(participant=enrollment.participant, cohort=to_cohort)
    arrival.take_place(max(on, to_cohort.starts_on))
    arrival.take_post(enrollment)
    keep(arrival, Step.ARRIVE, on=arrival.enrolled_on, by=by)
    return arrival


def _refuse_to_leave(
    enrollment: Enrollment, cohort: Cohort, *, on: dt.date, at: dt.datetime
) -> None:
    if enrollment.status != Status.ENROLLED:
        raise ValidationError(
            _("Only who is enrolled can leave; this enrollment is: %(status)s.")
            % {"status": enrollment.get_status_display()},
            code="not_enrolled",
        )
    refuse_closed(cohort)
    today = timezone.localdate(at)
    if on > today:
        raise _refusal("on", _("This day has not come yet."), "future")
    if _has_begun(enrollment, at) and on < enrollment.enrolled_on:
        text = _("The person was enrolled on %(day)s: the last day cannot lie before.") % {
            "day": f"{enrollment.enrolled_on:%d/%m/%Y}"
        }
        raise _refusal("on", text, "before_enrollment")
    last = _last_day_present(enrollment)
    if last is not None and last > on:
        text = _("The register has the person present on %(day)s: correct it, or the day.") % {
            "day": f"{last:%d/%m/%Y}"
        }
        raise _refusal("on", text, "attended_later")


def _has_begun(enrollment: Enrollment, at: dt.datetime) -> bool:
    return enrollment.enrolled_on <= timezone.localdate(at)


def _last_day_present(enrollment: Enrollment) -> dt.date | None:
    starts = (
        AttendanceRecord.objects.filter(enrollment=enrollment, state__in=CAME)
        .order_by("-session__starts_at")
        .values_list("session__starts_at", flat=True)
    )
    last = starts.first()
    return timezone.localdate(last) if last else None


def _refusal(field: str, message: str, code: str) -> ValidationError:
    """At the field of that name where a form has one."""
    return ValidationError({field: ValidationError(message, code=code)})
