import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participants.paired_results import (
    ALL_EQUAL,
    NO_PAIRS,
    ONE_PAIR,
    Result,
    hedges_factor,
    paired_summary,
    two_sided_t,
)

hundredths = st.integers(0, 2000)
pairs = st.lists(st.tuples(hundredths, hundredths), max_size=40)


def of(*pairs) -> list[Result]:
    """Whole points are written."""
    return [Result(round(before * 100), round(after * 100)) for before, after in pairs]


@pytest.mark.parametrize(
    ("degrees", "value"),
    # NIST/SEMATECH Engineering Statistics Handbook, 1.3.6.7.2, the column of 0.975.
    [
        (1, 12.706),
        (2, 4.303),
        (3, 3.182),
        (4, 2.776),
        (5, 2.571),
        (9, 2.262),
        (10, 2.228),
        (20, 2.086),
        (30, 2.042),
        (60, 2.000),
        (100, 1.984),
        (131, 1.978),
    ],
)
def test_student_t_is_that_of_the_tables(degrees, value) -> None:
    assert round(two_sided_t(degrees), 3) == value


def test_student_t_falls_to_the_normal_quantile() -> None:
    values = [two_sided_t(degrees) for degrees in range(1, 200)]
    assert values == sorted(values, reverse=True)
    assert two_sided_t(5000) == pytest.approx(statistics.NormalDist().inv_cdf(0.975), abs=6e-4)


def test_hedges_factor_is_exact_where_it_is_known_and_near_the_usual_approximation() -> None:
    assert hedges_factor(2) == pytest.approx(1 / math.sqrt(math.pi))
    assert hedges_factor(4) == pytest.approx(math.sqrt(2 / math.pi))
    for degrees in range(10, 200):
        assert hedges_factor(degrees) == pytest.approx(1 - 3 / (4 * degrees - 1), abs=5e-4)


def test_figures_of_a_worked_example() -> None:
    # Differences 4, 4, 1, 4, 2: the mean is 3, the standard deviation √2, t(4) 2.776.
    summary = paired_summary(of((10, 14), (12, 16), (15, 16), (8, 12), (11, 13)))
    assert (summary.n, summary.missing) == (5, 0)
    assert (summary.pre_mean, summary.post_mean) == (11.2, 14.2)
    assert (summary.pre_median, summary.post_median) == (11, 14)
    assert summary.mean_difference == 3
    assert summary.interval == pytest.approx((1.2440, 4.7560), abs=1e-4)
    assert summary.effect_size == pytest.approx(2.1213, abs=1e-4)
    assert summary.corrected_effect_size == pytest.approx(2.1213 * 0.79788, abs=1e-4)
    assert (summary.improved_percent, summary.same_percent, summary.lower_percent) == (100, 0, 0)
    assert summary.why_not == ""


def test_who_lacks_a_test_is_counted_and_enters_no_other_figure() -> None:
    both = of((10, 12), (9, 9), (11, 8))
    alone = [
        Result(2000, None),
        Result(1900, None, did_not_sit=True),
        Result(None, 100),
        Result(None, None, did_not_sit=True),
        Result(None, None),
    ]
    # The last one did not sit the first time, and sat the second.
    summary = paired_summary([*alone, *both, Result(1000, 1000, did_not_sit=True)])
    assert (summary.only_pre, summary.only_post, summary.neither) == (2, 1, 2)
    assert (summary.n, summary.missing, summary.people, summary.did_not_sit) == (4, 5, 9, 2)
    assert (summary.improved, summary.same, summary.lower) == (1, 2, 1)
    assert (summary.pre_mean, summary.post_mean) == (10, 9.75)


@pytest.mark.parametrize(
    ("results", "why"),
    [([], NO_PAIRS), ([Result(900, None)], NO_PAIRS), (of((9, 12)), ONE_PAIR)],
)
def test_without_two_pairs_the_reason_is_said(results, why) -> None:
    summary = paired_summary(results)
    assert summary.interval is summary.effect_size is summary.corrected_effect_size is None
    assert summary.why_not == why
    assert (summary.mean_difference is None) == (summary.n == 0)
    assert (summary.improved_percent is None) == (summary.n == 0)


def test_two_pairs_have_an_interval_and_no_corrected_effect_size() -> None:
    summary = paired_summary(of((10, 11), (10, 13)))
    assert summary.interval == pytest.approx((2 - 12.7062, 2 + 12.7062), abs=1e-4)
    assert summary.effect_size == pytest.approx(math.sqrt(2))
    assert summary.corrected_effect_size is None


@given(hundredths, st.lists(st.integers(0, 1000), min_size=2, max_size=30))
def test_equal_differences_are_told_in_words(change, before) -> None:
    summary = paired_summary([Result(each, each + change) for each in before])
    assert summary.interval is summary.effect_size is None
    assert summary.why_not == ALL_EQUAL
    assert summary.mean_difference == pytest.approx(change / 100)


@given(pairs)
def test_figures_are_those_of_the_statistics_module(pairs) -> None:
    summary = paired_summary([Result(*pair) for pair in pairs])
    changes = [(after - before) / 100 for before, after in pairs]
    assert summary.improved + summary.same + summary.lower == summary.n == len(pairs)
    if not pairs:
        return
    before, after = zip(*pairs, strict=True)
    assert summary.pre_mean == pytest.approx(statistics.mean(before) / 100)
    assert summary.post_mean == pytest.approx(statistics.mean(after) / 100)
    assert summary.pre_median == statistics.median(before) / 100
    assert summary.post_median == statistics.median(after) / 100
    assert summary.mean_difference == pytest.approx(statistics.mean(changes))
    if len({after - before for before, after in pairs}) > 1:
        deviation = statistics.stdev(changes)
        half = two_sided_t(len(pairs) - 1) * deviation / math.sqrt(len(pairs))
        low, high = summary.interval
        assert (low, high) == pytest.approx(
            (summary.mean_difference - half, summary.mean_difference + half), abs=1e-9
        )
        assert summary.effect_size == pytest.approx(statistics.mean(changes) / deviation, abs=1e-9)
    else:
        assert summary.interval is None


@given(pairs.filter(lambda pairs: len({after - before for before, after in pairs}) > 1))
def test_the_tests_exchanged_turn_every_sign(pairs) -> None:
    there = paired_summary([Result(before, after) for before, after in pairs])
    back = paired_summary([Result(after, before) for before, after in pairs])
    assert back.mean_difference == -there.mean_difference
    assert back.interval == pytest.approx(tuple(-each for each in reversed(there.interval)))
    assert back.effect_size == -there.effect_size
    assert (back.improved, back.lower) == (there.lower, there.improved)
