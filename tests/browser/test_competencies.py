"""Competencies: a group rated by keyboard, and oneself on a phone without script."""

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect

from participants.models import CompetencyRating
from tests.factories import CompetencyFactory, EnrollmentFactory

pytestmark = pytest.mark.usefixtures("clock", "transactional_db")


@pytest.fixture
def competencies(cohort, cohort_module):
    taught = {"program": cohort.program, "modules": [cohort_module.module]}
    return [CompetencyFactory(code=code, **taught) for code in ("C1", "C2")]


def test_tutor_rates_the_group_by_keyboard(
    log_in_browser, tutor, live_server, cohort, group, competencies
):
    people = [
        EnrollmentFactory(cohort=cohort, group=group, participant__paternal_surname=surname)
        for surname in ("Apaza", "Ñaupari")
    ]
    page = log_in_browser(tutor)
    address = reverse("tutors:rate", args=[group.pk, "end", competencies[0].pk])
    page.goto(live_server.url + address)
    first = page.get_by_role("radiogroup", name="Apaza").get_by_role("radio").first
    first.focus()
    first.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("C2.")
    levels = CompetencyRating.objects.values_list("enrollment", "level")
    assert sorted(levels) == [(people[0].pk, 2), (people[1].pk, 1)]


def test_person_rates_oneself_on_a_phone_without_script(
    browser, browser_context_args, log_in, participant, live_server, enrollment, competencies
):
    phone = browser_context_args | {"viewport": {"width": 360, "height": 740}}
    context = browser.new_context(**phone, java_script_enabled=False)
    key = settings.SESSION_COOKIE_NAME
    value = log_in(participant).cookies[key].value
    context.add_cookies([{"name": key, "value": value, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + reverse("participants:home"))
    page.get_by_role("link", name="Valorar mis competencias").click()
    for each in competencies:
        page.get_by_role("group", name=each.code).get_by_text("3 · competente").click()
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_text("Su valoración está guardada.")).to_be_visible()
    expect(page.get_by_role("img", name="Usted: inicio sin valorar, final 3.")).to_have_count(2)
    context.close()
