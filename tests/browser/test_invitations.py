"""A coordinator invites on a phone, without script as with it: the new, then one chosen."""

import pytest
from django.urls import reverse

from tests.factories import MONDAY, EnrollmentFactory, TutorAssignmentFactory, UserFactory, at

pytestmark = pytest.mark.usefixtures("clock", "transactional_db")


@pytest.mark.parametrize("java_script", [True, False])
def test_invite_the_new_and_one_again(
    browser, live_server, client, coordinator, cohort, group, axe, fits, java_script
):
    person = EnrollmentFactory(
        cohort=cohort, group=group, participant__mobile="+51957094499"
    ).participant
    TutorAssignmentFactory(group=group)
    for number, last_login in enumerate((None, at(MONDAY, 10))):
        user = UserFactory(password=None, invited_at=at(MONDAY, 9), last_login=last_login)
        EnrollmentFactory(
            cohort=cohort,
            participant__user=user,
            participant__paternal_surname="Vásquez-Montenegro Altamirano de la Cruz",
            participant__email=f"{number}.nombre.largo.de.la.persona@direccion-regional-de-salud.example",
        )
    client.force_login(coordinator)
    context = browser.new_context(
        java_script_enabled=java_script, viewport={"width": 360, "height": 740}, locale="es-PE"
    )
    cookie = client.cookies["sessionid"]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + reverse("edition_invitations", args=[cohort.pk]))
    if java_script:
        axe(page, within=".task")
        fits(page)
    page.locator("button[value=new]").click()
    page.locator(f"#participant-{person.pk}").check()
    page.locator("button[value=chosen]").click()
    page.locator("button[value=all]").wait_for()
    with page.expect_download() as taken:
        page.locator("form[action$='.xlsx'] button").click()
    assert taken.value.suggested_filename.startswith("invitaciones-")
    context.close()
    person.refresh_from_db()
    assert person.user.invited_at is not None
