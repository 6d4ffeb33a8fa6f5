import datetime as dt

import pytest

from courses.models import Cohort, CohortModule
from participants.models import AttendanceRecord, AttendanceWarning, Enrollment, RegisterReminder
from participants.warning import next_digest, note
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    CohortModuleFactory,
    CompletionRuleFactory,
    EnrollmentFactory,
    GroupFactory,
    ModuleCompletionFactory,
    SessionFactory,
    at,
)
from tests.trainingprog.warned import HOURS, NOON, miss, ten_sessions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def warnings() -> set[tuple[str, str]]:
    return set(AttendanceWarning.objects.values_list("kind", "audience"))


def to_all(kind: str) -> set[tuple[str, str]]:
    return {(kind, audience) for audience in ("tutor", "participant", "coordinator")}


def noted(cohort, when=NOON) -> None:
    note([Cohort.objects.get(pk=cohort.pk)], at=when)


@pytest.mark.parametrize(
    ("missed", "expected"),
    [
        (0, set()),
        (1, to_all("one_left")),
        (2, to_all("none_left")),
        (3, to_all("impossible")),
    ],
)
def test_kind_is_of_the_absences_left(cohort, enrollment, missed, expected):
    miss(enrollment, ten_sessions(cohort)[:missed])
    noted(cohort)
    assert warnings() == expected


def test_short_edition_warns_of_nothing_before_something_was_missed(cohort, enrollment):
    SessionFactory(cohort=cohort, day=14)
    noted(cohort)
    assert warnings() == set()


@pytest.mark.parametrize(
    ("missed", "expected"), [(1, set()), (2, set()), (3, to_all("impossible"))]
)
def test_where_no_session_is_to_come_missing_registers_warn_nobody(
    cohort, enrollment, missed, expected
):
    sessions = ten_sessions(cohort)
    miss(enrollment, sessions[:missed])
    noted(cohort, sessions[-1].ends_at + HOURS)
    assert warnings() == expected


def test_tutor_first_participant_two_days_later_coordination_in_the_morning(cohort, enrollment):
    miss(enrollment, ten_sessions(cohort)[:1])
    noted(cohort)
    dues = dict(AttendanceWarning.objects.values_list("audience", "due_at"))
    assert dues == {
        "tutor": NOON,
        "participant": NOON + 48 * HOURS,
        "coordinator": at(MONDAY + dt.timedelta(days=12), 7),
    }


def test_noting_again_changes_nothing(cohort, enrollment):
    miss(enrollment, ten_sessions(cohort)[:1])
    noted(cohort)
    before = list(AttendanceWarning.objects.values())
    noted(cohort, NOON + HOURS)
    assert list(AttendanceWarning.objects.values()) == before


def test_what_mended_before_it_was_told_is_taken_back(cohort, enrollment):
    (record,) = miss(enrollment, ten_sessions(cohort)[:1])
    noted(cohort)
    AttendanceWarning.objects.filter(audience="tutor").update(sent_at=NOON)
    AttendanceRecord.objects.filter(pk=record.pk).update(state="present")
    noted(cohort, NOON + HOURS)
    assert warnings() == {("one_left", "tutor")}


def test_what_came_again_is_told_to_whom_it_was_not_told(cohort, enrollment):
    (record,) = miss(enrollment, ten_sessions(cohort)[:1])
    noted(cohort)
    AttendanceWarning.objects.filter(audience="tutor").update(sent_at=NOON)
    for state, hours in (("present", 1), ("absent", 2)):
        AttendanceRecord.objects.filter(pk=record.pk).update(state=state)
        noted(cohort, NOON + hours * HOURS)
    assert warnings() == to_all("one_left")
    dues = dict(AttendanceWarning.objects.values_list("audience", "due_at"))
    assert (dues["tutor"], dues["participant"]) == (NOON, NOON + 50 * HOURS)


def test_worse_takes_the_place_of_what_was_not_told_yet(cohort, enrollment):
    sessions = ten_sessions(cohort)
    miss(enrollment, sessions[:1])
    noted(cohort)
    AttendanceWarning.objects.filter(audience="tutor").update(sent_at=NOON)
    miss(enrollment, sessions[1:2])
    noted(cohort, NOON + HOURS)
    assert warnings() == {("one_left", "tutor"), *to_all("none_left")}


@pytest.mark.parametrize("status", ["withdrawn", "transferred", "completed", "not_completed"])
def test_who_left_or_is_through_is_not_warned(cohort, enrollment, status):
    miss(enrollment, ten_sessions(cohort)[:3])
    noted(cohort)
    assert warnings()
    Enrollment.objects.filter(pk=enrollment.pk).update(status=status, ended_on=NOON.date())
    noted(cohort, NOON + HOURS)
    assert warnings() == set()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [(70, set()), (90, to_all("none_left")), (0, to_all("one_left"))],
)
def test_edition_warns_by_its_rule_in_force_that_asks_for_attendance(
    cohort, enrollment, asked, expected
):
    CompletionRuleFactory(cohort_module=None, cohort=cohort, minimum_attendance_percent=asked)
    miss(enrollment, ten_sessions(cohort)[:1])
    noted(cohort)
    assert warnings() == expected


def of_modules() -> set[tuple[int | None, str]]:
    return set(AttendanceWarning.objects.values_list("cohort_module", "kind"))


@pytest.mark.parametrize(("missed", "expected"), [(1, None), (2, "none_left"), (3, "impossible")])
def test_module_is_warned_of_as_its_own_rule_counts(cohort, enrollment, missed, expected):
    """Of six sessions four are asked for, of the edition's twenty half."""
    Cohort.objects.update(minimum_attendance_percent=50)
    module = CohortModuleFactory(cohort=cohort)
    CompletionRuleFactory(cohort_module=module, minimum_attendance_percent=66)
    days = [SessionFactory(cohort=cohort, day=day, cohort_module=module) for day in range(9, 15)]
    for day in range(15, 29):
        SessionFactory(cohort=cohort, day=day)
    miss(enrollment, days[:missed])
    noted(cohort)
    assert of_modules() == ({(module.pk, expected)} if expected else set())
    noted(cohort)
    assert AttendanceWarning.objects.count() == (3 if expected else 0)


@pytest.mark.parametrize("how", ["closed", "decided", "no rule"])
def test_module_that_is_closed_decided_or_without_a_rule_warns_nobody(cohort, enrollment, how):
    module = CohortModuleFactory(cohort=cohort)
    if how != "no rule":
        CompletionRuleFactory(cohort_module=module, minimum_attendance_percent=100)
    for day in range(7, 21):
        SessionFactory(cohort=cohort, day=day)
    miss(enrollment, [SessionFactory(cohort=cohort, day=0, cohort_module=module)])
    noted(cohort)
    assert of_modules() == (set() if how == "no rule" else {(module.pk, "impossible")})
    if how == "decided":
        ModuleCompletionFactory(
            enrollment=enrollment, cohort_module=module, rule=module.rules.get()
        )
    CohortModule.objects.update(closed_at=NOON if how == "closed" else None)
    noted(cohort, NOON + HOURS)
    assert of_modules() == set()


@pytest.mark.parametrize("status", ["draft", "closed"])
def test_draft_and_closed_editions_warn_nobody(cohort, enrollment, status):
    miss(enrollment, ten_sessions(cohort)[:3])
    noted(cohort)
    Cohort.objects.filter(pk=cohort.pk).update(status=status)
    noted(cohort, NOON + HOURS)
    assert warnings() == set()


@pytest.mark.parametrize(
    ("policy", "audience"),
    [
        ({"warns_tutors": False}, "tutor"),
        ({"participant_warned_after_hours": None}, "participant"),
        ({"warns_coordinators": False}, "coordinator"),
    ],
)
def test_policy_decides_who_is_warned(cohort, enrollment, policy, audience):
    miss(enrollment, ten_sessions(cohort, **policy)[:1])
    noted(cohort)
    assert warnings() == to_all("one_left") - {("one_left", audience)}


def test_policy_changed_takes_back_what_was_not_sent(cohort, enrollment):
    miss(enrollment, ten_sessions(cohort)[:1])
    noted(cohort)
    Cohort.objects.filter(pk=cohort.pk).update(warns_tutors=False)
    noted(cohort, NOON + HOURS)
    assert ("one_left", "tutor") not in warnings()


@pytest.mark.parametrize(
    ("hour", "day", "expected"), [(6, 0, (0, 7)), (7, 0, (1, 7)), (23, 0, (1, 7))]
)
def test_digest_is_at_seven_in_the_morning(hour, day, expected):
    days, at_hour = expected
    assert next_digest(at(MONDAY, hour)) == at(MONDAY + dt.timedelta(days=days), at_hour)


# ---- registers ---------------------------------------------------------------------------------


def reminders() -> set[tuple[int, int | None, str]]:
    return set(RegisterReminder.objects.values_list("session", "group", "audience"))


@pytest.mark.parametrize(
    ("hours", "audiences"),
    [(23, set()), (24, {"tutor"}), (71, {"tutor"}), (72, {"tutor", "coordinator"})],
)
def test_register_is_reminded_a_day_and_three_days_after_the_end(
    cohort, group, enrollment, hours, audiences
):
    session = SessionFactory(cohort=cohort, day=0)
    noted(cohort, session.ends_at + hours * HOURS)
    assert reminders() == {(session.pk, group.pk, audience) for audience in audiences}


def test_plenary_is_reminded_of_each_group_that_was_not_taken(
    cohort, group, other_group, enrollment, other_enrollment
):
    session = SessionFactory(cohort=cohort, day=0)
    AttendanceRecordFactory(enrollment=enrollment, session=session)
    noted(cohort, session.ends_at + 24 * HOURS)
    assert reminders() == {(session.pk, other_group.pk, "tutor")}


def test_people_in_no_group_are_the_coordinations_alone(cohort):
    EnrollmentFactory(cohort=cohort, group=None)
    session = SessionFactory(cohort=cohort, day=0)
    for _turn in range(2):
        noted(cohort, session.ends_at + 72 * HOURS)
    assert list(RegisterReminder.objects.values_list("session", "group", "audience")) == [
        (session.pk, None, "coordinator")
    ]


def test_register_taken_meanwhile_is_not_reminded(cohort, group, enrollment):
    session = SessionFactory(cohort=cohort, day=0)
    noted(cohort, session.ends_at + 24 * HOURS)
    AttendanceRecordFactory(enrollment=enrollment, session=session)
    noted(cohort, session.ends_at + 25 * HOURS)
    assert reminders() == set()


def test_register_of_a_closed_module_is_not_reminded(cohort, cohort_module, enrollment):
    session = SessionFactory(cohort=cohort, day=0, cohort_module=cohort_module)
    cohort_module.closed_at = NOON
    cohort_module.save()
    noted(cohort, session.ends_at + 80 * HOURS)
    assert reminders() == set()


@pytest.mark.parametrize(
    ("policy", "left"),
    [
        ({"tutor_reminded_after_hours": None}, {"coordinator"}),
        ({"coordinator_reminded_after_hours": None}, {"tutor"}),
        ({"warns_coordinators": False}, {"tutor"}),
    ],
)
def test_policy_decides_who_is_reminded(cohort, enrollment, policy, left):
    Cohort.objects.filter(pk=cohort.pk).update(**policy)
    session = SessionFactory(cohort=cohort, day=0)
    noted(cohort, session.ends_at + 80 * HOURS)
    assert {audience for *_of, audience in reminders()} == left


# ---- cost and races ----------------------------------------------------------------------------


def test_cost_grows_neither_with_people_nor_with_editions(
    cohort, group, enrollment, django_assert_num_queries
):
    sessions = ten_sessions(cohort)
    miss(enrollment, sessions[:1])
    with django_assert_num_queries(7):
        note([cohort], at=NOON)
    AttendanceWarning.objects.all().delete()
    other = ten_sessions(GroupFactory().cohort)
    for person in EnrollmentFactory.create_batch(3, cohort=cohort, group=group):
        miss(person, sessions[:2])
    for person in EnrollmentFactory.create_batch(3, cohort=other[0].cohort):
        miss(person, other[:2])
    with django_assert_num_queries(7):
        note([cohort, other[0].cohort], at=NOON)
    assert AttendanceWarning.objects.count() == 7 * 3


@pytest.mark.postgres
def test_two_that_note_at_once_note_the_same_once(at_once, cohort, group, enrollment):
    ten_sessions(cohort, tutor_reminded_after_hours=24)
    sessions = list(cohort.sessions.order_by("starts_at"))
    miss(enrollment, sessions[:1])
    outcomes = at_once(lambda _index: noted(cohort), 4)
    assert outcomes == [None] * 4
    assert AttendanceWarning.objects.count() == 3
    assert RegisterReminder.objects.count() == 7
