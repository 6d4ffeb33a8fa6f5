"""The certificates of an edition's tutors at once, by the task queue."""

import datetime as dt
from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.tasks import task
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Cohort
from participants.certificate_runs import next_bit, note_bit, open_run
from participants.models import CertificateDesign, IssueRun, Recipient
from tutors.certificate_mail import tell_tutors_issued
from tutors.certifying import issue_to_tutors
from tutors.models import Tutor


@transaction.atomic
def start_tutor_run(
    cohort: Cohort,
    design: CertificateDesign,
    tutors: Iterable[Tutor],
    *,
    by: AbstractBaseUser | None,
    at: dt.datetime,
) -> IssueRun:
    """As `start_run` of participants/certificate_runs.py."""
    if design.recipient != Recipient.TUTORS:
        raise ValidationError(_("This design is for others."), code="other_design")
    run = open_run(cohort, design, [each.pk for each in tutors], by=by, at=at)
    issue_next_to_tutors.enqueue(run.pk)
    return run


@task
def issue_next_to_tutors(run_pk: int) -> None:
    with transaction.atomic():
        run, holders = next_bit(run_pk)
        if not holders:
            return
        people = Tutor.objects.filter(pk__in=holders)
        issued = issue_to_tutors(
            run.cohort, run.design, people, by=run.started_by, at=timezone.now()
        )
        tell_tutors_issued.enqueue([each.pk for each in issued.certificates])
        failed = {each.tutor.pk: (each.name, each.refusal) for each in issued.refused}
        if note_bit(run, holders, failed, at=timezone.now()):
            issue_next_to_tutors.enqueue(run_pk)
