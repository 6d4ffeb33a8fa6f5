import pytest
from django.urls import reverse

from participants.facility_import import FacilityImport
from participants.models import Enrollment, Facility
from tests.factories import CohortFactory
from tests.sheets import HEADER, TODAY, person


@pytest.fixture
def edition(data, transactional_db):
    sheet = FacilityImport.open((data / "facilities.csv").read_bytes())
    FacilityImport(sheet, FacilityImport.find_columns(sheet), today=TODAY).apply(by=None)
    return CohortFactory(code="ATN-1")


@pytest.fixture
def address(edition, live_server):
    return live_server.url + reverse("participants_import", args=[edition.pk])


def csv_of(*rows):
    text = "\n".join(";".join("" if cell is None else str(cell) for cell in row) for row in rows)
    return {"name": "inscritos.csv", "mimeType": "text/csv", "buffer": text.encode("cp1252")}


def send(page, address, file):
    page.goto(address)
    page.set_input_files("input[type=file]", file)
    page.click(".task form button")


def test_messy_sheet_from_upload_to_correction(
    edition, coordinator, address, data, log_in_browser, axe, tmp_path
):
    page = log_in_browser(coordinator)
    page.goto(address)
    axe(page, within=".task")
    send(page, address, data / "participants-messy.xlsx")
    axe(page, within=".task")
    assert page.get_by_text("Lima Norte Sur").count() == 1
    page.locator("form[action$='/confirmar/'] button").click()
    page.wait_for_selector("a[href$='por-corregir.xlsx']")
    assert Enrollment.objects.filter(cohort=edition, status="enrolled").count() == 132
    assert page.locator("form[action$='/confirmar/']").count() == 0
    with page.expect_download() as download:
        page.click("a[href$='por-corregir.xlsx']")
    download.value.save_as(tmp_path / "por-corregir.xlsx")
    page.locator("form[action$='/descartar/'] button").click()
    page.wait_for_url(address)
    send(page, address, tmp_path / "por-corregir.xlsx")
    assert page.get_by_text("Lima Norte Sur").count() == 1


def test_questions_are_answered_on_the_page(
    edition, coordinator, address, log_in_browser, axe, fits
):
    header = [*HEADER, "Correo electrónico"]
    row = [*person(code=777, facility="CSMC Iquitos"), "luz@trabajo.example"]
    page = log_in_browser(coordinator)
    send(page, address, csv_of(header, row))
    axe(page, within=".task")
    page.select_option("#column-email", "12")
    page.locator("form[action$='/columnas/'] button").last.click()
    page.wait_for_selector("form[action$='/establecimiento/']")
    axe(page, within=".task")
    page.locator("button[name=create]").click()
    page.wait_for_selector("form[action$='/confirmar/']")
    assert Facility.objects.get(renipress="00000777").region == "16"
    page.locator("form[action$='/confirmar/'] button").click()
    page.wait_for_url("**" + reverse("edition", args=[edition.pk]))
    assert Enrollment.objects.get().participant.email == "luz@trabajo.example"


def test_refused_file_keeps_the_page_and_says_why(
    coordinator, address, log_in_browser, axe, console_errors
):
    console_errors.allow("status of 400")
    page = log_in_browser(coordinator)
    file = {"name": "lista.xlsx", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    send(page, address, file)
    assert "PDF" in page.locator(".errorlist").inner_text()
    axe(page, within=".task")


@pytest.mark.parametrize("width", [360, 1280])
def test_pages_fit(edition, coordinator, address, data, log_in_browser, width):
    page = log_in_browser(coordinator)
    page.goto(address)
    page.set_viewport_size({"width": width, "height": 740})
    assert page.locator(".task").evaluate("e => e.scrollWidth <= e.clientWidth")
    send(page, address, data / "participants-messy.xlsx")
    assert page.locator(".task").evaluate("e => e.scrollWidth <= e.clientWidth")
    page.evaluate("document.querySelectorAll('.task details').forEach(d => d.open = true)")
    assert page.locator(".task").evaluate("e => e.scrollWidth <= e.clientWidth")
