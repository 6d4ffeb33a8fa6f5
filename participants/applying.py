"""From a draft to a confirmed application.

A draft is kept at an address that cannot be guessed, as it was typed. Sent, it waits for the person
to confirm the e-mail by a link; until then it guards nothing, and nobody reviews it. Of one
document or e-mail and edition the first confirmed is in force; a later one is kept as repeated, and
whoever sent it is shown the same, so that nobody learns that someone applied.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from courses.models import Cohort
from participants.application_links import is_made_for, to_confirm
from participants.application_mail import send_confirmation
from participants.models import Application, Enrollment

# Drafts and what was never confirmed are personal data that nobody will use.
KEPT_DAYS = 30
Status = Application.Status


@dataclass(frozen=True)
class Typed:
    """What a form holds, the version of the draft it was made from, and the tab it is in."""

    answers: Mapping[str, str]
    version: int
    tab: str


class Stale(Exception):
    """The draft was saved from another tab since this one was opened."""


@transaction.atomic
def start_application(cohort: Cohort, *, at: dt.datetime) -> Application:
    refuse_closed_call(cohort, at=at)
    return Application.objects.create(cohort=cohort, started_at=at, saved_at=at)


@transaction.atomic
def keep_draft(key: str, typed: Typed, *, at: dt.datetime) -> Application:
    """Keeps what was typed. Raises Stale and keeps nothing where another tab was there since."""
    application = _open_application(key, at=at)
    _refuse_stale(application, typed)
    _keep(application, typed, at)
    application.save(update_fields=["answers", "version", "tab", "saved_at"])
    return application


@transaction.atomic
def keep_letter(key: str, letter: ContentFile[bytes] | None, *, at: dt.datetime) -> Application:
    """Puts a letter in the place of the one before, or takes it away."""
    application = _open_application(key, at=at)
    before = application.letter.name
    if letter is None:
        application.letter = ""
    else:
        application.letter.save(str(letter.name), letter, save=False)
    application.save(update_fields=["letter"])
    if before:
        storage = application.letter.storage
        transaction.on_commit(lambda: storage.delete(before))
    return application


@transaction.atomic
def send_application(
    key: str, typed: Typed, data: Mapping[str, Any], *, notice_version: str, at: dt.datetime
) -> Application:
    """Sends it with checked `data`, by field of the model, and mails the link to confirm it.

    The same sent again, as by a double tap, changes nothing and mails nothing; corrected and sent
    again before it is confirmed, it takes the place of what was sent.
    """
    application = _open_application(key, at=at)
    is_same = application.status == Status.SUBMITTED and all(
        getattr(application, name) == value for name, value in data.items()
    )
    if is_same:
        return application
    _refuse_stale(application, typed)
    _keep(application, typed, at)
    for name, value in data.items():
        setattr(application, name, value)
    application.status, application.submitted_at = Status.SUBMITTED, at
    application.notice_version, application.notice_accepted_at = notice_version, at
    application.full_clean(exclude=["key"])
    application.save()
    send_confirmation.enqueue(application.pk)
    return application


def send_link_again(application: Application) -> bool:
    """Once more the mail with the link; False where there is nothing to confirm."""
    if application.status != Status.SUBMITTED:
        return False
    send_confirmation.enqueue(application.pk)
    return True


def confirm_application(token: str, *, at: dt.datetime) -> Application | None:
    """Confirms what was sent in time; the second of a person and edition becomes a repeated one.

    Confirming again changes nothing. None where the link is not good.
    """
    found = to_confirm(token)
    if found is None:
        return None
    with transaction.atomic():
        application = Application.objects.select_for_update(of=("self",)).get(pk=found.pk)
        if not is_made_for(token, application):  # corrected meanwhile
            return None
        if application.status != Status.SUBMITTED:
            return application
        application.answers, application.confirmed_at = {}, at
        try:
            with transaction.atomic():
                application.status = Status.CONFIRMED
                application.save()
        except IntegrityError:  # the database tells, so that of two at once one is the first
            application.status = Status.DUPLICATE
            application.save()
        return application


@transaction.atomic
def withdraw_application(key: str, *, at: dt.datetime) -> Application:
    """By the person, while nobody has decided; afterwards the person writes to the coordinators."""
    application = Application.objects.select_for_update(of=("self",)).get(key=key)
    if application.status in (Status.CONFIRMED, Status.DUPLICATE):
        application.status, application.saved_at = Status.WITHDRAWN, at
        application.save(update_fields=["status", "saved_at"])
    return application


def how_it_stands(application: Application) -> str:
    """What the person is told: "received", "withdrawn", "approved", "waiting", "offered", "left" or
    "declined".

    Of who was put in the edition or on its list the enrollment tells, as a place may have been
    accepted or given up since. A repeated application stands as a first one.
    """
    if application.status in (Status.WITHDRAWN, Status.DECLINED):
        return str(application.status)
    if application.status not in (Status.APPROVED, Status.WAITLISTED):
        return "received"
    enrollment = Enrollment.objects.filter(
        participant=application.participant_id, cohort=application.cohort_id
    ).first()
    if enrollment is None:
        return "approved" if application.status == Status.APPROVED else "waiting"
    if enrollment.is_active:
        return "approved"
    standing = {
        Enrollment.Status.APPLIED: "waiting",
        Enrollment.Status.WAITLISTED: "waiting",
        Enrollment.Status.OFFERED: "offered",
    }
    return standing.get(Enrollment.Status(enrollment.status), "left")


def clear_unconfirmed(*, now: dt.datetime) -> int:
    """Deletes, with their letters, drafts and unconfirmed applications untouched for 30 days."""
    old = Application.objects.filter(
        status__in=Application.NOT_YET, saved_at__lt=now - dt.timedelta(days=KEPT_DAYS)
    )
    applications = list(old)
    for application in applications:
        application.delete()
    return len(applications)


def refuse_closed_call(cohort: Cohort, *, at: dt.datetime) -> None:
    """Raises ValidationError ("closed") outside of the call's times."""
    if cohort.takes_applications(at):
        return
    closed = cohort.applications_close_at
    if closed is not None and closed <= at:
        local = timezone.localtime(closed)
        message = _("The call closed on %(day)s at %(hour)s: it takes no more applications.") % {
            "day": date_format(local, "d/m/Y"),
            "hour": f"{local:%H:%M}",
        }
    else:
        message = _("This edition takes no applications at present.")
    raise ValidationError(message, code="closed")


def _open_application(key: str, *, at: dt.datetime) -> Application:
    """Locked. Raises ValidationError once it is confirmed ("sent") or the call is over ("closed").

    Raises Application.DoesNotExist for a key that is none.
    """
    rows = Application.objects.select_for_update(of=("self",)).select_related("cohort")
    application = rows.get(key=key)
    if application.status not in Application.NOT_YET:
        raise ValidationError(_("This application is sent and confirmed already."), code="sent")
    refuse_closed_call(application.cohort, at=at)
    return application


def _refuse_stale(application: Application, typed: Typed) -> None:
    """A tab may not have heard that its own last save arrived: its saves are never stale to it."""
    if application.version != typed.version and application.tab != typed.tab:
        raise Stale


def _keep(application: Application, typed: Typed, at: dt.datetime) -> None:
    application.answers, application.tab = dict(typed.answers), typed.tab
    application.version += 1
    application.saved_at = at
