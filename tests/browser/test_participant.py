import datetime as dt

import pytest
from django.urls import reverse

from courses.models import Session
from participants.models import Enrollment, ParticipantCalendar
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    BreakFactory,
    CohortFactory,
    CohortModuleFactory,
    CompletionRuleFactory,
    EnrollmentFactory,
    SessionFactory,
    at,
)

FRIDAY = MONDAY + dt.timedelta(days=11)
LONG = "Intervención con niñas, niños y adolescentes desde el enfoque del trauma complejo"


@pytest.fixture
def tonight(clock, cohort, group, enrollment) -> Session:
    """An edition with all that a page may show, at noon of a day with a session at 18:00."""
    cohort.support_contact = "Mesa de ayuda, 01 555 0101, ayuda@ensap.example"
    cohort.save()
    BreakFactory(
        cohort=cohort,
        starts_on=MONDAY + dt.timedelta(days=14),
        ends_on=MONDAY + dt.timedelta(days=20),
    )
    module = CohortModuleFactory(cohort=cohort, module__title_es=LONG, module__title_en=LONG)
    CompletionRuleFactory(cohort_module=module)
    states = ["present", "late", "excused", "absent"]
    for day, state in zip((1, 2, 3, 4), states, strict=True):
        past = SessionFactory(cohort=cohort, cohort_module=module, day=day, number=day)
        AttendanceRecordFactory(enrollment=enrollment, session=past, state=state)
    SessionFactory(
        cohort=cohort, day=21, sequence=1, moved_from=at(MONDAY + dt.timedelta(days=22), 18)
    )
    SessionFactory(
        cohort=cohort, day=22, sequence=1, status="cancelled", cancellation_reason="Paro regional"
    )
    EnrollmentFactory(
        participant=enrollment.participant,
        cohort=CohortFactory(program__title_es=LONG, status="closed"),
    )
    return SessionFactory(
        cohort=cohort,
        cohort_module=module,
        group=group,
        day=11,
        number=6,
        is_sensitive=True,
        modality="hybrid",
        venue="Escuela Nacional de Salud Pública, Av. Caminos del Inca 1621, aula 204",
        lecturer="Dra. Elena Paucar",
    )


def address(live_server, name, *args) -> str:
    return f"{live_server.url}{reverse(f'participants:{name}', args=args)}"


def test_pages_fit_a_telephone_and_axe_finds_nothing(
    tonight, participant, log_in_browser, live_server, axe, fits
):
    page = log_in_browser(participant)
    pages = [("home",), ("schedule",), ("session", tonight.pk), ("subscribe",)]
    pages.append(("session", Session.objects.get(status="cancelled").pk))
    for name, *args in pages:
        page.goto(address(live_server, name, *args))
        axe(page)
        fits(page)
        axe(page)
        page.set_viewport_size({"width": 1280, "height": 800})


def test_page_without_enrollment_fits_too(participant, log_in_browser, live_server, axe, fits):
    Enrollment.objects.update(status=Enrollment.Status.APPLIED)
    page = log_in_browser(participant)
    page.goto(address(live_server, "home"))
    axe(page)
    fits(page)


def test_schedule_from_home_lands_on_today_and_leads_to_a_session(
    tonight, participant, log_in_browser, live_server
):
    page = log_in_browser(participant)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(address(live_server, "home"))
    page.locator('a[href$="#hoy"]').first.click()
    page.wait_for_url("**/horario/#hoy")
    current = page.locator("#hoy")
    assert current.locator(".session-link").count() == 1
    top = current.bounding_box()["y"]
    assert 0 <= top < 740
    current.locator(".session-link").click()
    page.wait_for_url(f"**{reverse('participants:session', args=[tonight.pk])}")
    assert page.locator("h1").inner_text() == tonight.label


def test_way_into_the_meeting_appears_on_the_open_page_by_itself(
    tonight, participant, log_in_browser, live_server, clock
):
    page = log_in_browser(participant)
    clock.move_to(at(FRIDAY, 17, 44))
    page.clock.install()
    page.goto(address(live_server, "session", tonight.pk))
    way_in = page.locator(f'a[href="{reverse("participants:join", args=[tonight.pk])}"]')
    assert way_in.count() == 0
    clock.move_to(at(FRIDAY, 17, 45))
    page.clock.fast_forward("01:01")
    way_in.wait_for()
    assert page.locator("#entrance").get_attribute("hx-trigger") is None


def test_subscribing_copies_the_address_and_renewing_closes_it(
    tonight, participant, log_in_browser, live_server, console_errors
):
    page = log_in_browser(participant)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)
    page.goto(address(live_server, "subscribe"))
    first = page.locator("#address").input_value()
    assert first == address(live_server, "calendar_feed", ParticipantCalendar.objects.get().token)
    assert page.context.request.get(first).status == 200
    page.locator("button[data-copy]").click()
    page.locator("#copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == first
    page.locator("details:has(button.btn-danger) summary").click()
    page.locator("button.btn-danger").click()
    page.wait_for_url("**/calendario/")
    second = page.locator("#address").input_value()
    assert second != first
    assert page.context.request.get(first).status == 404
    assert page.context.request.get(second).status == 200
    assert page.locator("svg.qr").is_visible()


def test_renewing_works_without_javascript(tonight, participant, browser, live_server, client):
    client.force_login(participant)
    context = browser.new_context(java_script_enabled=False)
    cookie = client.cookies["sessionid"]
    context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    page.goto(address(live_server, "subscribe"))
    first = page.locator("#address").input_value()
    assert not page.locator("button[data-copy]").is_visible()
    page.locator("details:has(button.btn-danger) summary").click()
    page.locator("button.btn-danger").click()
    page.wait_for_url("**/calendario/")
    assert page.locator("#address").input_value() != first
    context.close()
