import datetime as dt

import pytest
from django.urls import reverse

from courses.models import Session
from participants.check_in_codes import Begun
from participants.checking_in import check_in
from participants.models import CheckInWindow, Enrollment
from participants.rotating_codes import code_of, step_at
from tests.factories import (
    MONDAY,
    CheckInWindowFactory,
    EnrollmentFactory,
    SessionFactory,
    TutorAssignmentFactory,
    at,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

NOON = at(MONDAY + dt.timedelta(days=11), 12)
SECOND = dt.timedelta(seconds=1)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def session(cohort, group) -> Session:
    return SessionFactory(cohort=cohort, group=group, starts_at=NOON - dt.timedelta(minutes=5))


@pytest.fixture
def window(session, tutor) -> CheckInWindow:
    return CheckInWindowFactory(session=session, opened_by=tutor)


def page_of(session: Session, *group_pk: int) -> str:
    return reverse("tutors:check_in", args=[session.pk, *group_pk])


def come(enrollment: Enrollment, window: CheckInWindow, *, code_age: int = 0) -> None:
    check_in(enrollment, Begun(window, NOON, code_age), by=window.opened_by, at=NOON)


def test_one_tap_on_the_home_opens_it_and_shows_the_code(session, tutor, log_in, group):
    client = log_in(tutor)
    page = page_of(session, group.pk)
    home = client.get(reverse("tutors:home")).text
    assert f'action="{page}"' in home

    answer = client.post(page, {"action": "open"}, follow=True)

    window = CheckInWindow.objects.get()
    assert (window.session, window.group, window.opened_by) == (session, group, tutor)
    code = code_of(window.secret, step_at(NOON))
    assert f"<span>{code[:3]}</span><span>{code[3:]}</span>" in answer.text
    assert '<svg viewBox="0 0' in answer.text
    assert answer.context["screen"].link.startswith("http://testserver/participante/q/")


def test_page_without_script_renews_itself_with_the_code(window, tutor, log_in, clock):
    clock.shift(13 * SECOND)
    text = log_in(tutor).get(page_of(window.session)).text
    assert '<noscript><meta http-equiv="refresh" content="17"></noscript>' in text


def test_only_what_changed_is_sent_to_a_page_that_asks(window, enrollment, tutor, log_in, clock):
    client = log_in(tutor)
    page = page_of(window.session)

    def asks(seen: str):
        return client.get(f"{page}?seen={seen}", headers=HTMX)

    step = step_at(NOON)
    assert asks(f"{step}.0").status_code == 204
    come(enrollment, window)
    arrived = asks(f"{step}.0")
    assert arrived.status_code == 200
    assert enrollment.participant.sorting_name in arrived.text
    assert "<html" not in arrived.text
    assert asks(f"{step}.1").status_code == 204
    clock.shift(30 * SECOND)
    renewed = asks(f"{step}.1")
    assert renewed.status_code == 200
    assert code_of(window.secret, step + 1)[:3] in renewed.text


@pytest.mark.parametrize("closed_by", ["tutor", "clock"])
def test_page_that_asks_once_it_is_closed_is_told_to_load_anew(
    window, tutor, log_in, clock, closed_by
):
    if closed_by == "tutor":
        CheckInWindow.objects.update(closed_at=NOON)
    else:
        clock.shift(dt.timedelta(hours=2, minutes=10))
    answer = log_in(tutor).get(page_of(window.session), headers=HTMX)
    assert answer.headers["HX-Refresh"] == "true"


def test_arrivals_are_counted_with_how_and_their_mark(
    window, enrollment, group, cohort, tutor, log_in
):
    EnrollmentFactory(cohort=cohort, group=group)
    come(enrollment, window)
    text = log_in(tutor).get(page_of(window.session)).text
    assert "Llegaron <strong>1</strong> de 2" in text
    assert "12:00:00 · virtual" in text
    assert "Presente" in text
    assert "código de hace" not in text


def test_pattern_of_old_codes_is_told(window, enrollment, group, cohort, tutor, log_in):
    client = log_in(tutor)
    warning = "usaron un código que ya no estaba en pantalla"
    come(enrollment, window, code_age=41)
    text = client.get(page_of(window.session)).text
    assert "código de hace 41 s" in text
    assert warning not in text
    come(EnrollmentFactory(cohort=cohort, group=group), window, code_age=55)
    assert f"2 personas {warning}" in client.get(page_of(window.session)).text


def test_closing_keeps_the_list_and_leads_to_the_register(window, enrollment, tutor, log_in, group):
    come(enrollment, window)
    answer = log_in(tutor).post(page_of(window.session), {"action": "close"}, follow=True)
    window.refresh_from_db()
    assert window.closed_at == NOON
    assert "Ahora marque a quienes faltan" in answer.text
    assert enrollment.participant.sorting_name in answer.text
    assert reverse("tutors:register", args=[window.session.pk, group.pk]) in answer.text
    assert "check-in-code" not in answer.text
    assert "Abrir la marcación" in answer.text


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"status": "cancelled", "cancellation_reason": "Paro regional"}, "Paro regional"),
        ({"starts_at": NOON + dt.timedelta(hours=1)}, "12:45"),
        (
            {
                "starts_at": NOON - dt.timedelta(hours=3),
                "ends_at": NOON - dt.timedelta(minutes=15),
            },
            "La sesión ya terminó",
        ),
    ],
)
def test_what_cannot_be_opened_says_why(session, tutor, log_in, changes, told):
    changes.setdefault("ends_at", NOON + dt.timedelta(hours=2))
    Session.objects.update(**changes)
    answer = log_in(tutor).post(page_of(session), {"action": "open"})
    assert answer.status_code == 403
    assert told in answer.text
    assert not CheckInWindow.objects.exists()


def test_substitute_whose_days_are_long_over_reads_and_opens_nothing(
    cohort, other_group, tutor, log_in
):
    assignment = tutor.tutor.assignments.get()
    assignment.delete()
    TutorAssignmentFactory(
        tutor=tutor.tutor,
        group=other_group,
        starts_on=MONDAY,
        ends_on=MONDAY + dt.timedelta(days=2),
    )
    past = SessionFactory(cohort=cohort, group=other_group, starts_at=at(MONDAY, 18))
    client = log_in(tutor)
    assert client.get(page_of(past)).status_code == 200
    assert client.post(page_of(past), {"action": "open"}).status_code == 403


def test_coordinator_opens_a_plenary_for_everyone_and_a_tutor_the_own_part(
    cohort, group, coordinator, tutor, log_in
):
    plenary = SessionFactory(cohort=cohort, starts_at=NOON)
    log_in(coordinator).post(page_of(plenary), {"action": "open"})
    log_in(tutor).post(page_of(plenary), {"action": "open"})
    assert set(CheckInWindow.objects.values_list("group", flat=True)) == {None, group.pk}


@pytest.mark.parametrize("is_near", [True, False])
def test_session_and_register_lead_there_around_the_session(session, tutor, log_in, is_near):
    if not is_near:
        Session.objects.update(
            starts_at=NOON - dt.timedelta(hours=4), ends_at=NOON - dt.timedelta(hours=2)
        )
    client = log_in(tutor)
    for name in ("tutors:session", "tutors:register"):
        text = client.get(reverse(name, args=[session.pk])).text
        assert ("/llegadas/" in text) is is_near, name
