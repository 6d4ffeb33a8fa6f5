"""What a substitute sees and may save, page by page; the regular tutor keeps the group."""

import datetime as dt

import pytest
from django.urls import reverse

from tests.cast import account
from tests.factories import MONDAY, SessionFactory, TutorAssignmentFactory, TutorFactory, at

pytestmark = pytest.mark.usefixtures("clock")
HOME = reverse("tutors:home")
# The third to the tenth day of the edition.
FIRST, LAST = 2, 9


def nth_day(number: int) -> dt.date:
    return MONDAY + dt.timedelta(days=number)


@pytest.fixture
def substitute(group):
    user = account(email="suplente@minsa.example")
    TutorAssignmentFactory(
        tutor=TutorFactory(user=user), group=group, starts_on=nth_day(FIRST), ends_on=nth_day(LAST)
    )
    return user


@pytest.fixture
def sessions(cohort, group, enrollment):
    """Before, on and after the substitute's days: of the group, and one of all."""
    return [SessionFactory(cohort=cohort, group=group, day=day) for day in (1, 5, 12)] + [
        SessionFactory(cohort=cohort, day=6)
    ]


def register(session, group) -> str:
    return reverse("tutors:register", args=[session.pk, group.pk])


def test_substitute_sees_only_the_sessions_of_the_own_days(
    log_in, substitute, sessions, group, clock
):
    clock.move_to(at(nth_day(8), 12))
    before, own, after, plenary = sessions
    client = log_in(substitute)
    pages = [
        reverse("tutors:group", args=[group.pk]),
        reverse("tutors:matrix", args=[group.pk]),
        HOME,
    ]
    for page in pages:
        text = client.get(page).text
        assert register(own, group) in text, page
        assert register(plenary, group) in text, page
        assert register(before, group) not in text, page
    listed = client.get(pages[0]).context["page"]
    assert {each.line.session for each in (*listed.past, *listed.ahead)} == {own, plenary}
    schedule = client.get(reverse("tutors:schedule")).text
    assert reverse("tutors:session", args=[own.pk]) in schedule
    for session, status in ((before, 404), (own, 200), (after, 404), (plenary, 200)):
        for name in ("register", "session"):
            address = reverse(f"tutors:{name}", args=[session.pk])
            assert client.get(address).status_code == status, (session, name)
        assert (reverse("tutors:session", args=[session.pk]) in schedule) == (status == 200)


def test_regular_tutor_sees_every_session_meanwhile(
    log_in, tutor, substitute, sessions, group, clock
):
    clock.move_to(at(nth_day(8), 12))
    client = log_in(tutor)
    page = client.get(reverse("tutors:group", args=[group.pk])).context["page"]
    assert len(page.past) + len(page.ahead) == len(sessions)
    matrix = client.get(reverse("tutors:matrix", args=[group.pk])).text
    assert all(register(session, group) in matrix for session in sessions[:2])


def test_both_may_save_meanwhile(log_in, tutor, substitute, sessions, group, enrollment, clock):
    clock.move_to(at(nth_day(8), 12))
    own = sessions[1]
    for user, state in ((tutor, "absent"), (substitute, "present")):
        client = log_in(user)
        seen = client.get(register(own, group)).context["sheet"].seen
        response = client.post(register(own, group), {f"s{enrollment.pk}": state, "seen": seen})
        assert response.status_code == 302
        mark = own.attendance.get()
        assert (mark.state, mark.recorded_by) == (state, user)


@pytest.mark.parametrize(("day", "saves"), [(LAST + 7, True), (LAST + 8, False)])
def test_substitute_saves_for_a_week_after_and_reads_later(
    log_in, substitute, sessions, group, clock, day, saves
):
    clock.move_to(at(nth_day(day), 12))
    client = log_in(substitute)
    assert client.get(register(sessions[1], group)).status_code == 200
    assert (client.post(register(sessions[1], group)).status_code != 403) == saves
    assert client.get(reverse("tutors:group", args=[group.pk])).status_code == 404
    assert client.get(reverse("tutors:matrix", args=[group.pk])).status_code == 404


@pytest.mark.parametrize(
    ("day", "is_ahead", "is_over"), [(0, True, False), (5, False, False), (12, False, True)]
)
def test_home_shows_the_substitution_and_until_when_registers_are_saved(
    log_in, substitute, group, clock, day, is_ahead, is_over
):
    clock.move_to(at(nth_day(day), 12))
    page = log_in(substitute).get(HOME)
    [shown] = page.context["home"].substitutions
    assert (shown.is_ahead, shown.is_over) == (is_ahead, is_over)
    assert "04/03/2026 – 11/03/2026" in page.text
    assert ("18/03/2026" in page.text) == (not is_ahead)
    assert (reverse("tutors:group", args=[group.pk]) in page.text) == (day == 5)


def test_home_forgets_the_substitution_when_nothing_can_be_saved(log_in, substitute, group, clock):
    clock.move_to(at(nth_day(LAST + 8), 12))
    assert log_in(substitute).get(HOME).context["home"].substitutions == []


def test_home_of_the_regular_tutor_shows_no_substitution(log_in, tutor, substitute):
    assert log_in(tutor).get(HOME).context["home"].substitutions == []
