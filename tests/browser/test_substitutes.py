"""A coordinator names a substitute for the days without a tutor, on a phone, without script."""

import datetime as dt

import pytest
from django.urls import reverse

from tests.factories import (
    MONDAY,
    EnrollmentFactory,
    SessionFactory,
    TutorAssignmentFactory,
    TutorFactory,
)

pytestmark = pytest.mark.usefixtures("clock", "transactional_db")


@pytest.mark.parametrize("java_script", [True, False])
def test_name_a_substitute_for_the_gap_and_take_it_back(
    browser, live_server, client, coordinator, cohort, group, axe, fits, java_script
):
    EnrollmentFactory(cohort=cohort, group=group)
    TutorAssignmentFactory(group=group, ends_on=MONDAY + dt.timedelta(days=13))
    TutorAssignmentFactory(group=group, starts_on=MONDAY + dt.timedelta(days=21))
    chosen = TutorFactory(paternal_surname="Vásquez-Montenegro Altamirano de la Cruz")
    client.force_login(coordinator)
    context = browser.new_context(
        java_script_enabled=java_script, viewport={"width": 360, "height": 740}, locale="es-PE"
    )
    cookie = client.cookies["sessionid"]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    for name in ("edition", "edition_groups"):
        page.goto(live_server.url + reverse(name, args=[cohort.pk]))
        if java_script:
            axe(page, within=".task")
            fits(page)
    page.locator("a[href*='starts_on=2026-03-16']").first.click()
    page.locator("[name=tutor]").select_option(str(chosen.pk))
    if java_script:
        axe(page, within=".task")
        fits(page)
    page.locator(".task-form button").click()
    page.locator("form[action*='/terminar/']").last.wait_for()
    if java_script:
        axe(page, within=".task")
        fits(page)
    assert group.tutor_assignments.get(tutor=chosen).ends_on == MONDAY + dt.timedelta(days=20)
    page.locator("li", has_text=str(chosen)).locator("form button").click()
    page.locator("form[action*='/terminar/']").first.wait_for()
    context.close()
    assert not group.tutor_assignments.filter(tutor=chosen).exists()


def test_home_of_a_substitute_fits_a_phone(
    log_in_browser, live_server, tutor, cohort, group, enrollment, axe, fits
):
    group.tutor_assignments.update(ends_on=MONDAY + dt.timedelta(days=13))
    TutorAssignmentFactory(
        tutor=tutor.tutor,
        group=group,
        starts_on=MONDAY + dt.timedelta(days=21),
        ends_on=cohort.ends_on,
    )
    SessionFactory(cohort=cohort, group=group, day=10)
    page = log_in_browser(tutor)
    for name, args in (("home", []), ("group", [group.pk])):
        page.goto(live_server.url + reverse(f"tutors:{name}", args=args))
        axe(page)
        fits(page)
