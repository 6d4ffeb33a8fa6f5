import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from courses.models import Assessment, RuleScore
from participants.models import Enrollment, Score
from participants.scoring import Mark, ScoresOutcome, locked_assessment, record_scores
from tests.factories import (
    MONDAY,
    AssessmentFactory,
    CompletionRuleFactory,
    EnrollmentFactory,
    ScoreFactory,
    UserFactory,
    at,
)

NOW = at(MONDAY, 20)
NP = Mark(did_not_sit=True)


@pytest.fixture
def exam(cohort_module) -> Assessment:
    return AssessmentFactory(cohort_module=cohort_module, attempts=2)


@pytest.fixture
def people(cohort, group) -> list[Enrollment]:
    return EnrollmentFactory.create_batch(3, cohort=cohort, group=group)


def value(text: str, based_on: int | None = None) -> Mark:
    return Mark(Decimal(text), based_on=based_on)


def record(exam: Assessment, marks: dict[Enrollment, Mark], **options) -> ScoresOutcome:
    given = {person.pk: mark for person, mark in marks.items()}
    return record_scores(exam, given, **{"by": None, "at": NOW} | options)


def stored(exam: Assessment) -> dict[int, tuple[Decimal | None, int]]:
    rows = Score.objects.filter(assessment=exam)
    return {row.enrollment_id: (row.value, row.version) for row in rows}


def test_scores_are_stored_with_who_and_when_and_a_history(exam, people):
    user = UserFactory()
    outcome = record(exam, {people[0]: value("14.5"), people[1]: NP}, by=user)
    assert len(outcome.saved) == 2
    assert stored(exam) == {people[0].pk: (Decimal("14.5"), 1), people[1].pk: (None, 1)}
    score = Score.objects.get(enrollment=people[0])
    assert (score.recorded_by, score.recorded_at, score.did_not_sit) == (user, NOW, False)
    line = score.history.get()
    assert (line.history_type, line.history_user, line.history_date) == ("+", user, NOW)


def test_scores_sent_twice_change_nothing_the_second_time(exam, people):
    marks = {people[0]: value("14"), people[1]: NP}
    record(exam, marks)
    outcome = record(exam, marks)
    assert (outcome.saved, outcome.unchanged, outcome.conflicts) == ((), 2, {})
    assert Score.history.count() == 2


def test_changed_score_keeps_the_old_one_in_its_history(exam, people):
    record(exam, {people[0]: value("14")})
    record(exam, {people[0]: value("15", based_on=1)}, at=NOW + dt.timedelta(hours=1))
    assert stored(exam) == {people[0].pk: (Decimal(15), 2)}
    past = Score.history.order_by("history_id").values_list("value", "history_type")
    assert list(past) == [(Decimal(14), "+"), (Decimal(15), "~")]


@pytest.mark.parametrize("based_on", [None, 1])
def test_stale_score_is_handed_back_with_both_values(exam, people, based_on):
    ScoreFactory(enrollment=people[0], assessment=exam, value=13, version=2)
    outcome = record(exam, {people[0]: value("14", based_on), people[1]: value("11")})
    conflict = outcome.conflicts[people[0].pk]
    assert (conflict.mark.value, conflict.score.value) == (14, 13)
    assert stored(exam) == {people[0].pk: (13, 2), people[1].pk: (11, 1)}


def test_score_that_someone_cleared_meanwhile_is_a_conflict(exam, people):
    outcome = record(exam, {people[0]: value("14", based_on=1)})
    assert outcome.conflicts[people[0].pk].score is None
    assert stored(exam) == {}


def test_cleared_score_is_gone_and_its_history_says_by_whom(exam, people):
    ScoreFactory(enrollment=people[0], assessment=exam)
    user = UserFactory()
    assert record(exam, {people[0]: Mark(based_on=1)}, by=user).cleared == 1
    assert stored(exam) == {}
    line = Score.history.get(history_type="-")
    assert (line.value, line.history_user, line.history_date) == (14, user, NOW)


def test_second_attempt_is_a_further_score(exam, people):
    record(exam, {people[0]: value("9")})
    record(exam, {people[0]: value("15")}, attempt=2)
    rows = Score.objects.filter(enrollment=people[0]).order_by("attempt")
    assert [(row.attempt, row.value) for row in rows] == [(1, 9), (2, 15)]


@pytest.mark.parametrize("attempt", [0, 3])
def test_attempt_that_there_is_not_is_refused(exam, people, attempt):
    with pytest.raises(ValidationError) as error:
        record(exam, {people[0]: value("9")}, attempt=attempt)
    assert error.value.code == "attempt"


@pytest.mark.parametrize(
    "mark", [value("20.5"), value("-1"), value("14.555"), Mark(Decimal(14), did_not_sit=True)]
)
def test_wrong_score_is_refused_and_nothing_is_stored(exam, people, mark):
    with pytest.raises(ValidationError) as error:
        record(exam, {people[0]: mark, people[1]: value("14")})
    assert set(error.value.message_dict) == {str(people[0].pk)}
    assert stored(exam) == {}


def test_who_left_or_is_of_another_group_or_edition_is_not_scored(
    exam, people, group, other_enrollment
):
    people[0].status, people[0].ended_on = Enrollment.Status.WITHDRAWN, MONDAY
    people[0].left_reason = "health"
    people[0].save()
    strangers = [people[0], other_enrollment, EnrollmentFactory()]
    with pytest.raises(ValidationError) as error:
        record(exam, {each: value("14") for each in strangers}, group=group)
    assert set(error.value.message_dict) == {str(each.pk) for each in strangers}


def test_closed_module_and_edition_refuse_scores(exam, people, cohort_module, cohort):
    cohort.status = "closed"
    cohort.save()
    with pytest.raises(ValidationError) as of_edition:
        record(exam, {people[0]: value("14")})
    cohort_module.closed_at = NOW
    cohort_module.save()
    with pytest.raises(ValidationError) as of_module:
        record(exam, {people[0]: value("14")})
    assert of_edition.value.code == of_module.value.code == "closed"
    assert of_edition.value.messages != of_module.value.messages
    assert stored(exam) == {}


@pytest.mark.parametrize("n", [1, 13])
def test_statements_are_the_same_for_any_number_of_scores(exam, cohort, n):
    people = EnrollmentFactory.create_batch(2 * n, cohort=cohort)
    record(exam, {each: value("10") for each in people[:n]})
    marks = {each: value("11", based_on=1) for each in people[:n]}
    marks |= {each: value("12") for each in people[n:]}
    with CaptureQueriesContext(
        connection,
    ) as captured:
        record(exam, marks)
    told = ("SAVEPOINT", "RELEASE")
    # Assessment, module, both read, people, scores; new, their history; changed, their history.
    assert sum(not query["sql"].startswith(told) for query in captured) == 9


@pytest.mark.postgres
def test_two_who_score_at_once_lose_nothing(at_once, cohort, group):
    exam = AssessmentFactory(cohort=cohort)
    person = EnrollmentFactory(cohort=cohort, group=group)
    given = ["12", "15"]
    outcomes = at_once(lambda index: record(exam, {person: value(given[index])}), 2)
    first = next(index for index, outcome in enumerate(outcomes) if outcome.saved)
    conflict = outcomes[1 - first].conflicts[person.pk]
    assert stored(exam) == {person.pk: (Decimal(given[first]), 1)}
    assert conflict.score.value == Decimal(given[first])
    assert conflict.mark.value == Decimal(given[1 - first])


@pytest.mark.postgres
def test_rule_that_asks_for_a_score_waits_for_nobody_who_scores(at_once, cohort_module):
    exam = AssessmentFactory(cohort_module=cohort_module)
    rule = CompletionRuleFactory(cohort_module=None, cohort=cohort_module.cohort)

    def ask(_index):
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        return RuleScore.objects.create(rule=rule, assessment=exam, minimum=11)

    with transaction.atomic():
        locked_assessment(exam)
        (made,) = at_once(ask, 1)
    assert RuleScore.objects.get() == made
