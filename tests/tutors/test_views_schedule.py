import datetime as dt

import pytest
from django.urls import reverse

from courses.models import Cohort
from tests.factories import (
    MONDAY,
    BreakFactory,
    CohortFactory,
    GroupFactory,
    SessionFactory,
    TutorAssignmentFactory,
    at,
)
from tutors.models import TutorAssignment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
LINK = "https://reuniones.example/sala-secreta"
FRIDAY = MONDAY + dt.timedelta(days=11)


@pytest.fixture
def client(log_in, tutor):
    return log_in(tutor)


@pytest.fixture
def tonight(cohort, group):
    return SessionFactory(cohort=cohort, group=group, day=11, title="Grupal", meeting_link=LINK)


def url(name, *args):
    return reverse(f"tutors:{name}", args=args)


def own_pages(session):
    return [
        url("schedule"),
        url("edition_schedule", session.cohort_id),
        url("session", session.pk),
        url("session_calendar", session.pk),
    ]


def test_pages_open_for_the_own_groups(client, tonight):
    for page in own_pages(tonight):
        assert client.get(page).status_code == 200, page
    assert "Grupal" in client.get(url("schedule")).content.decode()


def test_pages_of_another_group_are_not_found(log_in, other_tutor, tonight):
    client = log_in(other_tutor)
    for page in [*own_pages(tonight)[2:], url("join", tonight.pk)]:
        assert client.get(page).status_code == 404, page
    assert "Grupal" not in client.get(url("schedule")).content.decode()


def test_schedule_of_an_edition_without_own_group_is_not_found(client, tonight):
    assert client.get(url("edition_schedule", CohortFactory().pk)).status_code == 404


@pytest.mark.parametrize("role", ["coordinator", "participant"])
def test_pages_are_refused_to_other_roles(request, log_in, role, tonight):
    client = log_in(request.getfixturevalue(role))
    for page in [*own_pages(tonight), url("join", tonight.pk)]:
        assert client.get(page).status_code == 403, page


def test_pages_lead_strangers_to_the_log_in(client, tonight):
    client.logout()
    for page in [*own_pages(tonight), url("join", tonight.pk)]:
        assert client.get(page).url.startswith(reverse("account_login")), page


def test_pages_refuse_other_methods(client, tonight):
    for page in [*own_pages(tonight), url("join", tonight.pk)]:
        assert client.post(page).status_code == 405, page


def test_schedule_without_group_says_so(client):
    TutorAssignment.objects.all().delete()
    assert client.get(url("schedule")).status_code == 200


def test_schedule_of_a_draft_is_hidden(client, tonight):
    Cohort.objects.update(status=Cohort.Status.DRAFT)
    assert "Grupal" not in client.get(url("schedule")).content.decode()
    assert client.get(url("session", tonight.pk)).status_code == 404


def test_substitute_keeps_the_past_and_sees_nothing_to_come(client, tonight):
    TutorAssignment.objects.update(ends_on=FRIDAY - dt.timedelta(days=1))
    assert client.get(url("session", tonight.pk)).status_code == 404
    assert client.get(url("schedule")).status_code == 200


def test_join_while_open_leads_to_the_meeting(client, tonight, clock):
    clock.move_to(at(FRIDAY, 17, 44))
    assert client.get(url("join", tonight.pk)).url == url("session", tonight.pk)
    clock.move_to(at(FRIDAY, 17, 45))
    response = client.get(url("join", tonight.pk))
    assert response.url == LINK
    assert response["Referrer-Policy"] == "no-referrer"
    for page in own_pages(tonight):
        assert "sala-secreta" not in client.get(page).content.decode(), page


@pytest.mark.parametrize("size", [1, 3])
def test_schedule_costs_the_same_queries_at_any_size(
    client, cohort, group, tutor, size, django_assert_num_queries
):
    for number in range(size):
        BreakFactory(cohort=cohort)
        own = GroupFactory(cohort=cohort, number=number + 10)
        TutorAssignmentFactory(tutor=tutor.tutor, group=own)
        TutorAssignmentFactory(tutor=tutor.tutor, group=GroupFactory(cohort=CohortFactory()))
        for each in (own, group, None):
            SessionFactory(cohort=cohort, group=each, day=number)
    client.get(url("schedule"))
    with django_assert_num_queries(5):
        client.get(url("schedule"))
