"""The way in, in a browser: nothing sticks out, the policy refuses nothing, axe is content."""

import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from tests.factories import UserFactory
from trainingprog.invitations import invitation_url
from trainingprog.models import User

pytestmark = pytest.mark.django_db(transaction=True)

OPEN_TO_ALL = [
    "account_login",
    "account_request_login_code",
    "account_reset_password",
    "account_reset_password_done",
    "account_signup",
    "account_inactive",
    "privacy",
]
OF_THE_ACCOUNT = ["account_change_password", "account_email", "mfa_index", "account_logout"]


@pytest.mark.parametrize("name", OPEN_TO_ALL)
def test_page_open_to_all_is_accessible(live_server, page, axe, fits, name):
    page.goto(live_server.url + reverse(name))

    axe(page)
    fits(page)


@pytest.mark.parametrize("name", OF_THE_ACCOUNT)
def test_page_of_the_account_is_accessible(live_server, log_in_browser, axe, fits, name, tutor):
    page = log_in_browser(tutor)
    page.goto(live_server.url + reverse(name))

    axe(page)
    fits(page)


def test_page_not_found_is_accessible(live_server, page, axe, fits, console_errors):
    console_errors.allow("status of 404")
    page.goto(live_server.url + "/no-existe/")

    axe(page)
    fits(page)


def test_invitation_to_the_first_page(live_server, page, axe, fits):
    user = User.objects.create_user("rosa@salud.example", name="Rosa Quispe")
    path = re.search(r"https?://[^/]+(/\S+)", invitation_url(user)).group(1)
    page.goto(live_server.url + path)
    axe(page)
    fits(page)

    page.fill("[name=new_password1]", "mi-primera-clave")
    page.fill("[name=new_password2]", "mi-primera-clave")
    page.click("main button[type=submit]")
    page.wait_for_url(re.compile(re.escape(reverse("privacy_accept"))))
    axe(page)
    fits(page)


@pytest.mark.parametrize("javascript", [True, False])
def test_log_in_accept_the_notice_and_log_out(
    live_server, browser, browser_context_args, javascript
):
    cache.clear()
    user = UserFactory(email="rosa@salud.example", password="una-clave-larga", is_staff=True)
    context = browser.new_context(**browser_context_args | {"java_script_enabled": javascript})
    page = context.new_page()
    page.goto(live_server.url + reverse("account_change_password"))
    page.fill("[name=login]", user.email)
    page.fill("[name=password]", "una-clave-larga")
    page.click("main button[type=submit]")

    page.check("[name=accept]")
    page.click("form:has([name=accept]) button")
    page.wait_for_url(live_server.url + reverse("account_change_password"))
    page.click("details.menu summary")
    page.click(".menu-list form:last-child button")
    page.wait_for_url(live_server.url + reverse("account_login"))
    context.close()


def test_menu_closes_with_escape_and_gives_the_focus_back(live_server, log_in_browser, tutor):
    page = log_in_browser(tutor)
    page.goto(live_server.url + reverse("account_change_password"))
    page.focus("details.menu summary")
    page.keyboard.press("Enter")
    assert page.locator(".menu-list").is_visible()

    page.keyboard.press("Escape")

    assert not page.locator(".menu-list").is_visible()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_skip_link_is_the_first_stop(live_server, page):
    page.goto(live_server.url + reverse("privacy"))
    page.keyboard.press("Tab")

    link = page.locator(".skip-link")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    assert link.bounding_box()["y"] >= 0
