"""The versions of a question set: the next one is a draft until it is published."""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from participants.models import Question, QuestionSet


@transaction.atomic
def next_version(of: QuestionSet) -> QuestionSet:
    """A draft with the same questions; the one there is, where the purpose has one already."""
    versions = QuestionSet.objects.select_for_update().filter(purpose=of.purpose)
    latest = versions.order_by("-version")[0]
    if not latest.is_published:
        return latest
    questions = list(of.questions.all())
    draft = QuestionSet.objects.get(pk=of.pk)
    draft.pk, draft._state.adding = None, True
    draft.version = latest.version + 1
    draft.published_at = draft.published_by = None
    draft.full_clean()
    draft.save()
    for question in questions:
        question.pk, question._state.adding = None, True
        question.question_set = draft
    Question.objects.bulk_create(questions)
    return draft


@transaction.atomic
def publish(draft: QuestionSet, *, by: AbstractBaseUser | None, at: dt.datetime) -> QuestionSet:
    """From now on surveys ask this version; those open already go on with theirs.

    Published again, it stays as it was. Raises ValidationError for a draft without questions.
    """
    row = QuestionSet.objects.select_for_update().get(pk=draft.pk)
    if row.is_published:
        return row
    questions = list(row.questions.all())
    if not questions:
        raise ValidationError(_("Write at least one question."), code="empty")
    for question in questions:
        question.full_clean()
    row.full_clean()
    row.published_at = at
    row.published_by = by  # type: ignore[assignment]
    row.save()
    return row
