"""The administration in Chromium: its policy of contents suffices, and nothing sticks out."""

from django.urls import reverse

from courses.models import Cohort, Session
from participants.models import AttendanceRecord, Enrollment, Participant
from tests.trainingprog.admin_rows import MODELS, first, make_rows, url_of


def test_pages_load_without_errors_and_fit_a_phone(log_in_browser, live_server, fits, coordinator):
    """The page's fixture fails on errors of script and breaches of the policy."""
    make_rows(3, coordinator)
    page = log_in_browser(coordinator)
    paths = ["/admin/", reverse("edition", args=[first(Cohort).pk])]
    paths += [url_of(model, "changelist") for model in MODELS]
    for model in (Cohort, Session, Participant, Enrollment, AttendanceRecord):
        row = first(model)
        paths += [url_of(model, "change", row.pk), url_of(model, "history", row.pk)]
    for path in paths:
        page.goto(live_server.url + path)
        assert page.url == live_server.url + path
        fits(page, target=0)


def test_edition_and_summary_are_clean(log_in_browser, live_server, axe, coordinator):
    make_rows(3, coordinator)
    page = log_in_browser(coordinator)
    for path in ("/admin/", reverse("edition", args=[first(Cohort).pk])):
        page.goto(live_server.url + path)
        axe(page, within=".task")


def test_facility_is_looked_up_and_a_date_chosen(log_in_browser, live_server, coordinator):
    """What unfold's scripts do: the look-up of another row, the calendar, the tabs."""
    make_rows(1, coordinator)
    person = first(Participant)
    page = log_in_browser(coordinator)
    page.goto(live_server.url + url_of(Participant, "change", person.pk))
    page.locator(".field-facility .select2-selection").click()
    page.locator(".select2-search__field").last.fill(person.facility.name[:12])
    page.locator(".select2-results__option", has_text=person.facility.name).first.click()
    page.fill("#id_birth_date", "15/12/1980")
    page.get_by_role("button", name="Guardar", exact=True).click()
    page.wait_for_url("**/participant/")
    person.refresh_from_db()
    assert f"{person.birth_date:%d/%m/%Y}" == "15/12/1980"
