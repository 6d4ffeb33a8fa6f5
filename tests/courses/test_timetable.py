from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.timetable import (
    BreakDates,
    GroupSlot,
    LeftOut,
    LeftOutReason,
    Pattern,
    Plan,
    peruvian_holidays,
    plan,
    teaching_weeks,
)

LIMA = ZoneInfo("America/Lima")
STARTS_ON, ENDS_ON = date(2021, 11, 8), date(2022, 4, 8)
BREAKS = (
    BreakDates(date(2021, 12, 20), date(2022, 1, 9), "Receso de fin de año"),
    BreakDates(date(2022, 2, 28), date(2022, 3, 6), "Semana de recuperación"),
)
PLENARY = Pattern(key="plenary", weekday=2, starts_at=time(18), minutes=120, title="Plenaria")
MEETING = Pattern(
    key="meeting", weekday=4, starts_at=time(17), minutes=90, every_weeks=2, audience="group"
)
WORKSHOP = Pattern(
    key="workshop",
    weekday=5,
    starts_at=time(9),
    minutes=240,
    weeks=(4, 9, 14, 17),
    modality="hybrid",
    venue="Auditorio",
    meeting_link="https://video.example/taller",
)
GROUPS = tuple(GroupSlot(n) for n in range(1, 11))


def first_edition(**changes) -> Plan:
    arguments = {
        "starts_on": STARTS_ON,
        "ends_on": ENDS_ON,
        "patterns": (PLENARY, MEETING, WORKSHOP),
        "groups": GROUPS,
        "breaks": BREAKS,
        "holidays": peruvian_holidays(STARTS_ON, ENDS_ON),
        "tz": LIMA,
    }
    return plan(**(arguments | changes))


def one_pattern(pattern=PLENARY, **changes) -> Plan:
    return first_edition(patterns=(pattern,), **changes)


def days(planned: Plan) -> list[date]:
    return [session.starts_at.date() for session in planned.sessions]


# Holidays and teaching weeks


@pytest.mark.parametrize(
    ("day", "since"),
    [
        ((7, 28), 2021),
        ((8, 30), 2021),
        ((10, 8), 2021),
        ((12, 8), 2021),
        # Laws 31530, 31381, 31822 and 31788 added four of them in these years.
        ((8, 6), 2022),
        ((12, 9), 2022),
        ((7, 23), 2023),
        ((6, 7), 2024),
    ],
)
def test_peruvian_holidays_know_the_year_a_day_became_one(day, since):
    found = peruvian_holidays(date(2021, 1, 1), date(2027, 12, 31))
    assert [year for year in range(2021, 2028) if date(year, *day) in found] == list(
        range(since, 2028)
    )


def test_peruvian_holidays_are_those_between_the_dates_in_spanish():
    assert peruvian_holidays(date(2021, 12, 8), date(2022, 1, 1)) == {
        date(2021, 12, 8): "Inmaculada Concepción",
        date(2021, 12, 25): "Navidad del Señor",
        date(2022, 1, 1): "Año Nuevo",
    }


def test_teaching_weeks_of_the_first_edition_are_18_of_22():
    weeks = teaching_weeks(STARTS_ON, ENDS_ON, BREAKS)
    assert [week.number for week in weeks] == list(range(1, 19))
    assert (weeks[5].monday, weeks[6].monday) == (date(2021, 12, 13), date(2022, 1, 10))
    assert weeks[-1].sunday == date(2022, 4, 10)
    assert len(teaching_weeks(STARTS_ON, ENDS_ON)) == 22


def test_teaching_week_with_one_free_weekday_teaches():
    four_days = BreakDates(date(2021, 11, 15), date(2021, 11, 18))
    assert len(teaching_weeks(STARTS_ON, ENDS_ON, [*BREAKS, four_days])) == 18
    friday = BreakDates(date(2021, 11, 19), date(2021, 11, 19))
    assert len(teaching_weeks(STARTS_ON, ENDS_ON, [*BREAKS, four_days, friday])) == 17


def test_holiday_kept_as_a_break_takes_no_week():
    holidays = BreakDates(date(2021, 11, 15), date(2021, 11, 19), "Feriado largo", False)
    assert len(teaching_weeks(STARTS_ON, ENDS_ON, [*BREAKS, holidays])) == 18


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "break_days", "number"),
    [
        # A partial week is asked for the days inside the dates alone: Thursday and Friday.
        (date(2021, 11, 11), date(2021, 11, 14), (date(2021, 11, 11), date(2021, 11, 12)), 0),
        (date(2021, 11, 11), date(2021, 11, 14), (date(2021, 11, 11), date(2021, 11, 11)), 1),
        (date(2021, 11, 1), date(2021, 11, 9), (date(2021, 11, 8), date(2021, 11, 9)), 1),
        (date(2021, 11, 13), date(2021, 11, 13), None, 1),
        (date(2021, 11, 13), date(2021, 11, 14), (date(2021, 11, 13), date(2021, 11, 14)), 0),
        (date(2021, 11, 14), date(2021, 11, 15), None, 2),
    ],
)
def test_teaching_weeks_at_the_edges(starts_on, ends_on, break_days, number):
    breaks = [BreakDates(*break_days)] if break_days else []
    assert len(teaching_weeks(starts_on, ends_on, breaks)) == number


# The first edition


def test_first_edition_has_18_plenaries_4_workshops_and_9_meetings_a_group():
    planned = first_edition()
    assert Counter((each.pattern_key, each.group_key) for each in planned.sessions) == {
        ("plenary", None): 18,
        ("workshop", None): 4,
        **{("meeting", n): 9 for n in range(1, 11)},
    }
    for group in GROUPS:
        assert sum(each.group_key in (None, group.key) for each in planned.sessions) == 31
    assert planned.left_out == ()
    assert max(days(planned)) <= ENDS_ON
    assert not any(day in each for day in days(planned) for each in BREAKS)
    assert date(2021, 12, 8) not in days(planned)


def test_plenary_due_on_8_december_is_held_on_the_9th():
    moved = [each for each in one_pattern().sessions if each.moved_from]
    assert [
        (each.teaching_week, each.number, each.starts_at, each.moved_from, each.moved_because)
        for each in moved
    ] == [
        (
            5,
            5,
            datetime(2021, 12, 9, 18, tzinfo=LIMA),
            datetime(2021, 12, 8, 18, tzinfo=LIMA),
            "Inmaculada Concepción",
        )
    ]


def test_session_carries_what_its_pattern_says():
    first = one_pattern(WORKSHOP, module_of_week={4: 71}).sessions[0]
    assert first.identity == ("workshop", 4, None)
    assert first.starts_at == datetime(2021, 12, 4, 14, tzinfo=UTC)
    assert first.starts_at.utcoffset() == timedelta(hours=-5)
    assert first.ends_at - first.starts_at == timedelta(hours=4)
    assert (first.number, first.modality, first.venue) == (1, "hybrid", "Auditorio")
    assert first.meeting_link == "https://video.example/taller"
    assert first.module_key == 71


def test_session_ends_after_its_minutes_where_clocks_change():
    night = Pattern(key=1, weekday=5, starts_at=time(23), minutes=120)
    session = plan(
        starts_on=date(2022, 3, 28),
        ends_on=date(2022, 4, 3),
        patterns=[night],
        tz=ZoneInfo("America/Santiago"),
    ).sessions[0]
    elapsed = session.ends_at.astimezone(UTC) - session.starts_at.astimezone(UTC)
    assert elapsed == timedelta(hours=2)


@pytest.mark.parametrize(
    ("modality", "venue", "link"),
    [
        ("online", "", "https://video.example/1"),
        ("in_person", "Aula 1", ""),
        ("hybrid", "Aula 1", "https://video.example/1"),
    ],
)
def test_session_has_a_venue_or_a_link_as_its_modality_asks(modality, venue, link):
    pattern = Pattern(
        key=1,
        weekday=0,
        starts_at=time(9),
        minutes=60,
        modality=modality,
        venue="Aula 1",
        meeting_link="https://video.example/1",
    )
    session = one_pattern(pattern).sessions[0]
    assert (session.venue, session.meeting_link) == (venue, link)


def test_group_slot_wins_over_the_pattern_for_groups_only():
    slot = GroupSlot(1, weekday=0, starts_at=time(0), meeting_link="https://video.example/g1")
    planned = first_edition(groups=(slot, GroupSlot(2)))
    own = [each for each in planned.sessions if each.group_key == 1]
    assert {each.starts_at.weekday() for each in own} == {0}
    assert {each.starts_at.time() for each in own} == {time(0)}
    assert {each.meeting_link for each in own} == {"https://video.example/g1"}
    other = [each for each in planned.sessions if each.group_key == 2]
    assert {(each.starts_at.weekday(), each.meeting_link) for each in other} == {(4, "")}
    plenaries = [each for each in planned.sessions if each.pattern_key == "plenary"]
    assert plenaries[0].starts_at == datetime(2021, 11, 10, 18, tzinfo=LIMA)


# Non-teaching days


def test_session_moves_past_a_sunday_into_the_next_week_and_keeps_its_own():
    saturday = one_pattern(WORKSHOP, holidays={date(2021, 12, 4): "Feriado"}).sessions[0]
    assert saturday.starts_at.date() == date(2021, 12, 6)
    assert saturday.teaching_week == 4


def test_session_moves_over_the_weekend_of_a_week_that_does_not_teach():
    recess = BreakDates(date(2021, 11, 15), date(2021, 11, 19), "Receso")
    pattern = Pattern(key=1, weekday=4, starts_at=time(9), minutes=60, weeks=(1,))
    holidays = {date(2021, 11, 12): "Feriado", date(2021, 11, 13): "Feriado"}
    moved = one_pattern(pattern, breaks=[recess], holidays=holidays).sessions[0]
    assert moved.starts_at.date() == date(2021, 11, 22)


def test_session_never_moves_onto_the_day_of_the_next_one():
    recess = BreakDates(date(2021, 11, 10), date(2021, 11, 16), "Receso")
    first, second = one_pattern(breaks=[recess]).sessions[:2]
    assert (first.teaching_week, first.starts_at.date()) == (2, date(2021, 11, 17))
    assert (second.teaching_week, second.starts_at.date()) == (1, date(2021, 11, 18))
    assert (first.number, second.number) == (2, 1)


def test_two_sessions_out_of_one_break_move_to_days_of_their_own():
    recess = BreakDates(date(2021, 11, 10), date(2021, 11, 18), "Receso")
    moved = [each for each in one_pattern(breaks=[recess], holidays={}).sessions if each.moved_from]
    assert [(each.teaching_week, each.starts_at.date()) for each in moved] == [
        (1, date(2021, 11, 19)),
        (2, date(2021, 11, 20)),
    ]


def test_session_left_out_names_the_day_and_the_reason():
    pattern = Pattern(
        key=1, weekday=2, starts_at=time(18), minutes=60, on_non_teaching_day="leave_out"
    )
    planned = one_pattern(pattern)
    assert planned.left_out == (
        LeftOut(1, 5, None, LeftOutReason.HOLIDAY, date(2021, 12, 8), "Inmaculada Concepción"),
    )
    # The others keep the numbers that they have with the holiday or without.
    assert [each.number for each in planned.sessions] == [n for n in range(1, 19) if n != 5]


def test_session_due_before_the_first_day_is_not_counted():
    pattern = Pattern(key=1, weekday=0, starts_at=time(18), minutes=60)
    planned = one_pattern(pattern, starts_on=date(2021, 11, 10))
    assert planned.left_out[0].reason == LeftOutReason.BEFORE_START
    assert (planned.sessions[0].teaching_week, planned.sessions[0].number) == (2, 1)


@pytest.mark.parametrize(
    ("weeks", "staying", "numbers"),
    [
        ((1, 2, 3), {1: 1, 2: 2}, {1: 1, 2: 2, 3: 3}),
        # What stays though no longer asked for has its place in the count.
        ((5, 6), {1: 1, 3: 2}, {5: 3, 6: 4}),
        # A new one between two that stay: a number if one is free, or else none.
        ((1, 2, 3, 4), {1: 1, 3: 2}, {1: 1, 2: None, 3: 2, 4: 3}),
        ((1, 2, 3, 4), {1: 1, 3: 5}, {1: 1, 2: 2, 3: 5, 4: 6}),
        ((1, 2, 4), {4: 1}, {1: None, 2: None, 4: 1}),
        # One without a number of its own is counted as any other.
        ((1, 2), {1: None}, {1: 1, 2: 2}),
    ],
)
def test_sessions_count_on_from_those_that_stay(weeks, staying, numbers):
    pattern = Pattern(key=1, weekday=0, starts_at=time(18), minutes=60, weeks=weeks)
    planned = one_pattern(pattern, holidays={}, staying={(1, None): staying})
    assert {each.teaching_week: each.number for each in planned.sessions} == numbers


def test_session_left_out_by_a_break_in_a_week_that_teaches():
    pattern = Pattern(
        key=1, weekday=2, starts_at=time(18), minutes=60, on_non_teaching_day="leave_out"
    )
    planned = one_pattern(pattern, breaks=[BreakDates(*[date(2021, 11, 10)] * 2, "Aniversario")])
    assert planned.left_out[0] == LeftOut(
        1, 1, None, LeftOutReason.BREAK, date(2021, 11, 10), "Aniversario"
    )


@pytest.mark.parametrize("policy", ["next", "leave_out"])
@pytest.mark.parametrize(
    ("dates", "weekday", "week", "reason"),
    [
        ((date(2021, 11, 11), ENDS_ON), 2, 1, LeftOutReason.BEFORE_START),
        ((STARTS_ON, date(2022, 4, 5)), 2, 18, LeftOutReason.AFTER_END),
    ],
)
def test_session_due_outside_the_dates_is_left_out(policy, dates, weekday, week, reason):
    pattern = Pattern(
        key=1, weekday=weekday, starts_at=time(9), minutes=60, on_non_teaching_day=policy
    )
    planned = one_pattern(pattern, starts_on=dates[0], ends_on=dates[1], holidays={})
    assert [(each.teaching_week, each.reason) for each in planned.left_out] == [(week, reason)]
    assert len(planned.sessions) == 17


def test_session_with_no_day_left_to_move_to_is_left_out():
    planned = one_pattern(holidays={date(2022, 4, n): "Feriado" for n in (6, 7, 8)})
    assert planned.left_out == (
        LeftOut("plenary", 18, None, LeftOutReason.NO_DAY_LEFT, date(2022, 4, 6), "Feriado"),
    )


def test_listed_week_beyond_the_last_is_left_out():
    pattern = Pattern(key=1, weekday=2, starts_at=time(9), minutes=60, weeks=(19, 1, 1))
    planned = one_pattern(pattern)
    assert planned.left_out == (LeftOut(1, 19, None, LeftOutReason.NO_SUCH_WEEK),)
    assert [each.teaching_week for each in planned.sessions] == [1]


def test_first_week_beyond_the_last_is_reported():
    pattern = Pattern(key=1, weekday=2, starts_at=time(9), minutes=60, first_week=30)
    assert one_pattern(pattern).left_out == (LeftOut(1, 30, None, LeftOutReason.NO_SUCH_WEEK),)


def test_pattern_for_groups_without_groups_is_reported():
    planned = one_pattern(MEETING, groups=())
    assert planned.sessions == ()
    assert planned.left_out == (LeftOut("meeting", 1, None, LeftOutReason.NO_GROUP),)


# Editions of other shapes


def test_edition_without_breaks_has_a_plenary_each_week():
    assert len(one_pattern(breaks=()).sessions) == 22


def test_edition_of_one_week():
    planned = first_edition(ends_on=date(2021, 11, 14))
    assert [week.number for week in planned.weeks] == [1]
    assert len(planned.sessions) == 11
    assert {each.reason for each in planned.left_out} == {LeftOutReason.NO_SUCH_WEEK}


def test_edition_of_60_weeks():
    ends_on = STARTS_ON + timedelta(weeks=60, days=-1)
    planned = first_edition(
        ends_on=ends_on, breaks=(), holidays=peruvian_holidays(STARTS_ON, ends_on)
    )
    assert len(planned.weeks) == 60
    assert len(planned.sessions) == 60 + 4 + 300


def test_edition_all_in_breaks_has_no_sessions():
    planned = first_edition(breaks=[BreakDates(STARTS_ON, ENDS_ON, "Emergencia")])
    assert (planned.weeks, planned.sessions) == ((), ())
    assert {each.reason for each in planned.left_out} == {LeftOutReason.NO_SUCH_WEEK}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: teaching_weeks(ENDS_ON, STARTS_ON), "edition ends on 2021-11-08, before"),
        (lambda: first_edition(ends_on=date(2021, 11, 1)), "edition ends on 2021-11-01, before"),
        (lambda: BreakDates(ENDS_ON, STARTS_ON), "break ends on 2021-11-08, before"),
        (lambda: peruvian_holidays(ENDS_ON, STARTS_ON), "period ends on 2021-11-08, before"),
        (lambda: GroupSlot(1, weekday=7), "weekday must be 0 .* not 7"),
        (lambda: first_edition(patterns=(PLENARY, PLENARY)), "two patterns share .*'plenary'"),
        (lambda: first_edition(groups=(GroupSlot(1), GroupSlot(1))), "two groups share the key 1"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weekday": 7}, "weekday must be 0"),
        ({"weekday": -1}, "weekday must be 0"),
        ({"every_weeks": 0}, "every_weeks must be 1 or more, not 0"),
        ({"first_week": 0}, "first_week must be 1 or more, not 0"),
        ({"weeks": (3, 0)}, "listed weeks must be 1 or more, not 0"),
        ({"minutes": 0}, "1 to 1440 minutes, not 0"),
        ({"minutes": 1441}, "1 to 1440 minutes, not 1441"),
        ({"audience": "all"}, "audience must be cohort or group, not 'all'"),
        ({"on_non_teaching_day": "skip"}, "on_non_teaching_day must be next or leave_out"),
    ],
)
def test_pattern_that_makes_no_sense_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Pattern(**({"key": 1, "weekday": 2, "starts_at": time(9), "minutes": 60} | changes))


# Properties

some_days = st.dates(date(2021, 10, 1), date(2022, 8, 31))
some_breaks = st.lists(
    st.builds(
        lambda day, length, reason: BreakDates(day, day + timedelta(days=length), reason),
        some_days,
        st.integers(0, 40),
        st.sampled_from(["Receso", "Emergencia"]),
    ),
    max_size=4,
)
some_holidays = st.dictionaries(some_days, st.just("Feriado"), max_size=12)
some_patterns = st.lists(
    st.builds(
        Pattern,
        key=st.integers(1, 9),
        weekday=st.integers(0, 6),
        starts_at=st.times(),
        minutes=st.integers(1, 1440),
        every_weeks=st.integers(1, 4),
        first_week=st.integers(1, 12),
        weeks=st.lists(st.integers(1, 40), max_size=4).map(tuple),
        audience=st.sampled_from(["cohort", "group"]),
        on_non_teaching_day=st.sampled_from(["next", "leave_out"]),
    ),
    max_size=4,
    unique_by=lambda pattern: pattern.key,
)
some_groups = st.lists(
    st.builds(
        GroupSlot,
        st.integers(1, 9),
        st.none() | st.integers(0, 6),
        st.none() | st.times(),
    ),
    max_size=3,
    unique_by=lambda group: group.key,
)


@st.composite
def editions(draw):
    starts_on = draw(some_days)
    return {
        "starts_on": starts_on,
        "ends_on": starts_on + timedelta(days=draw(st.integers(0, 200))),
        "breaks": draw(some_breaks),
        "holidays": draw(some_holidays),
        "patterns": draw(some_patterns),
        "groups": draw(some_groups),
        "tz": LIMA,
    }


@given(editions())
def test_each_weekday_of_an_edition_is_in_a_teaching_week_or_a_break(edition):
    breaks = edition["breaks"]
    weeks = teaching_weeks(edition["starts_on"], edition["ends_on"], breaks)
    assert [week.number for week in weeks] == list(range(1, len(weeks) + 1))
    assert all(week.monday.weekday() == 0 for week in weeks)
    assert len({week.monday for week in weeks}) == len(weeks)
    day = edition["starts_on"]
    while day <= edition["ends_on"]:
        teaches = any(week.monday <= day <= week.sunday for week in weeks)
        assert teaches or day.weekday() > 4 or any(day in each for each in breaks)
        day += timedelta(days=1)


@given(editions())
def test_each_session_due_is_planned_or_left_out_once(edition):
    planned = plan(**edition)
    found = Counter(each.identity for each in planned.sessions) + Counter(
        (each.pattern_key, each.teaching_week, each.group_key) for each in planned.left_out
    )
    due = Counter()
    for pattern in edition["patterns"]:
        slots = (
            [group.key for group in edition["groups"]] if pattern.audience == "group" else [None]
        )
        weeks = pattern.weeks_due(len(planned.weeks))
        for slot in slots or [None]:
            due.update((pattern.key, week, slot) for week in (weeks if slots else weeks[:1]))
    assert found == due


@given(editions())
def test_no_session_is_on_a_day_that_does_not_teach(edition):
    planned = plan(**edition)
    for session in planned.sessions:
        day = session.starts_at.date()
        assert edition["starts_on"] <= day <= edition["ends_on"]
        assert day not in edition["holidays"]
        assert not any(day in each for each in edition["breaks"])
        assert any(week.monday <= day <= week.sunday for week in planned.weeks)


@given(editions())
def test_a_moved_session_goes_to_the_first_free_teaching_day(edition):
    planned = plan(**edition)
    held: dict = {}
    due: dict = {}
    for each in planned.sessions:
        series = (each.pattern_key, each.group_key)
        held.setdefault(series, []).append(each.starts_at.date())
        due.setdefault(series, set()).add((each.moved_from or each.starts_at).date())
    for each in planned.sessions:
        if each.moved_from is None:
            assert each.moved_because == ""
            continue
        series = (each.pattern_key, each.group_key)
        assert each.starts_at > each.moved_from
        assert each.starts_at.timetz() == each.moved_from.timetz()
        assert each.starts_at.weekday() != 6
        week = planned.weeks[each.teaching_week - 1]
        assert week.monday <= each.moved_from.date() <= week.sunday
        day = each.moved_from.date() + timedelta(days=1)
        while day < each.starts_at.date():
            assert (
                day.weekday() == 6
                or day in edition["holidays"]
                or any(day in pause for pause in edition["breaks"])
                or not any(week.monday <= day <= week.sunday for week in planned.weeks)
                or day in held[series]
                or day in due[series]
            )
            day += timedelta(days=1)


@given(editions())
def test_sessions_of_a_pattern_are_numbered_by_week_and_never_share_a_day(edition):
    series: dict = {}
    for each in plan(**edition).sessions:
        series.setdefault((each.pattern_key, each.group_key), []).append(each)
    for sessions in series.values():
        by_week = sorted(sessions, key=lambda each: each.teaching_week)
        numbers = [each.number for each in by_week]
        assert numbers == sorted(set(numbers))
        assert len({each.starts_at.date() for each in sessions}) == len(sessions)
