from types import SimpleNamespace

from participants.standings import Standing
from trainingprog.decision_filter import DecisionFilter


def row(standing, decision=None, *, is_active=True):
    enrollment = SimpleNamespace(is_active=is_active)
    return SimpleNamespace(enrollment=enrollment, standing=standing, decision=decision)


def decided(outcome, *, reason="", is_pending=False):
    return SimpleNamespace(outcome=outcome, override_reason=reason, is_pending=is_pending)


ROWS = [
    row(Standing.MET, decided("completed")),
    row(Standing.NOT_MET, decided("completed", reason="health")),
    row(Standing.NOT_MET, decided("completed", reason="health", is_pending=True)),
    row(Standing.NOT_YET),
    row(Standing.OUT_OF_REACH, is_active=False),
]


def review(rows):
    return SimpleNamespace(
        rule=object(),
        meeting=(),
        not_meeting=[each for each in rows if each.enrollment.is_active and not each.decision],
        decided=[each for each in rows if each.decision],
        left_undecided=[each for each in rows if not each.enrollment.is_active],
    )


def test_each_state_that_someone_is_in_is_counted_as_its_row_says_it() -> None:
    found = DecisionFilter("", ROWS).states
    counts = {state.key: state.number for state in found}
    assert counts == {
        "": 5,
        "waiting": 1,
        "exception": 1,
        "met": 1,
        "not_met": 2,
        "not_yet": 1,
        "completed": 3,
    }
    assert [state.key for state in found if state.is_chosen] == [""]


def test_each_state_shows_as_many_people_as_it_counts() -> None:
    for state in DecisionFilter("", ROWS).states:
        sections = DecisionFilter(state.key, ROWS).sections_of_module(review(ROWS))
        assert sum(len(section.rows) for section in sections) == state.number


def test_state_that_is_none_shows_everyone() -> None:
    chosen = DecisionFilter("x", ROWS)
    assert [state.key for state in chosen.states if state.is_chosen] == [""]
    assert sum(len(each.rows) for each in chosen.sections_of_module(review(ROWS))) == 5


def test_state_in_which_nobody_is_any_more_can_be_left() -> None:
    found = DecisionFilter("waiting", [row(Standing.MET), row(Standing.NOT_YET)])
    assert [(state.key, state.number) for state in found.states][:2] == [("", 2), ("waiting", 0)]


def test_nothing_is_to_choose_where_all_are_in_the_same_state() -> None:
    assert DecisionFilter("", [row(Standing.MET), row(Standing.MET)]).states == []
