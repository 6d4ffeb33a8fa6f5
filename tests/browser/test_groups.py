"""A coordinator forms groups, moves one person and names a tutor, without a mouse's fine aim."""

import pytest
from django.urls import reverse

from tests.factories import EnrollmentFactory, TutorFactory
from tutors.models import TutorAssignment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("java_script", [True, False])
def test_propose_adjust_and_form(
    browser, live_server, client, coordinator, cohort, axe, fits, java_script
):
    people = EnrollmentFactory.create_batch(4, cohort=cohort)
    tutor = TutorFactory()
    client.force_login(coordinator)
    context = browser.new_context(
        java_script_enabled=java_script, viewport={"width": 360, "height": 740}, locale="es-PE"
    )
    cookie = client.cookies["sessionid"]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + reverse("edition_groups", args=[cohort.pk]))
    page.get_by_label("Número de grupos").fill("2")
    page.get_by_role("button", name="Proponer").click()
    page.get_by_label(str(people[0].participant)).select_option("2")
    page.get_by_label("Tutora o tutor del grupo 1").select_option(label=str(tutor))
    if java_script:
        axe(page, within=".task")
        fits(page)
    page.get_by_role("button", name="Formar estos grupos").click()
    page.get_by_text("cambiaron de grupo").wait_for()
    context.close()
    people[0].refresh_from_db()
    assert people[0].group.number == 2
    assert TutorAssignment.objects.get().tutor == tutor
