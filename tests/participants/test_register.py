import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses.models import Cohort, Session
from courses.models.sessions import Modality
from participants.models import AttendanceRecord, Enrollment
from participants.register import Mark, Register, RegisterOutcome, take_register
from participants.register_refusals import OPENS_BEFORE
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    EnrollmentFactory,
    FacilityFactory,
    GroupFactory,
    ParticipantFactory,
    SessionFactory,
    UserFactory,
    at,
)

TRANSACTION = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


@pytest.fixture
def session(cohort) -> Session:
    return SessionFactory(cohort=cohort)


@pytest.fixture
def people(cohort, group) -> list[Enrollment]:
    return EnrollmentFactory.create_batch(3, cohort=cohort, group=group)


def take(session: Session, marks: dict[Enrollment, str | Mark], **options) -> RegisterOutcome:
    given = {
        person.pk: mark if isinstance(mark, Mark) else Mark(mark) for person, mark in marks.items()
    }
    options.setdefault("by", None)
    options.setdefault("at", session.ends_at)
    return take_register(session, given, **options)


def stored(session: Session) -> dict[int, tuple[str, int]]:
    return {
        record.enrollment_id: (record.state, record.version)
        for record in AttendanceRecord.objects.filter(session=session)
    }


def statements(captured: CaptureQueriesContext) -> int:
    return sum(not query["sql"].startswith(TRANSACTION) for query in captured)


def refused(session: Session, marks: dict[Enrollment, str | Mark], **options) -> ValidationError:
    before = stored(session)
    with pytest.raises(ValidationError) as error:
        take(session, marks, **options)
    assert stored(session) == before
    return error.value


# ---- taking ----------------------------------------------------------------------------------


def test_register_whole_is_stored_with_who_and_when(session, people, tutor):
    one, two, three = people
    outcome = take(session, {one: "present", two: "late", three: "absent"}, by=tutor)
    assert len(outcome.saved) == 3
    assert stored(session) == {one.pk: ("present", 1), two.pk: ("late", 1), three.pk: ("absent", 1)}
    record = AttendanceRecord.objects.get(enrollment=two)
    assert (record.recorded_by, record.recorded_at, record.source) == (
        tutor,
        session.ends_at,
        "tutor",
    )
    past = AttendanceRecord.history.get(enrollment=two.pk)
    assert (past.history_type, past.history_user, past.history_date) == (
        "+",
        tutor,
        session.ends_at,
    )


def test_register_in_part_leaves_the_others_without_a_row(session, people):
    take(session, {people[0]: "present"})
    assert stored(session) == {people[0].pk: ("present", 1)}


def test_register_taken_again_in_part_keeps_the_marks_that_are_not_sent(session, people):
    one, two, _three = people
    take(session, {one: "present"})
    take(session, {two: "absent"})
    assert stored(session) == {one.pk: ("present", 1), two.pk: ("absent", 1)}


def test_register_of_nobody_changes_nothing(session, people):
    outcome = take(session, {})
    assert (outcome.saved, outcome.unchanged, outcome.conflicts) == ((), (), ())
    session.refresh_from_db()
    assert session.status == Session.Status.SCHEDULED


def test_rest_is_marked_but_nobody_who_has_a_mark(session, group, other_group, people):
    one, two, three = people
    stranger = EnrollmentFactory(cohort=session.cohort, group=other_group)
    take(session, {one: "absent"})
    take(session, {two: "late"}, rest=Mark("present"), group=group)
    assert stored(session) == {
        one.pk: ("absent", 1),
        two.pk: ("late", 1),
        three.pk: ("present", 1),
    }
    assert stranger.pk not in stored(session)
    assert not take(session, {}, rest=Mark("present"), group=group).saved


def test_register_sent_twice_changes_nothing_the_second_time(session, people):
    marks = {people[0]: Mark("present"), people[1]: Mark("absent")}
    take(session, marks)
    again = take(session, marks, at=session.ends_at + dt.timedelta(hours=1))
    assert (len(again.saved), len(again.unchanged), again.conflicts) == (0, 2, ())
    assert AttendanceRecord.history.count() == 2
    assert set(stored(session).values()) == {("present", 1), ("absent", 1)}


def test_changed_mark_keeps_the_old_one_in_its_history(session, people, tutor, coordinator):
    person = people[0]
    take(session, {person: "absent"}, by=tutor)
    later = session.ends_at + dt.timedelta(days=1)
    outcome = take(
        session,
        {person: Mark("excused", based_on=1)},
        by=coordinator,
        at=later,
        source=AttendanceRecord.Source.COORDINATOR,
    )
    assert [record.version for record in outcome.saved] == [2]
    record = AttendanceRecord.objects.get()
    assert (record.state, record.version, record.source) == ("excused", 2, "coordinator")
    assert (record.recorded_by, record.recorded_at) == (coordinator, later)
    assert list(
        AttendanceRecord.history.order_by("history_id").values_list(
            "state", "version", "history_user", "history_type"
        )
    ) == [("absent", 1, tutor.pk, "+"), ("excused", 2, coordinator.pk, "~")]


def test_first_mark_makes_the_session_held(session, people):
    take(session, {people[0]: "present"}, at=session.starts_at)
    session.refresh_from_db()
    assert (session.status, session.sequence) == (Session.Status.HELD, 0)


def test_mark_before_the_start_leaves_the_session_scheduled(session, people):
    take(session, {people[0]: "present"}, at=session.starts_at - dt.timedelta(minutes=1))
    session.refresh_from_db()
    assert session.status == Session.Status.SCHEDULED


@pytest.mark.parametrize(
    ("modality", "given_mode", "kept"),
    [
        (Modality.ONLINE, "", "online"),
        (Modality.IN_PERSON, "", "in_person"),
        (Modality.HYBRID, "", ""),
        (Modality.HYBRID, "online", "online"),
    ],
)
def test_mode_follows_the_session_unless_given(cohort, people, modality, given_mode, kept):
    session = SessionFactory(cohort=cohort, modality=modality)
    take(session, {people[0]: Mark("present", mode=given_mode)})
    assert AttendanceRecord.objects.get().mode == kept


def test_mode_and_minutes_not_given_are_kept(cohort, people):
    session = SessionFactory(cohort=cohort, modality=Modality.HYBRID)
    take(session, {people[0]: Mark("present", mode="online", minutes=90)})
    take(session, {people[0]: Mark("late", based_on=1)})
    record = AttendanceRecord.objects.get()
    assert (record.state, record.mode, record.minutes) == ("late", "online", 90)


def test_who_did_not_come_has_neither_mode_nor_minutes(session, people):
    take(session, {people[0]: Mark("present", minutes=90)})
    take(session, {people[0]: Mark("absent", mode="online", minutes=5, based_on=1)})
    record = AttendanceRecord.objects.get()
    assert (record.state, record.mode, record.minutes) == ("absent", "", None)


# ---- stale -----------------------------------------------------------------------------------


def test_stale_mark_is_handed_back_and_the_others_are_saved(session, people, tutor, coordinator):
    one, two, _three = people
    take(session, {one: "absent"}, by=coordinator)
    outcome = take(session, {one: "present", two: "present"}, by=tutor)
    assert stored(session) == {one.pk: ("absent", 1), two.pk: ("present", 1)}
    [conflict] = outcome.conflicts
    assert (conflict.enrollment, conflict.mark.state) == (one, "present")
    assert (conflict.record.state, conflict.record.recorded_by) == ("absent", coordinator)


def test_stale_mark_that_says_the_same_is_no_conflict(session, people):
    take(session, {people[0]: "absent"})
    outcome = take(session, {people[0]: "absent"})
    assert (len(outcome.unchanged), outcome.conflicts) == (1, ())


def test_conflict_is_solved_by_the_version_that_was_shown(session, people):
    take(session, {people[0]: "absent"})
    [conflict] = take(session, {people[0]: "present"}).conflicts
    take(session, {people[0]: Mark("present", based_on=conflict.record.version)})
    assert stored(session) == {people[0].pk: ("present", 2)}


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.sampled_from(AttendanceRecord.State.values),
            st.one_of(st.none(), st.integers(1, 4)),
        ),
        max_size=12,
    )
)
def test_register_sent_again_never_changes_anything(session, people, steps):
    """Whatever was sent before, in whatever order, with whatever version."""
    AttendanceRecord.objects.all().delete()
    for index, state, based_on in steps:
        before = stored(session).get(people[index].pk)
        mark = Mark(state, based_on=based_on)
        take(session, {people[index]: mark})
        once = stored(session)
        if before and based_on != before[1]:
            assert once[people[index].pk] == before
        history = AttendanceRecord.history.count()
        take(session, {people[index]: mark})
        assert stored(session) == once
        assert AttendanceRecord.history.count() == history


def test_outcome_has_the_register_as_it_now_stands(session, people, tutor, coordinator):
    one, two, _three = people
    take(session, {one: "absent"}, by=coordinator)
    register = take(session, {one: "present", two: "late"}, by=tutor).register
    read = Register.of(Session.objects.get(), at=session.ends_at)
    assert [(row.enrollment, row.record) for row in register.rows] == [
        (row.enrollment, row.record) for row in read.rows
    ]
    assert register.unmarked == 1
    assert {row.record.recorded_by for row in register.rows if row.record} == {tutor, coordinator}


# ---- refused ---------------------------------------------------------------------------------


def test_register_of_a_cancelled_session_is_refused(cohort, people):
    session = SessionFactory(
        cohort=cohort, status=Session.Status.CANCELLED, cancellation_reason="Huelga de transportes"
    )
    error = refused(session, {people[0]: "present"})
    assert error.code == "cancelled"
    assert "Huelga de transportes" in error.message


def test_register_of_a_session_cancelled_meanwhile_is_refused(session, people):
    seen = Session.objects.get(pk=session.pk)
    Session.objects.update(status="cancelled", cancellation_reason="Ponente enferma")
    assert refused(seen, {people[0]: "present"}).code == "cancelled"


def test_register_opens_fifteen_minutes_before_the_start(session, people):
    opens = session.starts_at - dt.timedelta(minutes=15)
    assert opens == session.starts_at - OPENS_BEFORE
    error = refused(session, {people[0]: "present"}, at=opens - dt.timedelta(seconds=1))
    assert error.code == "not_open"
    assert "04/03/2026" in error.message
    assert "17:45" in error.message
    take(session, {people[0]: "present"}, at=opens)
    assert stored(session)


def test_register_of_a_closed_cohort_is_refused(session, people):
    Cohort.objects.update(status=Cohort.Status.CLOSED)
    assert refused(session, {people[0]: "present"}).code == "cohort_closed"


def test_register_of_a_closed_module_is_refused(cohort, cohort_module, people):
    session = SessionFactory(cohort=cohort, cohort_module=cohort_module)
    cohort_module.closed_at = at(MONDAY + dt.timedelta(days=10), 9)
    cohort_module.save()
    error = refused(session, {people[0]: "present"})
    assert error.code == "module_closed"
    assert "12/03/2026" in error.message


@pytest.mark.parametrize(
    "mark", [Mark("asleep"), Mark(""), Mark("present", mode="by post"), Mark("late", minutes=-1)]
)
def test_wrong_mark_is_refused_at_its_person_and_nothing_is_written(session, people, mark):
    error = refused(session, {people[0]: "present", people[1]: mark})
    assert list(error.message_dict) == [str(people[1].pk)]


def test_person_of_another_cohort_is_refused_without_a_name(session, people):
    stranger = EnrollmentFactory()
    error = refused(session, {people[0]: "present", stranger: "present"})
    [message] = error.message_dict[str(stranger.pk)]
    assert stranger.participant.paternal_surname not in message


def test_person_of_another_group_is_refused_without_a_name(session, group, people, other_group):
    stranger = EnrollmentFactory(cohort=session.cohort, group=other_group)
    error = refused(session, {people[0]: "present", stranger: "present"}, group=group)
    [message] = error.message_dict[str(stranger.pk)]
    assert stranger.participant.paternal_surname not in message


def test_person_of_another_group_is_refused_in_a_session_of_a_group(cohort, group, other_group):
    session = SessionFactory(cohort=cohort, group=group)
    stranger = EnrollmentFactory(cohort=cohort, group=other_group)
    assert str(stranger.pk) in refused(session, {stranger: "present"}).message_dict


def test_group_of_another_cohort_has_no_part_in_the_register(session, people):
    error = refused(session, {people[0]: "present"}, group=GroupFactory())
    assert list(error.message_dict) == [str(people[0].pk)]


def test_person_who_left_before_the_session_is_refused_with_the_day(session, people):
    person = people[0]
    person.status, person.ended_on = Enrollment.Status.WITHDRAWN, MONDAY
    person.save()
    [message] = refused(session, {person: "present"}).messages
    assert person.participant.sorting_name in message
    assert "02/03/2026" in message
    assert "04/03/2026" in message


def test_person_who_left_on_the_day_of_the_session_is_still_asked_for(session, people):
    person = people[0]
    person.status, person.ended_on = Enrollment.Status.WITHDRAWN, session.day
    person.save()
    take(session, {person: "present"})
    assert person.pk in stored(session)


def test_person_who_entered_after_the_session_is_refused_with_the_day(session, people):
    person = people[0]
    person.enrolled_on = session.day + dt.timedelta(days=1)
    person.save()
    [message] = refused(session, {person: "present"}).messages
    assert "05/03/2026" in message


def test_person_who_never_entered_is_refused(session, people):
    person = people[0]
    person.status = Enrollment.Status.APPLIED
    person.save()
    assert str(person.pk) in refused(session, {person: "present"}).message_dict


def test_enrollment_that_does_not_exist_is_refused(session):
    with pytest.raises(ValidationError) as error:
        take_register(session, {987654: Mark("present")}, by=None, at=session.ends_at)
    assert list(error.value.message_dict) == ["987654"]


def test_second_mark_of_a_person_in_a_session_breaks_a_constraint(session, people):
    AttendanceRecordFactory(enrollment=people[0], session=session)
    with pytest.raises(IntegrityError):
        AttendanceRecordFactory(enrollment=people[0], session=session)


# ---- cost ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 132])
def test_taking_costs_the_same_for_one_and_for_all(cohort, group, session, tutor, size):
    facility = FacilityFactory()
    people = [
        EnrollmentFactory(cohort=cohort, group=group, participant=participant, facility=facility)
        for participant in ParticipantFactory.create_batch(size, facility=facility)
    ]
    with CaptureQueriesContext(connection) as first:
        take(session, dict.fromkeys(people, "present"), by=tutor)
    session.refresh_from_db()
    with CaptureQueriesContext(connection) as second:
        take(session, dict.fromkeys(people, Mark("late", based_on=1)), by=tutor)
    with CaptureQueriesContext(connection) as nothing:
        take(session, dict.fromkeys(people, "late"), by=tutor)
    assert (statements(first), statements(second), statements(nothing)) == (5, 5, 3)
    assert set(stored(session).values()) == {("late", 2)}


@pytest.mark.parametrize("size", [1, 3])
def test_register_is_read_at_the_same_cost(
    cohort, group, session, tutor, size, django_assert_num_queries
):
    for person in EnrollmentFactory.create_batch(size, cohort=cohort, group=group):
        take(session, {person: "absent"}, by=tutor)
        take(session, {person: Mark("late", based_on=1)}, by=tutor)
    session = Session.objects.select_related("cohort", "cohort_module").get()
    with django_assert_num_queries(3):
        register = Register.of(session, at=session.ends_at)
        assert [row.record.recorded_by.email for row in register.rows] == [tutor.email] * size
        assert [row.earlier[0].recorded_by.email for row in register.rows] == [tutor.email] * size
        assert len(register.by_group) == 1


# ---- reading ---------------------------------------------------------------------------------


def test_register_lists_whom_the_session_concerns_by_name(cohort, group, other_group, session):
    names = ["Zavala", "Álvarez", "Ñaupari"]
    mine = [
        EnrollmentFactory(cohort=cohort, group=group, participant__paternal_surname=name)
        for name in names
    ]
    theirs = EnrollmentFactory(cohort=cohort, group=other_group)
    EnrollmentFactory(cohort=cohort, group=group, status=Enrollment.Status.APPLIED)
    part = Register.of(session, group, at=session.ends_at)
    assert [row.enrollment for row in part.rows] == [mine[1], mine[2], mine[0]]
    whole = Register.of(session, at=session.ends_at)
    assert [(group, len(rows)) for group, rows in whole.by_group] == [(group, 3), (other_group, 1)]
    assert whole.rows[-1].enrollment == theirs


def test_register_counts_who_is_unmarked(session, people):
    take(session, {people[0]: "excused"})
    register = Register.of(session, at=session.ends_at)
    assert register.unmarked == 2
    assert [row.version for row in register.rows].count(1) == 1


def test_register_tells_people_of_one_name_apart(cohort, group, session):
    same = {"paternal_surname": "Quispe", "maternal_surname": "Mamani", "given_names": "Rosa"}
    for fields in (same, same, {}):
        EnrollmentFactory(cohort=cohort, group=group, participant=ParticipantFactory(**fields))
    rows = Register.of(session, at=session.ends_at).rows
    assert [row.shares_name for row in rows] == [False, True, True]


def test_register_of_a_group_keeps_whoever_has_a_mark_in_it(cohort, group, other_group, people):
    session = SessionFactory(cohort=cohort, group=group)
    moved = people[0]
    take(session, {moved: "absent"})
    moved.group, moved.group_since = other_group, session.day + dt.timedelta(days=1)
    moved.save()
    register = Register.of(session, group, at=session.ends_at)
    assert moved in [row.enrollment for row in register.rows]
    assert [(section, len(rows)) for section, rows in register.by_group] == [(group, 3)]
    take(session, {moved: Mark("excused", based_on=1)}, group=group)
    assert stored(session) == {moved.pk: ("excused", 2)}
    assert Register.of(session, other_group, at=session.ends_at).rows == ()


def test_register_shows_what_a_mark_was_before(session, people, tutor, coordinator):
    take(session, {people[0]: "absent"}, by=tutor)
    take(session, {people[0]: Mark("late", based_on=1)}, by=coordinator)
    take(session, {people[0]: Mark("excused", based_on=2)}, by=tutor)
    row = next(row for row in Register.of(session, at=session.ends_at).rows if row.record)
    assert row.record.state == "excused"
    assert [(mark.state, mark.recorded_by) for mark in row.earlier] == [
        ("absent", tutor),
        ("late", coordinator),
    ]


def test_register_says_why_it_cannot_be_taken(session):
    assert Register.of(session, at=session.ends_at).refusal is None
    early = Register.of(session, at=session.starts_at - dt.timedelta(days=1))
    assert early.refusal.code == "not_open"


# ---- two at once -----------------------------------------------------------------------------


@pytest.mark.postgres
def test_two_who_save_one_register_at_once_lose_nothing(at_once, cohort, group):
    session = SessionFactory(cohort=cohort)
    people = EnrollmentFactory.create_batch(13, cohort=cohort, group=group)
    users = UserFactory.create_batch(2)
    states = ["present", "absent"]

    def save(index: int) -> RegisterOutcome:
        return take(session, dict.fromkeys(people, states[index]), by=users[index])

    outcomes = at_once(save, 2)
    assert all(isinstance(outcome, RegisterOutcome) for outcome in outcomes), outcomes
    assert sorted(len(outcome.saved) for outcome in outcomes) == [0, 13]
    winner = next(index for index in (0, 1) if outcomes[index].saved)
    assert set(stored(session).values()) == {(states[winner], 1)}
    assert len(outcomes[1 - winner].conflicts) == 13
    assert AttendanceRecord.history.count() == 13


@pytest.mark.postgres
def test_two_who_save_parts_of_one_plenary_at_once_save_both(at_once, cohort, group, other_group):
    session = SessionFactory(cohort=cohort)
    groups = [group, other_group]
    parts = [EnrollmentFactory.create_batch(5, cohort=cohort, group=g) for g in groups]

    def save(index: int) -> RegisterOutcome:
        return take(session, dict.fromkeys(parts[index], "present"), group=groups[index])

    outcomes = at_once(save, 2)
    assert [len(outcome.saved) for outcome in outcomes] == [5, 5]
    assert len(stored(session)) == 10
