import datetime as dt
from itertools import pairwise

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from courses.models import Cohort, Session
from participants.deciding import Said, contradicts, cut, decide, length, set_by_hand, united
from participants.models import AttendanceRecord
from tests.factories import MONDAY, at

START = at(MONDAY, 18)
LENGTH = 120
minute = st.integers(-60, LENGTH + 60)
intervals = st.lists(st.tuples(minute, minute), max_size=6)


def moment(minutes: int) -> dt.datetime:
    return START + dt.timedelta(minutes=minutes)


def times(found: list[tuple[int, int]]) -> list[tuple[dt.datetime, dt.datetime]]:
    return [(moment(first), moment(last)) for first, last in found]


def each_minute(found: list[tuple[int, int]]) -> set[int]:
    return {n for first, last in found for n in range(first, last)}


def a_session(modality: str = "online", *, sensitive: bool = False) -> Session:
    ends_at = moment(LENGTH)
    return Session(starts_at=START, ends_at=ends_at, modality=modality, is_sensitive=sensitive)


def meeting(first: int, last: int, minutes: int | None = None) -> Said:
    return Said(1, "meeting", "online", moment(first), moment(last), minutes)


def check_in(minutes: int, mode: str = "") -> Said:
    return Said(1, "check_in", mode, moment(minutes))


def duration(minutes: int) -> Said:
    return Said(1, "meeting", minutes=minutes)


def decided(*said: Said, session: Session | None = None, **policy):
    return decide(said, session or a_session(), Cohort(**policy))


# ---- intervals -------------------------------------------------------------------------------


@given(intervals)
def test_united_intervals_are_the_minutes_of_any_and_stand_apart(found) -> None:
    result = united(times(found))
    assert length(result) == dt.timedelta(minutes=len(each_minute(found)))
    assert all(one[1] < two[0] for one, two in pairwise(result))
    assert united(reversed(result)) == result


@given(intervals, minute, minute)
def test_cut_intervals_are_the_minutes_between(found, first, last) -> None:
    kept = each_minute(found) & set(range(first, last))
    result = cut(times(found), moment(first), moment(last))
    assert length(united(result)) == dt.timedelta(minutes=len(kept))
    assert all(moment(first) <= start < end <= moment(last) for start, end in result)


@given(intervals.filter(lambda found: any(a < b for a, b in found)))
def test_decided_minutes_are_those_of_any_interval_in_the_session(found) -> None:
    said = [meeting(first, last) for first, last in found if first <= last]
    minutes = each_minute(found) & set(range(LENGTH))
    decision = decided(*said, present_minimum_percent=50, late_after_minutes=15)
    assert decision.minutes == len(minutes)
    if len(minutes) < LENGTH / 2 or not minutes:
        assert decision.state == "absent"
    else:
        assert decision.state == ("late" if min(minutes) > 15 else "present")


@given(intervals, st.integers(0, 40))
def test_short_absences_from_a_sensitive_session_are_none(found, short) -> None:
    """Against the minutes one by one: gaps as long as allowed are filled."""
    said = [meeting(first, last) for first, last in found if first <= last]
    minutes = each_minute(found) & set(range(LENGTH))
    if not minutes:
        return
    filled = set(minutes)
    run: list[int] = []
    for n in [*range(LENGTH), None]:
        if n is not None and n not in minutes:
            run.append(n)
            continue
        if len(run) <= short:
            filled |= set(run)
        run = []
    session = a_session(sensitive=True)
    assert decided(*said, session=session, sensitive_absence_minutes=short).minutes == len(filled)


@given(intervals, st.permutations(range(6)), st.lists(st.integers(0, 200), max_size=6))
def test_order_and_repetition_decide_nothing(found, order, known) -> None:
    said = [
        meeting(first, last, known[n] if n < len(known) else None)
        for n, (first, last) in enumerate(found)
        if first <= last
    ]
    if not said:
        return
    shuffled = [said[n] for n in order if n < len(said)]
    assert decided(*shuffled) == decided(*said)
    assert decided(*said, *said) == decided(*said)


# ---- boundaries ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last", "state", "minutes"), [(89, "absent", 89), (90, "present", 90), (200, "present", 120)]
)
def test_present_from_the_policys_share_of_the_session(last, state, minutes) -> None:
    decision = decided(meeting(-30, last), present_minimum_percent=75)
    assert (decision.state, decision.minutes) == (state, minutes)


@pytest.mark.parametrize(("first", "state"), [(-5, "present"), (15, "present"), (16, "late")])
def test_late_follows_the_clock(first, state) -> None:
    policy = {"late_after_minutes": 15, "present_minimum_percent": 75}
    assert decided(meeting(first, 120), **policy).state == state
    assert decided(check_in(first), **policy).state == state


@pytest.mark.parametrize(
    ("minutes", "state", "counted"), [(-10, "present", 120), (100, "late", 20), (120, "absent", 0)]
)
def test_check_in_lasts_to_the_end_and_asks_for_no_share(minutes, state, counted) -> None:
    decision = decided(check_in(minutes), present_minimum_percent=75)
    assert (decision.state, decision.minutes, decision.source) == (state, counted, "check_in")


def test_report_of_the_meeting_knows_how_long_who_checked_in_online_stayed() -> None:
    decision = decided(check_in(0), meeting(5, 40))
    assert (decision.state, decision.minutes, decision.source) == ("absent", 35, "meeting")
    assert decided(check_in(0), meeting(20, 120)).state == "present"  # arrived at the check-in
    assert decided(check_in(0), duration(35)).state == "absent"


def test_report_that_knows_nothing_of_the_session_leaves_the_check_in() -> None:
    assert decided(check_in(0), meeting(-30, -5)).state == "present"


def test_check_in_in_the_room_stands_beside_a_short_visit_to_the_meeting() -> None:
    session = a_session("hybrid")
    decision = decided(check_in(0, "in_person"), meeting(5, 10), session=session)
    assert (decision.state, decision.mode, decision.minutes) == ("present", "in_person", 120)


@pytest.mark.parametrize(
    ("said", "mode"),
    [
        (check_in(0), ""),
        (check_in(0, "online"), "online"),
        (duration(120), "online"),
        (check_in(0, "in_person"), "in_person"),
    ],
)
def test_mode_of_a_hybrid_session_is_what_the_source_says(said, mode) -> None:
    assert decided(said, session=a_session("hybrid")).mode == mode
    assert decided(said, session=a_session("online")).mode == "online"
    assert decided(said, session=a_session("in_person")).mode == "in_person"


def test_absent_has_no_mode() -> None:
    assert decided(meeting(0, 10)).mode == ""


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        ([meeting(-10, 130, 130)], 120),
        ([meeting(0, 120, 95)], 95),
        ([meeting(0, 60), meeting(60, 120, 55)], 115),
        ([meeting(0, 120), meeting(0, 120, 95)], 120),
        ([duration(300)], 120),
        ([duration(40), duration(50)], 50),
        ([duration(40), meeting(0, 20)], 40),
        ([Said(1, "meeting", starts_at=moment(30), minutes=45)], 45),
    ],
)
def test_known_duration_counts_once_and_never_more_than_the_session(said, minutes) -> None:
    assert decided(*said).minutes == minutes


def test_duration_alone_says_nothing_of_an_arrival() -> None:
    decision = decided(duration(100), late_after_minutes=0)
    assert (decision.state, decision.arrived_at) == ("present", None)


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ([meeting(0, 60), meeting(75, 120)], True),
        ([meeting(0, 60), meeting(76, 120)], False),
        ([meeting(0, 105)], True),
        ([meeting(0, 104)], False),
        ([meeting(0, 120, 105)], True),
        ([meeting(0, 120, 104)], False),
        ([duration(105)], True),
        ([duration(104)], False),
    ],
)
def test_short_absence_costs_nothing_in_a_sensitive_session(said, counts) -> None:
    policy = {"sensitive_absence_minutes": 15, "present_minimum_percent": 100}
    decision = decided(*said, session=a_session(sensitive=True), **policy)
    assert (decision.state == "present", decision.minutes == LENGTH) == (counts, counts)
    assert decided(*said, **policy).state == "absent"


def test_who_arrives_late_in_a_sensitive_session_is_late() -> None:
    session = a_session(sensitive=True)
    assert decided(meeting(20, 120), session=session, sensitive_absence_minutes=30).state == "late"


def test_nothing_of_the_session_is_absent_even_where_no_share_is_asked() -> None:
    assert decided(meeting(-20, 0), present_minimum_percent=0).state == "absent"
    assert decided(meeting(119, 120), present_minimum_percent=0).state == "late"


# ---- in words --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (meeting(0, 89), "89 de 120 minutos; presente desde 90."),
        (meeting(0, 90), "90 de 120 minutos; presente desde 90."),
        (
            meeting(20, 120),
            "Llegó a las 18:20, 20 min después del inicio; tardanza después de 15.",
        ),
        (check_in(4), "Está desde las 18:04; tardanza después de 15 min."),
    ],
)
def test_decision_says_why(said, why) -> None:
    with translation.override("es"):
        assert decided(said).why == why


@pytest.mark.parametrize(
    ("source", "by_hand"),
    [
        ("tutor", True),
        ("coordinator", True),
        ("paper", True),
        ("check_in", False),
        ("meeting", False),
    ],
)
def test_mark_is_set_by_hand_or_by_evidence(source, by_hand) -> None:
    assert set_by_hand(AttendanceRecord(source=source)) is by_hand


@pytest.mark.parametrize(
    ("state", "against"),
    [("present", False), ("late", True), ("absent", True), ("excused", True)],
)
def test_presence_contradicts_every_other_mark(state, against) -> None:
    assert contradicts(decided(meeting(0, 120)), AttendanceRecord(state=state)) is against


@pytest.mark.parametrize(
    ("state", "against"),
    [("present", True), ("late", True), ("absent", False), ("excused", False)],
)
def test_absence_contradicts_presence_alone(state, against) -> None:
    assert contradicts(decided(meeting(0, 5)), AttendanceRecord(state=state)) is against
