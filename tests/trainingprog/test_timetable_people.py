import datetime as dt

import pytest

from courses.clashes import Resource
from participants.models import Enrollment
from tests.factories import (
    MONDAY,
    CohortFactory,
    EnrollmentFactory,
    GroupFactory,
    ParticipantFactory,
    TutorAssignmentFactory,
    TutorFactory,
)
from trainingprog.timetable_people import as_tutor, people_of

LATER = MONDAY + dt.timedelta(days=10)


@pytest.fixture
def other_cohort(db):
    return CohortFactory(starts_on=LATER, ends_on=LATER + dt.timedelta(days=60))


def places(cohort):
    return [
        (each.group_id, each.cohort_id, each.starts_on, each.ends_on) for each in people_of(cohort)
    ]


def test_tutor_is_where_the_group_is_on_the_assigned_days(cohort, group):
    last = MONDAY + dt.timedelta(days=6)
    assignment = TutorAssignmentFactory(group=group, ends_on=last)
    (member,) = people_of(cohort)
    assert (member.group_id, member.starts_on, member.ends_on) == (group.pk, MONDAY, last)
    assert member.resource.label == as_tutor(assignment.tutor)


def test_participant_of_this_edition_alone_is_not_read(cohort, group):
    EnrollmentFactory(cohort=cohort, group=group)
    assert people_of(cohort) == ()


def test_participant_of_two_editions_is_in_both(cohort, group, other_cohort):
    person = ParticipantFactory()
    EnrollmentFactory(participant=person, cohort=cohort, group=group, group_since=LATER)
    EnrollmentFactory(participant=person, cohort=other_cohort)
    assert places(cohort) == [
        (None, cohort.pk, MONDAY, None),
        (group.pk, None, LATER, None),
        (None, other_cohort.pk, LATER, None),
    ]
    assert len({each.resource for each in people_of(cohort)}) == 1


def test_participant_of_an_edition_of_other_months_or_never_taken_in_is_not_read(cohort):
    person = ParticipantFactory()
    EnrollmentFactory(participant=person, cohort=cohort)
    past = CohortFactory(starts_on=dt.date(2025, 3, 3), ends_on=dt.date(2025, 4, 1))
    EnrollmentFactory(participant=person, cohort=past)
    EnrollmentFactory(participant=person, cohort=CohortFactory(), status=Enrollment.Status.DECLINED)
    assert people_of(cohort) == ()


def test_who_left_is_in_the_way_until_the_last_day(cohort, other_cohort):
    person = ParticipantFactory()
    EnrollmentFactory(participant=person, cohort=other_cohort)
    EnrollmentFactory(participant=person, cohort=cohort, status="withdrawn", ended_on=LATER)
    assert (None, cohort.pk, MONDAY, LATER) in places(cohort)


def test_tutor_here_and_participant_there_is_one_person(cohort, group, other_cohort):
    tutor = TutorFactory(document_number="45678901")
    TutorAssignmentFactory(tutor=tutor, group=group)
    person = ParticipantFactory(document_number="45678901")
    EnrollmentFactory(participant=person, cohort=other_cohort)
    members = people_of(cohort)
    assert {each.resource for each in members} == {Resource("person", "dni:45678901")}
    assert {each.cohort_id or each.group_id for each in members} == {group.pk, other_cohort.pk}


@pytest.mark.parametrize("number", [1, 3])
def test_queries_do_not_grow(django_assert_num_queries, cohort, other_cohort, number):
    for _n in range(number):
        TutorAssignmentFactory(group=GroupFactory(cohort=cohort))
        person = ParticipantFactory()
        EnrollmentFactory(participant=person, cohort=cohort)
        EnrollmentFactory(participant=person, cohort=other_cohort)
    with django_assert_num_queries(3):
        people_of(cohort)
