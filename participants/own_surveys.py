"""The surveys that wait for a person's answer."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from participants.answered import unanswered
from participants.models import Survey, SurveyInvitation
from participants.survey_links import path_of


@dataclass(frozen=True, slots=True)
class PendingSurvey:
    survey: Survey
    path: str


def pending_surveys(participant: int, *, at: dt.datetime) -> list[PendingSurvey]:
    """Of all editions of the person, open today and not answered; what ends first comes first.

    Two queries.
    """
    day = timezone.localdate(at)
    waiting = SurveyInvitation.objects.filter(
        enrollment__participant=participant,
        survey__in=Survey.objects.open_on(day),
    )
    related = ("survey__question_set", "survey__cohort_module__module", "survey__group")
    ordered = waiting.select_related(*related).order_by("survey__closes_on", "survey")
    return [PendingSurvey(each.survey, path_of(each)) for each in unanswered(ordered)]
