import gzip

import pytest
from django.urls import reverse

from participants.register import Mark, take_register
from tests.factories import EnrollmentFactory, GroupFactory, SessionFactory, TutorAssignmentFactory

pytestmark = pytest.mark.usefixtures("clock")
HOME = reverse("tutors:home")


def test_home_leads_to_the_register_still_to_take(log_in, tutor, cohort, group, enrollment):
    session = SessionFactory(cohort=cohort)
    page = log_in(tutor).get(HOME)
    assert page.status_code == 200
    assert reverse("tutors:register", args=[session.pk, group.pk]) in page.content.decode()


def test_home_leads_to_the_meeting_without_showing_its_link(
    log_in, tutor, clock, cohort, enrollment
):
    session = SessionFactory(cohort=cohort, day=11)
    clock.move_to(session.starts_at)
    page = log_in(tutor).get(HOME).content.decode()
    assert reverse("tutors:join", args=[session.pk]) in page
    assert session.meeting_link not in page


def test_home_leads_to_matrix_and_sign_off(log_in, tutor, group, cohort_module, enrollment):
    page = log_in(tutor).get(HOME).content.decode()
    assert reverse("tutors:matrix", args=[group.pk]) in page
    assert reverse("tutors:sign_off", args=[group.pk, cohort_module.pk]) in page
    assert reverse("tutors:group", args=[group.pk]) in page


def test_home_shows_nobody_of_another_group(log_in, tutor, enrollment, other_enrollment):
    page = log_in(tutor).get(HOME).content.decode()
    assert enrollment.participant.sorting_name in page
    assert other_enrollment.participant.sorting_name not in page


def test_home_of_a_tutor_without_a_group_says_so(log_in, tutor, group):
    group.tutor_assignments.all().delete()
    page = log_in(tutor).get(HOME)
    assert "empty" in page.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_home_costs_the_same_for_one_group_and_for_three(
    log_in, tutor, cohort, group, count, django_assert_num_queries
):
    for number in range(2, count + 1):
        own = GroupFactory(cohort=cohort, number=number)
        TutorAssignmentFactory(tutor=tutor.tutor, group=own)
        EnrollmentFactory.create_batch(count, cohort=cohort, group=own)
    for day in range(count):
        SessionFactory(cohort=cohort, day=day)
        SessionFactory(cohort=cohort, day=11)
    client = log_in(tutor)
    client.get(HOME)
    with django_assert_num_queries(11):
        client.get(HOME)


def test_home_of_thirteen_people_weighs_little(log_in, tutor, cohort, group):
    EnrollmentFactory.create_batch(13, cohort=cohort, group=group)
    SessionFactory(cohort=cohort)
    assert len(gzip.compress(log_in(tutor).get(HOME).content)) < 6_000


@pytest.mark.parametrize("page", ["home", "group"])
def test_pages_of_a_tutor_refuse_who_is_none(log_in, client, participant, group, page):
    url = HOME if page == "home" else reverse("tutors:group", args=[group.pk])
    assert client.get(url).url.startswith(reverse("account_login"))
    assert log_in(participant).get(url).status_code == 403
    assert log_in(participant).post(url).status_code == 405


def test_group_shows_how_to_reach_its_people(log_in, tutor, cohort, group):
    person = EnrollmentFactory(
        cohort=cohort, group=group, participant__mobile="+51957094499"
    ).participant
    page = log_in(tutor).get(reverse("tutors:group", args=[group.pk])).content.decode()
    assert 'href="tel:+51957094499"' in page
    assert 'href="https://wa.me/51957094499"' in page
    assert f'href="mailto:{person.email}"' in page
    assert person.document_number not in page


def test_group_without_people_or_sessions_says_so(log_in, tutor, group):
    page = log_in(tutor).get(reverse("tutors:group", args=[group.pk])).content.decode()
    assert page.count("panel-text") == 2


def test_group_of_another_tutor_is_not_found(log_in, tutor, other_group):
    assert log_in(tutor).get(reverse("tutors:group", args=[other_group.pk])).status_code == 404


def test_coordinator_opens_any_group(log_in, coordinator, cohort, group, enrollment):
    session = SessionFactory(cohort=cohort)
    take_register(session, {enrollment.pk: Mark("late")}, by=None, at=session.ends_at)
    page = log_in(coordinator).get(reverse("tutors:group", args=[group.pk]))
    assert page.status_code == 200
    assert reverse("tutors:register", args=[session.pk, group.pk]) in page.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_group_costs_the_same_for_one_and_for_three(
    log_in, tutor, cohort, group, cohort_module, count, django_assert_num_queries
):
    EnrollmentFactory.create_batch(count, cohort=cohort, group=group)
    for day in range(count):
        SessionFactory(cohort=cohort, day=day)
        SessionFactory(cohort=cohort, day=16 + day, status="cancelled", cancellation_reason="Paro")
    client = log_in(tutor)
    url = reverse("tutors:group", args=[group.pk])
    client.get(url)
    with django_assert_num_queries(9):
        client.get(url)
