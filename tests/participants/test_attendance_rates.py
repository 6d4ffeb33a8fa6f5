import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participants.attendance_rates import Part, Policy, attendance_rate

OUTCOMES = ("present", "absent", "excused")


@st.composite
def parts(draw, open_at_most: int = 4) -> list[Part]:
    marked = draw(
        st.lists(
            st.tuples(
                st.integers(1, 240),
                st.booleans(),
                st.sampled_from(["present", "late", "excused", "absent"]),
                st.none() | st.integers(0, 300),
            ),
            max_size=8,
        )
    )
    unmarked = draw(
        st.lists(
            st.tuples(st.integers(1, 240), st.booleans(), st.none(), st.none()),
            max_size=open_at_most,
        )
    )
    return draw(st.permutations(marked + unmarked))


policies = st.builds(
    Policy,
    minimum_percent=st.integers(0, 100),
    late_percent=st.integers(0, 100),
    excused=st.sampled_from(["left_out", "present", "absent"]),
    in_minutes=st.booleans(),
)


def share(marked: list[Part], policy: Policy) -> Fraction | None:
    """Earned of taken, slowly and with fractions."""
    earned, base = Fraction(0), 0
    for minutes, _ended, state, attended in marked:
        size = minutes if policy.in_minutes else 1
        if state == "excused" and policy.excused == "left_out":
            continue
        base += size
        if policy.in_minutes and attended is not None and state in ("present", "late"):
            size = min(attended, size)
        if state == "present" or (state == "excused" and policy.excused == "present"):
            earned += size
        elif state == "late":
            earned += size * Fraction(policy.late_percent, 100)
    return earned / base if base else None


def endings(all_parts: list[Part], policy: Policy):
    """Every way in which what is open may still go: (outcomes, share at the end)."""
    marked = [part for part in all_parts if part[2] is not None]
    still_open = [part for part in all_parts if part[2] is None]
    for outcome in itertools.product(OUTCOMES, repeat=len(still_open)):
        then = [(p[0], True, state, None) for p, state in zip(still_open, outcome, strict=True)]
        yield outcome, share(marked + then, policy)


def percent(value: Fraction | None) -> int | None:
    return None if value is None else int(value * 100)


@given(parts(), policies)
def test_percentages_are_those_of_all_outcomes_enumerated(all_parts, policy) -> None:
    rate = attendance_rate(all_parts, policy)
    shares = [end for _outcome, end in endings(all_parts, policy) if end is not None]
    marked = [part for part in all_parts if part[2] is not None]
    assert rate.to_date == percent(share(marked, policy))
    if not rate.base:
        assert rate.state == "no_data"
        assert rate.best_possible is rate.certain is rate.absences_left is None
        return
    minimum = Fraction(policy.minimum_percent, 100)
    assert rate.best_possible == percent(max(shares))
    assert rate.certain == percent(min(shares))
    assert rate.meets_minimum == (min(shares) >= minimum)
    assert rate.can_meet_minimum == (max(shares) >= minimum)
    assert (rate.state == "certain") == (min(shares) >= minimum)
    assert (rate.state == "impossible") == (max(shares) < minimum)


@given(parts(), policies)
def test_absences_left_hold_whichever_sessions_are_missed(all_parts, policy) -> None:
    rate = attendance_rate(all_parts, policy)
    if not rate.base or not rate.can_meet_minimum:
        assert not rate.absences_left
        return
    minimum = Fraction(policy.minimum_percent, 100)
    worst: dict[int, Fraction] = {}
    for outcome, end in endings(all_parts, policy):
        if "excused" not in outcome and end is not None:
            absences = outcome.count("absent")
            worst[absences] = min(end, worst.get(absences, end))
    assert rate.absences_left == max(k for k, end in worst.items() if end >= minimum)


@given(parts(), policies, st.booleans())
def test_counts_add_up(all_parts, policy, active) -> None:
    rate = attendance_rate(all_parts, policy, active=active)
    assert rate.counted == rate.taken + rate.untaken + rate.future
    marks = rate.present + rate.late + rate.excused + rate.absent
    assert len(all_parts) == marks + rate.untaken + rate.future
    left_out = rate.excused if policy.excused == "left_out" else 0
    assert rate.taken == marks - left_out
    assert rate.overdue == (rate.untaken if active else 0)


def sessions(**states: int) -> list[Part]:
    found: list[Part] = []
    for state, number in states.items():
        mark = None if state in ("untaken", "future") else state
        found += [(120, state != "future", mark, None)] * number
    return found


def test_percent_below_the_minimum_is_not_rounded_up_to_it() -> None:
    rate = attendance_rate(sessions(present=799, absent=201), Policy(minimum_percent=80))
    assert rate.to_date == 79
    assert not rate.meets_minimum
    assert rate.short_hundredths == 100


def test_exact_minimum_is_met_without_float_error() -> None:
    policy = Policy(minimum_percent=70, late_percent=70)
    assert attendance_rate(sessions(late=3), policy).meets_minimum


@pytest.mark.parametrize(
    ("excused", "counted", "to_date"),
    [("left_out", 8, 75), ("present", 10, 80), ("absent", 10, 60)],
)
def test_excused_counts_as_the_policy_says(excused, counted, to_date) -> None:
    policy = Policy(minimum_percent=80, excused=excused)
    rate = attendance_rate(sessions(present=6, excused=2, absent=2), policy)
    assert (rate.counted, rate.to_date, rate.excused) == (counted, to_date, 2)


def test_minutes_attended_count_no_more_than_the_session_has() -> None:
    policy = Policy(minimum_percent=80, in_minutes=True)
    rate = attendance_rate([(100, True, "present", 130), (100, True, "present", 40)], policy)
    assert rate.to_date == 70
    assert rate.earned == 140


def test_minutes_attended_are_ignored_where_sessions_count() -> None:
    rate = attendance_rate([(100, True, "present", 40)], Policy(minimum_percent=80))
    assert rate.to_date == 100


def test_absences_left_in_minutes_supposes_the_longest_missed() -> None:
    policy = Policy(minimum_percent=50, in_minutes=True)
    one_long = [(50, False, None, None)] * 3 + [(240, False, None, None)]
    assert attendance_rate(one_long, policy).absences_left == 0


@pytest.mark.parametrize(
    ("states", "state", "absences_left"),
    [
        ({}, "no_data", None),
        ({"excused": 3}, "no_data", None),
        ({"future": 10}, "on_track", 2),
        ({"future": 4}, "on_track", 0),
        ({"present": 3, "future": 7}, "on_track", 2),
        ({"absent": 1, "future": 9}, "at_risk", 1),
        ({"absent": 2, "untaken": 4, "future": 4}, "at_risk", 0),
        ({"absent": 3, "future": 7}, "impossible", 0),
        ({"present": 8, "absent": 1, "future": 1}, "certain", 1),
    ],
)
def test_state_says_where_the_person_stands(states, state, absences_left) -> None:
    rate = attendance_rate(sessions(**states), Policy(minimum_percent=80))
    assert (rate.state, rate.absences_left) == (state, absences_left)


def test_minimum_of_nothing_is_met_even_without_sessions() -> None:
    rate = attendance_rate([], Policy(minimum_percent=0))
    assert rate.meets_minimum
    assert not attendance_rate([], Policy(minimum_percent=1)).meets_minimum
