from itertools import pairwise
from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st

from participants.paired_results import Result, paired_summary
from participants.small_cells import Bar
from trainingprog.pre_post_picture import LEFT, RIGHT, Box, change_bars, picture, score_bars

hundredths = st.integers(0, 2000)
pairs = st.lists(st.tuples(hundredths, hundredths), min_size=5, max_size=60)


def drawn(pairs):
    results = [Result(*pair) for pair in pairs]
    # Who lacks a test is in no bar.
    results += [Result(1, None), Result(None, 2000)]
    return picture(SimpleNamespace(results=results, summary=paired_summary(results)))


def filled(bars) -> list[Bar]:
    return [bar for bar in bars if bar.count]


def test_scores_fall_into_bars_of_two_points_and_20_into_the_last() -> None:
    assert filled(score_bars([0, 199, 0, 1, 2, 1800, 1999, 2000, 2000, 2000])) == [
        Bar(0, 200, 5),
        Bar(1800, 2000, 5),
    ]


def test_changes_fall_into_bars_around_none() -> None:
    none, up, down = [0, 99, -99, 1, -1], [100, 299, 100, 100, 100], [-100, -299, -100, -299, -100]
    assert filled(change_bars(none + up + down)) == [
        Bar(-300, -100, 5),
        Bar(-100, 100, 5),
        Bar(100, 300, 5),
    ]
    assert filled(change_bars([2000] * 5 + [-2000] * 5)) == [
        Bar(-2100, -1900, 5),
        Bar(1900, 2100, 5),
    ]


def test_bars_tell_who_rose_from_who_fell() -> None:
    boxes = drawn([(1000, 1200)] * 5 + [(1000, 1000)] * 6 + [(1000, 800)] * 7).change
    assert [(box.kind, box.count) for box in boxes] == [
        ("shift-lower", 7),
        ("shift-same", 6),
        ("shift-higher", 5),
    ]


@settings(max_examples=60)
@given(pairs)
def test_every_pair_is_drawn_inside_the_frame_and_no_bar_is_of_few(pairs) -> None:
    found = drawn(pairs)
    for boxes in (found.pre, found.post, found.change):
        assert sum(box.count for box in boxes) == len(pairs)
        assert all(box.count >= 5 for box in boxes)
        assert all(edge(a) < edge(b) for a, b in pairwise(boxes))
        assert all(float(box.height) <= 70 for box in boxes)
        assert edge(boxes[0]) >= LEFT
        assert edge(boxes[-1]) + float(boxes[-1].width) <= RIGHT
    for x in (found.pre_mean, found.post_mean, found.change_mean, *(found.interval or ())):
        assert LEFT <= float(x) <= RIGHT
    for figures in (found.pre_figures, found.post_figures, found.change_figures):
        assert sum(figure.count for figure in figures) == len(pairs)


def edge(box: Box) -> float:
    return float(box.x)


def test_lengths_are_written_as_svg_has_them() -> None:
    found = drawn([(1000, 1250)] * 3 + [(1100, 1200)] * 4)
    assert (found.pre_mean, found.post[0].height) == ("189.5", "70.0")
    assert found.interval[0] == "175.9"


def test_changes_are_told_with_their_sign() -> None:
    found = drawn([(1000, 1300)] * 5 + [(1000, 600)] * 5)
    assert [figure.change_label for figure in found.change_figures] == [
        "de −5 a −3",
        "de +3 a +5",
    ]


def test_few_at_the_end_reach_to_the_bar_before_and_no_further() -> None:
    assert change_bars([600] * 5 + [1000] * 3) == (Bar(500, 1100, 8),)


def test_ticks_have_room() -> None:
    narrow, wide = drawn([(1000, 1500)] * 5), drawn([(0, 2000)] * 5 + [(2000, 0)] * 5)
    assert [tick.label for tick in narrow.change_ticks] == ["−3", "−1", "+1", "+3", "+5", "+7"]
    assert [tick.label for tick in wide.change_ticks][4:6] == ["−3", "+1"]
