import datetime as dt

import pytest

from courses.models import Cohort
from participants.register import Mark, Register, take_register
from tests.factories import (
    AbsenceRequestFactory,
    EnrollmentFactory,
    SessionFactory,
    TutorAssignmentFactory,
)
from tutors.models import Tutor, TutorAssignment
from tutors.offline import device_key, for_device, registers_to_keep

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def kept(user, at) -> list[tuple[int, int]]:
    return [(each.session.pk, each.group.pk) for each in registers_to_keep(user, at=at)]


@pytest.fixture
def friday(cohort) -> dt.datetime:
    return SessionFactory(cohort=cohort, day=4).starts_at + dt.timedelta(days=7)


def test_week_is_kept_from_its_monday_to_a_week_from_today(tutor, cohort, group, friday):
    days = {day: SessionFactory(cohort=cohort, day=day) for day in (6, 7, 11, 18, 19)}
    assert kept(tutor, friday) == [(days[day].pk, group.pk) for day in (7, 11, 18)]


def test_part_of_each_own_group_is_kept_and_of_no_other(
    tutor, other_tutor, cohort, group, other_group, friday
):
    plenary = SessionFactory(cohort=cohort, day=11)
    theirs = SessionFactory(cohort=cohort, day=11, group=other_group, starts_at=friday)
    assert kept(tutor, friday) == [(plenary.pk, group.pk)]
    TutorAssignmentFactory(tutor=Tutor.objects.get(user=tutor), group=other_group)
    expected = [(plenary.pk, group.pk), (plenary.pk, other_group.pk), (theirs.pk, other_group.pk)]
    assert sorted(kept(tutor, friday)) == sorted(expected)


def test_what_can_no_longer_be_taken_is_not_kept(tutor, cohort, group, cohort_module, friday):
    SessionFactory(cohort=cohort, day=11, status="cancelled", cancellation_reason="Paro")
    SessionFactory(cohort=cohort, day=11, cohort_module=cohort_module)
    cohort_module.closed_at = friday
    cohort_module.save()
    assert kept(tutor, friday) == []
    SessionFactory(cohort=cohort, day=11)
    assert len(kept(tutor, friday)) == 1
    Cohort.objects.update(status=Cohort.Status.CLOSED)
    assert kept(tutor, friday) == []


def test_substitute_keeps_the_own_days_alone(tutor, cohort, group, friday):
    SessionFactory(cohort=cohort, day=9)
    own = SessionFactory(cohort=cohort, day=11)
    day = own.day
    TutorAssignment.objects.update(starts_on=day, ends_on=day)
    assert kept(tutor, friday) == [(own.pk, group.pk)]


def test_costs_two_queries_for_any_number(
    tutor, cohort, group, cohort_module, friday, django_assert_num_queries
):
    for day in (8, 9, 10, 11):
        SessionFactory(cohort=cohort, day=day, cohort_module=cohort_module)
    with django_assert_num_queries(2):
        found = registers_to_keep(tutor, at=friday)
        assert [each.session.label for each in found]


def test_key_tells_accounts_apart_and_names_none(tutor, other_tutor):
    assert device_key(tutor) == device_key(tutor)
    assert device_key(tutor) != device_key(other_tutor)
    assert tutor.email not in device_key(tutor)


def test_device_is_given_names_and_marks_alone(tutor, coordinator, cohort, group):
    person = EnrollmentFactory(cohort=cohort, group=group)
    session = SessionFactory(cohort=cohort, day=9)
    AbsenceRequestFactory(enrollment=person, session=session)
    for based_on, state in ((None, "absent"), (1, "late")):
        mark = Mark(state, based_on=based_on)
        take_register(session, {person.pk: mark}, by=coordinator, at=session.ends_at)
    register = Register.of(session, group, at=session.ends_at)
    (before,), (after,) = register.rows, for_device(register).rows
    assert before.earlier
    assert before.excuse
    assert (after.enrollment, after.record, after.version) == (person, before.record, 2)
    assert not after.earlier
    assert after.excuse is None
