import pytest
from django.urls import reverse

from participants.register import Mark, take_register
from tests.factories import EnrollmentFactory, SessionFactory

pytestmark = pytest.mark.usefixtures("clock", "transactional_db")


@pytest.fixture
def full(cohort, group, cohort_module):
    """A group with every kind of session, and people of every length of name."""
    people = [
        EnrollmentFactory(
            cohort=cohort,
            group=group,
            participant__paternal_surname=surname,
            participant__mobile="+51957094499",
        )
        for surname in ("Apaza", "Vásquez-Montenegro Altamirano de la Cruz")
    ]
    for day in (1, 2, 3, 9):
        SessionFactory(cohort=cohort, day=day, cohort_module=cohort_module)
    session = SessionFactory(cohort=cohort, day=4, number=3)
    marks = {people[0].pk: Mark("absent"), people[1].pk: Mark("present")}
    take_register(session, marks, by=None, at=session.ends_at)
    SessionFactory(cohort=cohort, group=group, day=11, venue="Sala 2", modality="hybrid")
    SessionFactory(cohort=cohort, day=16, status="cancelled", cancellation_reason="Paro nacional")
    SessionFactory(cohort=cohort, day=17, moved_from=session.starts_at, sequence=1)
    return group


@pytest.mark.parametrize("name", ["home", "group"])
def test_page_fits_a_phone_and_is_accessible(
    log_in_browser, live_server, tutor, full, axe, fits, name
):
    page = log_in_browser(tutor)
    address = reverse("tutors:home") if name == "home" else reverse("tutors:group", args=[full.pk])
    page.goto(live_server.url + address)
    axe(page)
    fits(page)
