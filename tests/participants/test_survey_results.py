"""Nothing is shown of fewer than five answers, nor what a subtraction would give."""

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest

from participants.models import AnonymousAnswer, Survey
from participants.survey_export import SurveyExport
from participants.survey_results import percent, pool, results_of
from tests.factories import MONDAY, CohortFactory, QuestionSetFactory, SurveyFactory

pytestmark = pytest.mark.django_db
OVER = MONDAY + dt.timedelta(days=30)


@pytest.fixture
def question_set():
    return QuestionSetFactory(asks=["scale", "yes_no", "choice", "text"])


def answered(question_set, *answers, **fields) -> Survey:
    survey = SurveyFactory(question_set=question_set, invited=10, **fields)
    AnonymousAnswer.objects.bulk_create(
        AnonymousAnswer(survey=survey, answers=given, answered_on=MONDAY) for given in answers
    )
    return survey


def full(scale: int, yes: bool = True, **more) -> dict:
    return {"1": scale, "2": yes, "3": 2} | more


def result(survey, day=OVER):
    return results_of([survey], at=day)[survey.pk]


def test_four_answers_show_their_number_alone_and_five_their_figures(question_set):
    few = answered(question_set, *[full(4)] * 4)
    assert (result(few).given, result(few).questions) == (4, ())
    enough = answered(question_set, full(5), full(4), full(4), full(2, False), full(1))
    scale, yes, choice, _text = result(enough).questions
    assert scale.mean == Decimal("3.20")
    assert [share.count for share in scale.shares] == [1, 1, 0, 2, 1]
    assert (yes.yes_percent, result(enough).response_percent) == (80, 50)
    assert [share.count for share in choice.shares] == [0, 5, 0]


def test_while_open_only_the_response_is_shown(question_set):
    survey = answered(question_set, *[full(4)] * 9)
    assert result(survey, survey.closes_on).questions == ()
    assert result(survey, survey.closes_on).given == 9
    assert result(survey, survey.closes_on + dt.timedelta(days=1)).is_shown


def test_question_that_fewer_than_five_answered_shows_nothing_of_it(question_set):
    texts = [full(4, **{"4": f"Texto {number}"}) for number in range(4)]
    survey = answered(question_set, *texts, full(4), full(4))
    [*_others, text] = result(survey).questions
    assert (text.n, text.is_shown, text.texts) == (4, False, [])
    written = answered(question_set, *texts, full(3, **{"4": "Texto 4"}))
    assert sorted(result(written).questions[3].texts) == [f"Texto {n}" for n in range(5)]


def test_total_less_the_parts_that_are_shown_leaves_nothing(question_set):
    """What has under five answers is in no total, as it could be had by subtracting."""
    cohort = CohortFactory()
    shown = answered(question_set, *[full(5)] * 5, cohort=cohort)
    also = answered(question_set, *[full(3)] * 7, cohort=cohort)
    hidden = answered(question_set, *[full(1)] * 4, cohort=cohort)
    found = results_of(
        Survey.objects.filter(pk__in=[shown.pk, also.pk, hidden.pk]).select_related("question_set"),
        at=OVER,
    )
    [pooled] = pool(found.values())
    assert (pooled.given, pooled.invited) == (12, 20)
    [scale, _yes] = pooled.rows
    assert scale.all.mean == Decimal("3.83")
    assert scale.all.n == sum(cell.n for _survey, cell in scale.cells)


def test_questions_of_two_versions_are_not_mixed(question_set):
    other = QuestionSetFactory(asks=["yes_no"])
    surveys = [
        answered(question_set, *[full(5)] * 5),
        answered(other, *[{"1": True}] * 5),
    ]
    assert len(pool(results_of(surveys, at=OVER).values())) == 2


def test_file_hides_what_the_page_hides(question_set):
    few = answered(question_set, *[full(4, **{"4": "=secreto"})] * 4)
    enough = answered(question_set, *[full(4, **{"4": "=1+1"})] * 5)
    export = SurveyExport.of(results_of([few, enough], at=OVER).values())
    rows = list(csv.reader(io.StringIO(export.as_csv().decode("utf-8-sig"))))
    assert "secreto" not in str(rows)
    of_few = [row for row in rows if row[6] == "4"]
    assert [row[8:] for row in of_few] == [["", "", "", "menos de 5 respuestas", "", ""]]
    texts = [row[11] for row in rows if row[8] == "Pregunta 4"]
    assert texts == ["'=1+1"] * 5
    assert export.as_xlsx()[:2] == b"PK"


def test_results_cost_three_queries_for_any_number(question_set, django_assert_num_queries):
    for _number in range(3):
        answered(question_set, *[full(4)] * 5)
    surveys = list(Survey.objects.select_related("question_set"))
    with django_assert_num_queries(3):
        results_of(surveys, at=OVER)


@pytest.mark.parametrize(
    ("part", "whole", "shown"), [(0, 0, 0), (1, 8, 13), (1, 2, 50), (2, 3, 67), (5, 5, 100)]
)
def test_percentages_are_whole_and_half_up(part, whole, shown):
    assert percent(part, whole) == shown
