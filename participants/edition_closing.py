"""An edition is closed once its modules are, and reopened only with a reason.

Closed, nothing in it changes any more, but its certificates: what was issued can be revoked and
issued again. Who closed or reopened it, when and why stands in the edition's history.
"""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from courses.models import Assessment, Cohort, Session
from participants.closing_checklist import EditionChecklist, refuse_open


@transaction.atomic
def close_edition(
    cohort: Cohort, *, by: AbstractBaseUser | None, at: dt.datetime, reason: str = ""
) -> Cohort:
    """Close an edition. Closed stays closed, and keeps its first reason.

    Raises ValidationError: "draft", and as `refuse_open` does: "modules" where one is open,
    "outcome_approvals" while an exception waits for a second person, "incomplete" where something
    else is open and no `reason` is given.
    """
    locked = _locked(cohort)
    if locked.status == Cohort.Status.CLOSED:
        return locked
    if locked.status == Cohort.Status.DRAFT:
        raise ValidationError(_("A draft is not closed: delete it, or open it."), code="draft")
    # A register or scores being saved hold their session's or assessment's row.
    for rows in (Session.objects.filter(cohort=locked), Assessment.objects.filter(cohort=locked)):
        list(rows.select_for_update().order_by("pk").values_list("pk"))
    checklist = EditionChecklist.for_cohort(locked, at=at)
    refuse_open(checklist.open_points, reason.strip())
    return _save(locked, Cohort.Status.CLOSED, by, reason.strip())


@transaction.atomic
def reopen_edition(cohort: Cohort, *, by: AbstractBaseUser | None, reason: str) -> Cohort:
    """Open a closed edition again; its modules stay closed. One that is not closed stays as it is.

    Raises ValidationError where no reason is given.
    """
    locked = _locked(cohort)
    if locked.status != Cohort.Status.CLOSED:
        return locked
    if not reason.strip():
        raise ValidationError(_("Write why the edition is opened again."), code="reason")
    return _save(locked, Cohort.Status.RUNNING, by, reason.strip())


def _locked(cohort: Cohort) -> Cohort:
    # Without its key: rows that only point at the edition are not kept waiting.
    return Cohort.objects.select_for_update(no_key=True).get(pk=cohort.pk)


def _save(cohort: Cohort, status: str, by: AbstractBaseUser | None, reason: str) -> Cohort:
    cohort.status = status
    cohort._history_user = by  # type: ignore[attr-defined]
    cohort._change_reason = reason  # type: ignore[attr-defined]
    cohort.save(update_fields=["status"])
    return cohort
