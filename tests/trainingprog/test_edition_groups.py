import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from participants.models import Enrollment
from tests.factories import (
    MONDAY,
    CohortFactory,
    EnrollmentFactory,
    GroupFactory,
    SessionFactory,
    SessionPatternFactory,
    TutorAssignmentFactory,
    TutorFactory,
)
from tutors.models import TutorAssignment

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def address(cohort):
    return reverse("edition_groups", args=[cohort.pk])


def posted(client, address, **changes):
    """What the browser would send from the page as it is shown, with some fields changed."""
    form = client.get(address).context["form"]
    data = {field.html_name: field.value() for field in form}
    data = {name: "" if value is None else value for name, value in data.items()}
    return data | {"on": "2026-03-13"} | changes


def test_page_proposes_and_saves_nothing(log_in, coordinator, cohort, address):
    EnrollmentFactory.create_batch(4, cohort=cohort)
    response = log_in(coordinator).get(address, {"groups": 2, "arrangement": "spread"})
    assert response.status_code == 200
    assert [len(card.members) for card in response.context["cards"]] == [2, 2]
    assert not cohort.groups.exists()


def test_proposal_is_formed_as_adjusted(log_in, coordinator, cohort, address):
    people = EnrollmentFactory.create_batch(4, cohort=cohort)
    tutor = TutorFactory()
    proposal = f"{address}?groups=2&arrangement=spread"
    client = log_in(coordinator)
    data = posted(client, proposal, tutor_1=tutor.pk, **{f"member_{people[0].pk}": 2})
    assert client.post(proposal, data).status_code == 302
    people[0].refresh_from_db()
    assert people[0].group.number == 2
    assert TutorAssignment.objects.get().tutor == tutor
    assert people[0].history.first().history_user == coordinator


@pytest.mark.parametrize(("starts_in", "proposed_in"), [(-30, -20), (-5, 0), (7, 7)])
def test_proposed_day_lies_in_the_edition(
    starts_in, proposed_in, log_in, coordinator, cohort, address
):
    today = timezone.localdate()
    cohort.starts_on = today + dt.timedelta(days=starts_in)
    cohort.ends_on = cohort.starts_on + dt.timedelta(days=10)
    cohort.save()
    form = log_in(coordinator).get(address).context["form"]
    assert form.initial["on"] == today + dt.timedelta(days=proposed_in)


def test_stale_page_is_refused(log_in, coordinator, cohort, address):
    group, other = GroupFactory(cohort=cohort, number=1), GroupFactory(cohort=cohort, number=2)
    person = EnrollmentFactory(cohort=cohort, group=group)
    client = log_in(coordinator)
    data = posted(client, address, **{f"member_{person.pk}": 1})
    Enrollment.objects.filter(pk=person.pk).update(group=other)
    response = client.post(address, data)
    assert response.status_code == 400
    person.refresh_from_db()
    assert person.group == other


@pytest.mark.parametrize(
    "query", [{"groups": 0}, {"groups": "x", "arrangement": "spread"}, {"groups": 61}]
)
def test_impossible_proposal_is_refused(log_in, coordinator, cohort, address, query):
    EnrollmentFactory(cohort=cohort)
    assert log_in(coordinator).get(address, query).status_code == 400


def test_more_groups_than_people_is_refused(log_in, coordinator, cohort, address):
    EnrollmentFactory(cohort=cohort)
    response = log_in(coordinator).get(address, {"groups": 5, "arrangement": "spread"})
    assert response.status_code == 400
    assert response.context["proposal"].errors["groups"]


def test_unknown_group_of_a_person_is_refused(log_in, coordinator, cohort, address):
    person = EnrollmentFactory(cohort=cohort, group=GroupFactory(cohort=cohort, number=1))
    client = log_in(coordinator)
    response = client.post(address, posted(client, address, **{f"member_{person.pk}": 9}))
    assert response.status_code == 400


def test_nobody_is_taken_out_of_a_group_without_another(log_in, coordinator, cohort, address):
    group = GroupFactory(cohort=cohort, number=1)
    person = EnrollmentFactory(cohort=cohort, group=group)
    TutorAssignmentFactory(group=group, starts_on=MONDAY)
    client = log_in(coordinator)
    for field in (f"member_{person.pk}", "tutor_1"):
        response = client.post(address, posted(client, address, **{field: ""}))
        assert response.status_code == 400
        assert response.context["form"].errors[field]


def test_saving_during_a_substitution_leaves_the_regular_tutor(
    log_in, coordinator, cohort, group, address
):
    regular = TutorAssignmentFactory(group=group)
    TutorAssignmentFactory(group=group, starts_on=MONDAY, ends_on=cohort.ends_on)
    client = log_in(coordinator)
    data = posted(client, address)
    assert data["tutor_1"] == regular.tutor_id
    assert client.post(address, data).status_code == 302
    regular.refresh_from_db()
    assert regular.ends_on is None
    assert TutorAssignment.objects.count() == 2


def test_card_shows_substitutes_and_days_without_a_tutor(log_in, coordinator, group, address):
    substitute = TutorAssignmentFactory(
        group=group, starts_on=MONDAY, ends_on=MONDAY + dt.timedelta(days=20)
    ).tutor
    response = log_in(coordinator).get(address)
    [card] = response.context["cards"]
    assert [each.tutor for each in card.standing.dated] == [substitute]
    [gap] = card.standing.gaps
    assert (gap.starts_on, gap.ends_on) == (
        MONDAY + dt.timedelta(days=21),
        MONDAY + dt.timedelta(days=27),
    )
    assert "23/03/2026" in response.text
    substitutions = reverse("group_substitute", args=[group.pk])
    assert f'href="{substitutions}"' in response.text
    assert f"{substitutions}?starts_on=2026-03-23&amp;ends_on=2026-03-29" in response.text


def test_empty_edition_says_what_to_do(log_in, coordinator, address):
    assert log_in(coordinator).get(address).status_code == 200


def test_refused_to_all_others(client, log_in, tutor, participant, address):
    for user in (tutor, participant):
        assert log_in(user).get(address).status_code in (302, 403)
    assert client.get(address).status_code == 302


def test_unknown_edition_is_not_found(log_in, coordinator):
    assert log_in(coordinator).get(reverse("edition_groups", args=[0])).status_code == 404


@pytest.mark.parametrize("people", [1, 3])
def test_page_queries(log_in, coordinator, django_assert_num_queries, people):
    cohort = CohortFactory()
    for number in range(1, people + 1):
        group = GroupFactory(cohort=cohort, number=number)
        TutorAssignmentFactory(group=group, starts_on=MONDAY)
        EnrollmentFactory(cohort=cohort, group=group)
    client = log_in(coordinator)
    address = reverse("edition_groups", args=[cohort.pk])
    with django_assert_num_queries(10):
        client.get(address)


def test_saved_groups_without_their_sessions_lead_to_the_timetable(
    log_in, coordinator, cohort, address
):
    EnrollmentFactory(cohort=cohort)
    proposal = f"{address}?groups=1&arrangement=spread"
    client = log_in(coordinator)

    def told() -> list[str]:
        page = client.post(proposal, posted(client, proposal), follow=True)
        return [message.level_tag for message in page.context["messages"]]

    assert told() == ["success"]
    pattern = SessionPatternFactory(cohort=cohort, audience="group")
    assert told() == ["success", "info"]
    SessionFactory(cohort=cohort, pattern=pattern, group=cohort.groups.get())
    assert told() == ["success"]
