from django.urls import reverse
from playwright.sync_api import expect

from participants.models import AbsenceRequest, AttendanceRecord
from tests.factories import AttendanceRecordFactory, SessionFactory


def test_excuse_is_asked_in_three_taps_and_decided_in_two(
    clock, cohort, group, enrollment, participant, tutor, log_in_browser, live_server, axe, fits
):
    session = SessionFactory(cohort=cohort, group=group, day=9, number=4)
    AttendanceRecordFactory(enrollment=enrollment, session=session, state="absent")
    page = log_in_browser(participant)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(live_server.url + reverse("participants:home"))

    page.get_by_role("link", name="Plenaria 4").first.click()  # 1
    expect(page.get_by_role("heading", name="Justificar mi inasistencia")).to_be_visible()
    axe(page)
    fits(page)
    page.get_by_label("Enfermedad").check()  # 2
    page.get_by_role("button", name="Pedir la justificación").click()  # 3
    expect(page.get_by_text("justificación por decidir")).to_be_visible()
    axe(page)
    fits(page)
    assert AbsenceRequest.objects.get().is_asked

    page = log_in_browser(tutor)
    page.goto(live_server.url + reverse("tutors:home"))
    page.get_by_role("link", name=enrollment.participant.sorting_name).first.click()  # 1
    expect(page.get_by_role("button", name="No aceptar")).to_be_visible()
    axe(page)
    fits(page)
    page.get_by_role("button", name="Aceptar", exact=True).click()  # 2
    expect(page.get_by_text("queda con falta justificada")).to_be_visible()
    assert AttendanceRecord.objects.get().state == "excused"


def test_make_up_is_assigned_from_the_register_and_the_host_finds_its_guest(
    clock,
    cohort,
    group,
    other_group,
    enrollment,
    other_enrollment,
    tutor,
    other_tutor,
    log_in_browser,
    live_server,
    axe,
    fits,
):
    missed = SessionFactory(cohort=cohort, group=group, day=9, number=4)
    AttendanceRecordFactory(enrollment=enrollment, session=missed, state="absent")
    host = SessionFactory(cohort=cohort, group=other_group, day=12, number=5)
    page = log_in_browser(tutor)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(live_server.url + reverse("tutors:register", args=[missed.pk]))

    page.get_by_role("link", name="Asignar una recuperación").click()
    expect(page.get_by_role("button", name="Asignar")).to_be_visible()
    axe(page)
    fits(page)
    page.get_by_label("Plenaria 5").check()
    page.get_by_role("button", name="Asignar").click()
    expect(page.get_by_text("por recuperar")).to_be_visible()
    axe(page)
    fits(page)

    clock.move_to(host.ends_at)
    page = log_in_browser(other_tutor)
    page.goto(live_server.url + reverse("tutors:register", args=[host.pk]))
    expect(page.get_by_role("heading", name="Invitadas e invitados")).to_be_visible()
    axe(page)
    fits(page)
    page.get_by_role("button", name="Todos presentes").click()
    expect(page.get_by_text("2 marcas guardadas")).to_be_visible()
    assert AttendanceRecord.objects.get(session=host, enrollment=enrollment).state == "present"
