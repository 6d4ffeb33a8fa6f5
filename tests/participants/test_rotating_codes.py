import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participants.rotating_codes import (
    ALPHABET,
    LINKED,
    STEP,
    TYPED,
    as_shown,
    code_of,
    find_step,
    step_at,
    step_ends_at,
)

moments = st.datetimes(dt.datetime(2021, 1, 1), dt.datetime(2040, 1, 1), timezones=st.just(dt.UTC))
secrets = st.text(min_size=1, max_size=43)
lengths = st.sampled_from([TYPED, LINKED])
NOON = dt.datetime(2026, 3, 13, 17, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)


@given(moments)
def test_moment_lies_in_its_step(at):
    end = step_ends_at(step_at(at))
    assert end - STEP <= at < end


@given(moments)
def test_step_changes_with_its_end_and_not_before(at):
    step = step_at(at)
    assert step_at(step_ends_at(step) - MICROSECOND) == step
    assert step_at(step_ends_at(step)) == step + 1


@given(secrets, st.integers(0, 10**9), lengths)
def test_code_is_of_letters_that_are_not_taken_for_others(secret, step, length):
    code = code_of(secret, step, length)
    assert len(code) == length
    assert set(code) <= set(ALPHABET)
    assert not set("0O1I") & set(code)


def test_letters_are_as_many_as_five_bits_tell_apart():
    assert len(set(ALPHABET)) == len(ALPHABET) == 32


@given(moments, st.integers(0, 400), lengths)
def test_code_that_was_shown_is_found_with_its_step(since, later, length):
    step = step_at(since) + later
    at = step_ends_at(step) - MICROSECOND
    code = code_of("secret", step, length)
    assert find_step("secret", code, since=since, at=at, length=length) == step


@given(st.integers(1, 400))
def test_code_is_not_known_before_it_is_shown_nor_from_before_the_opening(later):
    step = step_at(NOON)
    ahead, before = code_of("secret", step + later), code_of("secret", step - later)
    assert find_step("secret", ahead, since=NOON, at=NOON) is None
    assert find_step("secret", before, since=NOON, at=NOON + 50 * STEP) is None


@pytest.mark.parametrize("written", ["", "AAAAAA", "ñññ", "2" * 100])
def test_what_is_no_code_is_not_found(written):
    assert find_step("secret", written, since=NOON, at=NOON + 50 * STEP) is None


def test_codes_of_another_secret_and_length_differ():
    step = step_at(NOON)
    assert code_of("one", step) != code_of("other", step)
    assert not code_of("one", step, LINKED).startswith(code_of("one", step))


@pytest.mark.parametrize("written", ["k7q m9x", "K7Q-M9X", " k7qm9x\n", "K7QM9X"])
def test_code_is_read_as_people_write_it(written):
    assert as_shown(written) == "K7QM9X"
