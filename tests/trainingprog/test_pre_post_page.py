import csv
import io
import re
from decimal import Decimal

import openpyxl
import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from tests.factories import (
    AssessmentFactory,
    CohortModuleFactory,
    EnrollmentFactory,
    ScoreFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
# Three of them are of one service, alone; their mean is in nobody else's.
SERVICES = [("csmc", 7, 14), ("mamis", 6, 13), ("other", 3, 19)]


@pytest.fixture
def client(log_in, coordinator):
    return log_in(coordinator)


@pytest.fixture
def post_test(cohort):
    pre = AssessmentFactory(cohort=cohort, kind="pre_test", title="Entrada general")
    return AssessmentFactory(cohort=cohort, kind="post_test", title="Salida general", pre_test=pre)


@pytest.fixture
def taken(post_test):
    people = []
    for service, count, after in SERVICES:
        for number in range(count):
            who = EnrollmentFactory(cohort=post_test.cohort, service=service)
            people.append(who)
            for test, value in ((post_test.pre_test, 10 + number / 4), (post_test, after)):
                ScoreFactory(enrollment=who, assessment=test, value=Decimal(str(value)))
    people.append(EnrollmentFactory(cohort=post_test.cohort, service="csmc"))
    return people


def page(client, cohort, **query) -> str:
    address = reverse("edition_pre_post", args=[cohort.pk], query=query)
    return client.get(address).content.decode()


def file(client, cohort, kind, **query):
    return client.get(reverse(f"edition_pre_post_{kind}", args=[cohort.pk], query=query))


def test_page_shows_figures_with_a_comma_and_the_picture(client, cohort, taken) -> None:
    text = page(client, cohort)
    for said in ("de 17 personas", "La media pasó de 10,61 a 14,56 puntos", "+3,95", "<svg"):
        assert said in text
    assert 'x="14"' in text
    assert "ninguna: 1" in text


def test_fall_has_the_minus_of_the_picture(client, cohort, post_test) -> None:
    for number in range(6):
        who = EnrollmentFactory(cohort=cohort, service="csmc")
        for test, value in ((post_test.pre_test, 15 + number / 4), (post_test, 10)):
            ScoreFactory(enrollment=who, assessment=test, value=Decimal(str(value)))
    text = page(client, cohort)
    assert "de −6,12 a −5,13" in text
    assert not re.search(r"-\d+,\d", text)


def test_page_names_nobody(client, cohort, taken) -> None:
    for text in (page(client, cohort), file(client, cohort, "csv").content.decode("utf-8-sig")):
        for who in taken:
            assert who.participant.paternal_surname not in text
            assert who.participant.document_number not in text
            assert f"/{who.pk}/" not in text.replace(f"/{cohort.pk}/", "")


def test_hidden_category_is_named_and_nothing_else_of_it_is_told(client, cohort, taken) -> None:
    text = page(client, cohort)
    assert "Servicio, no se muestran: MAMIS, otro servicio." in text
    assert "19,00" not in text
    assert "13,00" not in text


def test_pair_is_chosen(client, cohort, post_test) -> None:
    module = CohortModuleFactory(cohort=cohort)
    pre = AssessmentFactory(cohort_module=module, kind="pre_test", title="Entrada uno")
    post = AssessmentFactory(cohort_module=module, kind="post_test", pre_test=pre, title="Fin uno")
    assert "Entrada general – Salida general</h2>" in page(client, cohort)
    assert "Entrada uno – Fin uno</h2>" in page(client, cohort, prueba=post.pk)


@pytest.mark.parametrize("key", ["0", "x", "٣"])
def test_test_of_another_edition_or_none_is_not_found(client, cohort, post_test, key) -> None:
    other = AssessmentFactory(kind="post_test", pre_test=AssessmentFactory(kind="pre_test"))
    for prueba in (key, post_test.pre_test.pk, other.pk):
        address = reverse("edition_pre_post", args=[cohort.pk], query={"prueba": prueba})
        assert client.get(address).status_code == 404
        assert file(client, cohort, "csv", prueba=prueba).status_code == 404
    assert not LogEntry.objects.exists()


def test_edition_without_linked_tests_says_so(client, cohort) -> None:
    AssessmentFactory(cohort=cohort, kind="post_test")
    text = page(client, cohort)
    assert "Ninguna prueba de salida de esta edición indica" in text
    assert text.count(f'href="{reverse("edition_assessments", args=[cohort.pk])}"') == 1
    assert file(client, cohort, "xlsx").status_code == 404


def test_results_of_few_are_not_shown(client, cohort, post_test) -> None:
    for _ in range(4):
        who = EnrollmentFactory(cohort=cohort)
        for test in (post_test.pre_test, post_test):
            ScoreFactory(enrollment=who, assessment=test, value=Decimal("17.25"))
    text = page(client, cohort) + file(client, cohort, "csv").content.decode("utf-8-sig")
    assert "Menos de 5 personas tienen las dos pruebas" in text
    assert "17,25" not in text
    assert "17.25" not in text
    assert '<svg class="shift"' not in text


def test_equal_differences_are_told_in_words(client, cohort, post_test) -> None:
    for number in range(5):
        who = EnrollmentFactory(cohort=cohort)
        ScoreFactory(enrollment=who, assessment=post_test.pre_test, value=Decimal(10 + number))
        ScoreFactory(enrollment=who, assessment=post_test, value=Decimal(12 + number))
    text = page(client, cohort)
    assert "Todas las personas cambiaron en lo mismo" in text
    assert "nan" not in text.lower().replace("ninguna", "")


def test_files_hold_what_the_page_shows_and_are_written_down(
    client, cohort, taken, coordinator
) -> None:
    rows = list(
        csv.DictReader(io.StringIO(file(client, cohort, "csv").content.decode("utf-8-sig")))
    )
    assert rows[0]["Pares (n)"] == "16"
    assert rows[0]["Diferencia media"] == "3.95"
    hidden = [row for row in rows if row["Desagregado por"] == "Servicio"]
    assert {row["Categoría"]: row["Pares (n)"] for row in hidden} == {
        "CSMC": "7",
        "MAMIS": "no se muestra",
        "otro servicio": "no se muestra",
    }
    assert not hidden[1]["Media de salida"]
    book = openpyxl.load_workbook(io.BytesIO(file(client, cohort, "xlsx").content))
    results, about = book.worksheets
    assert [cell.value for cell in results[2]][:3] == ["Todas las personas", None, 16]
    assert ["Sin las dos pruebas", 1] in [[cell.value for cell in row] for row in about.rows]
    assert "no-store" in file(client, cohort, "xlsx")["Cache-Control"]
    entry = LogEntry.objects.earliest("pk")
    assert (entry.user, entry.get_edited_object()) == (coordinator, cohort)
    assert "16 pares" in entry.change_message


def test_title_that_would_run_as_a_formula_is_text(client, cohort, post_test, taken) -> None:
    type(post_test).objects.filter(pk=post_test.pk).update(title="=1+1")
    book = openpyxl.load_workbook(io.BytesIO(file(client, cohort, "xlsx").content))
    cells = [cell for row in book.worksheets[1].rows for cell in row if cell.value == "=1+1"]
    assert [cell.data_type for cell in cells] == ["s"]


def test_staff_without_the_permission_is_refused(client, cohort, coordinator) -> None:
    coordinator.groups.clear()
    for name in ("edition_pre_post", "edition_pre_post_xlsx", "edition_pre_post_csv"):
        assert client.get(reverse(name, args=[cohort.pk])).status_code == 403
