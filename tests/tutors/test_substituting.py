import datetime as dt
from itertools import pairwise

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from courses.models import Cohort
from tests.factories import (
    MONDAY,
    CohortFactory,
    GroupFactory,
    SessionFactory,
    TutorAssignmentFactory,
    TutorFactory,
    at,
)
from tutors.models import TutorAssignment
from tutors.substituting import (
    end_substitution,
    group_tutors,
    in_two_places,
    substitute,
    uncovered,
)


def nth_day(number: int) -> dt.date:
    return MONDAY + dt.timedelta(days=number)


TODAY = nth_day(11)


def name(group, tutor, first, last, *, today=TODAY, by=None):
    return substitute(
        group, tutor, starts_on=nth_day(first), ends_on=nth_day(last), today=today, by=by
    )


# ---- naming ------------------------------------------------------------------------------------


def test_substitute_is_named_between_two_dates_and_the_regular_tutor_stays(
    tutor, group, coordinator
):
    assignment = name(group, TutorFactory(), 14, 20, by=coordinator)
    assert (assignment.starts_on, assignment.ends_on) == (nth_day(14), nth_day(20))
    assert group.tutor_assignments.filter(ends_on__isnull=True).get().tutor == tutor.tutor
    assert assignment.history.get().history_user == coordinator


@pytest.mark.parametrize(
    ("first", "last", "field"), [(-1, 5, "starts_on"), (20, 28, "ends_on"), (15, 14, "ends_on")]
)
def test_dates_outside_the_edition_or_the_wrong_way_round_are_refused(group, first, last, field):
    with pytest.raises(ValidationError) as error:
        name(group, TutorFactory(), first, last)
    assert field in error.value.message_dict
    assert not TutorAssignment.objects.exists()


@pytest.mark.parametrize(("days_ago", "is_good"), [(7, True), (8, False)])
def test_substitution_is_named_afterwards_while_registers_can_be_saved(group, days_ago, is_good):
    today = nth_day(5) + dt.timedelta(days=days_ago)
    if is_good:
        assert name(group, TutorFactory(), 3, 5, today=today).pk
        return
    with pytest.raises(ValidationError) as error:
        name(group, TutorFactory(), 3, 5, today=today)
    assert "ends_on" in error.value.message_dict


def test_tutor_who_guides_the_group_already_is_refused(tutor, group):
    with pytest.raises(ValidationError):
        name(group, tutor.tutor, 14, 20)
    substitute_tutor = TutorFactory()
    name(group, substitute_tutor, 14, 20)
    with pytest.raises(ValidationError):
        name(group, substitute_tutor, 20, 21)
    assert name(group, substitute_tutor, 21, 22).pk


def test_substitute_in_a_closed_edition_is_refused(group):
    Cohort.objects.update(status=Cohort.Status.CLOSED)
    with pytest.raises(ValidationError) as error:
        name(group, TutorFactory(), 14, 20)
    assert error.value.code == "closed"


# ---- ending ------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [11, 12])
def test_substitution_is_taken_back_up_to_its_first_day(group, coordinator, first):
    assignment = name(group, TutorFactory(), first, 20)
    end_substitution(assignment, today=TODAY, by=coordinator)
    assert not TutorAssignment.objects.exists()
    deleted = TutorAssignment.history.first()
    assert (deleted.history_type, deleted.history_user) == ("-", coordinator)


def test_substitution_that_runs_ends_with_today(group, coordinator):
    assignment = name(group, TutorFactory(), 8, 20)
    end_substitution(assignment, today=TODAY, by=coordinator)
    assignment.refresh_from_db()
    assert assignment.ends_on == TODAY
    assert assignment.history.first().history_user == coordinator


@pytest.mark.parametrize("last", [10, 11])
def test_substitution_that_is_over_or_ends_today_stays(group, last):
    assignment = name(group, TutorFactory(), 8, last)
    with pytest.raises(ValidationError):
        end_substitution(assignment, today=TODAY, by=None)
    assignment.refresh_from_db()
    assert assignment.ends_on == nth_day(last)


def test_regular_tutor_is_not_ended_as_a_substitute(tutor, group):
    with pytest.raises(ValidationError):
        end_substitution(group.tutor_assignments.get(), today=TODAY, by=None)
    assert group.tutor_assignments.get().ends_on is None


# ---- two places at once ------------------------------------------------------------------------


def test_substitute_who_guides_another_group_at_the_same_time_is_told(group, other_group):
    busy = TutorAssignmentFactory(group=other_group).tutor
    first = SessionFactory(cohort=group.cohort, group=group, day=14)
    other = SessionFactory(
        cohort=group.cohort, group=other_group, day=14, starts_at=at(nth_day(14), 19)
    )
    SessionFactory(cohort=group.cohort, group=other_group, day=14, starts_at=at(nth_day(14), 20))
    SessionFactory(cohort=group.cohort, group=other_group, day=21)
    SessionFactory(cohort=group.cohort, group=group, day=21)
    SessionFactory(cohort=group.cohort, day=15)
    SessionFactory(
        cohort=group.cohort, group=group, day=15, status="cancelled", cancellation_reason="Paro"
    )
    assignment = name(group, busy, 14, 20)
    assert in_two_places(assignment) == ((first, other),)


# ---- days without a tutor -----------------------------------------------------------------------


@given(
    first=st.integers(0, 15),
    length=st.integers(0, 15),
    spans=st.lists(
        st.tuples(st.integers(-5, 35), st.one_of(st.none(), st.integers(0, 12))), max_size=6
    ),
)
def test_uncovered_days_are_those_that_no_span_holds(first, length, spans):
    covered = [(start, None if days is None else start + days) for start, days in spans]
    free = {
        day
        for day in range(first, first + length + 1)
        if not any(start <= day and (end is None or day <= end) for start, end in covered)
    }
    found = uncovered(
        nth_day(first),
        nth_day(first + length),
        [(nth_day(start), None if end is None else nth_day(end)) for start, end in covered],
    )
    days = [
        start + dt.timedelta(days=number)
        for start, end in found
        for number in range((end - start).days + 1)
    ]
    assert days == sorted(nth_day(day) for day in free)
    # Spans that touch are one.
    assert all(after[0] - before[1] > dt.timedelta(days=1) for before, after in pairwise(found))


def gaps(cohort, today=TODAY):
    return [
        (gap.group.number, gap.starts_on, gap.ends_on)
        for each in group_tutors(cohort, today=today)
        for gap in each.gaps
    ]


def test_days_ahead_without_a_tutor_are_found_by_group(cohort, group, other_group):
    TutorAssignmentFactory(group=group, ends_on=nth_day(13))
    TutorAssignmentFactory(group=group, starts_on=nth_day(20))
    assert gaps(cohort) == [
        (1, nth_day(14), nth_day(19)),
        (2, TODAY, cohort.ends_on),
    ]
    assert gaps(cohort, nth_day(-30))[-1] == (2, cohort.starts_on, cohort.ends_on)
    name(group, TutorFactory(), 14, 19)
    assert [number for number, _start, _end in gaps(cohort)] == [2]


def test_closed_or_ended_edition_has_no_days_without_a_tutor(cohort, group):
    assert gaps(cohort, cohort.ends_on + dt.timedelta(days=1)) == []
    cohort.status = Cohort.Status.CLOSED
    assert gaps(cohort) == []


@pytest.mark.parametrize("count", [1, 3])
def test_tutors_of_groups_cost_two_queries(db, count, django_assert_num_queries):
    cohort = CohortFactory()
    for number in range(1, count + 1):
        TutorAssignmentFactory(group=GroupFactory(cohort=cohort, number=number))
    with django_assert_num_queries(2):
        found = group_tutors(cohort, today=TODAY)
        assert all(str(each.regular[0].tutor) for each in found)
