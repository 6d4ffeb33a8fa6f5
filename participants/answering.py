"""An answer is taken once, and nothing in the database tells whose an anonymous one is.

The answer and the mark of it are written in one transaction. So that this very transaction, the
order of the rows or their place on the disk join no mark to an answer, each answer writes *all*
answers of its survey anew in a random order, and all of its marks: every row is of the last
transaction. docs/surveys.md says what that protects from, and from what not.
"""

import datetime as dt
import secrets
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from participants.answered import forget_answered, has_answered, note_answered, unanswered
from participants.models import (
    AnonymousAnswer,
    Enrollment,
    NamedAnswer,
    Survey,
    SurveyInvitation,
)

type Answers = Mapping[str, int | bool | str]


@transaction.atomic
def take_answer(invitation: SurveyInvitation, answers: Answers, *, at: dt.datetime) -> bool:
    """False where it was answered before: the first answer stays.

    `answers` are by the question's number. Raises ValidationError: "closed", or "answers" where
    one is no answer to its question or one that has to be answered lacks.
    """
    day = timezone.localdate(at)
    # The survey's row: two answers to one survey follow one another.
    survey = Survey.objects.select_for_update().get(pk=invitation.survey_id)
    own = SurveyInvitation.objects.select_for_update().filter(pk=invitation.pk).first()
    if own is None or not survey.is_open(day):
        raise ValidationError(_("This survey is closed."), code="closed")
    if has_answered(own):
        return False
    _check(survey, answers)
    if survey.is_anonymous:
        _mix_in(AnonymousAnswer(survey=survey, answers=dict(answers), answered_on=day))
    else:
        NamedAnswer.objects.create(
            survey=survey, answers=dict(answers), answered_on=day, enrollment=own.enrollment
        )
    note_answered(survey, [own.pk])
    return True


def unite_answers(stays: Enrollment, goes: Enrollment) -> None:
    """Of one person's two enrollments that become one: asked once, and the first answer stays.

    Where both answered and nothing tells which answers are theirs, both stay, and so does the
    number of invited people: more answers than invitations would be no response rate.
    """
    asked = SurveyInvitation.objects.filter(enrollment=goes, survey__invitations__enrollment=stays)
    for double in asked:
        survey = Survey.objects.select_for_update().get(pk=double.survey_id)
        twin = SurveyInvitation.objects.get(survey=double.survey_id, enrollment=stays)
        unused = unanswered([double, twin])
        if unused or not survey.is_anonymous:
            Survey.objects.filter(pk=survey.pk).update(invited=F("invited") - 1)
        if double not in unused:
            forget_answered(double)
            note_answered(survey, [twin.pk])
        double.delete()
    answered = NamedAnswer.objects.filter(enrollment=stays).values("survey")
    NamedAnswer.objects.filter(enrollment=goes, survey__in=answered).delete()


def _check(survey: Survey, answers: Answers) -> None:
    questions = {str(each.number): each for each in survey.question_set.questions.all()}
    takes = all(key in questions and questions[key].takes(given) for key, given in answers.items())
    lacks = any(each.is_required and key not in answers for key, each in questions.items())
    if not takes or lacks:
        raise ValidationError(_("Answer the questions of the survey."), code="answers")


def _mix_in(answer: AnonymousAnswer) -> None:
    given = AnonymousAnswer.objects.filter(survey=answer.survey_id)
    rows = [*given, answer]
    secrets.SystemRandom().shuffle(rows)
    given.delete()
    AnonymousAnswer.objects.bulk_create(rows)
