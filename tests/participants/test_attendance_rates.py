import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participants.attendance_rates import Part, Policy, attendance_rate
from participants.make_ups import Standing

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
                st.none() | st.sampled_from(Standing),
            ),
            max_size=6,
        )
    )
    unmarked = draw(
        st.lists(
            st.tuples(st.integers(1, 240), st.booleans(), st.none(), st.none(), st.none()),
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
    make_up=st.sampled_from(["present", "late", "excused"]),
)


def worth(part: Part, policy: Policy) -> tuple[Fraction, int]:
    """What a marked part earns of what it counts, slowly and with fractions."""
    minutes, _ended, state, attended, make_up = part
    size = minutes if policy.in_minutes else 1
    late = Fraction(policy.late_percent, 100)
    excused = {"left_out": None, "present": Fraction(1), "absent": Fraction(0)}[policy.excused]
    of_state = {"present": Fraction(1), "late": late, "excused": excused, "absent": Fraction(0)}
    credit = of_state[state]
    if make_up == Standing.DONE and state in ("absent", "excused"):
        # The better of the two: whole, left out, a part, nothing.
        both = {credit, of_state[policy.make_up]}
        credit = Fraction(1) if 1 in both else None if None in both else max(both)
        attended = None
    if credit is None:
        return Fraction(0), 0
    if policy.in_minutes and attended is not None and state in ("present", "late"):
        return min(attended, size) * credit, size
    return size * credit, size


def share(marked: list[Part], policy: Policy) -> Fraction | None:
    """Earned of taken."""
    worths = [worth(part, policy) for part in marked]
    base = sum(size for _earned, size in worths)
    return sum(earned for earned, _size in worths) / base if base else None


def endings(all_parts: list[Part], policy: Policy):
    """Every way in which what is open may still go: (outcomes, share at the end)."""
    marked = [part for part in all_parts if part[2] is not None]
    still_open = [part for part in all_parts if part[2] is None]
    settled = [part for part in marked if part[4] != Standing.PENDING]
    pending = [part for part in marked if part[4] == Standing.PENDING]
    for outcome in itertools.product(OUTCOMES, repeat=len(still_open)):
        then = [
            (p[0], True, state, None, None) for p, state in zip(still_open, outcome, strict=True)
        ]
        for done in itertools.product((Standing.DONE, Standing.FAILED), repeat=len(pending)):
            made_up = [(*p[:4], how) for p, how in zip(pending, done, strict=True)]
            yield outcome, share(settled + made_up + then, policy)


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
    # A make-up still to do is not counted on: without it, even nothing may be missed too much.
    held = [k for k, end in worst.items() if end >= minimum]
    assert rate.absences_left == max(held, default=0)
    assert rate.needs_make_up == (not held)


@given(parts(), policies, st.booleans())
def test_counts_add_up(all_parts, policy, active) -> None:
    rate = attendance_rate(all_parts, policy, active=active)
    assert rate.counted == rate.taken + rate.untaken + rate.future
    marks = rate.present + rate.late + rate.excused + rate.absent + rate.made_up
    assert len(all_parts) == marks + rate.untaken + rate.future
    marked = [part for part in all_parts if part[2] is not None]
    assert rate.taken == sum(worth(part, policy)[1] > 0 for part in marked)
    assert rate.overdue == (rate.untaken if active else 0)


def sessions(**states: int) -> list[Part]:
    found: list[Part] = []
    for state, number in states.items():
        mark = None if state in ("untaken", "future") else state
        found += [(120, state != "future", mark, None, None)] * number
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
    rate = attendance_rate(
        [(100, True, "present", 130, None), (100, True, "present", 40, None)], policy
    )
    assert rate.to_date == 70
    assert rate.earned == 140


def test_minutes_attended_are_ignored_where_sessions_count() -> None:
    rate = attendance_rate([(100, True, "present", 40, None)], Policy(minimum_percent=80))
    assert rate.to_date == 100


def test_absences_left_in_minutes_supposes_the_longest_missed() -> None:
    policy = Policy(minimum_percent=50, in_minutes=True)
    one_long = [(50, False, None, None, None)] * 3 + [(240, False, None, None, None)]
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


@pytest.mark.parametrize(
    ("make_up", "excused", "late", "to_date", "counted"),
    [
        ("present", "left_out", 100, 80, 10),
        ("late", "left_out", 50, 75, 10),
        ("excused", "left_out", 100, 77, 9),
        ("excused", "absent", 100, 70, 10),
    ],
)
def test_absence_made_up_counts_as_the_policy_says(
    make_up, excused, late, to_date, counted
) -> None:
    policy = Policy(minimum_percent=80, make_up=make_up, excused=excused, late_percent=late)
    parts = sessions(present=7, absent=2)
    rate = attendance_rate([*parts, (120, True, "absent", None, Standing.DONE)], policy)
    assert (rate.to_date, rate.counted, rate.made_up, rate.absent) == (to_date, counted, 1, 2)


@pytest.mark.parametrize(("state", "made_up"), [("present", 0), ("late", 0), ("absent", 1)])
def test_make_up_of_who_was_there_after_all_counts_nothing(state, made_up) -> None:
    part = (120, True, state, None, Standing.DONE)
    rate = attendance_rate([part], Policy(minimum_percent=80, late_percent=40, make_up="present"))
    assert rate.made_up == made_up
    assert rate.to_date == (40 if state == "late" else 100)


def test_excuse_is_never_worth_less_for_having_been_made_up() -> None:
    policy = Policy(minimum_percent=80, make_up="late", late_percent=50)
    parts = [*sessions(present=9), (120, True, "excused", None, Standing.DONE)]
    assert attendance_rate(parts, policy).to_date == 100


def test_minimum_within_reach_by_a_make_up_alone_is_at_risk_and_says_so() -> None:
    parts = [*sessions(present=7, absent=2), (120, True, "absent", None, Standing.PENDING)]
    rate = attendance_rate(parts, Policy(minimum_percent=80))
    assert (rate.state, rate.needs_make_up, rate.absences_left) == ("at_risk", True, 0)
    assert (rate.to_date, rate.certain, rate.best_possible) == (70, 70, 80)
    failed = [(*part[:4], Standing.FAILED) for part in parts]
    assert attendance_rate(failed, Policy(minimum_percent=80)).state == "impossible"
