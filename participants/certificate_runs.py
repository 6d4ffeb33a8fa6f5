"""Many certificates at once, by the task queue: bit by bit, and how far it is can be seen.

Each bit is one transaction, with the run's row locked: a worker that dies leaves nothing half done,
and the same bit run again goes on where the last one ended.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.tasks import task
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Cohort
from participants.certificate_mail import tell_issued
from participants.certificate_pdf import refuse_unprintable
from participants.certificate_signing import sign
from participants.certifying import by_name, issue_many
from participants.models import CertificateDesign, Enrollment, IssueRun, Recipient

AT_A_TIME = 25


@transaction.atomic
def start_run(
    cohort: Cohort,
    design: CertificateDesign,
    enrollments: Iterable[Enrollment],
    *,
    by: AbstractBaseUser | None,
    at: dt.datetime,
) -> IssueRun:
    """Queues the certificates of these people; a run under way of the same design goes on, also
    where its worker failed. Raises ValidationError, "nobody", "other_design", "unprintable"
    or "no_key".
    """
    if design.recipient != Recipient.PARTICIPANTS:
        raise ValidationError(_("This design is for others."), code="other_design")
    people = Enrollment.objects.filter(pk__in=[each.pk for each in enrollments], cohort=cohort)
    in_order = by_name(list(people.select_related("participant")))
    run = open_run(cohort, design, [each.pk for each in in_order], by=by, at=at)
    issue_next.enqueue(run.pk)
    return run


def open_run(
    cohort: Cohort,
    design: CertificateDesign,
    holders: list[int],
    *,
    by: AbstractBaseUser | None,
    at: dt.datetime,
) -> IssueRun:
    """The one under way, or a new one; of enrollments or of tutors."""
    Cohort.objects.select_for_update(no_key=True).get(pk=cohort.pk)
    under_way = IssueRun.objects.filter(cohort=cohort, design=design, finished_at=None).first()
    if under_way is not None:
        return under_way
    sign("")
    refuse_unprintable(design, at=at)
    if not holders:
        raise ValidationError(_("There is nobody to issue it to."), code="nobody")
    return IssueRun.objects.create(  # type: ignore[misc]
        cohort=cohort,
        design=design,
        total=len(holders),
        waiting=holders,
        started_at=at,
        started_by=by,
    )


@task
def issue_next(run_pk: int) -> None:
    """The next bit of the run, and queues the one after it."""
    with transaction.atomic():
        run, holders = next_bit(run_pk)
        if not holders:
            return
        people = Enrollment.objects.filter(pk__in=holders)
        issued = issue_many(people, run.design, by=run.started_by, at=timezone.now())
        tell_issued.enqueue([each.pk for each in issued.certificates])
        failed = {each.enrollment.pk: (each.name, each.refusal) for each in issued.refused}
        if note_bit(run, holders, failed, at=timezone.now()):
            issue_next.enqueue(run_pk)


def next_bit(run_pk: int) -> tuple[IssueRun, list[int]]:
    """The run, locked, and the holders whose turn it is; none once it is finished."""
    runs = IssueRun.objects.select_for_update(of=("self",))
    run = runs.select_related("design", "cohort", "started_by").get(pk=run_pk)
    return run, list(run.waiting[:AT_A_TIME])


def note_bit(
    run: IssueRun,
    holders: list[int],
    failed: Mapping[int, tuple[str, ValidationError | None]],
    *,
    at: dt.datetime,
) -> bool:
    """Writes down what became of these holders. Whether there are more to do."""
    run.waiting = run.waiting[len(holders) :]
    run.done += len(holders) - len(failed)
    run.failed += [_as_data(holder, name, error) for holder, (name, error) in failed.items()]
    if not run.waiting:
        run.finished_at = at
    run.save(update_fields=["waiting", "done", "failed", "finished_at"])
    return bool(run.waiting)


def _as_data(holder: int, name: str, error: ValidationError | None) -> dict[str, Any]:
    message = error.messages[0] if error else ""
    return {"holder": holder, "name": name, "code": error.code if error else "", "message": message}
