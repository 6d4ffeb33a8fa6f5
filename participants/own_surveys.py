"""The surveys that wait for a person's answer."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from participants.answered import unanswered
from participants.models import Survey, SurveyInvitation
from participants.survey_links import path_of


def open_invitations(at: dt.datetime) -> QuerySet[SurveyInvitation]:
    """To surveys open today, answered or not."""
    return SurveyInvitation.objects.filter(
        survey__in=Survey.objects.open_on(timezone.localdate(at))
    )


@dataclass(frozen=True, slots=True)
class PendingSurvey:
    survey: Survey
    path: str


def pending_surveys(participant: int, *, at: dt.datetime) -> list[PendingSurvey]:
    """Of all editions of the person, open today and not answered; what ends first comes first.

    Two queries.
    """
    waiting = open_invitations(at).filter(enrollment__participant=participant)
    related = ("survey__question_set", "survey__cohort_module__module", "survey__group")
    ordered = waiting.select_related(*related).order_by("survey__closes_on", "survey")
    return [PendingSurvey(each.survey, path_of(each)) for each in unanswered(ordered)]
