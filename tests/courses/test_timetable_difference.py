from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.timetable import BreakDates, GroupSlot, Pattern, PlannedSession, plan
from courses.timetable_difference import GENERATED, ExistingSession, FieldChange, difference

START = datetime(2021, 11, 10, 18, tzinfo=UTC)


def planned_session(**changes) -> PlannedSession:
    values = {
        "pattern_key": 1,
        "teaching_week": 1,
        "group_key": None,
        "starts_at": START,
        "ends_at": START + timedelta(hours=2),
        "number": 1,
        "title": "Plenaria",
    }
    return PlannedSession(**(values | changes))


def existing_session(key=100, **changes) -> ExistingSession:
    planned = planned_session()
    values = {name: getattr(planned, name) for name in GENERATED}
    values |= {"pattern_key": 1, "teaching_week": 1, "group_key": None}
    return ExistingSession(key=key, **(values | changes))


def apply(found, existing):
    """What the verb does, without a database."""
    rows = {each.key: each for each in existing}
    for gone in found.remove:
        del rows[gone.key]
    for change in found.move:
        rows[change.existing.key] = replace(
            change.existing, **{each.name: each.new for each in change.fields}
        )
    for key, new in enumerate(found.create, max(rows, default=0) + 1):
        rows[key] = ExistingSession(
            key=key,
            pattern_key=new.pattern_key,
            teaching_week=new.teaching_week,
            group_key=new.group_key,
            **{name: getattr(new, name) for name in GENERATED},
        )
    return tuple(rows.values())


def test_difference_creates_what_is_missing():
    found = difference([planned_session()], [])
    assert found.create == (planned_session(),)
    assert found


def test_difference_of_equals_is_empty():
    found = difference([planned_session()], [existing_session()])
    assert not found
    assert found.unchanged == (existing_session(),)


def test_difference_removes_what_is_no_longer_planned():
    assert difference([], [existing_session()]).remove == (existing_session(),)


@pytest.mark.parametrize(
    ("name", "value", "times", "appointment"),
    [
        ("starts_at", START + timedelta(hours=1), True, True),
        ("ends_at", START + timedelta(hours=1), True, True),
        ("venue", "Aula 2", False, True),
        ("modality", "hybrid", False, True),
        ("meeting_link", "https://video.example/2", False, True),
        ("title", "Clase", False, False),
        ("number", 2, False, False),
        ("moved_from", START, False, False),
        ("module_key", 7, False, False),
    ],
)
def test_difference_moves_what_is_planned_otherwise(name, value, times, appointment):
    (change,) = difference([planned_session(**{name: value})], [existing_session()]).move
    assert change.fields == (FieldChange(name, getattr(planned_session(), name), value),)
    assert (change.changes_times, change.changes_appointment) == (times, appointment)


def test_difference_keeps_a_locked_session_that_would_move():
    found = difference([planned_session(title="Clase")], [existing_session()], {100})
    assert not found
    assert found.kept[0].fields == (FieldChange("title", "Plenaria", "Clase"),)


def test_difference_keeps_a_locked_session_that_would_vanish():
    found = difference([], [existing_session()], {100})
    assert not found
    assert (found.kept[0].existing.key, found.kept[0].planned) == (100, None)


def test_difference_calls_a_locked_session_unchanged_where_nothing_would_change():
    found = difference([planned_session()], [existing_session()], {100})
    assert (len(found.unchanged), found.kept) == (1, ())


def test_difference_never_names_a_session_made_by_hand():
    manual = existing_session(pattern_key=None, teaching_week=None)
    found = difference([], [manual])
    assert not found
    assert (found.unchanged, found.kept) == ((), ())


def test_difference_removes_the_spare_of_two_and_keeps_the_locked_one():
    found = difference([planned_session()], [existing_session(1), existing_session(2)], {2})
    assert [each.key for each in found.remove] == [1]
    assert [each.key for each in found.unchanged] == [2]


def test_fingerprint_tells_differences_apart():
    prints = {
        difference([planned_session()], []).fingerprint(),
        difference([planned_session(number=2)], []).fingerprint(),
        difference([planned_session(teaching_week=2)], []).fingerprint(),
        difference([planned_session(number=2)], [existing_session()]).fingerprint(),
        difference([planned_session(number=2)], [existing_session(101)]).fingerprint(),
        difference([planned_session(number=2)], [existing_session(title="X")]).fingerprint(),
        difference([], [existing_session()]).fingerprint(),
        difference([], []).fingerprint(),
    }
    assert len(prints) == 8


def test_fingerprint_knows_an_instant_in_another_zone():
    there = START.astimezone(tz=None)
    same = [difference([planned_session(starts_at=at)], []).fingerprint() for at in (START, there)]
    assert same[0] == same[1]


days = st.dates(date(2021, 11, 1), date(2022, 2, 28))


@st.composite
def plans(draw):
    """Plans of one edition as its coordinator changes dates, breaks and patterns."""
    starts_on = draw(days)
    pattern = st.builds(
        Pattern,
        key=st.integers(1, 3),
        weekday=st.integers(0, 6),
        starts_at=st.sampled_from([time(9), time(18)]),
        minutes=st.sampled_from([60, 90]),
        every_weeks=st.integers(1, 3),
        audience=st.sampled_from(["cohort", "group"]),
        title=st.sampled_from(["Plenaria", "Clase"]),
    )
    pauses = draw(st.lists(st.tuples(days, st.integers(0, 20)), max_size=2))
    return plan(
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=draw(st.integers(0, 90))),
        patterns=draw(st.lists(pattern, max_size=3, unique_by=lambda each: each.key)),
        groups=[GroupSlot(n) for n in range(draw(st.integers(0, 3)))],
        breaks=[BreakDates(day, day + timedelta(days=length)) for day, length in pauses],
        tz=UTC,
    )


@given(plans(), plans(), st.data())
def test_difference_applied_leaves_nothing_to_do_and_no_locked_session_touched(old, new, data):
    before = apply(difference(old.sessions, ()), ())
    locked = data.draw(st.sets(st.sampled_from([each.key for each in before]))) if before else set()
    found = difference(new.sessions, before, locked)
    after = apply(found, before)
    kept = {each.key: each for each in after}
    assert all(kept[each.key] == each for each in before if each.key in locked)
    again = difference(new.sessions, after, locked)
    assert not again
    assert again.kept == found.kept
    assert len({each.identity for each in after}) == len(after)


@given(plans(), st.data())
def test_fingerprint_does_not_depend_on_order(planned, data):
    shuffled = data.draw(st.permutations(planned.sessions))
    assert difference(planned.sessions, ()).fingerprint() == difference(shuffled, ()).fingerprint()
