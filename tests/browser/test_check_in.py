"""Two people with a browser each: the tutor shows the code, the participant types or scans it."""

import datetime as dt

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from courses.models import Session
from participants.check_in_codes import link_code
from participants.models import AttendanceRecord, CheckInWindow
from tests.factories import MONDAY, SessionFactory, at

pytestmark = pytest.mark.usefixtures("clock", "transactional_db")

# The page asks every five seconds, on a machine that may be busy.
SOON = 20_000
NOON = at(MONDAY + dt.timedelta(days=11), 12)


@pytest.fixture
def session(cohort, group) -> Session:
    return SessionFactory(
        cohort=cohort,
        group=group,
        starts_at=NOON - dt.timedelta(minutes=20),
        modality="hybrid",
        title="Tutoría",
        number=3,
    )


@pytest.fixture
def enter(browser, browser_context_args, live_server):
    """`enter(user, **options)`: a tab of a browser of that user's own."""
    contexts = []

    def open_for(user, **options):
        context = browser.new_context(**browser_context_args | options)
        contexts.append(context)
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        return page

    yield open_for
    for context in contexts:
        context.close()


def open_by_one_tap(page, live_server):
    page.goto(live_server.url + reverse("tutors:home"))
    page.get_by_role("button", name="Marcación propia").click()
    expect(page.locator(".check-in-code")).to_be_visible()


def code_on(page) -> str:
    return page.locator(".check-in-code").inner_text().strip()


@pytest.mark.parametrize("has_script", [True, False])
def test_tutor_shows_the_code_and_sees_who_types_it(
    enter, live_server, tutor, participant, enrollment, session, has_script, axe, fits
):
    shown = enter(tutor, java_script_enabled=has_script)
    open_by_one_tap(shown, live_server)
    expect(shown.locator(".check-in-count")).to_have_text("Llegaron 0 de 1")

    phone = enter(participant, java_script_enabled=False, viewport={"width": 360, "height": 740})
    phone.goto(live_server.url + reverse("participants:home"))
    phone.get_by_role("link", name="Registrar mi asistencia").click()
    phone.get_by_label("Código que se ve en la pantalla").fill(code_on(shown).lower())
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("alert")).to_contain_text("Indique si está en la sala")
    phone.get_by_role("button", name="Estoy en la sala").click()
    expect(phone.get_by_text("Asistencia registrada a las 12:00")).to_be_visible()
    expect(phone.get_by_text("tardanza")).to_be_visible()

    if not has_script:
        shown.reload()  # as the page does by itself at the latest when the code changes
    expect(shown.locator(".check-in-count")).to_have_text("Llegaron 1 de 1", timeout=SOON)
    name = enrollment.participant.sorting_name
    expect(shown.locator("section[aria-labelledby=arrivals]")).to_contain_text(name)
    shown.get_by_role("button", name="Cerrar la marcación").click()
    expect(shown.get_by_text("Ahora marque a quienes faltan")).to_be_visible()

    record = AttendanceRecord.objects.get()
    assert (record.state, record.mode, record.source) == ("late", "in_person", "check_in")
    assert CheckInWindow.objects.get().closed_at is not None


def test_code_on_the_page_changes_by_itself(enter, live_server, tutor, session, clock):
    shown = enter(tutor)
    open_by_one_tap(shown, live_server)
    first = code_on(shown)
    clock.shift(dt.timedelta(seconds=30))
    expect(shown.locator(".check-in-code")).not_to_have_text(first, timeout=SOON)


def test_scan_leads_over_the_log_in_to_one_tap(
    enter, browser, live_server, tutor, participant, enrollment, session
):
    shown = enter(tutor)
    open_by_one_tap(shown, live_server)
    window = CheckInWindow.objects.get()
    phone = browser.new_context().new_page()
    link = reverse("participants:scan", args=[window.pk, link_code(window, at=NOON)])
    phone.goto(live_server.url + link)
    phone.locator("input[name=login]").fill(participant.email)
    phone.locator("input[name=password]").fill("una-clave-larga")
    phone.locator("main button[type=submit]").click()
    phone.get_by_role("button", name="Participo de manera virtual").click()
    expect(phone.get_by_text("Asistencia registrada a las 12:00")).to_be_visible()
    phone.context.close()
    assert AttendanceRecord.objects.get().mode == "online"


def test_pages_with_someone_there_are_accessible_and_fit(
    enter, live_server, tutor, participant, enrollment, session, axe, fits
):
    shown = enter(tutor)
    open_by_one_tap(shown, live_server)
    phone = enter(participant)
    page = live_server.url + reverse("participants:check_in", args=[session.pk])
    phone.goto(page)
    phone.get_by_label("Código que se ve en la pantalla").fill("MALO22")
    phone.get_by_role("button", name="Estoy en la sala").click()
    expect(phone.get_by_role("alert")).to_contain_text("no es el código")
    axe(phone)
    fits(phone)
    phone.get_by_label("Código que se ve en la pantalla").fill(code_on(shown))
    phone.get_by_role("button", name="Estoy en la sala").click()
    expect(phone.get_by_text("Asistencia registrada")).to_be_visible()
    axe(phone)
    fits(phone)
    expect(shown.locator(".check-in-count")).to_have_text("Llegaron 1 de 1", timeout=SOON)
    axe(shown)
    fits(shown)
