from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participants.small_cells import LEAST, Bar, hidden_cells, hidden_missing, united


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ({}, ""),
        ({"a": 5, "b": 40}, ""),
        ({"a": 0, "b": 40}, ""),
        # One alone is what the whole lacks: the next smallest goes with it.
        ({"a": 4, "b": 60, "c": 50}, "ac"),
        ({"a": 4, "b": 60}, "ab"),
        # Two are enough only where they are five people.
        ({"a": 2, "b": 3, "c": 40, "d": 30}, "ab"),
        ({"a": 1, "b": 3, "c": 40, "d": 30}, "abd"),
        ({"a": 1, "b": 1, "c": 1, "d": 30, "e": 31}, "abcd"),
        # Nothing is left that could cover them.
        ({"a": 3}, "a"),
    ],
)
def test_hidden_cells(counts, hidden) -> None:
    assert hidden_cells(counts) == set(hidden)


@given(st.dictionaries(st.integers(0, 30), st.integers(0, 40), max_size=12))
def test_what_is_hidden_cannot_be_had_by_subtraction(counts) -> None:
    hidden = hidden_cells(counts)
    whole = sum(counts.values())
    assert all(key in hidden for key, count in counts.items() if 0 < count < LEAST)
    left = whole - sum(count for key, count in counts.items() if key not in hidden)
    assert not hidden or left >= LEAST or left == whole
    assert len(hidden) != 1 or left == whole


@given(st.dictionaries(st.integers(0, 30), st.integers(0, 40), max_size=12))
def test_no_more_is_hidden_than_it_takes(counts) -> None:
    hidden = hidden_cells(counts)
    small = {key for key, count in counts.items() if 0 < count < LEAST}
    if covers := hidden - small:
        largest = max(covers, key=lambda key: counts[key])
        without = hidden - {largest}
        assert len(without) < 2 or sum(counts[key] for key in without) < LEAST


COUNTS = st.dictionaries(st.integers(0, 6), st.integers(0, 12), min_size=1)


@given(COUNTS, st.sets(st.integers(0, 6)))
def test_who_is_missing_cannot_be_had_by_subtraction_however_few_they_are(counts, unseen) -> None:
    """What is shown is nobody or at least five; and what it leaves of the whole is so too, and of
    more than one part, or nothing at all is shown."""
    hidden = hidden_missing(counts, unseen & counts.keys())
    shown = {key: count for key, count in counts.items() if key not in hidden}
    assert not unseen & shown.keys()
    assert all(count == 0 or count >= LEAST for count in shown.values())
    left = sum(counts.values()) - sum(shown.values())
    assert not shown or left == 0 or (left >= LEAST and len(hidden) > 1)


def test_number_of_missing_is_told_where_it_tells_of_nobody() -> None:
    assert hidden_missing({"a": 5, "b": 0, "c": 9}, ()) == set()
    assert hidden_missing({"a": 5, "b": 0, "c": 9}, {"b"}) == {"b"}
    assert hidden_missing({"a": 2, "b": 0}, ()) == {"a", "b"}


def bars(*counts) -> list[Bar]:
    return [Bar(place, place + 1, count) for place, count in enumerate(counts)]


def test_united_bars_reach_to_their_neighbours() -> None:
    assert united(bars(2, 3, 0, 9, 4, 1)) == (
        Bar(0, 2, 5),
        Bar(2, 3, 0),
        Bar(3, 4, 9),
        Bar(4, 6, 5),
    )


def test_few_people_at_the_end_go_back_until_they_are_covered() -> None:
    assert united(bars(9, 6, 0, 3)) == (Bar(0, 1, 9), Bar(1, 4, 9))
    assert united(bars(2, 1, 0)) == (Bar(0, 3, 3),)


@given(st.lists(st.integers(0, 12), min_size=1, max_size=20))
def test_united_bars_lose_nobody_and_show_no_few(counts) -> None:
    found = united(bars(*counts))
    assert (found[0].low, found[-1].high) == (0, len(counts))
    assert all(a.high == b.low for a, b in pairwise(found))
    assert all(bar.count == sum(counts[bar.low : bar.high]) for bar in found)
    assert len(found) == 1 or all(bar.is_safe for bar in found)
