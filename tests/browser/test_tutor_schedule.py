import pytest
from django.urls import reverse

from tests.factories import BreakFactory, CohortFactory, GroupFactory, SessionFactory
from tests.factories import TutorAssignmentFactory as Assignment

pytestmark = pytest.mark.usefixtures("clock")


def test_tutor_s_schedule_session_and_calendar_fit_and_axe_finds_nothing(
    tutor, cohort, group, log_in_browser, live_server, axe, fits
):
    BreakFactory(cohort=cohort)
    Assignment(tutor=tutor.tutor, group=GroupFactory(cohort=CohortFactory()))
    session = SessionFactory(cohort=cohort, group=group, day=16, modality="in_person")
    page = log_in_browser(tutor)
    for name, *args in [("schedule",), ("session", session.pk), ("subscribe",)]:
        page.goto(f"{live_server.url}{reverse(f'tutors:{name}', args=args)}")
        axe(page)
        fits(page)
        axe(page)
        page.set_viewport_size({"width": 1280, "height": 800})
