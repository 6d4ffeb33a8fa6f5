import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from courses.models import Session
from participants.arrivals import Arrivals
from participants.check_in_codes import Begun, with_typed
from participants.checking_in import (
    Standing,
    check_in,
    close_window,
    may_open,
    open_window,
    sessions_to_check_in,
)
from participants.models import AttendanceEvidence, AttendanceRecord, CheckInWindow, Enrollment
from participants.models.check_in import CLOSES_AFTER
from participants.register import Mark, take_register
from participants.rotating_codes import code_of, step_at
from tests.factories import (
    MONDAY,
    CheckInWindowFactory,
    EnrollmentFactory,
    SessionFactory,
    SharedConnectionFactory,
    UserFactory,
    at,
)

DAY = MONDAY + dt.timedelta(days=11)
START = at(DAY, 18)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def session(cohort, group) -> Session:
    return SessionFactory(cohort=cohort, group=group, starts_at=START)


@pytest.fixture
def window(session) -> CheckInWindow:
    return CheckInWindowFactory(session=session)


def arrive(enrollment: Enrollment, window: CheckInWindow, *, minutes: float = 1, **options):
    moment = window.session.starts_at + minutes * MINUTE
    options.setdefault("by", enrollment.participant.user)
    options.setdefault("at", moment)
    return check_in(enrollment, Begun(window, moment, options.pop("code_age", 0)), **options)


def refusal(call, *args, **options) -> str:
    with pytest.raises(ValidationError) as error:
        call(*args, **options)
    return error.value.code


def nothing_kept() -> bool:
    return not (AttendanceEvidence.objects.exists() or AttendanceRecord.objects.exists())


# ---- the window ------------------------------------------------------------------------------


def test_window_is_of_the_sessions_group_and_knows_who_opened_it(session, group, tutor):
    window = open_window(session, None, by=tutor, at=START)

    assert (window.group, window.opened_by, window.opened_at) == (group, tutor, START)
    assert window.is_open(START)
    assert not window.is_open(START - MINUTE)


def test_window_opened_again_is_the_same(session, tutor):
    first = open_window(session, None, by=tutor, at=START)
    assert open_window(session, None, by=tutor, at=START + MINUTE) == first
    close_window(session, None, at=START + 2 * MINUTE)
    again = open_window(session, None, by=tutor, at=START + 3 * MINUTE)
    assert again.pk != first.pk
    assert again.secret != first.secret


def test_plenary_has_a_window_for_each_group_and_one_for_everyone(
    cohort, group, other_group, tutor
):
    plenary = SessionFactory(cohort=cohort, starts_at=START)
    windows = {
        open_window(plenary, each, by=tutor, at=START) for each in (group, other_group, None)
    }

    assert len(windows) == 3
    assert close_window(plenary, group, at=START + MINUTE)
    assert CheckInWindow.objects.open(START + MINUTE).count() == 2


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        (START - dt.timedelta(minutes=15, seconds=1), "not_open"),
        (START + dt.timedelta(hours=2) + CLOSES_AFTER, "session_over"),
    ],
)
def test_window_opens_only_around_its_session(session, tutor, moment, code):
    assert refusal(open_window, session, None, by=tutor, at=moment) == code
    assert not CheckInWindow.objects.exists()


def test_window_of_a_cancelled_session_or_a_closed_module_is_refused(session, cohort_module, tutor):
    Session.objects.update(cohort_module=cohort_module)
    cohort_module.closed_at = START
    cohort_module.save()
    assert refusal(open_window, session, None, by=tutor, at=START) == "module_closed"
    Session.objects.update(status="cancelled", cancellation_reason="Paro")
    assert refusal(open_window, session, None, by=tutor, at=START) == "cancelled"


def test_window_that_nobody_closes_is_closed_by_the_clock(window, tutor):
    end = window.session.ends_at + CLOSES_AFTER
    assert window.is_open(end - MINUTE)
    assert not window.is_open(end)
    assert not CheckInWindow.objects.open(end).exists()
    assert refusal(open_window, window.session, None, by=tutor, at=end) == "session_over"


def test_nothing_is_closed_twice(window):
    assert close_window(window.session, None, at=START + MINUTE)
    assert not close_window(window.session, None, at=START + 2 * MINUTE)
    window.refresh_from_db()
    assert window.closed_at == START + MINUTE


@pytest.mark.parametrize(
    ("minutes", "may"), [(-16, False), (-15, True), (0, True), (134, True), (135, False)]
)
def test_window_may_be_opened_from_before_the_start_until_after_the_end(session, minutes, may):
    assert may_open(session, at=START + minutes * MINUTE) is may


# ---- checking in -----------------------------------------------------------------------------


def test_person_who_checks_in_is_present_with_the_evidence_beside(window, enrollment, participant):
    arrival = arrive(enrollment, window, minutes=2)

    assert arrival.is_new
    record = AttendanceRecord.objects.get()
    assert (record.enrollment, record.state, record.mode) == (enrollment, "present", "online")
    assert (record.source, record.recorded_by) == ("check_in", participant)
    evidence = AttendanceEvidence.objects.get()
    assert (evidence.kind, evidence.starts_at, evidence.ends_at) == (
        "check_in",
        START + 2 * MINUTE,
        None,
    )
    assert evidence.code_age is None
    assert record.history.count() == 1


@pytest.mark.parametrize(
    ("minutes", "state"), [(-10, "present"), (0, "present"), (15, "present"), (15.1, "late")]
)
def test_late_follows_the_clock_and_the_policy(window, enrollment, minutes, state):
    CheckInWindow.objects.update(opened_at=START - 15 * MINUTE)
    window.refresh_from_db()
    assert arrive(enrollment, window, minutes=minutes).record.state == state


def test_late_is_told_by_when_it_was_begun_not_by_when_it_was_sent(window, enrollment):
    arrival = arrive(enrollment, window, minutes=14.9, at=START + 15.8 * MINUTE)
    assert arrival.record.state == "present"


def test_checking_in_twice_changes_nothing(window, enrollment):
    first = arrive(enrollment, window, minutes=2)
    again = arrive(enrollment, window, minutes=40)

    assert not again.is_new
    assert (again.evidence, again.record) == (first.evidence, first.record)
    assert AttendanceRecord.objects.get().version == 1
    assert AttendanceRecord.history.count() == 1


def test_mark_of_a_tutor_stands_and_the_evidence_is_kept(window, enrollment, tutor):
    take_register(window.session, {enrollment.pk: Mark("absent")}, by=tutor, at=START + MINUTE)

    arrival = arrive(enrollment, window, minutes=20)

    assert arrival.is_new
    assert arrival.is_marked_absent
    record = AttendanceRecord.objects.get()
    assert (record.state, record.source, record.version) == ("absent", "tutor", 1)
    assert AttendanceEvidence.objects.count() == 1


@pytest.mark.parametrize("mode", ["in_person", "online"])
def test_in_a_hybrid_session_the_person_says_how(window, enrollment, mode):
    Session.objects.update(modality="hybrid")
    assert arrive(enrollment, window, mode=mode).record.mode == mode


@pytest.mark.parametrize("mode", ["", "by_letter"])
def test_in_a_hybrid_session_who_says_nothing_is_asked(window, enrollment, mode):
    Session.objects.update(modality="hybrid")
    assert refusal(arrive, enrollment, window, mode=mode) == "no_mode"
    assert nothing_kept()


def test_where_there_is_one_way_the_person_is_not_believed_another(window, enrollment):
    assert arrive(enrollment, window, mode="in_person").record.mode == "online"


def test_age_of_a_code_that_was_no_longer_shown_is_kept(window, enrollment):
    assert arrive(enrollment, window, code_age=45).evidence.code_age == 45
    assert AttendanceEvidence.objects.get().code_age == 45


def test_who_checks_in_brings_the_colleague_on_the_same_connection(
    window, enrollment, group, cohort
):
    colleague = EnrollmentFactory(cohort=cohort, group=group)
    SharedConnectionFactory(
        session=window.session, enrollment=enrollment, colleague=colleague, status="confirmed"
    )

    arrival = arrive(enrollment, window, minutes=2, code_age=45)

    assert (arrival.evidence.enrollment, arrival.evidence.code_age) == (enrollment, 45)
    shared = AttendanceEvidence.objects.get(shared_with__isnull=False)
    assert (shared.enrollment, shared.shared_with, shared.code_age) == (colleague, enrollment, None)
    marks = AttendanceRecord.objects.values_list("enrollment", "state", "source")
    assert set(marks) == {(person.pk, "present", "check_in") for person in (enrollment, colleague)}
    assert not arrive(enrollment, window, minutes=3).is_new
    colleague.participant.user = UserFactory()
    assert arrive(colleague, window, minutes=4).evidence.shared_with is None
    assert AttendanceRecord.objects.count() == 2


# ---- refusals --------------------------------------------------------------------------------


def test_before_opening_and_after_closing_nothing_is_kept(window, enrollment):
    assert refusal(arrive, enrollment, window, minutes=-5) == "closed"
    close_window(window.session, None, at=START + 10 * MINUTE)
    assert refusal(arrive, enrollment, window, minutes=10) == "closed"
    assert nothing_kept()


def test_scan_begun_before_the_closing_still_counts(window, enrollment):
    close_window(window.session, None, at=START + 10 * MINUTE)
    arrival = arrive(enrollment, window, minutes=9.5, at=START + 10.4 * MINUTE)
    assert arrival.is_new


def test_after_the_session_the_clock_has_closed_it(window, enrollment):
    assert refusal(arrive, enrollment, window, minutes=120 + 15) == "closed"
    assert nothing_kept()


def test_cancelled_session_takes_no_check_in(window, enrollment):
    Session.objects.update(status="cancelled", cancellation_reason="Paro")
    assert refusal(arrive, enrollment, window) == "cancelled"
    assert nothing_kept()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": "withdrawn", "ended_on": DAY - dt.timedelta(days=1)}, "left"),
        ({"status": "transferred", "ended_on": DAY - dt.timedelta(days=1)}, "left"),
        ({"enrolled_on": DAY + dt.timedelta(days=1)}, "not_yet"),
        ({"status": "waitlisted"}, "guest"),
    ],
)
def test_who_is_not_in_the_edition_on_the_day_is_told_why(window, enrollment, changes, code):
    for name, value in changes.items():
        setattr(enrollment, name, value)
    enrollment.save()
    assert refusal(arrive, enrollment, window) == code
    assert nothing_kept()


def test_who_leaves_today_may_check_in_today(window, enrollment):
    enrollment.status, enrollment.ended_on = "withdrawn", DAY
    enrollment.save()
    assert arrive(enrollment, window).is_new


def test_guest_of_another_group_is_sent_to_the_tutor(window, other_enrollment):
    assert refusal(arrive, other_enrollment, window) == "guest"
    assert nothing_kept()


def test_in_a_plenary_another_groups_window_lets_nobody_in(
    cohort, group, enrollment, other_enrollment
):
    plenary = SessionFactory(cohort=cohort, starts_at=START)
    window = CheckInWindowFactory(session=plenary, group=group)
    assert refusal(arrive, other_enrollment, window) == "guest"
    assert arrive(enrollment, window).is_new


def test_everyones_window_lets_everybody_in(cohort, enrollment, other_enrollment):
    window = CheckInWindowFactory(session=SessionFactory(cohort=cohort, starts_at=START))
    assert arrive(enrollment, window).is_new
    assert arrive(other_enrollment, window).is_new


# ---- how it stands ---------------------------------------------------------------------------


def test_standing_tells_how_it_is_with_a_person(session, enrollment, tutor):
    def standing(minutes: float) -> Standing:
        return Standing.of(enrollment, session, at=START + minutes * MINUTE)

    assert standing(0).refusal.code == "not_opened"
    window = open_window(session, None, by=tutor, at=START)
    assert standing(1).windows == (window,)
    close_window(session, None, at=START + 5 * MINUTE)
    assert standing(6).refusal.code == "closed"
    again = open_window(session, None, by=tutor, at=START + 7 * MINUTE)
    assert standing(8).windows == (again,)
    arrive(enrollment, again, minutes=8)
    assert standing(9).arrival.record.state == "present"


def test_session_to_check_in_is_one_with_a_window_for_the_person(
    session, enrollment, django_assert_num_queries
):
    later = START + MINUTE
    assert sessions_to_check_in(enrollment, [session], at=later) == []
    window = CheckInWindowFactory(session=session)
    assert sessions_to_check_in(enrollment, [session], at=later) == [session]
    close_window(session, None, at=later)
    assert sessions_to_check_in(enrollment, [session], at=later) == []
    with django_assert_num_queries(0):
        assert sessions_to_check_in(enrollment, [session], at=START - 16 * MINUTE) == []
    assert window.session == session


def test_in_a_plenary_another_groups_window_is_none_for_the_person(
    cohort, group, enrollment, other_enrollment
):
    plenary = SessionFactory(cohort=cohort, starts_at=START)
    CheckInWindowFactory(session=plenary, group=group)
    later = START + MINUTE
    assert sessions_to_check_in(enrollment, [plenary], at=later) == [plenary]
    assert sessions_to_check_in(other_enrollment, [plenary], at=later) == []


# ---- arrivals --------------------------------------------------------------------------------


def test_arrivals_are_of_the_group_the_last_one_first(window, enrollment, group, cohort):
    second = EnrollmentFactory(cohort=cohort, group=group)
    second.participant.user = UserFactory()
    EnrollmentFactory(cohort=cohort, group=group)
    arrive(enrollment, window, minutes=1)
    arrive(second, window, minutes=20)

    arrivals = Arrivals.of(window.session, group)

    assert arrivals.people == 3
    assert [row.enrollment for row in arrivals.rows] == [second, enrollment]
    assert [row.record.state for row in arrivals.rows] == ["late", "present"]


@pytest.mark.parametrize(("ages", "told"), [((45, 0), 0), ((29, 29), 0), ((30, 59), 2)])
def test_pattern_of_old_codes_is_told_a_single_one_is_not(
    window, enrollment, group, cohort, ages, told
):
    second = EnrollmentFactory(cohort=cohort, group=group)
    second.participant.user = UserFactory()
    for person, age in zip((enrollment, second), ages, strict=True):
        arrive(person, window, code_age=age)
    assert len(Arrivals.of(window.session, group).old_codes) == told


# ---- two at once -----------------------------------------------------------------------------


@pytest.mark.postgres
def test_two_who_open_at_once_open_one_window(session, tutor, at_once):
    opened = at_once(lambda _index: open_window(session, None, by=tutor, at=START))
    assert opened[0] == opened[1]
    assert CheckInWindow.objects.count() == 1


@pytest.mark.postgres
def test_person_who_checks_in_twice_at_once_is_there_once(window, enrollment, at_once):
    found = at_once(lambda _index: arrive(enrollment, window))
    assert sorted(arrival.is_new for arrival in found) == [False, True]
    assert AttendanceEvidence.objects.count() == AttendanceRecord.objects.count() == 1
    assert AttendanceRecord.history.count() == 1


@pytest.mark.postgres
def test_people_who_check_in_at_once_are_all_there(window, enrollment, group, cohort, at_once):
    people = [enrollment, *EnrollmentFactory.create_batch(3, cohort=cohort, group=group)]
    for person in people[1:]:
        person.participant.user = UserFactory()
    found = at_once(lambda index: arrive(people[index], window), 4)
    assert [arrival.is_new for arrival in found] == [True] * 4
    assert AttendanceRecord.objects.count() == 4


@pytest.mark.postgres
def test_check_in_against_the_closing_is_kept_whole_or_refused_whole(window, enrollment, at_once):
    moment = START + 5 * MINUTE

    def act(index: int):
        if index:
            return close_window(window.session, None, at=moment)
        code = code_of(window.secret, step_at(moment))
        return check_in(
            enrollment,
            with_typed([window], code, at=moment),
            by=enrollment.participant.user,
            at=moment,
        )

    arrival, closed = at_once(act)

    assert closed is True
    if isinstance(arrival, ValidationError):
        assert arrival.code == "closed"
        assert nothing_kept()
    else:
        assert arrival.is_new
        assert AttendanceEvidence.objects.count() == AttendanceRecord.objects.count() == 1
