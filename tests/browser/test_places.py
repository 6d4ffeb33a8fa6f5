"""A place offered and answered on a phone without script; the coordinator's pages of places."""

import datetime as dt

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from courses.models import Cohort
from participants.models import Enrollment, Offer
from participants.waiting_list import offer_next, waitlist
from tests.factories import MONDAY, CohortFactory, ParticipantFactory, at

pytestmark = pytest.mark.usefixtures("clock", "transactional_db")
NOW = at(MONDAY + dt.timedelta(days=11), 12)


@pytest.fixture
def offer(cohort):
    Cohort.objects.update(capacity=2, support_contact="Mesa de ayuda, ayuda@ensap.example")
    for _number in range(3):
        waitlist(ParticipantFactory(), cohort, at=NOW, by=None)
    return offer_next(cohort, at=NOW)


def link(live_server, offer) -> str:
    return live_server.url + reverse("participants:offer", args=[offer.token])


def test_place_is_accepted_on_a_phone_without_script(browser, live_server, offer):
    context = browser.new_context(
        java_script_enabled=False, locale="es-PE", viewport={"width": 360, "height": 740}
    )
    page = context.new_page()
    page.goto(link(live_server, offer))
    page.locator("button[value=accept]").click()
    expect(page.locator("main a.btn")).to_have_attribute("href", reverse("account_login"))
    assert Enrollment.objects.get(status="enrolled") == offer.enrollment
    page.goto(link(live_server, offer))
    expect(page.locator("button[name=answer]")).to_have_count(0)
    context.close()


def test_offer_fits_a_phone_and_axe_finds_nothing_open_answered_or_lapsed(
    page, live_server, offer, clock, axe, fits, console_errors
):
    console_errors.allow("status of 410")
    page.goto(link(live_server, offer))
    axe(page)
    fits(page)
    page.locator("button[value=decline]").click()
    expect(page.locator("button[name=answer]")).to_have_count(0)
    axe(page)
    fits(page)
    following = Offer.objects.open().first()
    clock.move_to(following.expires_at)
    page.goto(link(live_server, following))
    axe(page)
    fits(page)


def test_coordinators_pages_of_places_are_clean(
    log_in_browser, live_server, coordinator, cohort, enrollment, offer, axe, fits
):
    CohortFactory(program=cohort.program)
    page = log_in_browser(coordinator)
    names = ["timeline", "withdraw", "transfer", "post", "group", "outcome"]
    addresses = [reverse(f"enrollment_{name}", args=[enrollment.pk]) for name in names]
    for address in [reverse("edition_waiting_list", args=[cohort.pk]), *addresses]:
        page.goto(live_server.url + address)
        axe(page, within=".task")
        page.set_viewport_size({"width": 360, "height": 740})
        overflow = page.evaluate("document.documentElement.scrollWidth")
        assert overflow <= 360, address
        page.set_viewport_size({"width": 1280, "height": 800})


def test_coordinator_withdraws_and_the_place_goes_on(
    log_in_browser, live_server, coordinator, cohort, enrollment, offer
):
    page = log_in_browser(coordinator)
    page.goto(live_server.url + reverse("enrollment_timeline", args=[enrollment.pk]))
    page.locator(f"a[href='{reverse('enrollment_withdraw', args=[enrollment.pk])}']").click()
    page.locator("select[name=reason]").select_option("workload")
    page.locator("form.task-form button").click()
    expect(page.locator("#events")).to_be_visible()
    assert Offer.objects.open().count() == 2
