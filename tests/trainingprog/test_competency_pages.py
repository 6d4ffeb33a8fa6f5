import io
from itertools import product

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from openpyxl import load_workbook

from courses.models import Competency
from tests.factories import (
    CompetencyFactory,
    CompetencyRatingFactory,
    EnrollmentFactory,
    ModuleFactory,
)
from tests.trainingprog.admin_rows import submit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def client(log_in, coordinator):
    client = log_in(coordinator)
    client.cookies["language"] = "en"
    return client


@pytest.fixture
def rated(cohort, cohort_module, group):
    """Five rated themselves at both moments, four of them were rated by the tutor."""
    competency = CompetencyFactory(program=cohort.program, modules=[cohort_module.module])
    for number in range(5):
        person = EnrollmentFactory(cohort=cohort, group=group)
        for moment, rater in product(("baseline", "end"), ("self", "tutor")):
            if rater == "self" or number:
                CompetencyRatingFactory(
                    enrollment=person,
                    competency=competency,
                    moment=moment,
                    rater=rater,
                    level=2 + (moment == "end"),
                )
    return competency


def test_page_shows_figures_of_five_and_none_of_four(client, cohort, group, rated):
    text = client.get(reverse("edition_competencies", args=[cohort.pk])).text
    assert "Participants: baseline 2, end 3." in text
    assert "Tutors: baseline not rated, end not rated." in text
    assert "under 5" in text
    assert text.count("100\u00a0%") == 1
    assert "4 of 5" in text


def test_page_leads_to_the_program_where_no_competency_is_named(client, cohort):
    text = client.get(reverse("edition_competencies", args=[cohort.pk])).text
    assert reverse("admin:courses_program_change", args=[cohort.program_id]) in text


def test_file_has_figures_without_names_and_is_written_down(client, cohort, rated):
    response = client.get(reverse("edition_competencies_xlsx", args=[cohort.pk]))
    sheet = load_workbook(io.BytesIO(response.content)).active
    rows = [list(row) for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert [row[0] for row in rows] == [rated.code, rated.code]
    assert rows[0][3:] == [5, 0, 5, 5, 2, 3, 1, 100]
    assert rows[1][3:] == [4, 0, 4, "under 5", None, None, None, None]
    names = {str(person.participant) for person in cohort.enrollments.all()}
    assert not names & {cell for row in rows for cell in row}
    assert "without names" in LogEntry.objects.get().change_message


def test_edition_names_the_task(client, cohort, rated):
    text = client.get(reverse("edition", args=[cohort.pk])).text
    assert "1 competency, rated at the start and at the end." in text
    assert reverse("edition_competencies", args=[cohort.pk]) in text


# ---- The competencies themselves, in the admin -----------------------------------------------


def test_competency_is_changed_with_the_modules_of_its_program(client, cohort_module):
    program = cohort_module.module.program
    competency = CompetencyFactory(program=program)
    path = reverse("admin:courses_competency_change", args=[competency.pk])
    changed = {"code": "C8", "modules": [cohort_module.module_id]}
    assert submit(client, path, **changed).status_code == 302
    competency = Competency.objects.get()
    assert competency.code == "C8"
    assert [*competency.modules.all()] == [cohort_module.module]
    refused = submit(client, path, modules=[ModuleFactory().pk])
    assert refused.status_code == 200


def test_new_competency_of_a_program_refuses_modules_of_another(client, cohort_module):
    program = cohort_module.module.program
    texts = {f"level_{n}_es": "Texto" for n in (1, 2, 3, 4)}
    data = {"program": program.pk, "code": "C1", "title_es": "Título"} | texts
    path = reverse("admin:courses_competency_add")
    refused = client.post(path, data | {"modules": [ModuleFactory().pk]})
    assert "modules" in refused.context["adminform"].form.errors
    assert client.post(path, data | {"modules": [cohort_module.module_id]}).status_code == 302
