from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from courses.models import Assessment
from participants.models import Enrollment, Score
from participants.score_grid import ScoreGrid
from tests.factories import (
    MONDAY,
    AssessmentFactory,
    CohortModuleFactory,
    EnrollmentFactory,
    ScoreFactory,
    at,
)

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def exam(cohort_module) -> Assessment:
    return AssessmentFactory(cohort_module=cohort_module, title="Examen")


@pytest.fixture
def project(cohort_module, exam) -> Assessment:
    return AssessmentFactory(cohort_module=cohort_module, title="Trabajo", attempts=2)


@pytest.fixture
def people(cohort, group) -> list[Enrollment]:
    return EnrollmentFactory.create_batch(3, cohort=cohort, group=group)


@pytest.fixture
def path(group, exam, project) -> str:
    return reverse("tutors:group_scores", args=[group.pk, exam.cohort_module.pk])


def name(person: Enrollment, assessment: Assessment, attempt: int = 1) -> str:
    return f"s{assessment.pk}.{attempt}.{person.pk}"


def form_of(response) -> dict[str, str]:
    """As a browser would send it."""
    grid: ScoreGrid = response.context["grid"]
    cells = {cell.name: cell.text for row in grid.rows for cell in row.cells}
    return {"seen": grid.seen, **cells}


def stored(assessment: Assessment) -> dict[int, Decimal | None]:
    return dict(Score.objects.filter(assessment=assessment).values_list("enrollment", "value"))


def told(response) -> dict[str, str]:
    grid: ScoreGrid = response.context["grid"]
    return {cell.name: cell.told for row in grid.rows for cell in row.cells if cell.told}


def test_tutor_saves_the_own_groups_scores(log_in, tutor, path, people, exam, project):
    client = log_in(tutor)
    form = form_of(client.get(path))
    form |= {name(people[0], exam): "14,5", name(people[1], exam): "np"}
    form |= {name(people[2], project): "20.0"}
    response = client.post(path, form)
    assert response.status_code == 302
    assert stored(exam) == {people[0].pk: Decimal("14.5"), people[1].pk: None}
    score = Score.objects.get(assessment=project)
    assert (score.value, score.source, score.recorded_by) == (20, "tutor", tutor)
    assert client.post(path, form_of(client.get(path))).status_code == 302
    assert Score.history.count() == 3  # nothing was changed by the second
    assert "3" in str(next(iter(get_messages(response.wsgi_request))))


@pytest.mark.parametrize("wrong", ["21", "-1", "abc", "14,555"])
def test_wrong_score_is_refused_at_its_cell_and_the_others_are_saved(
    log_in, tutor, path, people, exam, wrong
):
    client = log_in(tutor)
    form = form_of(client.get(path))
    form |= {name(people[0], exam): wrong, name(people[1], exam): "12"}
    response = client.post(path, form)
    assert response.status_code == 422
    assert stored(exam) == {people[1].pk: 12}
    assert set(told(response)) == {name(people[0], exam)}
    assert f'value="{wrong}"' in response.text  # nothing typed is lost


def test_emptied_score_stays_until_its_removal_is_meant(log_in, tutor, path, people, exam):
    ScoreFactory(enrollment=people[0], assessment=exam, value=14)
    client = log_in(tutor)
    form = form_of(client.get(path)) | {name(people[0], exam): ""}
    response = client.post(path, form)
    assert response.status_code == 422
    assert stored(exam) == {people[0].pk: 14}
    assert "14" in told(response)[name(people[0], exam)]
    again = form_of(response)
    assert again[name(people[0], exam)] == ""
    assert client.post(path, again | {"clear": "on"}).status_code == 302
    assert stored(exam) == {}


def test_untouched_cell_never_overwrites_what_someone_wrote_meanwhile(
    log_in, tutor, path, people, exam
):
    ScoreFactory(enrollment=people[0], assessment=exam, value=14)
    client = log_in(tutor)
    form = form_of(client.get(path)) | {name(people[1], exam): "12"}
    Score.objects.update(value=15, version=2)
    assert client.post(path, form).status_code == 302
    assert stored(exam) == {people[0].pk: 15, people[1].pk: 12}


def test_conflict_shows_both_values_and_saves_the_second_time(
    log_in, tutor, coordinator, path, people, exam
):
    client = log_in(tutor)
    form = form_of(client.get(path)) | {name(people[0], exam): "12"}
    ScoreFactory(enrollment=people[0], assessment=exam, value=15, recorded_by=coordinator)
    response = client.post(path, form)
    assert response.status_code == 422
    message = told(response)[name(people[0], exam)]
    assert "15" in message
    assert coordinator.get_full_name() in message
    assert form_of(response)[name(people[0], exam)] == "12"
    assert client.post(path, form_of(response)).status_code == 302
    assert stored(exam) == {people[0].pk: 12}


def test_next_attempt_has_a_column_once_one_is_scored(log_in, tutor, path, people, project):
    client = log_in(tutor)
    assert len(client.get(path).context["grid"].columns) == 2
    ScoreFactory(enrollment=people[0], assessment=project, value=9)
    form = form_of(client.get(path)) | {name(people[0], project, 2): "15"}
    assert client.post(path, form).status_code == 302
    rows = Score.objects.filter(assessment=project).values_list("attempt", "value")
    assert sorted(rows) == [(1, 9), (2, 15)]


def test_scores_of_others_groups_are_neither_shown_nor_saved(
    log_in, tutor, path, people, exam, other_enrollment
):
    ScoreFactory(enrollment=other_enrollment, assessment=exam, value=7)
    client = log_in(tutor)
    response = client.get(path)
    assert other_enrollment.participant.sorting_name not in response.text
    form = form_of(response) | {name(other_enrollment, exam): "20"}
    response = client.post(path, form)
    assert response.status_code == 422
    assert stored(exam) == {other_enrollment.pk: 7}


def test_closed_module_is_read_and_refuses(log_in, tutor, path, people, exam, cohort_module):
    ScoreFactory(enrollment=people[0], assessment=exam, value=14)
    client = log_in(tutor)
    form = form_of(client.get(path)) | {name(people[1], exam): "12"}
    cohort_module.closed_at = at(MONDAY, 9)
    cohort_module.save()
    assert 'id="score-form"' not in client.get(path).text
    assert client.post(path, form).status_code == 403
    assert stored(exam) == {people[0].pk: 14}


def test_pages_are_of_the_own_group_and_of_coordinators(
    log_in, path, tutor, other_tutor, coordinator, participant, cohort, exam
):
    whole = reverse("tutors:cohort_scores", args=[cohort.pk, exam.cohort_module_id])
    answers = {
        user: (log_in(user).get(path).status_code, log_in(user).get(whole).status_code)
        for user in (tutor, other_tutor, coordinator, participant)
    }
    assert answers == {
        tutor: (200, 403),
        other_tutor: (404, 403),
        coordinator: (200, 200),
        participant: (403, 403),
    }


def test_coordinator_scores_the_whole_edition(log_in, coordinator, people, other_enrollment, exam):
    path = reverse("tutors:cohort_scores", args=[exam.cohort_id, exam.cohort_module_id])
    client = log_in(coordinator)
    form = form_of(client.get(path))
    form |= {name(people[0], exam): "12", name(other_enrollment, exam): "13"}
    assert client.post(path, form).status_code == 302
    assert set(Score.objects.values_list("source", flat=True)) == {"coordinator"}
    assert "12" in client.get(path).text


def test_module_without_assessments_is_not_found(log_in, tutor, group, exam):
    empty = CohortModuleFactory(cohort=group.cohort, first_week=3, last_week=3)
    path = reverse("tutors:group_scores", args=[group.pk, empty.pk])
    assert log_in(tutor).get(path).status_code == 404


def test_page_without_a_module_opens_on_the_whole_edition_or_the_first_module(
    log_in, tutor, group, exam
):
    path = reverse("tutors:group_scores", args=[group.pk])
    client = log_in(tutor)
    assert client.get(path).context["opened"].scope.module == exam.cohort_module
    AssessmentFactory(cohort=group.cohort, title="Proyecto")
    assert client.get(path).context["opened"].scope.module is None


def test_pasted_block_is_filled_in_and_nothing_is_stored_before_it_is_saved(
    log_in, tutor, path, people, exam
):
    client = log_in(tutor)
    lines = [f"{each.participant.document_number}\t1{n}" for n, each in enumerate(people)]
    typed = {name(people[0], exam): "9"}
    form = form_of(client.get(path)) | typed
    paste = {"paste": "1", "pasted": "\n".join(lines[1:]), "column": f"{exam.pk}.1"}
    response = client.post(path, form | paste)
    assert response.status_code == 200
    assert not Score.objects.exists()
    assert client.post(path, form_of(response)).status_code == 302
    assert stored(exam) == {people[0].pk: 9, people[1].pk: 11, people[2].pk: 12}


def test_pasted_block_of_no_column_is_asked_for_it(log_in, tutor, path, people):
    client = log_in(tutor)
    paste = {"paste": "1", "pasted": "40000000\t12", "column": ""}
    response = client.post(path, form_of(client.get(path)) | paste)
    assert response.status_code == 422
    assert "40000000\t12" in response.text


def test_paste_over_what_changed_meanwhile_is_still_a_conflict(log_in, tutor, path, people, exam):
    ScoreFactory(enrollment=people[0], assessment=exam, value=14)
    client = log_in(tutor)
    form = form_of(client.get(path)) | {name(people[0], exam): "16"}
    Score.objects.update(value=15, version=2)
    paste = {"paste": "1", "pasted": "", "column": f"{exam.pk}.1"}
    response = client.post(path, form_of(client.post(path, form | paste)))
    assert set(told(response)) == {name(people[0], exam)}
    assert stored(exam) == {people[0].pk: 15}
