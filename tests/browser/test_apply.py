"""Applying on a phone, without script and on a bad line; reviewing two hundred at once."""

import datetime as dt
import re
import time
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Route, expect

from participants.models import Application, Enrollment
from tests.factories import ApplicationFactory, CohortFactory, CohortModuleFactory, FacilityFactory

pytestmark = pytest.mark.usefixtures("transactional_db")
Status = Application.Status
PHONE = {"viewport": {"width": 360, "height": 740}}
MOST_SECONDS = 10  # with the whole page, on a busy machine; the bench measures the verb


@pytest.fixture(autouse=True)
def private_folder(settings, tmp_path):
    settings.PRIVATE_MEDIA_ROOT = tmp_path


@pytest.fixture
def called():
    now = timezone.now()
    cohort = CohortFactory(
        code="ATN-NEXT",
        status="open",
        starts_on=now.date() + dt.timedelta(days=60),
        ends_on=now.date() + dt.timedelta(days=200),
        capacity=150,
        requirements_es="Trabajar en un CSMC",
        applications_open_at=now - dt.timedelta(days=1),
        applications_close_at=now + dt.timedelta(days=1),
    )
    CohortModuleFactory(cohort=cohort, module__academic_hours=40)
    return cohort


@pytest.fixture
def facility():
    return FacilityFactory(name="Centro de Salud Mental Comunitario San José", district="Ñaña")


@pytest.fixture
def phone(browser, browser_context_args):
    """`phone(script=False)` is a new tab of one."""
    contexts = []

    def open_tab(*, script: bool):
        context = browser.new_context(**browser_context_args | PHONE, java_script_enabled=script)
        contexts.append(context)
        return context.new_page()

    yield open_tab
    for context in contexts:
        context.close()


def fill(tab) -> None:
    for name, value in {
        "document_number": "70123456",
        "paternal_surname": "MAMANI",
        "given_names": "ANA MARÍA",
        "birth_date": "25/03/1990",
        "email": "ana@salud.example",
    }.items():
        tab.locator(f"[name={name}]").fill(value)
    for name, value in {
        "profession": "psychology",
        "employment_regime": "cas",
        "service": "csmc",
    }.items():
        tab.locator(f"[name={name}]").select_option(value)


def send(tab) -> None:
    tab.locator(".form-actions [value=send]").click()


def start(tab, live_server, called) -> None:
    tab.goto(live_server.url + reverse("calls:list"))
    tab.get_by_role("link", name=re.compile(called.code)).click()
    tab.locator("form[action$='/postular/'] button").click()
    expect(tab.locator("#application")).to_be_visible()


def test_applying_on_a_phone_without_script(phone, live_server, called, facility, run_tasks, fits):
    tab = phone(script=False)
    tab.goto(live_server.url + reverse("account_login"))
    tab.locator(f"a[href='{reverse('calls:list')}']").click()
    fits(tab)
    tab.get_by_role("link", name=re.compile(called.code)).click()
    fits(tab)
    tab.locator("form[action$='/postular/'] button").click()
    address = tab.url
    fill(tab)
    tab.locator("[name=facility_query]").fill("nana san jose")
    tab.locator("#facility-search").click()
    fits(tab)
    expect(tab.locator("[name=given_names]")).to_have_value("ANA MARÍA")
    send(tab)
    fits(tab)
    expect(tab.locator("#facility-error")).to_be_visible()
    tab.locator(f"[name=facility][value='{facility.pk}']").check()
    tab.locator("[name=notice]").check()
    send(tab)
    expect(tab.locator("#main")).to_contain_text("ana@salud.example")
    fits(tab)
    run_tasks()
    link = re.search(r"/convocatorias/confirmar/\S+", mail.outbox[0].body)[0]
    tab.goto(live_server.url + link)
    fits(tab)
    tab.locator("main form button").click()
    expect(tab).to_have_url(address)
    fits(tab)

    application = Application.objects.get()
    assert (application.status, application.facility) == (Status.CONFIRMED, facility)


def test_pages_of_the_call_pass_axe(page, live_server, called, facility, axe, console_errors):
    console_errors.allow("status of 4")
    page.goto(live_server.url + reverse("calls:list"))
    axe(page)
    page.goto(live_server.url + reverse("calls:call", args=[called.code]))
    axe(page)
    start(page, live_server, called)
    axe(page)
    page.locator("[name=facility_query]").fill("nana")
    expect(page.locator(f"[name=facility][value='{facility.pk}']")).to_be_visible()
    send(page)
    axe(page)


def test_lost_connection_loses_nothing(phone, live_server, called, facility):
    tab = phone(script=True)
    start(tab, live_server, called)
    fill(tab)
    expect(tab.locator("#draft-state")).not_to_be_empty()
    tab.context.set_offline(True)
    tab.locator("[name=given_names]").fill("ANA LUCÍA")
    expect(tab.locator("#draft-offline")).to_be_in_viewport()
    send(tab)  # stays on the page, where the browser's own would have taken its place
    expect(tab.locator("[name=given_names]")).to_have_value("ANA LUCÍA")
    tab.context.set_offline(False)
    expect(tab.locator("#draft-offline")).to_be_hidden()
    address = tab.url
    tab.goto(live_server.url + reverse("calls:call", args=[called.code]))
    expect(tab.locator(f"a[href='{urlsplit(address).path}']")).to_be_visible()
    tab.close()

    again = phone(script=False)
    again.goto(address)
    expect(again.locator("[name=given_names]")).to_have_value("ANA LUCÍA")
    expect(again.locator("[name=profession]")).to_have_value("psychology")


def test_facility_is_found_as_one_types_and_stays_chosen(phone, live_server, called, facility):
    other = FacilityFactory(name="Hospital de Lima", district="Ate")
    tab = phone(script=True)
    start(tab, live_server, called)
    tab.locator("[name=facility_query]").fill("nana")
    tab.locator(f"[name=facility][value='{facility.pk}']").check()
    tab.locator("[name=facility_query]").fill("hospital")
    expect(tab.locator(f"[name=facility][value='{other.pk}']")).to_be_visible()
    expect(tab.locator(f"[name=facility][value='{facility.pk}']")).to_be_checked()
    tab.locator("[name=facility_query]").press("Enter")
    expect(tab.locator("#application")).to_be_visible()
    assert Application.objects.get().status == Status.DRAFT


def test_what_is_typed_before_the_scripts_arrive_is_looked_up(phone, live_server, called, facility):
    tab = phone(script=True)
    start(tab, live_server, called)
    held: list[Route] = []
    tab.route("**/htmx*.js", lambda route: held.append(route))
    with tab.expect_request("**/htmx*.js"):
        tab.reload(wait_until="commit")
    tab.locator("[name=facility_query]").fill("nana")
    expect(tab.locator("[name=facility_query]")).to_have_value("nana")
    held[0].continue_()
    expect(tab.locator(f"[name=facility][value='{facility.pk}']")).to_be_visible()


def test_second_tab_is_told(phone, live_server, called):
    first = phone(script=True)
    start(first, live_server, called)
    second = first.context.new_page()
    second.goto(first.url)
    first.locator("[name=given_names]").fill("ANA")
    expect(first.locator("#draft-state")).not_to_be_empty()
    second.locator("[name=given_names]").fill("EVA")
    expect(second.locator("#draft-state .text-danger")).to_be_visible()
    expect(second.locator("[name=given_names]")).to_have_value("EVA")
    second.locator("[name=action][value=save]").last.click()
    expect(second.locator(".alert-warning")).to_be_visible()
    expect(second.locator("[name=given_names]")).to_have_value("EVA")


def test_two_hundred_are_reviewed_at_once(
    log_in_browser, live_server, coordinator, called, facility, axe
):
    ApplicationFactory.create_batch(200, cohort=called, facility=facility)
    tab = log_in_browser(coordinator)
    tab.goto(live_server.url + reverse("review_queue", args=[called.pk]))
    axe(tab, within=".task")
    left = tab.locator("[data-of='*']")
    expect(left).to_have_text("150")
    tab.locator("[name=application]").first.check()
    expect(left).to_have_text("149")
    tab.locator("#review-all").check()
    expect(tab.locator("[data-chosen-count]")).to_have_text("200")
    expect(left).to_have_text("-50")
    tab.locator("[name=action][value=approve]").click()
    axe(tab, within=".task")
    started = time.monotonic()
    tab.locator(".task-panel button[type=submit]").click()
    expect(tab.locator("[name=application]")).to_have_count(0)
    assert time.monotonic() - started < MOST_SECONDS

    people = Enrollment.objects.for_cohort(called)
    assert people.filter(status="enrolled").count() == 150
    assert people.filter(status="waitlisted").count() == 50
    assert Application.objects.filter(status=Status.WAITLISTED, reason="no_places").count() == 50


def test_one_application_is_read_and_declined(
    log_in_browser, live_server, coordinator, called, axe
):
    application = ApplicationFactory(cohort=called)
    tab = log_in_browser(coordinator)
    tab.goto(live_server.url + reverse("application_review", args=[application.pk]))
    axe(tab, within=".task")
    tab.locator("[name=reason]").select_option("requirements")
    tab.locator("[name=action][value=decline]").click()
    expect(tab.locator("#filter-status")).to_be_visible()

    application.refresh_from_db()
    assert application.status == Status.DECLINED
