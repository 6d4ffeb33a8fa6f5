import datetime as dt

import pytest
from django.core.exceptions import FieldFetchBlocked

from courses.models import Cohort, Session
from participants.models import AttendanceRecord, Enrollment, ModuleCompletion
from participants.progress import CohortProgress, EnrollmentProgress
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    CohortModuleFactory,
    CompletionRuleFactory,
    EnrollmentFactory,
    GroupFactory,
    MakeUpFactory,
    SessionFactory,
    at,
)

pytestmark = pytest.mark.django_db
NOW = at(MONDAY + dt.timedelta(days=11), 12)


def day(number: int) -> dt.date:
    return MONDAY + dt.timedelta(days=number)


def progress_of(enrollment: Enrollment) -> EnrollmentProgress:
    """Of one person; the same row must come out of the whole cohort's."""
    enrollment = Enrollment.objects.select_related("cohort").get(pk=enrollment.pk)
    own = EnrollmentProgress.for_enrollment(enrollment, at=NOW)
    cohort = CohortProgress.for_cohort(enrollment.cohort, at=NOW)
    (row,) = [row for row in cohort.rows if row.enrollment == enrollment]
    assert (row.rate, row.marks, row.sessions) == (own.rate, own.marks, own.sessions)
    assert [m.rate for m in row.modules] == [m.rate for m in own.modules]
    return own


def mark(enrollment, session, state="present", **fields) -> AttendanceRecord:
    return AttendanceRecordFactory(enrollment=enrollment, session=session, state=state, **fields)


def test_sessions_of_the_cohort_and_own_group_concern(enrollment, group, other_group) -> None:
    cohort = enrollment.cohort
    plenary = SessionFactory(cohort=cohort, day=1)
    own = SessionFactory(cohort=cohort, day=2, group=group)
    SessionFactory(cohort=cohort, day=3, group=other_group)
    SessionFactory(day=3)
    found = progress_of(enrollment)
    assert found.sessions == (plenary, own)
    assert (found.rate.counted, found.rate.untaken, found.rate.overdue) == (2, 2, 2)


def test_cancelled_session_counts_nowhere_even_with_a_mark(enrollment) -> None:
    session = SessionFactory(
        cohort=enrollment.cohort,
        status=Session.Status.CANCELLED,
        cancellation_reason="Sin docente",
    )
    mark(enrollment, session)
    found = progress_of(enrollment)
    assert found.sessions == ()
    assert found.marks == {}
    assert found.rate.state == "no_data"


def test_late_enrolled_person_owes_nothing_from_before(enrollment) -> None:
    SessionFactory(cohort=enrollment.cohort, day=1)
    first_day = SessionFactory(cohort=enrollment.cohort, day=2)
    enrollment.enrolled_on = day(2)
    enrollment.save()
    assert progress_of(enrollment).sessions == (first_day,)


def test_evening_session_belongs_to_its_day_in_lima(enrollment) -> None:
    # 23:00 in Lima is the next day in UTC.
    late = SessionFactory(cohort=enrollment.cohort, starts_at=at(day(4), 23))
    enrollment.status = Enrollment.Status.WITHDRAWN
    enrollment.ended_on = day(4)
    enrollment.save()
    assert progress_of(enrollment).sessions == (late,)


def test_withdrawn_person_counts_until_the_last_day_and_has_nothing_overdue(enrollment) -> None:
    cohort = enrollment.cohort
    attended = SessionFactory(cohort=cohort, day=1)
    untaken = SessionFactory(cohort=cohort, day=3)
    after = SessionFactory(cohort=cohort, day=8)
    mark(enrollment, attended)
    mark(enrollment, after)
    enrollment.status = Enrollment.Status.WITHDRAWN
    enrollment.ended_on = day(5)
    enrollment.save()
    found = progress_of(enrollment)
    assert found.sessions == (attended, untaken)
    assert found.marks == {attended.pk: "present"}
    assert (found.rate.untaken, found.rate.overdue) == (1, 0)


def test_changed_group_counts_from_its_day_and_keeps_earlier_marks(
    enrollment, group, other_group
) -> None:
    cohort = enrollment.cohort
    kept = SessionFactory(cohort=cohort, day=1, group=other_group)
    SessionFactory(cohort=cohort, day=2, group=other_group)
    SessionFactory(cohort=cohort, day=2, group=group)
    since = SessionFactory(cohort=cohort, day=5, group=group)
    mark(enrollment, kept, "absent")
    enrollment.group_since = day(5)
    enrollment.save()
    found = progress_of(enrollment)
    assert found.sessions == (kept, since)
    assert found.rate.absent == 1


def test_mark_in_own_group_from_before_the_change_counts(enrollment, group) -> None:
    early = SessionFactory(cohort=enrollment.cohort, day=2, group=group)
    mark(enrollment, early)
    enrollment.group_since = day(5)
    enrollment.save()
    assert progress_of(enrollment).sessions == (early,)


def test_mark_ahead_of_the_session_counts_at_once(enrollment) -> None:
    mark(enrollment, SessionFactory(cohort=enrollment.cohort, day=20), "absent")
    assert progress_of(enrollment).rate.absent == 1


def test_policy_of_the_cohort_applies(enrollment) -> None:
    cohort = enrollment.cohort
    cohort.late_counts_percent = 50
    cohort.excused_counts = Cohort.Excused.ABSENT
    cohort.attendance_base = Cohort.Base.MINUTES
    cohort.minimum_attendance_percent = 60
    cohort.save()
    mark(enrollment, SessionFactory(cohort=cohort, day=1), "late", minutes=80)
    mark(enrollment, SessionFactory(cohort=cohort, day=2), "excused")
    rate = progress_of(enrollment).rate
    assert (rate.earned, rate.base, rate.minimum_percent) == (40, 240, 60)


# ---- made up -----------------------------------------------------------------------------------


@pytest.fixture
def missed(enrollment, group, cohort_module) -> Session:
    session = SessionFactory(
        cohort=enrollment.cohort, group=group, day=1, cohort_module=cohort_module
    )
    mark(enrollment, session, "absent")
    return session


@pytest.fixture
def host(enrollment, other_group) -> Session:
    return SessionFactory(cohort=enrollment.cohort, group=other_group, day=4)


def test_task_done_counts_in_place_of_the_absence(enrollment, missed) -> None:
    make_up = MakeUpFactory(enrollment=enrollment, missed=missed)
    before = progress_of(enrollment).rate
    assert (before.to_date, before.best_possible, before.absent) == (0, 100, 1)
    make_up.done_at = NOW
    make_up.save()
    found = progress_of(enrollment)
    assert (found.rate.to_date, found.rate.made_up, found.rate.absent) == (100, 1, 0)
    assert found.modules[0].rate.certain == 100
    assert found.is_made_up(missed)
    assert found.marks == {missed.pk: "absent"}  # what is stored stays


@pytest.mark.parametrize(
    ("state", "to_date", "best"),
    [("present", 100, 100), ("late", 100, 100), ("absent", 0, 0), ("excused", 0, 0), ("", 0, 100)],
)
def test_session_attended_as_a_guest_counts_in_place_of_the_one_missed(
    enrollment, missed, host, state, to_date, best
) -> None:
    MakeUpFactory(enrollment=enrollment, missed=missed, host=host)
    if state:
        mark(enrollment, host, state)
    found = progress_of(enrollment)
    assert found.sessions == (missed,)  # the base is as if the person had been there
    assert (found.rate.to_date, found.rate.best_possible) == (to_date, best)


def test_make_up_counts_as_the_edition_says(enrollment, missed) -> None:
    cohort = enrollment.cohort
    cohort.make_up_counts, cohort.late_counts_percent = "late", 50
    cohort.save()
    MakeUpFactory(enrollment=enrollment, missed=missed, done_at=NOW)
    assert progress_of(enrollment).rate.to_date == 50


def test_make_up_that_was_cancelled_counts_nothing_and_neither_does_its_session(
    enrollment, missed, host
) -> None:
    make_up = MakeUpFactory(enrollment=enrollment, missed=missed, host=host, cancelled_at=NOW)
    mark(enrollment, host, "absent")
    found = progress_of(enrollment)
    assert (found.rate.counted, found.rate.absent, found.make_ups) == (1, 1, {})
    assert make_up.host not in found.sessions


def test_session_that_became_the_own_groups_counts_for_itself(
    enrollment, missed, host, other_group
) -> None:
    MakeUpFactory(enrollment=enrollment, missed=missed, host=host)
    enrollment.group, enrollment.group_since = other_group, day(4)
    enrollment.save()
    mark(enrollment, host, "present")
    found = progress_of(enrollment)
    assert found.sessions == (missed, host)
    assert (found.rate.to_date, found.rate.made_up) == (50, 0)


def test_host_group_does_not_have_its_guest_among_its_people(
    enrollment, other_enrollment, missed, host, other_group
) -> None:
    MakeUpFactory(enrollment=enrollment, missed=missed, host=host)
    mark(enrollment, host, "present")
    found = CohortProgress.for_cohort(enrollment.cohort, at=NOW, group=other_group)
    assert [row.enrollment for row in found.rows] == [other_enrollment]


def test_modules_are_measured_by_their_rule_in_force(enrollment, cohort_module) -> None:
    CompletionRuleFactory(
        cohort_module=cohort_module, version=2, minimum_attendance_percent=55, reason="Acuerdo"
    )
    without_rule = CohortModuleFactory(cohort=enrollment.cohort, first_week=3, last_week=4)
    first = SessionFactory(cohort=enrollment.cohort, day=1, cohort_module=cohort_module)
    SessionFactory(cohort=enrollment.cohort, day=15, cohort_module=without_rule)
    SessionFactory(cohort=enrollment.cohort, day=16)
    mark(enrollment, first)
    found = progress_of(enrollment)
    assert [m.cohort_module for m in found.modules] == [cohort_module, without_rule]
    assert [m.rate.minimum_percent for m in found.modules] == [55, 80]
    assert [m.rate.counted for m in found.modules] == [1, 1]
    assert found.rate.counted == 3


def test_decision_of_a_module_comes_with_it(enrollment, cohort_module, coordinator) -> None:
    ModuleCompletion.objects.create(
        enrollment=enrollment,
        cohort_module=cohort_module,
        rule=cohort_module.rules.get(),
        meets_rule=True,
        attendance_percent=90,
        sessions_counted=10,
        sessions_taken=10,
        decided_by=coordinator,
        decided_at=NOW,
    )
    (module,) = progress_of(enrollment).modules
    assert module.completion is not None
    assert module.completion.is_completed
    assert (module.completion.attendance_percent, module.completion.rule_version) == (90, 1)


def test_applicants_are_not_among_the_people(enrollment) -> None:
    EnrollmentFactory(cohort=enrollment.cohort, status=Enrollment.Status.APPLIED)
    rows = CohortProgress.for_cohort(enrollment.cohort, at=NOW).rows
    assert [row.enrollment for row in rows] == [enrollment]


def test_group_shows_its_people_and_sessions_only(
    enrollment, other_enrollment, group, other_group
) -> None:
    cohort = enrollment.cohort
    plenary = SessionFactory(cohort=cohort, day=1)
    own = SessionFactory(cohort=cohort, day=2, group=group)
    SessionFactory(cohort=cohort, day=3, group=other_group)
    as_guest = SessionFactory(cohort=cohort, day=4, group=other_group)
    mark(enrollment, as_guest)
    mark(other_enrollment, plenary)
    found = CohortProgress.for_cohort(cohort, at=NOW, group=group)
    assert [row.enrollment for row in found.rows] == [enrollment]
    assert found.sessions == (plenary, own, as_guest)


def test_people_come_by_surname(cohort, group) -> None:
    for surname in ("Zapata", "Ñahui", "Alva"):
        EnrollmentFactory(cohort=cohort, group=group, participant__paternal_surname=surname)
    rows = CohortProgress.for_cohort(cohort, at=NOW).rows
    assert rows[0].enrollment.participant.paternal_surname == "Alva"
    assert len(rows) == 3


@pytest.mark.parametrize("people", [1, 3])
def test_queries_do_not_grow_with_people(
    people, cohort, cohort_module, group, django_assert_num_queries
) -> None:
    sessions = [
        SessionFactory(cohort=cohort, day=number, cohort_module=cohort_module)
        for number in range(people)
    ]
    for enrollment in [EnrollmentFactory(cohort=cohort, group=group) for _ in range(people)]:
        for session in sessions:
            mark(enrollment, session)
    cohort = Cohort.objects.get(pk=cohort.pk)
    with django_assert_num_queries(3):
        found = CohortProgress.for_cohort(cohort, at=NOW)
        for row in found.rows:
            assert str(row.enrollment.participant)
            assert row.enrollment.group.number == 1
            assert [m.cohort_module.module.number for m in row.modules] == [1]
    with django_assert_num_queries(2):
        CohortProgress.for_cohort(cohort, at=NOW, group=group, with_modules=False)
    enrollment = Enrollment.objects.select_related("cohort").first()
    with django_assert_num_queries(3):
        EnrollmentProgress.for_enrollment(enrollment, at=NOW)


def test_what_was_not_fetched_fails_instead_of_costing_a_query(enrollment) -> None:
    (row,) = CohortProgress.for_cohort(enrollment.cohort, at=NOW).rows
    with pytest.raises(FieldFetchBlocked):
        str(row.enrollment.facility)


def test_person_without_group_has_the_plenaries(cohort) -> None:
    enrollment = EnrollmentFactory(cohort=cohort, group=None)
    SessionFactory(cohort=cohort, day=2, group=GroupFactory(cohort=cohort))
    plenary = SessionFactory(cohort=cohort, day=1)
    assert progress_of(enrollment).sessions == (plenary,)
