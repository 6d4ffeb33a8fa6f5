"""What every installation begins to ask with; from then on the sets are the coordinators'."""

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from participants.models import Question, QuestionSet
from participants.question_sets import publish

SETS = Path(__file__).with_suffix(".toml")


@transaction.atomic
def install_question_sets(*, at: dt.datetime) -> list[QuestionSet]:
    """Published, for each purpose that has none yet, not even a draft: repeated it adds nothing,
    and what a coordinator wrote stays."""
    # Who sets up at the same time waits here, and then sees the sets.
    model = ContentType.objects.get_for_model(QuestionSet)
    ContentType.objects.select_for_update().get(pk=model.pk)
    known = set(QuestionSet.objects.values_list("purpose", flat=True))
    facts = tomllib.loads(SETS.read_text(encoding="utf-8"))["set"]
    return [_install(row, at=at) for row in facts if row["purpose"] not in known]


def _install(row: dict[str, Any], *, at: dt.datetime) -> QuestionSet:
    questions = row.pop("question")
    question_set = QuestionSet.objects.create(**row)
    Question.objects.bulk_create(
        Question(question_set=question_set, number=number, **_without_ends(question))
        for number, question in enumerate(questions, 1)
    )
    return publish(question_set, by=None, at=at)


def _without_ends(question: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value.strip() if isinstance(value, str) else value for key, value in question.items()
    }
