import resource

import pytest

from trainingprog.call_stack import with_room
from trainingprog.wsgi import application

CALLS = 300


def nothing():
    """Its frame is larger than one of the recursion: at some depth it fits into no piece's rest."""
    a = b = c = d = e = f = g = h = i = j = k = l = m = n = None  # noqa: E741, F841


def pages_asked_for(depth):
    """How many pages of memory the system gave for calls in a loop at this depth."""
    if depth:
        return pages_asked_for(depth - 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _number in range(CALLS):
        nothing()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.no_cover
def test_calls_in_a_loop_ask_for_no_memory_at_any_depth():
    assert max(with_room(pages_asked_for, depth) for depth in range(250)) < CALLS


def test_application_is_called_with_room():
    assert application.func is with_room


def test_what_is_given_what_is_returned_and_what_is_raised_pass():
    assert with_room(int, "11", base=2) == 3
    with pytest.raises(ValueError, match="invalid literal"):
        with_room(int, "a")
