"""What someone brings who checks in: the code typed, the link scanned, or the ticket of a link.

A typed code counts while it is shown and for 60 seconds more. A link is to be opened while its code
is shown, or the one after it, as a projected page may lag; it then gives a ticket that holds for 60
seconds, in which one logs in. The ticket of who was logged in is for that account only.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.core import signing
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participants.models import CheckInWindow
from participants.models.check_in import CheckInWindowQuerySet
from participants.rotating_codes import (
    GRACE,
    LINKED,
    STEP,
    TYPED,
    as_shown,
    code_of,
    find_step,
    step_at,
    step_ends_at,
)

NO_CODE_OF_OURS = gettext_lazy(
    "This is no code of a session. Scan the one that is on the tutor's screen now."
)
_SALT = "participants.check_in"
# How long a code is still known as an old one. Anyone may ask, so that no search may be long.
_KNOWN_FOR = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Begun:
    """A check-in begun at that moment. The code was used so many seconds after it was last shown;
    fewer than none where it was still to be shown for as many."""

    window: CheckInWindow
    at: dt.datetime
    code_age: int


def with_typed(windows: Iterable[CheckInWindow], written: str, *, at: dt.datetime) -> Begun:
    """By the window whose code it is. Raises ValidationError."""
    code = as_shown(written)
    if not code:
        raise ValidationError(_("Type the code that is on the tutor's screen."), code="no_code")
    for window in windows:
        step = _step_of(window, code, TYPED, at=at)
        if step is not None:
            if at >= step_ends_at(step) + GRACE:
                raise old_code(step)
            return _begun(window, step, at)
    raise ValidationError(
        _("“%(code)s” is not the code of this session. Copy it again: it has no O, I, 0 or 1.")
        % {"code": code},
        code="wrong_code",
    )


def link_code(window: CheckInWindow, *, at: dt.datetime) -> str:
    return code_of(window.secret, step_at(at), LINKED)


def with_link(window: CheckInWindow, code: str, *, at: dt.datetime) -> Begun:
    """Raises ValidationError."""
    step = _step_of(window, as_shown(code), LINKED, at=at)
    if step is None:
        raise ValidationError(NO_CODE_OF_OURS, code="wrong_code")
    if at >= step_ends_at(step) + STEP:
        raise old_code(step)
    return _begun(window, step, at)


def ticket_of(begun: Begun, account: int | None = None) -> str:
    facts = [begun.window.pk, int(begun.at.timestamp()), begun.code_age, account]
    return signing.Signer(salt=_SALT).sign_object(facts)


def of_ticket(ticket: str, account: int | None = None) -> Begun:
    """Also one that holds no longer. Raises ValidationError for what is no ticket of ours, or is
    another account's."""
    try:
        pk, moment, code_age, owner = signing.Signer(salt=_SALT).unsign_object(ticket)
        window = windows_with_sessions().get(pk=pk)
    except (signing.BadSignature, CheckInWindow.DoesNotExist):
        raise ValidationError(NO_CODE_OF_OURS, code="wrong_code") from None
    if owner not in (None, account):
        raise ValidationError(
            _("Someone else scanned this. Scan the code that is on the tutor's screen now."),
            code="not_yours",
        )
    return Begun(window, dt.datetime.fromtimestamp(moment, dt.UTC), code_age)


def in_time(begun: Begun, *, at: dt.datetime) -> Begun:
    """What a ticket told, while it holds; the code ages until now. Raises ValidationError."""
    if at < begun.at + GRACE:
        since = int((at - begun.at).total_seconds())
        return replace(begun, code_age=begun.code_age + since)
    raise ValidationError(
        _("You scanned at %(time)s, more than a minute ago. Type the code that is shown now.")
        % {"time": f"{timezone.localtime(begun.at):%H:%M:%S}"},
        code="old_code",
    )


def windows_with_sessions() -> CheckInWindowQuerySet:
    return CheckInWindow.objects.select_related(
        "group", "session__cohort", "session__cohort_module", "session__group"
    )


def old_code(step: int) -> ValidationError:
    shown_until = timezone.localtime(step_ends_at(step))
    return ValidationError(
        _("This code was shown until %(time)s and counts no longer. Use the one shown now.")
        % {"time": f"{shown_until:%H:%M:%S}"},
        code="old_code",
    )


def _step_of(window: CheckInWindow, code: str, length: int, *, at: dt.datetime) -> int | None:
    since = max(window.opened_at, at - _KNOWN_FOR)
    return find_step(window.secret, code, since=since, at=min(at, window.until), length=length)


def _begun(window: CheckInWindow, step: int, at: dt.datetime) -> Begun:
    return Begun(window, at, int((at - step_ends_at(step)).total_seconds()))
