from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.models import Cohort
from participants.grades import HIGHEST, Policy, average, grade, shown

VALUES = st.none() | st.integers(0, HIGHEST) | st.sampled_from([0, 1350, 1399, HIGHEST])
# Of one assessment: its weight, its attempts, and the results of the first of them.
ASSESSMENTS = st.integers(1, 2).flatmap(
    lambda attempts: st.tuples(
        st.integers(0, 3), st.just(attempts), st.lists(VALUES, max_size=attempts)
    )
)
POLICIES = st.builds(Policy, st.sampled_from([1, 10, 100]), st.booleans())


def of(weight, attempts, values, policy=Policy()):  # noqa: B008 (frozen)
    return grade(enumerate(values, start=1), attempts=attempts, weight=weight, policy=policy)


def counting(values, policy):
    sat = [value for value in values if value is not None]
    if not sat:
        return 0
    return sat[-1] if policy.last_counts else max(sat)


def nearest(exact: Fraction, step: int) -> int:
    """The multiple of `step` that is nearest; of two as near, the higher one."""
    below = exact // step * step
    return max((below, below + step), key=lambda each: (-abs(exact - each), each))


@given(st.lists(ASSESSMENTS, max_size=3), POLICIES)
def test_average_is_that_of_all_that_may_still_come(assessments, policy):
    found = average([of(*each, policy) for each in assessments], policy)
    base = sum(weight for weight, _attempts, _values in assessments)
    if not base:
        assert (found.to_date, found.best, found.certain, found.worst) == (None,) * 4
        return
    futures = [
        [
            weight * counting([*values, *rest], policy)
            for rest in product((None, 0, HIGHEST), repeat=attempts - len(values))
        ]
        for weight, attempts, values in assessments
    ]
    ends = [sum(each) for each in product(*futures)]
    nothing_more = sum(w * counting(values, policy) for w, _attempts, values in assessments)
    assert found.best == nearest(Fraction(max(ends), base), policy.step)
    assert found.worst == nearest(Fraction(min(ends), base), policy.step)
    assert found.certain == nearest(Fraction(nothing_more, base), policy.step)
    taken = [
        (weight, counting(values, policy))
        for weight, attempts, values in assessments
        if any(value is not None for value in values) or len(values) == attempts
    ]
    weights = sum(weight for weight, _earned in taken)
    earned = sum(weight * value for weight, value in taken)
    assert found.to_date == (nearest(Fraction(earned, weights), policy.step) if weights else None)


@given(st.lists(ASSESSMENTS, min_size=1, max_size=4), POLICIES)
def test_certain_is_never_above_best_and_final_once_nothing_is_open(assessments, policy):
    found = average([of(*each, policy) for each in assessments], policy)
    if found.base:
        assert found.worst <= found.certain <= found.best
        if all(len(values) == attempts for _weight, attempts, values in assessments):
            assert found.is_final
            assert found.to_date == found.certain


@pytest.mark.parametrize(
    ("rounding", "expected"), [("whole", 1400), ("tenths", 1350), ("hundredths", 1350)]
)
def test_half_a_step_goes_up(rounding, expected):
    cohort = Cohort(score_rounding=rounding)
    policy = Policy.of(cohort)
    assert average([of(1, 1, [1300]), of(1, 1, [1400])], policy).certain == expected


def test_who_did_not_sit_earns_nothing_and_has_no_score():
    found = of(1, 1, [None])
    assert (found.did_not_sit, found.is_open, found.value) == (True, False, None)
    assert (found.best, found.certain) == (0, 0)
    assert average([found, of(1, 1, [1600])], Policy()).to_date == 800


def test_who_did_not_sit_and_may_still_is_open():
    found = of(1, 2, [None])
    assert (found.did_not_sit, found.is_open, found.best) == (True, True, HIGHEST)
    assert average([found, of(1, 1, [1600])], Policy()).to_date == 1600


def test_unscored_counts_twenty_in_best_and_nothing_to_date():
    found = average([of(1, 1, []), of(3, 1, [1200])], Policy())
    assert (found.to_date, found.best, found.certain) == (1200, 1400, 900)
    assert found.can_meet(1400)
    assert not found.can_meet(1401)
    assert found.meets(900)
    assert not found.meets(901)


@pytest.mark.parametrize(
    ("last_counts", "values", "counts"),
    [
        (False, [1500, 1100], 1500),
        (True, [1500, 1100], 1100),
        (True, [1500, None], 1500),
        (False, [None, 0], 0),
    ],
)
def test_of_several_attempts_the_policys_counts(last_counts, values, counts):
    assert of(1, 2, values, Policy(last_counts=last_counts)).hundredths == counts


def test_pre_test_weighs_nothing():
    assert average([of(0, 1, [600]), of(2, 1, [1600])], Policy()).to_date == 1600


def test_attempts_beyond_those_allowed_leave_none():
    assert of(1, 1, [900, 1500]).attempts_left == 0


def test_hundredths_are_shown_as_they_are_typed():
    assert [shown(each) for each in (0, 1400, 1450, 1425)] == ["0", "14", "14,5", "14,25"]
