"""A group's matrix and its module's sign-off: on a phone, by keyboard, without script."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from participants.models import ModuleCompletion
from tests.factories import AttendanceRecordFactory, EnrollmentFactory, SessionFactory

pytestmark = pytest.mark.usefixtures("clock", "transactional_db")


@pytest.fixture
def people(cohort, cohort_module, group):
    """One who meets the rule, one who can no longer."""
    sessions = [
        SessionFactory(cohort=cohort, cohort_module=cohort_module, day=n) for n in range(10)
    ]
    SessionFactory(cohort=cohort, day=10)
    SessionFactory(cohort=cohort, day=20)
    found = []
    for surname, absences in [("Apaza", 1), ("Ñaupari", 3)]:
        enrollment = EnrollmentFactory(
            cohort=cohort, group=group, participant__paternal_surname=surname
        )
        for number, session in enumerate(sessions):
            state = "absent" if number < absences else ("late" if number == 5 else "present")
            AttendanceRecordFactory(enrollment=enrollment, session=session, state=state)
        found.append(enrollment)
    return found


@pytest.fixture
def matrix(live_server, group):
    return live_server.url + reverse("tutors:matrix", args=[group.pk])


@pytest.fixture
def sign_off(live_server, group, cohort_module):
    return live_server.url + reverse("tutors:sign_off", args=[group.pk, cohort_module.pk])


def outcomes() -> list[tuple[str, str, str]]:
    return list(
        ModuleCompletion.objects.order_by("enrollment__participant__paternal_surname").values_list(
            "enrollment__participant__paternal_surname", "outcome", "override_reason"
        )
    )


def test_matrix_fits_a_phone_and_keeps_names_and_dates_in_sight(
    log_in_browser, tutor, people, matrix, axe, fits
) -> None:
    page = log_in_browser(tutor)
    page.goto(matrix)
    axe(page)
    fits(page)
    box, name, head = (
        page.locator(".matrix-box"),
        page.locator("tbody th").first,
        page.locator("thead th").last,
    )
    before = name.bounding_box()["x"]
    box.evaluate("box => box.scrollTo(400, 0)")
    assert name.bounding_box()["x"] == before
    page.set_viewport_size({"width": 360, "height": 200})
    top = head.bounding_box()["y"]
    box.evaluate("box => box.scrollTo(400, 60)")
    assert head.bounding_box()["y"] == top


def test_cell_of_the_matrix_opens_its_register(log_in_browser, tutor, people, matrix) -> None:
    page = log_in_browser(tutor)
    page.goto(matrix)
    page.locator("td a.m-late").first.click()
    expect(page).to_have_url(re.compile("/registro/"))


def test_all_who_meet_are_completed_by_keyboard(
    log_in_browser, tutor, people, sign_off, axe, fits
) -> None:
    page = log_in_browser(tutor)
    page.goto(sign_off)
    page.locator("summary.btn").focus()
    page.keyboard.press("Enter")
    axe(page)
    fits(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".alert-success")).to_be_visible()
    assert outcomes() == [("Apaza", "completed", "")]
    axe(page)


def test_exception_without_script_asks_for_its_reason(
    browser, live_server, client, tutor, people, group, cohort_module, axe, fits
) -> None:
    client.force_login(tutor)
    context = browser.new_context(java_script_enabled=False, locale="es-PE")
    value = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
    page = context.new_page()
    address = reverse("tutors:decide", args=[group.pk, cohort_module.pk, people[1].pk])
    page.goto(live_server.url + address)
    page.locator("input[name=outcome][value=completed]").check()
    page.locator("[name=override_note]").fill("Recuperó las sesiones")
    page.locator("form.panel button").click()
    expect(page.locator(".invalid-feedback")).to_be_visible()
    expect(page.locator("[name=override_note]")).to_have_value("Recuperó las sesiones")
    page.locator("[name=override_reason]").select_option("made_up")
    page.locator("form.panel button").click()
    expect(page.locator(".alert-success")).to_be_visible()
    assert outcomes() == [("Ñaupari", "completed", "made_up")]
    context.close()


def test_decision_page_fits_a_phone(
    log_in_browser, live_server, tutor, people, group, cohort_module, axe, fits
) -> None:
    page = log_in_browser(tutor)
    address = reverse("tutors:decide", args=[group.pk, cohort_module.pk, people[0].pk])
    page.goto(live_server.url + address)
    axe(page)
    fits(page)


def test_whole_edition_is_clean_for_its_coordinator(
    log_in_browser, live_server, coordinator, people, cohort, axe, fits
) -> None:
    page = log_in_browser(coordinator)
    page.goto(live_server.url + reverse("tutors:cohort_matrix", args=[cohort.pk]))
    axe(page)
    fits(page)
