"""Two enrollments become one, with one name confirmed and one certificate in force."""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser

from participants.certifying import locked_in_force, mark_replaced, mark_revoked
from participants.models import Certificate, Enrollment, NameConfirmation


def unite_certificates(
    stays: Enrollment, goes: Enrollment, *, by: AbstractBaseUser, at: dt.datetime
) -> None:
    """Of two in force that of the enrollment that stays counts; the other names it."""
    if NameConfirmation.objects.filter(enrollment=stays).exists():
        for name in NameConfirmation.objects.filter(enrollment=goes):
            name._history_user = by  # type: ignore[attr-defined]
            name.delete()
    live = locked_in_force([stays, goes])
    counts = next((row for row in live if row.enrollment_id == stays.pk), None)
    if counts is not None:
        for row in live:
            if row.enrollment_id == goes.pk:
                mark_revoked(row, reason=Certificate.Revocation.DOUBLE, note="", by=by, at=at)
                mark_replaced(row, counts, by=by)
