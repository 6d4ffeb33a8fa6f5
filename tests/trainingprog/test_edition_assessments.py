import threading

import pytest
from django.db import transaction
from django.urls import reverse

from courses.models import Assessment, CohortModule
from participants.module_closing import close_module
from tests.factories import (
    MONDAY,
    AssessmentFactory,
    CohortFactory,
    CohortModuleFactory,
    RuleScoreFactory,
    ScoreFactory,
    at,
)
from tests.waiting import somebody_waits

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(cohort) -> str:
    return reverse("edition_assessments", args=[cohort.pk])


@pytest.fixture
def client(log_in, coordinator):
    return log_in(coordinator)


def form_of(response) -> dict[str, str]:
    formset = response.context["formset"]
    forms = [formset.management_form, *formset.forms]
    fields = [field for form in forms for field in form if field.name != "DELETE"]
    seen = [field for field in fields if field.field.show_hidden_initial]
    values = {field: "" if field.value() is None else str(field.value()) for field in fields}
    return {field.html_name: text for field, text in values.items()} | {
        field.html_initial_name: values[field] for field in seen
    }


def test_assessments_of_modules_and_of_the_whole_are_saved_at_once(client, path, cohort_module):
    form = form_of(client.get(path)) | {
        "form-0-title": "Entrada",
        "form-0-kind": "pre_test",  # of weight 1, as the form proposes
        "form-1-title": "Examen",
        "form-1-kind": "exam",
        "form-1-cohort_module": str(cohort_module.pk),
        "form-1-weight": "3",
        "form-1-due_on": "2026-03-20",
    }
    assert client.post(path, form).status_code == 302
    rows = Assessment.objects.order_by("pk").values_list("title", "cohort_module", "weight")
    assert list(rows) == [("Entrada", None, 0), ("Examen", cohort_module.pk, 3)]
    assert client.post(path, form_of(client.get(path))).status_code == 302
    assert Assessment.objects.count() == 2


def test_post_test_is_linked_to_its_pre_test(client, path, cohort):
    pre = AssessmentFactory(cohort=cohort, kind="pre_test")
    exam = AssessmentFactory(cohort=cohort, kind="exam")
    form = form_of(client.get(path)) | {"form-1-pre_test": str(pre.pk)}
    assert client.post(path, form).status_code == 422  # an exam has none
    assert client.post(path, form | {"form-1-kind": "post_test"}).status_code == 302
    exam.refresh_from_db()
    assert exam.pre_test == pre


def test_title_that_stands_twice_is_refused(client, path, cohort):
    AssessmentFactory(cohort=cohort, title="Examen")
    again = {"form-1-title": "Examen", "form-1-kind": "exam"}
    response = client.post(path, form_of(client.get(path)) | again)
    assert response.status_code == 422
    twice = {f"form-{n}-title": "Tarea" for n in (1, 2)} | {
        f"form-{n}-kind": "exam" for n in (1, 2)
    }
    response = client.post(path, form_of(client.get(path)) | twice)
    assert response.status_code == 422
    assert "Tarea" in response.text
    assert Assessment.objects.count() == 1


def test_assessment_with_scores_is_not_deleted_and_told_the_way_out(client, path, cohort):
    scored = ScoreFactory(assessment__cohort=cohort, enrollment__cohort=cohort).assessment
    AssessmentFactory(cohort=cohort)
    form = form_of(client.get(path)) | {"form-0-DELETE": "on", "form-1-DELETE": "on"}
    response = client.post(path, form)
    assert response.status_code == 422
    assert "peso 0" in response.text
    assert Assessment.objects.count() == 2  # all or nothing
    del form["form-0-DELETE"]
    assert client.post(path, form).status_code == 302
    assert list(Assessment.objects.all()) == [scored]


def test_assessments_of_a_closed_module_or_edition_are_only_shown(client, path, cohort_module):
    assessment = AssessmentFactory(cohort_module=cohort_module, title="Examen cerrado")
    form = form_of(client.get(path)) | {"form-0-weight": "9"}
    cohort_module.closed_at = at(MONDAY, 9)
    cohort_module.save()
    assert "Examen cerrado" in client.get(path).text
    client.post(path, form)
    cohort_module.cohort.status = "closed"
    cohort_module.cohort.save()
    assert client.post(path, form).status_code == 302
    assessment.refresh_from_db()
    assert assessment.weight == 1


def test_assessments_are_copied_from_an_edition_of_the_program(client, path, cohort):
    earlier = CohortFactory(program=cohort.program)
    AssessmentFactory(cohort=earlier, title="Examen final")
    stranger = AssessmentFactory().cohort
    wrong = client.post(path, {"copy": "1", "source": str(stranger.pk)})
    assert wrong.status_code == 422
    assert client.post(path, {"copy": "1", "source": str(earlier.pk)}).status_code == 302
    assert cohort.assessments.get().title == "Examen final"


def test_attempts_are_not_fewer_than_the_highest_scored(client, path, cohort):
    assessment = AssessmentFactory(cohort=cohort, attempts=3)
    ScoreFactory(assessment=assessment, enrollment__cohort=cohort, attempt=2)
    form = form_of(client.get(path))
    response = client.post(path, form | {"form-0-attempts": "1"})
    assert response.status_code == 422
    assert "attempts" in response.context["formset"].forms[0].errors
    assert client.post(path, form | {"form-0-attempts": "2"}).status_code == 302
    assessment.refresh_from_db()
    assert assessment.attempts == 2


def test_assessment_asked_for_by_a_rule_is_not_deleted_and_stays_in_its_module(
    client, path, cohort_module
):
    asked = AssessmentFactory(cohort_module=cohort_module)
    RuleScoreFactory(rule=cohort_module.rules.get(), assessment=asked)
    form = form_of(client.get(path))
    response = client.post(path, form | {"form-0-DELETE": "on"})
    assert response.status_code == 422
    assert str(cohort_module.rules.get()) in response.context["formset"].forms[0].errors["title"][0]
    response = client.post(path, form | {"form-0-cohort_module": ""})
    assert response.status_code == 422
    assert "cohort_module" in response.context["formset"].forms[0].errors
    asked.refresh_from_db()
    assert asked.cohort_module == cohort_module


def test_scored_assessment_stays_in_its_module(client, path, cohort_module):
    scored = AssessmentFactory(cohort_module=cohort_module)
    ScoreFactory(assessment=scored, enrollment__cohort=cohort_module.cohort)
    other = CohortModuleFactory(cohort=cohort_module.cohort, first_week=2, last_week=2)
    form = form_of(client.get(path)) | {"form-0-cohort_module": str(other.pk)}
    assert client.post(path, form).status_code == 422
    scored.refresh_from_db()
    assert scored.cohort_module == cohort_module


def test_newer_settings_are_not_overwritten_unseen(client, path, cohort):
    assessment = AssessmentFactory(cohort=cohort, weight=1)
    seen = form_of(client.get(path))
    Assessment.objects.update(weight=5)
    assert client.post(path, seen).status_code == 302  # the row was not touched
    assessment.refresh_from_db()
    assert assessment.weight == 5
    mine = seen | {"form-0-weight": "3"}
    response = client.post(path, mine)
    assert response.status_code == 422
    assert response.context["formset"].forms[0].non_field_errors()
    assert 'name="initial-form-0-weight" value="5"' in response.text
    told = mine | {"initial-form-0-weight": "5"}
    assert [client.post(path, sent).status_code for sent in (told, mine)] == [302, 302]
    assessment.refresh_from_db()
    assert assessment.weight == 3


def test_assessment_that_someone_changed_meanwhile_is_not_deleted_unseen(client, path, cohort):
    AssessmentFactory(cohort=cohort, weight=1)
    delete = form_of(client.get(path)) | {"form-0-DELETE": "on"}
    Assessment.objects.update(weight=5)
    response = client.post(path, delete)
    assert response.status_code == 422
    assert response.context["formset"].forms[0].non_field_errors()
    assert Assessment.objects.exists()
    told = delete | {"initial-form-0-weight": "5"}
    assert client.post(path, told).status_code == 302
    assert not Assessment.objects.exists()


def test_row_deleted_or_closed_meanwhile_says_so_and_can_be_left_out(client, path, cohort_module):
    cohort = cohort_module.cohort
    closed = AssessmentFactory(cohort_module=cohort_module)
    deleted, kept = AssessmentFactory.create_batch(2, cohort=cohort)
    form = form_of(client.get(path)) | {"form-2-weight": "9"}
    deleted.delete()
    CohortModule.objects.update(closed_at=at(MONDAY, 9))
    response = client.post(path, form)
    assert response.status_code == 422
    rows = response.context["formset"].forms
    assert [bool(row.non_field_errors()) for row in rows[:3]] == [True, True, False]
    assert 'name="form-0-DELETE"' in response.text
    left_out = form | {"form-0-DELETE": "on", "form-1-DELETE": "on"}
    assert client.post(path, left_out).status_code == 302
    assert set(Assessment.objects.values_list("pk", "weight")) == {(closed.pk, 1), (kept.pk, 9)}


@pytest.mark.postgres
@pytest.mark.parametrize("act", ["table", "copy"])
def test_module_that_closes_at_once_gets_no_assessment(
    at_once, log_in, coordinator, path, cohort_module, act
):
    browser, cohort = log_in(coordinator), cohort_module.cohort
    earlier = CohortFactory(program=cohort.program)
    module = CohortModuleFactory(cohort=earlier, module=cohort_module.module)
    AssessmentFactory(cohort_module=module)
    row = {"form-0-title": "Examen", "form-0-kind": "exam", "form-0-weight": "1"}
    row |= {"form-0-cohort_module": str(cohort_module.pk), "form-0-attempts": "1"}
    sent = {
        "table": form_of(browser.get(path)) | row,
        "copy": {"copy": "1", "source": str(earlier.pk)},
    }
    closed, saved = threading.Event(), threading.Event()

    def close() -> None:
        with transaction.atomic():
            close_module(cohort_module, by=coordinator, at=at(MONDAY, 9), reason="cierre")
            closed.set()
            while not (saved.is_set() or somebody_waits()):
                pass

    def save() -> int:
        closed.wait(timeout=30)
        try:
            return browser.post(path, sent[act]).status_code
        finally:
            saved.set()

    outcomes = at_once(lambda index: (close, save)[index](), 2)
    assert outcomes == [None, {"table": 422, "copy": 302}[act]]
    assert not cohort.assessments.exists()
