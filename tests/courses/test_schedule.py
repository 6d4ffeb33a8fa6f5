import datetime as dt

import pytest
from django.utils.translation import override

from courses.models import Session
from courses.schedule import Line, lines_for, next_line, public_holidays, schedule, this_week
from tests.factories import (
    MONDAY,
    BreakFactory,
    CohortFactory,
    CohortModuleFactory,
    SessionFactory,
    at,
)

pytestmark = pytest.mark.django_db
FRIDAY = MONDAY + dt.timedelta(days=11)
ONE_DAY = dt.timedelta(days=1)


def weeks_of(cohort, today=FRIDAY):
    sessions = Session.objects.for_cohort(cohort).select_related("cohort_module__module")
    now = at(today, 12)
    return schedule(cohort, lines_for(sessions, at=now), cohort.breaks.all(), today=today)


def test_schedule_numbers_teaching_weeks_and_puts_the_break_between(cohort):
    BreakFactory(cohort=cohort, reason="Receso")
    weeks = weeks_of(cohort)
    assert [week.number for week in weeks] == [1, None, 2, 3]
    assert weeks[1].reasons == ("Receso",)
    assert (weeks[1].starts_on, weeks[1].ends_on) == (
        MONDAY + 7 * ONE_DAY,
        MONDAY + 13 * ONE_DAY,
    )


def test_schedule_of_weeks_without_teaching_in_a_row_is_one(cohort):
    BreakFactory(cohort=cohort, ends_on=MONDAY + 20 * ONE_DAY)
    assert [week.number for week in weeks_of(cohort)] == [1, None, 2]


def test_schedule_without_break_has_every_week(cohort):
    assert [week.number for week in weeks_of(cohort)] == [1, 2, 3, 4]


def test_schedule_of_one_week():
    cohort = CohortFactory(ends_on=MONDAY + 4 * ONE_DAY)
    SessionFactory(cohort=cohort)
    weeks = weeks_of(cohort)
    assert [(week.number, len(week.items)) for week in weeks] == [(1, 1)]
    assert (weeks[0].starts_on, weeks[0].ends_on) == (cohort.starts_on, cohort.ends_on)


def test_schedule_of_sixty_weeks():
    cohort = CohortFactory(ends_on=MONDAY + dt.timedelta(weeks=60) - ONE_DAY)
    assert [week.number for week in weeks_of(cohort)] == list(range(1, 61))


def test_schedule_shows_a_holiday_on_its_day_before_the_sessions_after_it():
    """Wednesday 8 December 2021 was a holiday; the session went to Thursday."""
    cohort = CohortFactory(starts_on=dt.date(2021, 12, 6), ends_on=dt.date(2021, 12, 12))
    moved = SessionFactory(cohort=cohort, day=3)
    off, line = weeks_of(cohort, dt.date(2021, 12, 7))[0].items
    assert (off.is_session, off.day) == (False, dt.date(2021, 12, 8))
    assert line.session == moved


def test_schedule_names_a_holiday_in_the_reader_s_language():
    day = dt.date(2021, 12, 8)
    with override("en"):
        english = public_holidays(day, day, "en")
    assert english != public_holidays(day, day, "es")


def test_schedule_shows_a_short_break_inside_its_week_and_no_holiday_twice():
    cohort = CohortFactory(starts_on=dt.date(2021, 12, 6), ends_on=dt.date(2021, 12, 12))
    BreakFactory(
        cohort=cohort,
        starts_on=dt.date(2021, 12, 8),
        ends_on=dt.date(2021, 12, 9),
        reason="Puente",
    )
    (week,) = weeks_of(cohort, dt.date(2021, 12, 7))
    assert [item.reason for item in week.items] == ["Puente"]


def test_schedule_keeps_a_session_outside_the_edition_s_dates(cohort):
    SessionFactory(cohort=cohort, starts_at=at(cohort.ends_on + 3 * ONE_DAY, 18))
    assert len(weeks_of(cohort)[-1].items) == 1


def test_schedule_shows_a_session_inside_a_break(cohort):
    BreakFactory(cohort=cohort)
    SessionFactory(cohort=cohort, day=9)
    assert [item.is_session for item in weeks_of(cohort)[1].items] == [True]


@pytest.mark.parametrize(
    ("today", "index", "is_now"),
    [
        (MONDAY - ONE_DAY, 0, False),
        (MONDAY, 0, True),
        (MONDAY + 9 * ONE_DAY, 1, True),
        (MONDAY + 27 * ONE_DAY, 3, True),
        (MONDAY + 300 * ONE_DAY, 3, False),
    ],
)
def test_schedule_has_one_place_to_jump_to(cohort, today, index, is_now):
    BreakFactory(cohort=cohort)
    weeks = weeks_of(cohort, today)
    assert [week.is_today for week in weeks].index(True) == index
    assert sum(week.is_today for week in weeks) == 1
    assert [week.is_now for week in weeks] == [is_now and i == index for i in range(4)]


def test_schedule_names_a_module_where_it_begins(cohort):
    module = CohortModuleFactory(cohort=cohort, module__number=1)
    SessionFactory(cohort=cohort, day=2, cohort_module=module)
    SessionFactory(cohort=cohort, day=9, cohort_module=module)
    assert [bool(week.module) for week in weeks_of(cohort)] == [True, False, False, False]


def test_next_line_passes_over_cancelled_and_past_ones_and_takes_the_running(cohort):
    now = at(FRIDAY, 18, 30)
    past = SessionFactory(cohort=cohort, day=2)
    cancelled = SessionFactory(
        cohort=cohort, day=11, status="cancelled", cancellation_reason="Corte de luz"
    )
    running = SessionFactory(cohort=cohort, day=11)
    lines = lines_for([past, cancelled, running, SessionFactory(cohort=cohort, day=16)], at=now)
    assert next_line(lines).session == running
    assert next_line(lines).is_now
    assert next_line(lines[:2]) is None


def test_this_week_is_monday_to_sunday(cohort):
    sessions = [SessionFactory(cohort=cohort, day=day) for day in (6, 7, 13, 14)]
    lines = this_week(lines_for(sessions, at=at(FRIDAY, 12)), FRIDAY)
    assert [line.session for line in lines] == sessions[1:3]


@pytest.mark.parametrize(
    ("day", "fields", "is_news"),
    [
        (16, {"moved_from": at(MONDAY + 15 * ONE_DAY, 18), "sequence": 1}, True),
        # Moved by a holiday before anyone saw it: no news.
        (16, {"moved_from": at(MONDAY + 15 * ONE_DAY, 18), "sequence": 0}, False),
        (16, {"status": "cancelled", "cancellation_reason": "Paro"}, True),
        (16, {"sequence": 1}, False),
        # Over, and changed long ago or these days.
        (1, {"status": "cancelled", "cancellation_reason": "Paro"}, True),
    ],
)
def test_news_are_changes_that_matter_now(cohort, clock, day, fields, is_news):
    session = SessionFactory(cohort=cohort, day=day, **fields)
    assert Line(session, at(FRIDAY, 12)).is_news is is_news
    if day == 1:
        assert not Line(session, at(FRIDAY + 30 * ONE_DAY, 12)).is_news
