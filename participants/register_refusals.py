"""Why a session's register cannot be taken now. The one place that knows."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from courses.models import Cohort, Session
from courses.models.sessions import MEETING_OPENS_BEFORE

# People are let in, and the meeting link opens, as long before the start.
OPENS_BEFORE = MEETING_OPENS_BEFORE


def opens_at(session: Session) -> dt.datetime:
    return session.starts_at - OPENS_BEFORE


def why_not(session: Session, *, at: dt.datetime, corrects: bool = False) -> ValidationError | None:
    """Why nobody can take the register now, or None. Who `corrects` may in a closed module."""
    if session.is_cancelled:
        return ValidationError(
            _("The session is cancelled (%(reason)s): it has no register.")
            % {"reason": session.cancellation_reason},
            code="cancelled",
        )
    if session.cohort.status == Cohort.Status.CLOSED:
        return ValidationError(
            _("The edition %(code)s is closed: its registers can no longer change.")
            % {"code": session.cohort.code},
            code="cohort_closed",
        )
    module = session.cohort_module
    if module is not None and module.closed_at is not None and not corrects:
        return ValidationError(
            _(
                "The module was closed on %(day)s: its registers can no longer change."
                " The coordination can correct them."
            )
            % {"day": date_format(timezone.localtime(module.closed_at), "d/m/Y")},
            code="module_closed",
        )
    if at < opens_at(session):
        opens = timezone.localtime(opens_at(session))
        return ValidationError(
            _("The register opens on %(day)s at %(time)s, %(minutes)d minutes before the session.")
            % {
                "day": date_format(opens, "d/m/Y"),
                "time": date_format(opens, "H:i"),
                "minutes": OPENS_BEFORE.seconds // 60,
            },
            code="not_open",
        )
    return None
