"""What surveys say, once they are over, and never of fewer than five answers.

While a survey is open only the response rate is shown: who saw the figures before and after one
more answer would know that answer. A total counts only what is shown by itself, so that nothing
is left to subtract. Texts come in a random order, without a day, and apart from the other answers.
"""

import datetime as dt
import secrets
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from participants.models import AnonymousAnswer, NamedAnswer, Question, QuestionSet, Survey
from participants.small_cells import LEAST

Kind = Question.Kind
SCALE = range(1, 6)


@dataclass(frozen=True, slots=True)
class Share:
    """How many chose this, and how many of a hundred who answered the question."""

    label: str
    count: int
    percent: int


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """`values` are empty where fewer than five answered the question; `n` is still shown."""

    question: Question
    n: int
    values: tuple[Any, ...]

    @classmethod
    def of(cls, question: Question, values: Collection[Any]) -> "QuestionResult":
        shown = tuple(values) if len(values) >= LEAST else ()
        return cls(question, len(values), shown)

    @property
    def is_shown(self) -> bool:
        return bool(self.values)

    @property
    def mean(self) -> Decimal | None:
        """Of the scale, in hundredths, half up."""
        if self.question.kind != Kind.SCALE or not self.values:
            return None
        return (Decimal(sum(self.values)) / len(self.values)).quantize(
            Decimal("0.01"), ROUND_HALF_UP
        )

    @property
    def yes_percent(self) -> int | None:
        if self.question.kind != Kind.YES_NO or not self.values:
            return None
        return percent(sum(self.values), len(self.values))

    @property
    def shares(self) -> list[Share]:
        """Each possible answer with how many gave it; none of texts."""
        if not self.values or self.question.kind == Kind.TEXT:
            return []
        counts = Counter(self.values)
        return [
            Share(label, counts[value], percent(counts[value], len(self.values)))
            for value, label in _offered(self.question)
        ]

    @property
    def texts(self) -> list[str]:
        if self.question.kind != Kind.TEXT:
            return []
        found = list(self.values)
        secrets.SystemRandom().shuffle(found)
        return found


@dataclass(frozen=True, slots=True)
class SurveyResult:
    """One survey. `questions` is empty while it is open, where fewer than five answered, and where
    it was cancelled."""

    survey: Survey
    invited: int
    given: int
    is_over: bool
    questions: tuple[QuestionResult, ...]

    @property
    def is_shown(self) -> bool:
        return bool(self.questions)

    @property
    def response_percent(self) -> int:
        return percent(self.given, self.invited)

    @property
    def why_hidden(self) -> str:
        if self.is_shown:
            return ""
        if self.survey.is_cancelled:
            return _("cancelled")
        return _("fewer than 5 answers") if self.is_over else _("still open")


@dataclass(frozen=True, slots=True)
class Row:
    """A question with its result in each of several surveys, and in all of them."""

    question: Question
    cells: tuple[tuple[Survey, QuestionResult], ...]
    all: QuestionResult


@dataclass(frozen=True, slots=True)
class Pooled:
    """Several surveys of one version together: of those that are shown by themselves alone."""

    question_set: QuestionSet
    results: tuple[SurveyResult, ...]

    @property
    def rows(self) -> list[Row]:
        """The questions of which there are figures: texts are read survey by survey."""
        found = []
        surveys = [result.survey for result in self.results]
        for same in zip(*(result.questions for result in self.results), strict=True):
            values = [value for each in same for value in each.values]
            question = same[0].question
            if question.kind in (Kind.SCALE, Kind.YES_NO):
                cells = tuple(zip(surveys, same, strict=True))
                found.append(Row(question, cells, QuestionResult.of(question, values)))
        return found

    @property
    def invited(self) -> int:
        return sum(result.invited for result in self.results)

    @property
    def given(self) -> int:
        return sum(result.given for result in self.results)

    @property
    def response_percent(self) -> int:
        return percent(self.given, self.invited)


def results_of(surveys: Iterable[Survey], *, at: dt.date) -> dict[int, SurveyResult]:
    """By survey. Three queries for any number; `surveys` come with their question set."""
    found = list(surveys)
    given = _answers(found)
    questions: dict[int, list[Question]] = defaultdict(list)
    sets = {survey.question_set_id for survey in found}
    for question in Question.objects.filter(question_set__in=sets).order_by("number"):
        questions[question.question_set_id].append(question)
    return {
        survey.pk: _result(survey, questions[survey.question_set_id], given[survey.pk], at)
        for survey in found
    }


def pool(results: Iterable[SurveyResult]) -> list[Pooled]:
    """By version of the question set; none where no survey of it is shown."""
    by_set: dict[QuestionSet, list[SurveyResult]] = defaultdict(list)
    for result in results:
        if result.is_shown:
            by_set[result.survey.question_set].append(result)
    return [Pooled(question_set, tuple(shown)) for question_set, shown in by_set.items()]


def percent(part: int, whole: int) -> int:
    """Whole, half up; 0 of nobody."""
    return (200 * part + whole) // (2 * whole) if whole else 0


def _answers(surveys: Sequence[Survey]) -> dict[int, list[dict[str, Any]]]:
    keys = [survey.pk for survey in surveys]
    given: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for model in (AnonymousAnswer, NamedAnswer):
        rows = model._default_manager.filter(survey__in=keys).order_by()
        for survey, answers in rows.values_list("survey", "answers"):
            given[survey].append(answers)
    return given


def _result(
    survey: Survey, questions: Sequence[Question], given: Sequence[dict[str, Any]], at: dt.date
) -> SurveyResult:
    is_over = survey.is_closed(at)
    shown = []
    if is_over and len(given) >= LEAST:
        for question in questions:
            key = str(question.number)
            values = [answers[key] for answers in given if key in answers]
            shown.append(QuestionResult.of(question, values))
    return SurveyResult(survey, survey.invited or 0, len(given), is_over, tuple(shown))


def _offered(question: Question) -> list[tuple[Any, str]]:
    if question.kind == Kind.SCALE:
        return [(value, str(value)) for value in SCALE]
    if question.kind == Kind.YES_NO:
        return [(True, _("Yes")), (False, _("No"))]
    return list(enumerate(question.choices, 1))
