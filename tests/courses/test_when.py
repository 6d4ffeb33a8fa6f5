import datetime as dt

import pytest
from django.utils.translation import override

from courses.templatetags.when import date_span, moment, time_until, when
from tests.factories import MONDAY, at

NOW = at(MONDAY, 12)


@pytest.fixture(autouse=True)
def english():
    with override("en"):
        yield


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "today 18:00"),
        (1, "tomorrow, Tuesday 18:00"),
        (2, "Wednesday 04/03 18:00"),
        (-1, "yesterday, Sunday 18:00"),
        (-90, "Tuesday 02/12/2025 18:00"),
    ],
)
def test_when_says_the_day_as_people_do(days, words):
    assert when(at(MONDAY + dt.timedelta(days=days), 18), NOW) == words


def test_when_counts_days_in_lima_and_not_in_utc():
    """23:30 in Lima is the next day in UTC."""
    assert when(at(MONDAY, 23, 30).astimezone(dt.UTC), NOW) == "today 23:30"


@pytest.mark.parametrize(
    ("hours", "words"),
    [(0.5, "in 30 minutes"), (1, "in 1 hour"), (6.9, "in 6 hours"), (30, "in 1 day"), (-3, "in 0")],
)
def test_time_until_is_rounded_down(hours, words):
    assert time_until(NOW + dt.timedelta(hours=hours), NOW).startswith(words)


def test_moment_has_the_year_as_it_is_read_later():
    assert moment(at(MONDAY, 18)) == "Monday 02/03/2026, 18:00"


def test_date_span_of_one_day_and_over_a_new_year():
    assert date_span(MONDAY, MONDAY) == "02/03/2026"
    assert date_span(MONDAY, MONDAY + dt.timedelta(days=6)) == "02/03 – 08/03/2026"
    assert date_span(dt.date(2021, 12, 20), dt.date(2022, 1, 9)) == "20/12/2021 – 09/01/2022"
