"""A coordinator finds a person who is in twice and merges both, on a phone."""

import datetime as dt

import pytest
from django.urls import reverse

from participants.models import Participant
from tests.factories import (
    AttendanceRecordFactory,
    EnrollmentFactory,
    ParticipantFactory,
    SessionFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("java_script", [True, False])
def test_find_compare_and_merge(
    browser, live_server, client, coordinator, cohort, axe, fits, java_script
):
    same = {"paternal_surname": "Apaza", "birth_date": dt.date(1990, 8, 25)}
    kept = ParticipantFactory(**same, given_names="Luz María")
    merged = ParticipantFactory(**same, given_names="LUZ MARIA", email="luz@salud.example")
    session = SessionFactory(cohort=cohort)
    for person, state in ((kept, "present"), (merged, "absent")):
        enrollment = EnrollmentFactory(participant=person, cohort=cohort)
        AttendanceRecordFactory(enrollment=enrollment, session=session, state=state)
    client.force_login(coordinator)
    context = browser.new_context(
        java_script_enabled=java_script, viewport={"width": 360, "height": 740}, locale="es-PE"
    )
    cookie = client.cookies["sessionid"]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + reverse("person_duplicates"))
    if java_script:
        axe(page, within=".task")
        fits(page)
    page.get_by_role("link", name="Comparar").click()
    page.get_by_role("group", name="nombres").get_by_label("Luz María", exact=True).check()
    page.get_by_role("group", name="documento").get_by_label(kept.document_number).check()
    page.get_by_role("group", name="correo").get_by_label("luz@salud.example").check()
    page.get_by_role("group", name="establecimiento").get_by_role("radio").first.check()
    page.get_by_role("group", name="¿Qué matrícula queda?").get_by_role("radio").first.check()
    page.get_by_role("group", name=str(session)).get_by_label("falta").check()
    if java_script:
        axe(page, within=".task")
        fits(page)
    page.get_by_role("button", name="Unir ambos").click()
    page.get_by_text("Ahora son una sola persona").first.wait_for()
    context.close()
    left = Participant.objects.get()
    assert (left.pk, left.given_names, left.email) == (kept.pk, "Luz María", "luz@salud.example")
    assert left.enrollments.get().attendance.get().state == "absent"
