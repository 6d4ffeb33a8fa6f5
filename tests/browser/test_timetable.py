"""A coordinator's way from patterns to sessions, through a changed break and a session moved."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from courses.models import Session
from participants.session_locks import sessions_with_attendance
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    BreakFactory,
    EnrollmentFactory,
    SessionFactory,
    SessionPatternFactory,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]


def days(cohort):
    found = Session.objects.for_cohort(cohort).order_by("teaching_week")
    return {each.teaching_week: each.day.day for each in found}


@pytest.fixture
def plenary(cohort):
    return SessionPatternFactory(cohort=cohort, title="Plenaria")


@pytest.fixture
def tab(log_in_browser, live_server, coordinator, cohort, plenary, group):
    page = log_in_browser(coordinator)
    page.goto(live_server.url + reverse("edition_timetable", args=[cohort.pk]))
    if "privacidad" in page.url:
        pytest.fail("the coordinator has accepted the privacy notice")
    return page


def apply(page):
    page.locator("form:has([name=fingerprint]) button").click()


def test_preview_apply_change_a_break_and_apply_again(tab, cohort, plenary, axe, fits):
    SessionPatternFactory(cohort=cohort, title="Reunión", audience="group", weeks=[3])
    tab.reload()
    difference = tab.locator("section[aria-labelledby=difference]")
    expect(difference.get_by_role("row", name=re.compile("Plenaria 4"))).to_be_visible()
    expect(difference.get_by_role("row", name=re.compile("Plenaria 3 Reunión 1"))).to_be_visible()
    axe(tab, within=".task")
    apply(tab)
    expect(tab.locator("[name=fingerprint]")).to_have_count(0)
    assert days(cohort) == {1: 4, 2: 11, 3: 18, 4: 25}

    held = Session.objects.get(pattern=plenary, teaching_week=4)
    AttendanceRecordFactory(enrollment=EnrollmentFactory(cohort=cohort), session=held)
    assert sessions_with_attendance(cohort) == {held.pk}
    BreakFactory(
        cohort=cohort,
        starts_on=MONDAY + dt.timedelta(days=16),
        ends_on=MONDAY + dt.timedelta(days=24),
        reason="Aniversario",
    )
    tab.reload()
    moves = difference.get_by_role("row", name=re.compile("3 Plenaria 3"))
    expect(moves).to_contain_text("18/03/2026 18:00")
    expect(moves).to_contain_text("27/03/2026 18:00")
    expect(moves).to_contain_text("Aniversario")
    assert Session.objects.get(pattern=plenary, teaching_week=3).day.day == 18
    axe(tab, within=".task")
    fits(tab, width=360)
    apply(tab)
    expect(tab.locator("[name=fingerprint]")).to_have_count(0)
    assert Session.objects.get(pattern=plenary, teaching_week=3).day.day == 27
    held.refresh_from_db()
    assert held.day.day == 25


def test_session_is_moved_after_its_clash_was_seen_and_another_cancelled(tab, cohort, axe, fits):
    apply(tab)
    SessionFactory(cohort=cohort, title="Visita", day=22)
    expect(tab.locator("[name=fingerprint]")).to_have_count(0)
    tab.goto(tab.url + "?open=on")
    week = tab.get_by_role("row", name=re.compile("Plenaria 3"))
    week.get_by_role("link", name=re.compile("Mover")).click()
    tab.locator("[name=day]").fill("2026-03-24")
    axe(tab, within=".task")
    tab.locator(".task-actions button").first.click()
    expect(tab.locator(".task-panel.warn")).to_contain_text("Visita")
    axe(tab, within=".task")
    fits(tab, width=360)
    tab.locator("[name=despite]").click()
    expect(tab).to_have_url(re.compile("calendario/#session-"))
    assert Session.objects.get(title="Plenaria", teaching_week=3).day.day == 24

    session = Session.objects.get(title="Plenaria", teaching_week=4)
    tab.goto(tab.url.partition("/admin")[0] + reverse("session_cancel", args=[session.pk]))
    axe(tab, within=".task")
    fits(tab, width=360)
    tab.locator("[name=reason]").fill("Huelga de transporte")
    tab.locator(".task-actions button").first.click()
    expect(tab).to_have_url(re.compile("calendario/#session-"))
    session.refresh_from_db()
    assert session.is_cancelled
