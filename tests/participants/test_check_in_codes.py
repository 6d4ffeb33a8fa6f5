import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from courses.models import Session
from participants import rotating_codes
from participants.check_in_codes import (
    Begun,
    in_time,
    link_code,
    of_ticket,
    ticket_of,
    with_link,
    with_typed,
)
from participants.models import CheckInWindow
from participants.rotating_codes import GRACE, STEP, code_of, step_at, step_ends_at
from tests.factories import CheckInWindowFactory

OPENED = dt.datetime(2026, 3, 13, 17, 0, 10, tzinfo=dt.UTC)
SHOWN = OPENED + dt.timedelta(minutes=20)
END = step_ends_at(step_at(SHOWN))
MICROSECOND = dt.timedelta(microseconds=1)


def window(key: str = "uno", opened_at: dt.datetime = OPENED, **options) -> CheckInWindow:
    session = Session(ends_at=OPENED + dt.timedelta(hours=2))
    return CheckInWindow(secret=key, opened_at=opened_at, session=session, **options)


def code_shown(at: dt.datetime = SHOWN, key: str = "uno") -> str:
    return code_of(key, step_at(at))


def refusal(call, *args, **options) -> str:
    with pytest.raises(ValidationError) as error:
        call(*args, **options)
    return error.value.code


# ---- typed -----------------------------------------------------------------------------------


@given(st.integers(0, int((STEP + GRACE).total_seconds()) - 1))
def test_code_typed_counts_while_it_is_shown_and_for_a_minute_more(seconds):
    at = END - STEP + dt.timedelta(seconds=seconds)
    begun = with_typed([window()], code_shown(), at=at)
    assert begun.at == at
    assert begun.code_age == seconds - 30


@given(st.integers(0, 3600 * 3))
def test_code_typed_after_its_minute_is_refused_with_the_time(seconds):
    at = END + GRACE + dt.timedelta(seconds=seconds)
    assert refusal(with_typed, [window()], code_shown(), at=at) == "old_code"


def test_code_typed_counts_to_the_last_moment_of_its_minute():
    last = END + GRACE - MICROSECOND
    assert with_typed([window()], code_shown(), at=last).code_age == 59
    assert refusal(with_typed, [window()], code_shown(), at=END + GRACE) == "old_code"


def test_code_of_yesterday_or_of_another_session_is_no_code_of_this_one():
    yesterday = code_shown(SHOWN - dt.timedelta(days=1))
    assert refusal(with_typed, [window()], yesterday, at=SHOWN) == "wrong_code"
    assert refusal(with_typed, [window()], code_shown(key="otro"), at=SHOWN) == "wrong_code"


def test_code_from_before_the_opening_or_ahead_of_the_clock_counts_nothing():
    """A telephone whose clock is wrong by an hour does not come into it: the server's counts."""
    for hours in (-1, 1):
        other = code_shown(SHOWN + dt.timedelta(hours=hours))
        assert refusal(with_typed, [window()], other, at=SHOWN) == "wrong_code"


@pytest.mark.parametrize("call", [with_typed, with_link])
def test_code_is_looked_for_among_those_of_a_day_and_no_others(call, monkeypatch):
    """Who asks need not be logged in: it costs as much for a window that was opened a year ago."""
    asked = []
    monkeypatch.setattr(
        rotating_codes, "code_of", lambda _secret, step, _length: asked.append(step) or "ninguno"
    )
    old = window(opened_at=OPENED - dt.timedelta(days=365))
    assert refusal(call, old if call is with_link else [old], "K7QM9X", at=SHOWN) == "wrong_code"
    assert len(asked) == 24 * 120 + 1


def test_code_is_known_as_an_old_one_for_a_day():
    later = SHOWN + dt.timedelta(days=1)
    assert refusal(with_link, window(), link_code(window(), at=SHOWN), at=later) == "old_code"
    assert refusal(with_typed, [window()], code_shown(), at=later + STEP) == "wrong_code"


def test_code_that_would_have_come_after_the_closing_is_none():
    closed = window(closed_at=SHOWN - 2 * STEP)
    assert refusal(with_typed, [closed], code_shown(), at=SHOWN) == "wrong_code"
    assert refusal(with_link, closed, link_code(closed, at=SHOWN), at=SHOWN) == "wrong_code"
    last = code_shown(closed.closed_at)
    assert with_typed([closed], last, at=SHOWN).code_age


@pytest.mark.parametrize("written", ["", "   ", "--"])
def test_nothing_typed_is_told(written):
    assert refusal(with_typed, [window()], written, at=SHOWN) == "no_code"


def test_code_is_found_among_the_windows_that_let_one_in():
    own, everyones = window("uno"), window("todos")
    begun = with_typed([own, everyones], code_shown(key="todos").lower(), at=SHOWN)
    assert begun.window is everyones


# ---- scanned ---------------------------------------------------------------------------------


@given(st.integers(0, 59))
def test_link_opens_while_its_code_is_shown_or_the_one_after_it(seconds):
    opened = END - STEP + dt.timedelta(seconds=seconds)
    begun = with_link(window(), link_code(window(), at=SHOWN), at=opened)
    assert (begun.at, begun.code_age) == (opened, seconds - 30)


@pytest.mark.parametrize("later", [dt.timedelta(), dt.timedelta(hours=1)])
def test_link_passed_on_opens_no_more(later):
    link = link_code(window(), at=SHOWN)
    assert refusal(with_link, window(), link, at=END + STEP + later) == "old_code"


def test_typed_code_is_no_link():
    assert refusal(with_link, window(), code_shown(), at=SHOWN) == "wrong_code"
    other = link_code(window("otro"), at=SHOWN)
    assert refusal(with_link, window(), other, at=SHOWN) == "wrong_code"


# ---- tickets ---------------------------------------------------------------------------------


@pytest.mark.django_db
def test_ticket_keeps_when_it_was_begun_and_with_how_old_a_code():
    shown = CheckInWindowFactory()
    begun = of_ticket(ticket_of(Begun(shown, SHOWN, 12)))
    assert (begun.window, begun.at, begun.code_age) == (shown, SHOWN, 12)


@pytest.mark.django_db
def test_ticket_that_was_changed_or_is_of_no_window_is_refused():
    shown = CheckInWindowFactory()
    ticket = ticket_of(Begun(shown, SHOWN, 0))
    assert refusal(of_ticket, "A" + ticket) == "wrong_code"
    assert refusal(of_ticket, "nada") == "wrong_code"
    shown.delete()
    assert refusal(of_ticket, ticket) == "wrong_code"


@pytest.mark.django_db
def test_ticket_of_an_account_is_no_other_s_and_one_of_nobody_is_whose_it_is_first():
    begun = Begun(CheckInWindowFactory(), SHOWN, 0)
    assert of_ticket(ticket_of(begun, 7), 7) == of_ticket(ticket_of(begun), 8) == begun
    assert refusal(of_ticket, ticket_of(begun, 7), 8) == "not_yours"


@given(st.integers(0, 59))
def test_ticket_holds_for_a_minute_in_which_one_logs_in(seconds):
    begun = in_time(Begun(window(), SHOWN, -20), at=SHOWN + dt.timedelta(seconds=seconds))
    assert (begun.at, begun.code_age) == (SHOWN, seconds - 20)


def test_ticket_holds_no_longer_than_a_minute():
    begun = Begun(window(), SHOWN, 0)
    assert refusal(in_time, begun, at=SHOWN + GRACE) == "old_code"
