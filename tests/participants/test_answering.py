"""An answer is taken once, and the whole database does not tell whose an anonymous one is."""

import datetime as dt
import random
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from participants.answered import has_answered, unanswered
from participants.answering import take_answer, unite_answers
from participants.models import AnonymousAnswer, AnsweredMark, NamedAnswer, SurveyInvitation
from participants.survey_links import path_of, read, token_of
from tests.factories import (
    MONDAY,
    EnrollmentFactory,
    QuestionSetFactory,
    SurveyFactory,
    SurveyInvitationFactory,
    at,
)

pytestmark = pytest.mark.django_db
NOW = at(MONDAY + dt.timedelta(days=8), 10, 17)
ANSWERS = {"1": 4, "2": "Más casos para practicar"}


@pytest.fixture
def survey():
    return SurveyFactory(invited=3)


@pytest.fixture
def invitations(survey):
    return SurveyInvitationFactory.create_batch(3, survey=survey)


def tables() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of the database, whatever made it."""
    found = {}
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{name}"')  # noqa: S608
            found[name] = sorted(map(repr, cursor.fetchall()))
    return found


def columns(table: str) -> set[str]:
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    return {column.name for column in described}


def test_answer_leaves_two_rows_in_the_whole_database_and_neither_names_the_other(
    invitations, clients, participant, clock
):
    """Of who is logged in too, whose session the request knows."""
    own = invitations[1]
    path, token = path_of(own), token_of(own)
    client = clients["participant"]()
    client.get(path)
    before = tables()
    response = client.post(path, {"q1": "4", "q2": ANSWERS["2"]})
    assert response.status_code == 302
    after = tables()
    changed = {name for name, rows in after.items() if rows != before[name]}
    assert changed == {"participants_anonymousanswer", "participants_answeredmark"}
    assert columns("participants_anonymousanswer") == {"id", "answers", "answered_on", "survey_id"}
    assert columns("participants_surveyinvitation") == {
        "id",
        "survey_id",
        "enrollment_id",
    }
    assert columns("participants_answeredmark") == {"mark", "survey_id"}
    answer = AnonymousAnswer.objects.get()
    signs = (answer.pk.hex, str(answer.pk), token, token.split(".")[1])
    holding = {
        name for name, rows in after.items() for row in rows if any(sign in row for sign in signs)
    }
    assert holding <= {"participants_anonymousanswer"}
    assert not any(token in row for row in after["participants_anonymousanswer"])
    assert not response.cookies.get("sessionid")


def test_mark_of_an_answer_is_read_with_the_sites_key_alone(invitations, settings):
    """With one answer it would else be known whose it is."""
    take_answer(invitations[1], ANSWERS, at=NOW)
    assert unanswered(invitations) == [invitations[0], invitations[2]]
    replaced, settings.SECRET_KEY = settings.SECRET_KEY, "another" * 10
    assert unanswered(invitations) == invitations
    settings.SECRET_KEY_FALLBACKS = [replaced]
    assert unanswered(invitations) == [invitations[0], invitations[2]]


def test_neither_model_points_at_the_other_or_keeps_a_history():
    for model, other in (
        (AnonymousAnswer, SurveyInvitation),
        (SurveyInvitation, AnonymousAnswer),
    ):
        related = {field.related_model for field in model._meta.get_fields() if field.is_relation}
        assert other not in related
        assert not hasattr(model, "history")
    times = {"DateTimeField", "TimeField", "BigAutoField"}
    kinds = {field.get_internal_type() for field in AnonymousAnswer._meta.concrete_fields}
    assert not kinds & times
    kinds = {field.get_internal_type() for field in SurveyInvitation._meta.concrete_fields}
    assert not kinds & {"DateTimeField", "TimeField", "DateField"}


def test_answers_lie_in_another_order_than_they_came(survey, monkeypatch):
    """Each one mixes all: neither the database's own order nor a number follows the hour."""
    monkeypatch.setattr("secrets.SystemRandom", lambda: random.Random(7))
    for value in range(1, 9):
        invitation = SurveyInvitationFactory(survey=survey)
        take_answer(invitation, {"1": value % 5 + 1, "2": str(value)}, at=NOW)
    with connection.cursor() as cursor:
        order = "ctid" if connection.vendor == "postgresql" else "rowid"
        cursor.execute(f"SELECT answers FROM participants_anonymousanswer ORDER BY {order}")  # noqa: S608
        stored = [str(row[0]) for row in cursor.fetchall()]
    came = sorted(stored, key=lambda text: text[-4:])
    assert len(stored) == 8
    assert stored != came


@pytest.mark.postgres
def test_transaction_that_wrote_a_row_is_the_same_for_every_row(survey, invitations):
    """PostgreSQL keeps with each row which transaction wrote it."""
    for invitation in invitations[:2]:
        take_answer(invitation, ANSWERS, at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text FROM participants_answeredmark")
        marked = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT xmin::text FROM participants_anonymousanswer")
        given = {row[0] for row in cursor.fetchall()}
    assert len(marked) == len(given) == 1


@pytest.mark.postgres
def test_two_at_once_are_one_answer(at_once):
    survey = SurveyFactory(invited=1)
    invitation = SurveyInvitationFactory(survey=survey)
    outcomes = at_once(lambda _number: take_answer(invitation, ANSWERS, at=NOW), 4)
    assert sorted(outcomes) == [False, False, False, True]
    assert AnonymousAnswer.objects.count() == 1


@pytest.mark.postgres
def test_different_people_at_once_are_all_kept(at_once):
    survey = SurveyFactory(invited=6)
    invitations = SurveyInvitationFactory.create_batch(6, survey=survey)
    outcomes = at_once(lambda number: take_answer(invitations[number], ANSWERS, at=NOW), 6)
    assert outcomes == [True] * 6
    assert AnonymousAnswer.objects.count() == 6
    assert not unanswered(invitations)


def test_answer_keeps_its_day_and_the_second_one_changes_nothing(invitations):
    assert take_answer(invitations[0], ANSWERS, at=NOW)
    assert not take_answer(invitations[0], {"1": 1}, at=NOW)
    row = AnonymousAnswer.objects.get()
    assert (row.answers, row.answered_on) == (ANSWERS, MONDAY + dt.timedelta(days=8))
    assert unanswered(invitations) == invitations[1:]


@pytest.mark.parametrize(
    "answers", [{}, {"2": "x"}, {"1": 6}, {"1": True}, {"1": "4"}, {"1": 4, "9": 1}]
)
def test_what_is_no_answer_is_refused_and_nothing_noted(invitations, answers):
    with pytest.raises(ValidationError):
        take_answer(invitations[0], answers, at=NOW)
    assert unanswered(invitations) == invitations


@pytest.mark.parametrize("day", [6, 21])
def test_before_and_after_its_days_nothing_is_taken(invitations, day):
    with pytest.raises(ValidationError) as refused:
        take_answer(invitations[0], ANSWERS, at=at(MONDAY + dt.timedelta(days=day), 10))
    assert refused.value.code == "closed"
    assert not AnonymousAnswer.objects.exists()


def test_answer_with_a_name_is_kept_where_that_was_said():
    question_set = QuestionSetFactory(is_anonymous=False, asks=["scale"])
    invitation = SurveyInvitationFactory(survey__question_set=question_set)
    take_answer(invitation, {"1": 5}, at=NOW)
    assert NamedAnswer.objects.get().enrollment == invitation.enrollment
    assert not AnonymousAnswer.objects.exists()


def test_one_person_in_twice_is_asked_once(survey):
    stays, goes = (EnrollmentFactory(cohort=survey.cohort) for _number in range(2))
    for enrollment in (stays, goes):
        SurveyInvitationFactory(survey=survey, enrollment=enrollment)
    take_answer(SurveyInvitation.objects.get(enrollment=goes), ANSWERS, at=NOW)
    unite_answers(stays, goes)
    [left] = SurveyInvitation.objects.all()
    assert left.enrollment == stays
    assert has_answered(left)
    assert AnsweredMark.objects.count() == 1
    survey.refresh_from_db()
    assert survey.invited == 2


@pytest.mark.parametrize(("is_anonymous", "left"), [(True, (5, 5)), (False, (4, 4))])
def test_one_person_who_answered_twice_is_not_more_than_all(is_anonymous, left):
    """An anonymous answer cannot be taken out, so who was invited stays as many."""
    survey = SurveyFactory(invited=5, question_set__is_anonymous=is_anonymous)
    invitations = SurveyInvitationFactory.create_batch(5, survey=survey)
    for invitation in invitations:
        take_answer(invitation, ANSWERS, at=NOW)
    unite_answers(invitations[0].enrollment, invitations[1].enrollment)
    survey.refresh_from_db()
    assert (survey.invited, survey.given.count()) == left


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: f"1{t}", lambda t: t.upper()])
def test_link_that_was_changed_is_none(invitations, change):
    token = token_of(invitations[0])
    assert read(token) == invitations[0].pk
    assert read(change(token)) is None
