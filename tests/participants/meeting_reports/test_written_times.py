import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participants.meeting_reports.written_times import (
    DAY_FIRST,
    MONTH_FIRST,
    read_minutes,
    read_moment,
)

EVENING = dt.time(18, 5)


@pytest.mark.parametrize(
    "text",
    [
        "2021-11-10 18:05:00",
        "2021-11-10T18:05:00",
        "Nov 10, 2021 06:05:00 PM",
        "10 nov. 2021 18:05",
        "miércoles, 10 de noviembre de 2021, 6:05:00 p. m.",
        "10 de noviembre de 2021 18:05",
    ],
)
def test_moment_whose_date_is_certain(text):
    found = read_moment(text)
    assert (found.date, found.time) == (dt.date(2021, 11, 10), EVENING)


@pytest.mark.parametrize(
    "text",
    [
        "11/10/2021 06:05:00 PM",
        "11/10/21, 6:05:00 PM",
        "11/10/2021 18:05",
        "11-10-2021 18.05.00",
        "11.10.2021, 18:05:00",
        "11/10/2021, 6:05:00\u202fp.\xa0m.",
    ],
)
def test_date_of_numbers_has_two_readings(text):
    found = read_moment(text)
    assert found.time == EVENING
    assert found.dated(DAY_FIRST) == dt.date(2021, 10, 11)
    assert found.dated(MONTH_FIRST) == dt.date(2021, 11, 10)


def test_date_that_only_one_order_has():
    found = read_moment("17/11/2021 18:05")
    assert found.dated(DAY_FIRST) == dt.date(2021, 11, 17)
    assert found.dated(MONTH_FIRST) is None


@pytest.mark.parametrize("text", ["18:05", "6:05 PM", "06:05:00 p. m.", "18:05:00.000"])
def test_time_without_a_date(text):
    found = read_moment(text)
    assert (found.time, found.has_date) == (EVENING, False)


@pytest.mark.parametrize(
    ("text", "hours"), [("2021-11-10T23:05:00Z", 0), ("2021-11-10T18:05:00-05:00", -5)]
)
def test_zone_is_kept(text, hours):
    assert read_moment(text).zone.utcoffset(None) == dt.timedelta(hours=hours)


@pytest.mark.parametrize(
    "text", ["", "-", "abc", "25:00", "2021-11-10", "18:5", "2021-13-40 10:00"]
)
def test_what_is_no_moment_is_none(text):
    assert read_moment(text) is None


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("96", 96),
        ("96.0", 96),
        ("1 hr 2 min", 62),
        ("2 hr", 120),
        ("2h 18m 0s", 138),
        ("0h 12m 30s", 12.5),
        ("1:36:00", 96),
        ("1 hora 5 minutos", 65),
        ("45 s", 0.75),
        ("1 h 3 min 30 seg.", 63.5),
        ("", None),
        ("-5", None),
        ("mucho", None),
        ("12 días", None),
    ],
)
def test_minutes_are_read(text, minutes):
    assert read_minutes(text) == minutes


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_none(text):
    read_moment(text)
    read_minutes(text)


@given(st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2099, 12, 31)), st.integers(0, 1))
def test_written_moment_is_read_back(moment, day_is_first):
    moment = moment.replace(microsecond=0)
    order = "%d/%m" if day_is_first else "%m/%d"
    found = read_moment(f"{moment.strftime(order)}/{moment:%Y %I:%M:%S %p}")
    assert found.dated(DAY_FIRST if day_is_first else MONTH_FIRST) == moment.date()
    assert found.time == moment.time()
