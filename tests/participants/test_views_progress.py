import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import (
    MONDAY,
    AssessmentFactory,
    AttendanceRecordFactory,
    CompletionRuleFactory,
    EditionOutcomeFactory,
    RuleScoreFactory,
    ScoreFactory,
    SessionFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def client(log_in, participant):
    return log_in(participant)


def page(client, enrollment) -> str:
    return client.get(reverse("participants:progress", args=[enrollment.pk])).text


def test_says_exactly_what_is_missing_and_what_can_still_be_reached(
    client, cohort, cohort_module, enrollment
):
    for day in range(4):
        session = SessionFactory(cohort=cohort, cohort_module=cohort_module, day=day)
        AttendanceRecordFactory(enrollment=enrollment, session=session)
    SessionFactory(cohort=cohort, cohort_module=cohort_module, day=13)
    SessionFactory(cohort=cohort, cohort_module=cohort_module, day=13)
    exam = AssessmentFactory(cohort_module=cohort_module, title="Examen de trauma")
    RuleScoreFactory(rule=cohort_module.rules.get(), assessment=exam)
    text = page(client, enrollment)
    assert "Le falta 1 sesión o 14\u00a0%" in text
    assert "todavía puede llegar a 100\u00a0%" in text
    assert "Le falta nota en «Examen de trauma»: mínimo 14" in text
    assert "requirement-not_yet" in text


def test_no_longer_possible_and_not_met_are_told_apart(client, cohort, cohort_module, enrollment):
    missed = SessionFactory(cohort=cohort, cohort_module=cohort_module, day=1)
    AttendanceRecordFactory(enrollment=enrollment, session=missed, state="absent")
    SessionFactory(cohort=cohort, cohort_module=cohort_module, day=13)
    text = page(client, enrollment)
    assert "ya no es posible" in text
    assert "no se cumplió" not in text
    cohort_module.closed_at = missed.ends_at
    cohort_module.save()
    assert "no se cumplió" in page(client, enrollment)


def test_scores_are_shown_and_not_having_sat_is_not_a_zero(
    client, cohort, cohort_module, enrollment
):
    exam = AssessmentFactory(cohort_module=cohort_module, title="Examen")
    other = AssessmentFactory(cohort_module=cohort_module, title="Trabajo")
    AssessmentFactory(
        cohort_module=cohort_module, title="Ensayo", due_on=MONDAY + dt.timedelta(days=20)
    )
    ScoreFactory(enrollment=enrollment, assessment=exam, value="15.50")
    ScoreFactory(enrollment=enrollment, assessment=other, value=None)
    text = page(client, enrollment)
    assert ">15,5</strong>" in text
    assert "No se presentó (NP)" in text
    assert "vence el 22/03/2026" in text
    assert ">0</strong>" not in text


def test_outcome_is_shown_with_its_day_and_nothing_is_open_then(client, cohort, enrollment):
    rule = CompletionRuleFactory(cohort_module=None, cohort=cohort)
    EditionOutcomeFactory(enrollment=enrollment, rule=rule)
    text = page(client, enrollment)
    assert "Decidido el" in text
    assert "requirement-not_yet" not in text


def test_is_not_found_of_another(client, other_enrollment):
    path = reverse("participants:progress", args=[other_enrollment.pk])
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("n", [1, 3])
def test_queries_do_not_grow(n, client, cohort, cohort_module, enrollment):
    for _each in range(n):
        ScoreFactory(
            enrollment=enrollment, assessment=AssessmentFactory(cohort_module=cohort_module)
        )
        AttendanceRecordFactory(
            enrollment=enrollment,
            session=SessionFactory(cohort=cohort, cohort_module=cohort_module),
        )
    page(client, enrollment)
    with CaptureQueriesContext(connection) as queries:
        page(client, enrollment)
    assert len(queries) == 7
