"""Moments and durations as meeting reports write them, in English and Spanish.

A date of three numbers is kept as it stands until the session tells which of them is the month.
"""

import datetime as dt
import re
from dataclasses import dataclass

from participants.normalising import MONTHS, fold

DAY_FIRST, MONTH_FIRST = "day_first", "month_first"
CLOCK = re.compile(
    r"(?<![\d/.-])(\d{1,2})[:.h](\d{2})(?:[:.](\d{2}))?(?:[.,]\d+)?\s*"
    r"(?:([ap])\s*\.?\s*m\b\.?)?\s*(z\b|(?:gmt|utc)?\s*[+-]\d{2}:?\d{2}|gmt|utc)?",
    re.IGNORECASE,
)
ISO_DATE = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
NUMBER_DATE = re.compile(r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
# Beside the first and the last year that there is, another time zone has no date.
YEARS = range(2000, 2101)
UNITS = {
    3600: r"h|hr|hrs|hour|hours|hora|horas",
    60: r"m|min|mins|minute|minutes|minuto|minutos",
    1: r"s|sec|secs|second|seconds|seg|segs|segundo|segundos",
}


@dataclass(frozen=True, slots=True)
class Written:
    """A moment as written: a clock time, and a date that is known, to be ordered, or absent."""

    time: dt.time
    date: dt.date | None = None
    numbers: tuple[int, int, int] | None = None
    zone: dt.tzinfo | None = None

    @property
    def has_date(self) -> bool:
        return self.date is not None or self.numbers is not None

    def dated(self, order: str) -> dt.date | None:
        """The date under an order of day and month; None where there is no such day."""
        if self.numbers is None:
            return self.date
        first, second, year = self.numbers
        day, month = (first, second) if order == DAY_FIRST else (second, first)
        return _date(year, month, day)


def read_moment(text: str) -> Written | None:
    """None for what is no moment."""
    text = " ".join(text.split())
    date: dt.date | None = None
    numbers: tuple[int, int, int] | None = None
    if match := ISO_DATE.search(text):
        date = _date(int(match[1]), int(match[2]), int(match[3]))
        if date is None:
            return None
    elif match := NUMBER_DATE.search(text):
        numbers = (int(match[1]), int(match[3]), _full_year(match[4]))
    rest = text.replace(match[0], " ", 1).replace("T", " ", 1) if match else text
    found = CLOCK.search(rest)
    time = _time(found) if found else None
    if time is None or found is None:
        return None
    if match is None:
        words = rest.replace(found[0], " ", 1)
        date = _date_in_words(words)
        if date is None and re.search(r"\d", words):
            return None
    return Written(time, date, numbers, _zone(found[5]))


def read_minutes(text: str) -> float | None:
    """A duration in minutes: "96", "1 hr 2 min", "2h 18m 0s", "1:36:00"; None for none."""
    text = text.strip().casefold()
    if match := re.fullmatch(r"(\d{1,3}):([0-5]\d)(?::([0-5]\d))?(?:\.0+)?", text):
        return int(match[1]) * 60 + int(match[2]) + int(match[3] or 0) / 60
    if re.fullmatch(r"\d{1,6}(?:[.,]\d+)?", text):
        return float(text.replace(",", "."))
    seconds = 0.0
    rest = text
    for size, names in UNITS.items():
        for number in re.findall(rf"(\d{{1,6}})\s*(?:{names})\b\.?", rest):
            seconds += int(number) * size
        rest = re.sub(rf"\d{{1,6}}\s*(?:{names})\b\.?", " ", rest)
    if rest == text or re.search(r"\d", rest):
        return None
    return seconds / 60


def _time(found: re.Match[str]) -> dt.time | None:
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if half := (found[4] or "").casefold():
        if not 1 <= hour <= 12:
            half = ""  # 18:00 PM says its hour well enough
        else:
            hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return dt.time(hour, minute, second)
    except ValueError:
        return None


def _zone(text: str | None) -> dt.tzinfo | None:
    if not text:
        return None
    offset = re.search(r"([+-])(\d{2}):?(\d{2})", text)
    if offset is None:
        return dt.UTC
    minutes = int(offset[2]) * 60 + int(offset[3])
    if minutes >= 24 * 60:
        return None
    return dt.timezone(dt.timedelta(minutes=minutes if offset[1] == "+" else -minutes))


def _date_in_words(text: str) -> dt.date | None:
    """ "Nov 10, 2021", "10 nov. 2021", "miércoles, 10 de noviembre de 2021"."""
    words = fold(text).split()
    months = [MONTHS[word] for word in words if word in MONTHS]
    years = [int(word) for word in words if re.fullmatch(r"[12]\d{3}", word, re.ASCII)]
    days = [int(word) for word in words if re.fullmatch(r"\d{1,2}", word, re.ASCII)]
    if len(months) == len(years) == len(days) == 1:
        return _date(years[0], months[0], days[0])
    return None


def _date(year: int, month: int, day: int) -> dt.date | None:
    if year not in YEARS:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _full_year(written: str) -> int:
    return int(written) + (2000 if len(written) == 2 else 0)
