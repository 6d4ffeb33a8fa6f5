"""A module of an edition is closed when its checklist is complete, and reopened
only with a reason. Both are kept in the module's history, with who and why."""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from courses.models import Cohort, CohortModule, Session
from participants.closing_checklist import EditionChecklist, Point, refuse_open


@transaction.atomic
def close_module(
    cohort_module: CohortModule, *, by: AbstractBaseUser | None, at: dt.datetime, reason: str = ""
) -> CohortModule:
    """Close a module: its registers and sign-offs can no longer change. Closed stays closed.

    Raises ValidationError as `refuse_open` does: "approvals" while an exception waits for a second
    person, "incomplete" where something else is open and no `reason` is given.
    """
    # A register that is being saved holds its session's row: it is waited for, then counted.
    sessions = Session.objects.select_for_update().filter(cohort_module=cohort_module)
    list(sessions.order_by("pk").values_list("pk"))
    module = _locked(cohort_module)
    if module.closed_at is not None:
        return module
    refuse_open(still_missing(module, at=at), reason.strip())
    module.closed_at = at
    return _save(module, by, reason.strip())


@transaction.atomic
def reopen_module(
    cohort_module: CohortModule, *, by: AbstractBaseUser | None, reason: str
) -> CohortModule:
    """Open a closed module again, so that it can be corrected. An open one stays as it is.

    Raises ValidationError where no reason is given, and "edition_closed" while the edition is
    closed: it is opened first.
    """
    # Whoever closes the edition holds its row.
    cohort = Cohort.objects.select_for_update(no_key=True).get(pk=cohort_module.cohort_id)
    module = _locked(cohort_module)
    if module.closed_at is None:
        return module
    if cohort.status == Cohort.Status.CLOSED:
        raise ValidationError(
            _("The edition %(code)s is closed. Open it again first.") % {"code": cohort.code},
            code="edition_closed",
        )
    if not reason.strip():
        raise ValidationError(_("Write why the module is opened again."), code="reason")
    module.closed_at = None
    return _save(module, by, reason.strip())


def still_missing(cohort_module: CohortModule, *, at: dt.datetime) -> tuple[Point, ...]:
    """What speaks against closing the module; empty when it is complete."""
    checklist = EditionChecklist.for_cohort(cohort_module.cohort, at=at)
    return checklist.of_module(cohort_module).open_points


def _locked(cohort_module: CohortModule) -> CohortModule:
    queryset = CohortModule.objects.select_for_update(of=("self",))
    return queryset.select_related("cohort").get(pk=cohort_module.pk)


def _save(module: CohortModule, by: AbstractBaseUser | None, reason: str) -> CohortModule:
    module._history_user = by  # type: ignore[attr-defined]
    module._change_reason = reason  # type: ignore[attr-defined]
    module.save(update_fields=["closed_at"])
    return module
