"""The steps of an enrollment, each kept in its history with its name, day, reason and user."""

import datetime as dt
import re

from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from participants.models import Enrollment


class Step(models.TextChoices):
    ENROLL = "enroll", _("Was enrolled")
    WAITLIST = "waitlist", _("Put on the waiting list")
    OFFER = "offer", _("Place offered")
    ACCEPT = "accept", _("Accepted the place")
    DECLINE = "decline", _("Did not take the place")
    LAPSE = "lapse", _("Offer lapsed")
    WITHDRAW = "withdraw", _("Withdrew")
    REINSTATE = "reinstate", _("Reinstated")
    TRANSFER = "transfer", _("Transferred to another edition")
    ARRIVE = "arrive", _("Came from another edition")
    GROUP = "group", _("Assigned to a group")
    POST = "post", _("Changed post")
    COMPLETE = "complete", _("Completed the edition")
    FAIL = "fail", _("Did not complete the edition")
    REOPEN = "reopen", _("Is enrolled again, without an outcome")


# What each step leaves behind, where it changes the status: with this the present state can be
# rebuilt from the history alone.
STATUS_AFTER: dict[str, str] = {
    Step.ENROLL: Enrollment.Status.ENROLLED,
    Step.WAITLIST: Enrollment.Status.WAITLISTED,
    Step.OFFER: Enrollment.Status.OFFERED,
    Step.ACCEPT: Enrollment.Status.ENROLLED,
    Step.DECLINE: Enrollment.Status.DECLINED,
    Step.LAPSE: Enrollment.Status.DECLINED,
    Step.WITHDRAW: Enrollment.Status.WITHDRAWN,
    Step.REINSTATE: Enrollment.Status.ENROLLED,
    Step.TRANSFER: Enrollment.Status.TRANSFERRED,
    Step.ARRIVE: Enrollment.Status.ENROLLED,
    Step.COMPLETE: Enrollment.Status.COMPLETED,
    Step.FAIL: Enrollment.Status.NOT_COMPLETED,
    Step.REOPEN: Enrollment.Status.ENROLLED,
}
_WRITTEN = re.compile(r"([a-z]+):(\d{4}-\d{2}-\d{2})")


def keep(enrollment: Enrollment, step: Step, *, on: dt.date, by: AbstractBaseUser | None) -> None:
    """Checks and saves the enrollment; its history says which step, counted from which day."""
    note(enrollment, step, on=on)
    enrollment._history_user = by  # type: ignore[attr-defined]
    enrollment.full_clean()
    enrollment.save()
    del enrollment._change_reason  # type: ignore[attr-defined]


def note(enrollment: Enrollment, step: Step, *, on: dt.date) -> None:
    """For a write in bulk that follows."""
    enrollment._change_reason = f"{step.value}:{on.isoformat()}"  # type: ignore[attr-defined]


def step_of(change_reason: str | None) -> tuple[Step, dt.date] | None:
    """The step that `keep` wrote and its day; None for a change made in another way."""
    written = _WRITTEN.fullmatch(change_reason or "")
    if written is None or written[1] not in Step.values:
        return None
    return Step(written[1]), dt.date.fromisoformat(written[2])
