"""The surveys that wait for a person's answer."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from participants.models import Survey, SurveyInvitation
from participants.survey_links import path_of


@dataclass(frozen=True, slots=True)
class PendingSurvey:
    survey: Survey
    path: str


def pending_surveys(participant: int, *, at: dt.datetime) -> list[PendingSurvey]:
    """Of all editions of the person, open today and not answered; what ends first comes first.

    One query.
    """
    day = timezone.localdate(at)
    waiting = SurveyInvitation.objects.filter(
        enrollment__participant=participant,
        has_answered=False,
        survey__in=Survey.objects.open_on(day),
    )
    related = ("survey__question_set", "survey__cohort_module__module", "survey__group")
    return [
        PendingSurvey(invitation.survey, path_of(invitation))
        for invitation in waiting.select_related(*related).order_by("survey__closes_on", "survey")
    ]
