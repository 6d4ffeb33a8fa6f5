import datetime as dt

import pytest
from django.urls import reverse

from courses.models import Cohort, Session
from participants.models import Enrollment
from participants.register import Mark, take_register
from tests.factories import (
    MONDAY,
    AttendanceWarningFactory,
    CohortFactory,
    EnrollmentFactory,
    GroupFactory,
    SessionFactory,
    TutorAssignmentFactory,
    at,
)
from tutors.home import TutorHome
from tutors.models import TutorAssignment

TODAY = MONDAY + dt.timedelta(days=11)
NOW = at(TODAY, 12)


def home(user, moment=NOW) -> TutorHome:
    return TutorHome.of(user, at=moment)


def take(session, people, state="present"):
    marks = {person.pk: Mark(state) for person in people}
    take_register(session, marks, by=None, at=session.ends_at)


def overdue(found: TutorHome) -> list[tuple[Session, int]]:
    return [(register.session, register.unmarked) for register in found.overdue]


def test_registers_still_to_take_come_oldest_first(tutor, cohort, group, enrollment):
    later = SessionFactory(cohort=cohort, group=group, day=9)
    earlier = SessionFactory(cohort=cohort, day=2)
    taken = SessionFactory(cohort=cohort, day=4)
    take(taken, [enrollment])
    assert overdue(home(tutor)) == [(earlier, 1), (later, 1)]


def test_registers_of_others_are_not_the_tutors_to_take(
    tutor, cohort, other_group, enrollment, other_enrollment
):
    session = SessionFactory(cohort=cohort)
    SessionFactory(cohort=cohort, group=other_group)
    take(session, [enrollment])
    assert overdue(home(tutor)) == []


def test_register_of_a_closed_module_is_no_longer_asked_for(
    tutor, cohort, cohort_module, enrollment
):
    SessionFactory(cohort=cohort, cohort_module=cohort_module)
    cohort_module.closed_at = NOW
    cohort_module.save()
    assert overdue(home(tutor)) == []


def test_substitute_is_asked_for_the_registers_of_the_own_days_for_a_week(
    tutor, cohort, enrollment
):
    SessionFactory(cohort=cohort, day=2)
    own = SessionFactory(cohort=cohort, day=4)
    last = MONDAY + dt.timedelta(days=4)
    TutorAssignment.objects.update(starts_on=MONDAY + dt.timedelta(days=3), ends_on=last)
    found = home(tutor)
    assert overdue(found) == [(own, 1)]
    assert found.groups == []
    assert home(tutor, at(last + dt.timedelta(days=8), 12)).overdue == []


def test_todays_sessions_tell_who_is_unmarked_and_when_the_register_opens(
    tutor, cohort, group, enrollment
):
    people = [enrollment, EnrollmentFactory(cohort=cohort, group=group)]
    early = SessionFactory(cohort=cohort, group=group, starts_at=at(TODAY, 8), day=11)
    soon = SessionFactory(
        cohort=cohort, group=group, day=11, starts_at=NOW + dt.timedelta(minutes=15)
    )
    SessionFactory(cohort=cohort, group=group, day=11)
    SessionFactory(cohort=cohort, group=group, day=12)
    take(early, people[:1])
    today = home(tutor).today
    assert [(each.people, each.unmarked, each.can_take) for each in today] == [
        (2, 1, True),
        (2, 2, True),
        (2, 2, False),
    ]
    assert today[1].line.session == soon


def test_plenary_of_today_is_shown_for_each_own_group(tutor, cohort, group, other_group):
    TutorAssignmentFactory(tutor=tutor.tutor, group=other_group)
    SessionFactory(cohort=cohort, day=11)
    assert [each.group for each in home(tutor).today] == [group, other_group]


def test_cancelled_session_of_today_has_no_register_to_take(tutor, cohort, enrollment):
    SessionFactory(
        cohort=cohort,
        day=11,
        starts_at=at(TODAY, 11),
        status=Session.Status.CANCELLED,
        cancellation_reason="Paro nacional",
    )
    [today] = home(tutor).today
    assert today.line.is_cancelled
    assert not today.can_take


def test_changes_are_told_of_the_own_sessions_only(tutor, cohort, group, other_group, clock):
    moved = SessionFactory(
        cohort=cohort, group=group, day=16, moved_from=at(MONDAY, 18), sequence=1
    )
    cancelled = SessionFactory(
        cohort=cohort, day=17, status="cancelled", cancellation_reason="Paro nacional"
    )
    SessionFactory(
        cohort=cohort, group=other_group, day=17, status="cancelled", cancellation_reason="Paro"
    )
    SessionFactory(cohort=cohort, day=18)
    assert [line.session for line in home(tutor).news] == [moved, cancelled]


def test_next_session_is_told_when_there_is_none_today(tutor, cohort):
    SessionFactory(cohort=cohort, day=20)
    session = SessionFactory(cohort=cohort, day=16)
    found = home(tutor)
    assert found.today == []
    assert found.next.session == session


def test_own_groups_show_who_is_slipping_first(tutor, cohort, group):
    fine, slipping, gone = EnrollmentFactory.create_batch(3, cohort=cohort, group=group)
    gone.status, gone.ended_on = Enrollment.Status.WITHDRAWN, MONDAY
    gone.save()
    for day in (1, 2, 3, 4):
        session = SessionFactory(cohort=cohort, day=day)
        take(session, [fine])
        take(session, [slipping], "absent")
    [own] = home(tutor).groups
    assert [row.enrollment for row in own.rows] == [slipping, fine]
    assert (own.group, own.slipping) == (group, 1)


def test_home_says_when_who_is_slipping_is_or_was_told(log_in, tutor, cohort, group):
    told, next_told, fine = EnrollmentFactory.create_batch(3, cohort=cohort, group=group)
    sessions = [SessionFactory(cohort=cohort, day=day) for day in (1, 2, 3, 4)]
    for person in (told, next_told):
        take(sessions[0], [person], "absent")
    for person, sent in ((told, NOW), (next_told, None), (fine, NOW)):
        AttendanceWarningFactory(
            enrollment=person, audience="participant", due_at=NOW, sent_at=sent
        )
    for name, args in (("home", []), ("group", [group.pk])):
        page = log_in(tutor).get(reverse(f"tutors:{name}", args=args)).text
        assert page.count("Se le avisó por correo el 13/03/2026.") == 1
        assert page.count("Se le avisará por correo el vie 13/03, 12:00") == 1


def test_group_of_a_closed_edition_is_an_earlier_one(tutor, group):
    Cohort.objects.update(status=Cohort.Status.CLOSED)
    found = home(tutor)
    assert (found.past, found.groups) == ([group], [])


def test_group_of_a_draft_is_not_shown(tutor, group):
    Cohort.objects.update(status=Cohort.Status.DRAFT)
    found = home(tutor)
    assert (found.past, found.groups) == ([], [])


def test_groups_of_two_editions_are_both_there(tutor, group):
    other = GroupFactory(cohort=CohortFactory(starts_on=MONDAY - dt.timedelta(days=60)), number=7)
    TutorAssignmentFactory(tutor=tutor.tutor, group=other)
    assert [own.group for own in home(tutor).groups] == [group, other]


@pytest.mark.parametrize("count", [1, 3])
def test_home_costs_the_same_for_one_group_and_for_three(
    tutor, cohort, group, cohort_module, count, django_assert_num_queries
):
    groups = [group, *(GroupFactory(cohort=cohort, number=n) for n in range(2, count + 1))]
    for own in groups[1:]:
        TutorAssignmentFactory(tutor=tutor.tutor, group=own)
    for own in groups:
        EnrollmentFactory.create_batch(count, cohort=cohort, group=own)
        SessionFactory(cohort=cohort, group=own, day=11)
        SessionFactory(cohort=cohort, group=own, day=3)
    with django_assert_num_queries(9):
        found = home(tutor)
        assert [len(own.rows) for own in found.groups] == [count] * count
        assert len(found.overdue) == len(found.today) == count
