"""The name as it is printed: confirmed by the person, or corrected as asked, else the record's own.

Each verb locks the enrollment first, as issuing does: a name never changes while it is printed.
"""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Cohort
from participants.certificate_facts import composed
from participants.certificate_letters import refuse_undrawable
from participants.models import Certificate, Enrollment, NameConfirmation
from participants.models.certificates import LONGEST_NAME

State = NameConfirmation.State


def printed_name(enrollment: Enrollment, confirmation: NameConfirmation | None) -> str:
    """The enrollment comes with its participant."""
    if confirmation is not None and confirmation.settled_name:
        return confirmation.settled_name
    return composed(enrollment.participant.full_name)


def confirmation_of(enrollment: Enrollment) -> NameConfirmation | None:
    return NameConfirmation.objects.filter(enrollment=enrollment).first()


def why_not_printed(
    cohort: Cohort, confirmation: NameConfirmation | None, *, at: dt.datetime
) -> ValidationError | None:
    """Why a certificate cannot be issued in this name yet; None when it can."""
    if confirmation is not None and confirmation.state == State.ASKED:
        return ValidationError(
            _("A correction of the name is asked for: answer it first."), code="name_asked"
        )
    if confirmation is not None and confirmation.is_settled:
        return None
    until, today = cohort.names_until, timezone.localdate(at)
    if until is not None and until < today:
        return None
    if until is None:
        text = _("The name is not confirmed, and no day is set until which it can be.")
    else:
        text = _("The name is not confirmed; it can be until %(day)s.") % {
            "day": f"{until:%d/%m/%Y}"
        }
    return ValidationError(text, code="unconfirmed")


@transaction.atomic
def confirm_name(
    enrollment: Enrollment, name: str, *, by: AbstractBaseUser | None, at: dt.datetime
) -> NameConfirmation:
    """The person confirms the name shown, `name`; confirmed again it stays as it is.

    Also in the place of a correction still asked for. Refused: "stale" where the name to be printed
    is another meanwhile, "issued" once a certificate has it, "undrawable".
    """
    enrollment, row = _locked(enrollment)
    if row is not None and row.is_settled and row.name == name:
        return row
    _refuse_issued(enrollment)
    if name != printed_name(enrollment, row):
        raise ValidationError(_("The name was changed meanwhile: look at it again."), code="stale")
    refuse_undrawable(name)
    row = row or NameConfirmation(enrollment=enrollment)
    row.state, row.name, row.wished, row.was_settled = State.CONFIRMED, name, "", False
    row.said_at, row.answered_at, row.answered_by = at, None, None
    return _save(row, by)


@transaction.atomic
def ask_name(
    enrollment: Enrollment, wished: str, *, by: AbstractBaseUser | None, at: dt.datetime
) -> NameConfirmation:
    """The person asks for another spelling, which a coordinator accepts or not.

    Asked again in the same words it is the same. Refused under `wished`: "empty", "same" as is
    printed now, "undrawable", "long"; and "issued".
    """
    enrollment, row = _locked(enrollment)
    wished = composed(wished)
    if row is not None and row.state == State.ASKED and row.wished == wished:
        return row
    _refuse_issued(enrollment)
    name = printed_name(enrollment, row)
    if not wished:
        raise _at_wished(_("Write the name as it should read."), "empty")
    if len(wished) > LONGEST_NAME:
        raise _at_wished(_("A name has %(most)d letters at most.") % {"most": LONGEST_NAME}, "long")
    if wished == name:
        raise _at_wished(_("That is how it is printed: confirm it."), "same")
    try:
        refuse_undrawable(wished)
    except ValidationError as error:
        raise ValidationError({"wished": error}) from error
    row = row or NameConfirmation(enrollment=enrollment)
    row.was_settled = bool(row.settled_name)
    row.state, row.name, row.wished = State.ASKED, name, wished
    row.said_at, row.answered_at, row.answered_by = at, None, None
    return _save(row, by)


@transaction.atomic
def answer_name(
    enrollment: Enrollment, *, wished: str, accept: bool, by: AbstractBaseUser, at: dt.datetime
) -> NameConfirmation:
    """A coordinator accepts the spelling asked for, or not; the same answer again changes nothing.

    Not accepted, a name that was confirmed or corrected before is printed on as it was.
    `wished` is the spelling that was read. Refused: "not_asked", "stale" where another is asked for
    by now.
    """
    enrollment, row = _locked(enrollment)
    answer = State.CORRECTED if accept else State.REFUSED
    if row is not None and (row.state, row.wished) == (answer, wished):
        return row
    if row is None or row.state != State.ASKED:
        raise ValidationError(_("No correction is asked for."), code="not_asked")
    if row.wished != wished:
        raise ValidationError(
            _("Another spelling is asked for by now: read it again."), code="stale"
        )
    row.state, row.answered_at = answer, at
    row.answered_by = by  # type: ignore[assignment]
    if accept:
        row.name, row.was_settled = row.wished, False
    return _save(row, by)


@transaction.atomic
def set_names_until(cohort: Cohort, day: dt.date | None, *, by: AbstractBaseUser | None) -> Cohort:
    """From the day after, also names that nobody confirmed are printed; None: never."""
    cohort = Cohort.objects.select_for_update(no_key=True).get(pk=cohort.pk)
    if cohort.names_until != day:
        cohort.names_until = day
        cohort._history_user = by  # type: ignore[attr-defined]
        cohort.save(update_fields=["names_until"])
    return cohort


def _locked(enrollment: Enrollment) -> tuple[Enrollment, NameConfirmation | None]:
    rows = Enrollment.objects.select_for_update(of=("self",)).select_related("participant")
    locked = rows.get(pk=enrollment.pk)
    return locked, confirmation_of(locked)


def _refuse_issued(enrollment: Enrollment) -> None:
    if Certificate.objects.live().filter(enrollment=enrollment).exists():
        raise ValidationError(
            _("The certificate is issued already: ask for it to be issued anew."), code="issued"
        )


def _at_wished(text: str, code: str) -> ValidationError:
    return ValidationError({"wished": ValidationError(text, code=code)})


def _save(row: NameConfirmation, by: AbstractBaseUser | None) -> NameConfirmation:
    row._history_user = by  # type: ignore[attr-defined]
    row.full_clean()
    row.save()
    return row
