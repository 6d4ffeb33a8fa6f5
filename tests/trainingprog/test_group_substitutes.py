import datetime as dt

import pytest
from django.urls import reverse

from tests.factories import (
    MONDAY,
    CohortFactory,
    GroupFactory,
    SessionFactory,
    TutorAssignmentFactory,
    TutorFactory,
)
from tests.trainingprog.admin_rows import messages_of
from tutors.models import TutorAssignment

pytestmark = pytest.mark.usefixtures("clock")
DATES = {"starts_on": "2026-03-16", "ends_on": "2026-03-20"}


@pytest.fixture
def client(log_in, coordinator):
    return log_in(coordinator)


@pytest.fixture
def address(group):
    return reverse("group_substitute", args=[group.pk])


def test_substitute_is_named(client, tutor, group, address, coordinator):
    chosen = TutorFactory()
    response = client.post(address, {"tutor": chosen.pk} | DATES)
    assert response.url == address
    assignment = TutorAssignment.objects.get(tutor=chosen)
    assert (assignment.group, assignment.ends_on) == (group, dt.date(2026, 3, 20))
    assert assignment.history.get().history_user == coordinator
    page = client.get(address)
    assert [each.tutor for each in page.context["standing"].dated] == [chosen]
    assert "16/03/2026 – 20/03/2026" in page.text


def test_gap_leads_to_the_form_with_its_dates(client, address):
    form = client.get(address, DATES).context["form"]
    assert form["starts_on"].value() == "2026-03-16"
    assert 'value="2026-03-20"' in str(form["ends_on"])


@pytest.mark.parametrize(
    "changes",
    [
        {"tutor": ""},
        {"tutor": "0"},
        {"starts_on": "ayer"},
        {"ends_on": ""},
        {"ends_on": "2026-03-15"},
        {"ends_on": "2027-03-20"},
        {"starts_on": "2026-01-01"},
        {"starts_on": "2026-03-02", "ends_on": "2026-03-03"},
    ],
)
def test_impossible_substitution_is_refused_at_its_field(client, tutor, address, changes):
    response = client.post(address, {"tutor": TutorFactory().pk} | DATES | changes)
    assert response.status_code == 422
    assert response.context["form"].errors
    assert TutorAssignment.objects.count() == 1


def test_regular_tutor_does_not_substitute_for_oneself(client, tutor, address):
    response = client.post(address, {"tutor": tutor.tutor.pk} | DATES)
    assert response.status_code == 422
    assert response.context["form"].non_field_errors()


def test_substitute_with_a_session_elsewhere_at_the_time_is_told(
    client, group, other_group, address
):
    busy = TutorAssignmentFactory(group=other_group).tutor
    SessionFactory(cohort=group.cohort, group=group, day=15)
    SessionFactory(cohort=group.cohort, group=other_group, day=15)
    response = client.post(address, {"tutor": busy.pk} | DATES)
    assert len(messages_of(response)) == 2
    assert "17/03/2026" in messages_of(response)[1]


def test_substitution_ahead_is_taken_back_and_one_that_runs_ended(client, group, address):
    ahead = TutorAssignmentFactory(
        group=group, starts_on=MONDAY + dt.timedelta(days=15), ends_on=group.cohort.ends_on
    )
    runs = TutorAssignmentFactory(group=group, ends_on=group.cohort.ends_on)
    page = client.get(address).text
    for assignment in (ahead, runs):
        end = reverse("substitution_end", args=[assignment.pk])
        assert end in page
        assert client.post(end).url == address
    [left] = TutorAssignment.objects.all()
    assert (left, left.ends_on) == (runs, MONDAY + dt.timedelta(days=11))
    assert reverse("substitution_end", args=[runs.pk]) not in client.get(address).text
    assert messages_of(client.post(reverse("substitution_end", args=[runs.pk])))
    left.refresh_from_db()
    assert left.ends_on == MONDAY + dt.timedelta(days=11)


def test_page_needs_its_permission(client, coordinator, group, address):
    role = coordinator.groups.get()
    role.permissions.remove(role.permissions.get(codename="add_tutorassignment"))
    assert client.get(address).status_code == 403


def test_ending_needs_its_permission(client, coordinator, group, address):
    assignment = TutorAssignmentFactory(group=group, ends_on=group.cohort.ends_on)
    role = coordinator.groups.get()
    role.permissions.remove(role.permissions.get(codename="change_tutorassignment"))
    end = reverse("substitution_end", args=[assignment.pk])
    assert client.post(end).status_code == 403
    assert end not in client.get(address).text


def test_unknown_group_or_assignment_is_not_found(client):
    assert client.get(reverse("group_substitute", args=[0])).status_code == 404
    assert client.post(reverse("substitution_end", args=[0])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_page_queries(client, count, django_assert_num_queries):
    cohort = CohortFactory()
    for number in range(1, count + 1):
        group = GroupFactory(cohort=cohort, number=number)
        TutorAssignmentFactory.create_batch(number, group=group, ends_on=cohort.ends_on)
    with django_assert_num_queries(7):
        client.get(reverse("group_substitute", args=[group.pk]))
