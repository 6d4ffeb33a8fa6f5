"""Invitations to surveys, and one reminder to who has not answered.

One task an edition: what is kept of it says that the edition was written to and when, not to whom.
A reminder noted by person would tell the late answers from the early ones.
"""

import datetime as dt
import logging
from collections import defaultdict
from smtplib import SMTPDataError, SMTPNotSupportedError, SMTPRecipientsRefused

from django.db import transaction
from django.db.models import QuerySet
from django.tasks import task
from django.utils import timezone

from courses.models import Cohort
from participants.answered import unanswered
from participants.models import Survey, SurveyInvitation
from participants.own_surveys import PendingSurvey
from participants.survey_links import url_of
from participants.surveying import ASKED_IN, open_due, wind_up
from trainingprog.warning_mail import READS, send_mail
from tutors.surveyed import plan_due

logger = logging.getLogger(__name__)
# After the last follow-up nothing opens of its own.
LONGEST = dt.timedelta(days=270)
# The server is there and does not take this one mail: the others are sent.
REFUSED = (SMTPRecipientsRefused, SMTPDataError, SMTPNotSupportedError)


def open_surveys(*, at: dt.datetime) -> None:
    """All that is due of all editions: planned, opened, told, reminded of, wound up."""
    today = timezone.localdate(at)
    for cohort in Cohort.objects.filter(status__in=ASKED_IN, ends_on__gte=today - LONGEST):
        plan_due(cohort, today=today)
    open_due(Survey.objects.all(), today=today)
    queue_mails(Survey.objects.all(), today=today)
    wind_up(today=today)


def queue_mails(surveys: QuerySet[Survey], *, today: dt.date) -> None:
    """Queued twice, it is sent once."""
    with transaction.atomic():
        for cohort in sorted(set(_to_tell(surveys, today).values_list("cohort", flat=True))):
            invite_to_surveys.enqueue(cohort)
        for cohort in sorted({survey.cohort_id for survey in _to_remind(surveys, today)}):
            remind_of_surveys.enqueue(cohort)


@task
def invite_to_surveys(cohort: int) -> None:
    at = timezone.now()
    own = _to_tell(Survey.objects.filter(cohort=cohort), timezone.localdate(at))
    _send(list(own), "told_at", "survey_invitation", at=at)


@task
def remind_of_surveys(cohort: int) -> None:
    at = timezone.now()
    own = _to_remind(Survey.objects.filter(cohort=cohort), timezone.localdate(at))
    _send(own, "reminded_at", "survey_reminder", at=at)


def _to_tell(surveys: QuerySet[Survey], today: dt.date) -> QuerySet[Survey]:
    return surveys.open_on(today).filter(told_at=None)  # type: ignore[attr-defined]


def _to_remind(surveys: QuerySet[Survey], today: dt.date) -> list[Survey]:
    told = surveys.open_on(today).filter(told_at__isnull=False, reminded_at=None)  # type: ignore[attr-defined]
    asking = told.filter(question_set__reminder_after_days__isnull=False)
    return [
        survey
        for survey in asking.select_related("question_set")
        if today >= survey.opens_on + dt.timedelta(days=survey.question_set.reminder_after_days)
    ]


def _send(surveys: list[Survey], field: str, mail: str, *, at: dt.datetime) -> None:
    """Each person gets one mail of all that waits. Noted before it is sent: of two tasks one sends,
    and where the mail server takes none at all the next run tries again. What was cancelled
    meanwhile is not sent.

    What fails is told without an address: of a reminder it would name who had not answered."""
    pks = [survey.pk for survey in surveys]
    with transaction.atomic():
        asking = Survey.objects.open_on(timezone.localdate(at)).filter(pk__in=pks)
        unsent = asking.select_for_update().filter(**{field: None})
        claimed = [survey.pk for survey in unsent.order_by("pk")]
        Survey.objects.filter(pk__in=claimed).update(**{field: at})
    sent = failed = 0
    for to, pending in _by_person(claimed).items():
        try:
            send_mail(mail, {"surveys": pending}, to)
            sent += 1
        except REFUSED:
            failed += 1
        except OSError:
            failed += 1
            if not sent:
                break
    if failed:
        logger.error("%d of %d mails of surveys were not sent.", failed, sent + failed)
    if failed and not sent:
        Survey.objects.filter(pk__in=claimed).update(**{field: None})
        raise ConnectionError("The mail server takes no mail of surveys.")


def _by_person(surveys: list[int]) -> dict[str, list[PendingSurvey]]:
    """By address; whose account is closed is not written to, nor of what was cancelled since."""
    live = Survey.objects.live().filter(pk__in=surveys)
    waiting = SurveyInvitation.objects.filter(READS, survey__in=live)
    related = (
        *("survey__question_set", "survey__cohort", "survey__cohort_module__module"),
        *("survey__group", "enrollment__participant"),
    )
    found: dict[str, list[PendingSurvey]] = defaultdict(list)
    ordered = waiting.select_related(*related).order_by("enrollment", "survey")
    for invitation in unanswered(ordered):
        address = invitation.enrollment.participant.email
        found[address].append(PendingSurvey(invitation.survey, url_of(invitation)))
    return found
