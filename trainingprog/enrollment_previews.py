"""What a step with an enrollment would mean, in sentences, before it is taken."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.models import Cohort
from participants.completion_credits import Credit, credits_in
from participants.models import Enrollment
from participants.own_sessions import sessions_of
from participants.places import places_left
from participants.waiting_list import OFFERS_IN, deadline


def withdraw_means(enrollment: Enrollment, at: dt.datetime) -> list[str]:
    kept = _("What was recorded until the last day stays; later sessions no longer count.")
    if enrollment.status != Enrollment.Status.ENROLLED:
        kept = _("The person leaves the waiting list; an open offer is taken back.")
    elif enrollment.enrolled_on > timezone.localdate(at):
        kept = _("The person has not begun yet, and is noted as not having taken the place.")
    return [kept, place_means(enrollment.cohort, at, frees_one=_holds(enrollment))]


def transfer_means(enrollment: Enrollment, at: dt.datetime) -> list[str]:
    return [
        _("Completed modules are credited in the other edition; its attendance begins anew."),
        _("The person is in no group there until one is chosen."),
        place_means(enrollment.cohort, at, frees_one=True),
    ]


def reinstate_means(enrollment: Enrollment, at: dt.datetime) -> list[str]:
    left = max(places_left(enrollment.cohort), 0)
    found = [
        ngettext("%(count)d place is left.", "%(count)d places are left.", left) % {"count": left},
        _("Attendance counts from the first day on, as before."),
    ]
    if enrollment.ended_on and (missed := _missed(enrollment, at)):
        text = ngettext(
            "%(count)d session was held since the last day: excuse it in its register if due.",
            "%(count)d sessions were held since the last day: excuse them in their registers"
            " if due.",
            missed,
        )
        found.append(text % {"count": missed})
    return found


def post_means(enrollment: Enrollment, at: dt.datetime) -> list[str]:
    return [
        _("Reports of earlier days keep the earlier post; later ones have the new."),
        _("The person’s own record is changed too; other editions are not."),
    ]


def group_means(enrollment: Enrollment, at: dt.datetime) -> list[str]:
    return [
        _("Marks in the earlier group stay and count."),
        _("The new group’s sessions count from the day written."),
    ]


def waitlist_means(enrollment: Enrollment, at: dt.datetime) -> list[str]:
    waiting = Enrollment.objects.for_cohort(enrollment.cohort).waiting().count()
    text = ngettext("%(count)d person waits before.", "%(count)d people wait before.", waiting) % {
        "count": waiting
    }
    return [text, _("A place that falls free is offered by mail, with a deadline.")]


def place_means(cohort: Cohort, at: dt.datetime, *, frees_one: bool) -> str:
    """To whom the place would go."""
    following = (
        Enrollment.objects.for_cohort(cohort).waiting().select_related("participant").first()
    )
    if not frees_one:
        return _("No place falls free by it.")
    if following is None or cohort.status not in OFFERS_IN:
        return _("The place falls free; nobody waits for it.")
    return _("The place is offered at once to %(person)s, who may answer until %(moment)s.") % {
        "person": following.participant.full_name,
        "moment": f"{timezone.localtime(deadline(cohort, at=at)):%d/%m/%Y %H:%M}",
    }


def _holds(enrollment: Enrollment) -> bool:
    return enrollment.is_active or enrollment.status == Enrollment.Status.OFFERED


def _missed(enrollment: Enrollment, at: dt.datetime) -> int:
    """Sessions that would concern the person again and are over."""
    last = enrollment.ended_on
    enrollment.ended_on = None
    try:
        sessions = sessions_of([enrollment]).exclude(status="cancelled").filter(ends_at__lte=at)
        return sum(session.day > last for session in sessions) if last else 0
    finally:
        enrollment.ended_on = last


@dataclass(frozen=True, slots=True)
class TransferPreview:
    """Of one edition chosen: its places, and each completed module with whether it has it."""

    cohort: Cohort
    places_left: int
    credits: tuple[Credit, ...]

    @classmethod
    def of(cls, enrollment: Enrollment, data: dict[str, Any]) -> "TransferPreview":
        cohort = data["to_cohort"]
        return cls(cohort, max(places_left(cohort), 0), credits_in(enrollment, cohort))
