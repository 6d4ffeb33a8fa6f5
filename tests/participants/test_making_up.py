import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from participants.making_up import assign, cancel, complete, hosts_for
from participants.models import Enrollment, MakeUp
from participants.progress import EnrollmentProgress
from participants.register import Mark, Register, take_register
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    EnrollmentFactory,
    MakeUpFactory,
    SessionFactory,
    SessionPatternFactory,
    UserFactory,
    at,
)

pytestmark = pytest.mark.django_db
NOW = at(MONDAY + dt.timedelta(days=11), 12)
TODAY = MONDAY + dt.timedelta(days=11)


@pytest.fixture
def missed(cohort, group, enrollment):
    session = SessionFactory(cohort=cohort, group=group, day=9)
    AttendanceRecordFactory(enrollment=enrollment, session=session, state="absent")
    return session


@pytest.fixture
def host(cohort, other_group):
    return SessionFactory(cohort=cohort, group=other_group, day=12)


def assigned(enrollment, missed, *, by=None, at=NOW, **how) -> MakeUp:
    how = how or {"task": "reading", "due_on": TODAY}
    return assign(enrollment, missed, by=by, at=at, **how)


def why_not_assigned(enrollment, missed, **how) -> str | None:
    before = MakeUp.objects.count()
    with pytest.raises(ValidationError) as refused:
        assigned(enrollment, missed, **how)
    assert MakeUp.objects.count() == before
    return getattr(refused.value, "code", None) or ", ".join(refused.value.message_dict)


# ---- assigning -------------------------------------------------------------------------------


def test_make_up_is_assigned_with_who_and_when_in_its_history(enrollment, missed, host, tutor):
    make_up = assigned(enrollment, missed, host=host, by=tutor)
    assert (make_up.host, make_up.assigned_by, make_up.assigned_at) == (host, tutor, NOW)
    version = make_up.history.get()
    assert (version.history_user, version.history_date) == (tutor, NOW)


def test_same_make_up_again_changes_nothing(enrollment, missed, host):
    first = assigned(enrollment, missed, host=host)
    assert assigned(enrollment, missed, host=host) == first
    assert first.history.count() == 1


def test_second_make_up_of_a_session_is_refused_until_the_first_is_cancelled(
    enrollment, missed, host
):
    first = assigned(enrollment, missed, host=host)
    assert why_not_assigned(enrollment, missed) == "assigned"
    cancel(first, by=None, at=NOW)
    assert assigned(enrollment, missed).task == "reading"


@pytest.mark.parametrize("state", ["present", "late"])
def test_make_up_of_who_was_there_is_refused(enrollment, missed, state):
    enrollment.attendance.update(state=state)
    assert why_not_assigned(enrollment, missed) == "present"


def test_who_is_excused_may_make_up_too(enrollment, missed):
    enrollment.attendance.update(state="excused")
    assert assigned(enrollment, missed).pk


def test_make_up_of_who_has_no_mark_is_refused(enrollment, cohort, group):
    session = SessionFactory(cohort=cohort, group=group, day=8)
    assert why_not_assigned(enrollment, session) == "unmarked"


def test_make_up_of_a_session_ahead_is_refused(enrollment, cohort, group):
    session = SessionFactory(cohort=cohort, group=group, day=15)
    assert why_not_assigned(enrollment, session) == "not_open"


def test_make_up_of_a_person_who_left_is_refused(enrollment, missed):
    enrollment.status, enrollment.ended_on = Enrollment.Status.WITHDRAWN, TODAY
    enrollment.save()
    assert why_not_assigned(enrollment, missed) == "left"


def test_make_up_in_a_closed_module_is_refused(enrollment, missed, cohort_module):
    missed.cohort_module = cohort_module
    missed.save()
    cohort_module.closed_at = NOW
    cohort_module.save()
    assert why_not_assigned(enrollment, missed) == "module_closed"


def test_session_of_the_own_group_makes_up_for_nothing(enrollment, missed, cohort, group):
    own = SessionFactory(cohort=cohort, group=group, day=12)
    assert why_not_assigned(enrollment, missed, host=own) == "own_group"


def test_session_of_the_whole_edition_or_of_another_makes_up_for_nothing(
    enrollment, missed, cohort
):
    for session in (SessionFactory(cohort=cohort, day=12), SessionFactory(day=12)):
        assert why_not_assigned(enrollment, missed, host=session) == "another_edition"


def test_session_that_is_over_or_cancelled_makes_up_for_nothing(
    enrollment, missed, cohort, other_group
):
    over = SessionFactory(cohort=cohort, group=other_group, day=10)
    off = SessionFactory(
        cohort=cohort, group=other_group, day=13, status="cancelled", cancellation_reason="Paro"
    )
    assert why_not_assigned(enrollment, missed, host=over) == "past"
    assert why_not_assigned(enrollment, missed, host=off) == "cancelled"


def test_session_after_the_persons_last_day_makes_up_for_nothing(enrollment, missed, host):
    enrollment.ended_on = TODAY
    enrollment.save()
    assert why_not_assigned(enrollment, missed, host=host) == "left"


def test_task_needs_a_day_that_is_not_over(enrollment, missed):
    yesterday = TODAY - dt.timedelta(days=1)
    assert why_not_assigned(enrollment, missed, task="reading", due_on=yesterday) == "due_on"
    assert "task" in (why_not_assigned(enrollment, missed, task="reading") or "")
    assert "task" in (why_not_assigned(enrollment, missed, task="poem", due_on=TODAY) or "")


def test_guest_who_stayed_away_makes_up_the_own_groups_session(enrollment, missed, host, cohort):
    assigned(enrollment, missed, host=host)
    take_register(host, {enrollment.pk: Mark("absent")}, by=None, at=host.ends_at)
    assert why_not_assigned(enrollment, host, at=host.ends_at) == "guest"


def test_sessions_to_choose_from_are_other_groups_and_not_over(
    enrollment, missed, host, cohort, group, other_group
):
    SessionFactory(cohort=cohort, group=other_group, day=10)
    SessionFactory(cohort=cohort, group=group, day=12)
    SessionFactory(cohort=cohort, day=12)
    SessionFactory(day=12)
    SessionFactory(
        cohort=cohort, group=other_group, day=13, status="cancelled", cancellation_reason="Paro"
    )
    later = SessionFactory(cohort=cohort, group=other_group, day=20)
    assert set(hosts_for(enrollment, at=NOW)) == {host, later}
    assigned(enrollment, missed, host=host)
    assert list(hosts_for(enrollment, at=NOW)) == [later]


def test_sessions_that_clash_with_an_own_one_come_last(
    enrollment, missed, cohort, group, other_group
):
    clashing = SessionFactory(cohort=cohort, group=other_group, day=12)
    free = SessionFactory(cohort=cohort, group=other_group, day=13)
    SessionFactory(cohort=cohort, group=group, day=12)
    SessionFactory(
        cohort=cohort, group=group, day=13, status="cancelled", cancellation_reason="Paro"
    )
    found = list(hosts_for(enrollment, at=NOW))
    assert [(host, host.clashes) for host in found] == [(free, False), (clashing, True)]


def test_sessions_like_the_one_missed_come_first(enrollment, missed, cohort, other_group):
    pattern = SessionPatternFactory(cohort=cohort)
    missed.pattern = pattern
    SessionFactory(cohort=cohort, group=other_group, day=12)
    like = SessionFactory(cohort=cohort, group=other_group, day=13, pattern=pattern)
    assert hosts_for(enrollment, at=NOW, like=missed).first() == like
    assert hosts_for(enrollment, at=NOW).first() != like


# ---- as a guest --------------------------------------------------------------------------------


def standing(enrollment, missed) -> str:
    return (
        EnrollmentProgress.for_enrollment(enrollment, at=host_over()).make_ups[missed.pk].standing
    )


def host_over() -> dt.datetime:
    return at(MONDAY + dt.timedelta(days=12), 21)


def test_guest_is_in_the_register_of_the_host_and_after_its_people(
    enrollment, missed, host, other_group, other_enrollment, django_assert_num_queries
):
    make_up = assigned(enrollment, missed, host=host)
    with django_assert_num_queries(2):
        register = Register.of(host, other_group, at=host.ends_at)
    assert [row.enrollment for row in register.rows] == [other_enrollment, enrollment]
    assert [row.guest for row in register.rows] == [None, make_up]
    assert register.rows[1].enrollment.group == enrollment.group


@pytest.mark.parametrize(
    ("state", "then"), [("present", "done"), ("late", "done"), ("absent", "failed")]
)
def test_mark_of_the_guest_says_how_the_make_up_stands(enrollment, missed, host, state, then):
    assigned(enrollment, missed, host=host)
    assert standing(enrollment, missed) == "pending"
    take_register(host, {enrollment.pk: Mark(state)}, by=None, at=host.ends_at)
    assert standing(enrollment, missed) == then


def test_all_present_marks_the_guest_too(enrollment, missed, host, other_group):
    assigned(enrollment, missed, host=host)
    take_register(host, {}, rest=Mark("present"), by=None, at=host.ends_at, group=other_group)
    assert standing(enrollment, missed) == "done"


def test_guest_of_a_session_cancelled_since_has_nothing_to_go_to(enrollment, missed, host):
    assigned(enrollment, missed, host=host)
    host.status, host.cancellation_reason = "cancelled", "Paro"
    host.save()
    assert standing(enrollment, missed) == "failed"


def test_nobody_is_a_guest_whose_make_up_was_cancelled_or_who_has_left(
    enrollment, missed, host, cohort, group, other_group
):
    cancel(assigned(enrollment, missed, host=host), by=None, at=NOW)
    gone = EnrollmentFactory(cohort=cohort, group=group, status="withdrawn", ended_on=TODAY)
    MakeUpFactory(enrollment=gone, missed=missed, host=host)
    assert Register.of(host, other_group, at=host.ends_at).rows == ()


def test_who_has_moved_to_the_host_group_is_no_guest_in_it(enrollment, missed, host, other_group):
    assigned(enrollment, missed, host=host)
    enrollment.group = other_group
    enrollment.save()
    [row] = Register.of(host, other_group, at=host.ends_at).rows
    assert row.guest is None


# ---- a task ------------------------------------------------------------------------------------


def test_task_is_noted_as_done_once(enrollment, missed, tutor):
    tutor.name = "Karina Condori"
    tutor.save()
    make_up = complete(assigned(enrollment, missed), by=tutor, at=NOW)
    assert (make_up.done_by, make_up.done_at) == (tutor, NOW)
    with pytest.raises(ValidationError) as refused:
        complete(make_up, by=UserFactory(), at=NOW)
    assert refused.value.code == "done"
    assert "Karina Condori" in refused.value.message
    assert [version.done_by for version in make_up.history.order_by("pk")] == [None, tutor]


def test_session_is_not_noted_as_done_but_by_its_register(enrollment, missed, host):
    with pytest.raises(ValidationError) as refused:
        complete(assigned(enrollment, missed, host=host), by=None, at=NOW)
    assert refused.value.code == "by_register"


def test_cancelled_task_is_not_done(enrollment, missed):
    make_up = assigned(enrollment, missed)
    for _time in range(2):
        assert cancel(make_up, by=None, at=NOW).cancelled_at == NOW
    with pytest.raises(ValidationError) as refused:
        complete(make_up, by=None, at=NOW)
    assert refused.value.code == "cancelled"


def test_task_noted_by_mistake_is_cancelled_and_counts_no_more(enrollment, missed):
    make_up = complete(assigned(enrollment, missed), by=None, at=NOW)
    cancel(make_up, by=None, at=NOW)
    assert EnrollmentProgress.for_enrollment(enrollment, at=NOW).rate.to_date == 0


def test_make_up_that_the_host_register_says_is_done_is_not_cancelled(enrollment, missed, host):
    make_up = assigned(enrollment, missed, host=host)
    take_register(host, {enrollment.pk: Mark("late")}, by=None, at=host.ends_at)
    with pytest.raises(ValidationError) as refused:
        cancel(make_up, by=None, at=NOW)
    assert refused.value.code == "by_register"


def test_after_the_module_is_closed_nothing_is_done_nor_cancelled(
    enrollment, missed, cohort_module
):
    make_up = assigned(enrollment, missed)
    missed.cohort_module = cohort_module
    missed.save()
    cohort_module.closed_at = NOW
    cohort_module.save()
    for verb in (complete, cancel):
        with pytest.raises(ValidationError) as refused:
            verb(make_up, by=None, at=NOW)
        assert refused.value.code == "module_closed"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_assign_at_once_one_is_told(enrollment, missed, host, at_once):
    ways = [{"host": host}, {"task": "reading", "due_on": TODAY}]
    outcomes = at_once(lambda n: assigned(enrollment, missed, **ways[n]))
    errors = [outcome for outcome in outcomes if isinstance(outcome, ValidationError)]
    assert [error.code for error in errors] == ["assigned"]
    assert MakeUp.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_note_it_as_done_at_once_one_is_told(enrollment, missed, at_once):
    make_up = assigned(enrollment, missed)
    outcomes = at_once(lambda n: complete(make_up, by=None, at=NOW))
    errors = [outcome for outcome in outcomes if isinstance(outcome, ValidationError)]
    assert [error.code for error in errors] == ["done"]
