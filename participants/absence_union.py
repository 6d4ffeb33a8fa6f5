"""Excuses and make-ups of two enrollments that become one: of each session at most one stays open.

What counts more stays: an accepted excuse before one that is asked, a make-up done before one that
is not; otherwise that of the enrollment which stays. The other is withdrawn or cancelled, and kept.
"""

import datetime as dt
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q

from participants.models import AbsenceRequest, AttendanceRecord, Enrollment, MakeUp
from participants.models.attendance import CAME


def close_doubles(
    stays: Enrollment, goes: Enrollment, *, by: AbstractBaseUser, at: dt.datetime, reason: str
) -> None:
    own = {row.session_id: row for row in AbsenceRequest.objects.live().filter(enrollment=stays)}
    for request in AbsenceRequest.objects.live().filter(enrollment=goes).order_by("pk"):
        if twin := own.get(request.session_id):
            is_more = request.is_accepted and twin.is_asked
            given_up = twin if is_more else request
            given_up.status = AbsenceRequest.Status.WITHDRAWN
            _save(given_up, by, reason)
    both = [stays, goes]
    came = AttendanceRecord.objects.filter(enrollment__in=both, state__in=CAME)
    attended = set(came.values_list("session_id", flat=True))

    def is_done(make_up: MakeUp) -> bool:
        return make_up.done_at is not None or make_up.host_id in attended

    live = MakeUp.objects.filter(cancelled_at__isnull=True)
    for make_up in live.filter(enrollment=goes).order_by("pk"):
        same = Q(missed=make_up.missed_id)
        if make_up.host_id is not None:
            same |= Q(host=make_up.host_id)
        twins = list(live.filter(same, enrollment=stays))
        is_more = is_done(make_up) and not any(map(is_done, twins))
        for less in twins if is_more else [make_up] if twins else []:
            less.cancelled_at, less.cancelled_by = at, by  # type: ignore[assignment]
            _save(less, by, reason)


def _save(row: Any, by: AbstractBaseUser, reason: str) -> None:
    row._history_user, row._change_reason = by, reason
    row.save()
