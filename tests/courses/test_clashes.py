from datetime import UTC, datetime, time, timedelta
from itertools import combinations
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.clashes import Occupied, Resource, clashes, occupied
from courses.timetable import GroupSlot, Pattern, PlannedSession, plan

START = datetime(2021, 11, 10, 18, tzinfo=UTC)
ANA = Resource("person", "dni:1", "Ana Quispe")
ROOM = Resource("venue", "aula 1", "Aula 1")
GROUP = Resource("group", 1, "Grupo 1")


def meeting(label, minute, until, *resources, key=None) -> Occupied:
    return Occupied(
        label,
        START + timedelta(minutes=minute),
        START + timedelta(minutes=until),
        frozenset(resources),
        key,
    )


def planned_session(**changes) -> PlannedSession:
    values = {
        "pattern_key": 1,
        "teaching_week": 3,
        "group_key": None,
        "starts_at": START,
        "ends_at": START + timedelta(hours=2),
        "number": 1,
        "title": "Plenaria",
    }
    return PlannedSession(**(values | changes))


def test_clash_names_both_meetings_and_all_they_share():
    first, second = meeting("A", 0, 60, ANA, ROOM, GROUP), meeting("B", 30, 90, ANA, ROOM)
    (clash,) = clashes([second], [first])
    assert (clash.first, clash.second) == (first, second)
    assert clash.resources == (ANA, ROOM)
    assert (clash.starts_at, clash.ends_at) == (second.starts_at, first.ends_at)


@pytest.mark.parametrize(
    ("shared", "named"),
    [
        ({"cohort", "group", "person", "venue"}, ["cohort", "venue"]),
        ({"group", "person", "venue"}, ["group", "venue"]),
        ({"person", "venue"}, ["person", "venue"]),
    ],
)
def test_clash_names_nothing_that_follows_from_what_it_names(shared, named):
    resources = {Resource(kind, 1, kind) for kind in shared}
    (clash,) = clashes([meeting("A", 0, 60, *resources), meeting("B", 30, 90, *resources)])
    assert [each.kind for each in clash.named] == named


def test_back_to_back_is_no_clash():
    assert clashes([meeting("A", 0, 60, ANA), meeting("B", 60, 90, ANA)]) == ()


def test_overlap_with_nothing_shared_is_no_clash():
    assert clashes([meeting("A", 0, 60, ANA), meeting("B", 0, 60, ROOM)]) == ()


def test_clash_of_a_short_meeting_inside_a_long_one_after_another_ended():
    long, early, late = meeting("A", 0, 90, ANA), meeting("B", 1, 5, ANA), meeting("C", 10, 20, ANA)
    assert [(each.first, each.second) for each in clashes([late, early, long])] == [
        (long, early),
        (long, late),
    ]


def test_two_busy_meetings_are_not_ours_to_report():
    busy = [meeting("A", 0, 60, ANA), meeting("B", 0, 60, ANA)]
    assert clashes([], busy) == ()
    assert len(clashes([meeting("C", 0, 60, ANA)], busy)) == 2


def test_meeting_does_not_clash_with_its_own_copy():
    assert clashes([meeting("A", 0, 60, ANA, key=5)], [meeting("A", 30, 90, ANA, key=5)]) == ()
    assert len(clashes([meeting("A", 0, 60, ANA)], [meeting("A", 0, 60, ANA)])) == 1


def test_resource_is_known_by_kind_and_key_and_not_by_label():
    assert clashes(
        [meeting("A", 0, 60, Resource("tutor", 1, "Ana"))],
        [meeting("B", 0, 60, Resource("tutor", 1, "A. Quispe"))],
    )
    assert not clashes([meeting("A", 0, 60, ANA)], [meeting("B", 0, 60, GROUP)])


def test_occupied_that_ends_as_it_starts_is_refused():
    with pytest.raises(ValueError, match=r"'A' ends at .* not after it starts"):
        meeting("A", 0, 0, ANA)


@pytest.mark.parametrize(
    ("modality", "takes_room"), [("online", False), ("in_person", True), ("hybrid", True)]
)
def test_occupied_has_a_venue_unless_online(modality, takes_room):
    taken = occupied(planned_session(modality=modality, venue=" AULA  1 "), {})
    assert (ROOM in taken.resources) == takes_room


def test_occupied_by_the_whole_cohort_takes_every_group():
    other = Resource("group", 2, "Grupo 2")
    groups = {1: frozenset({GROUP, ANA}), 2: frozenset({other})}
    assert occupied(planned_session(), groups).resources == {GROUP, ANA, other}
    assert occupied(planned_session(group_key=2), groups).resources == {other}
    assert occupied(planned_session(), groups).label == "Plenaria, semana 3"
    assert occupied(planned_session(), groups, "Plenaria S3").label == "Plenaria S3"


def test_clashes_of_ten_editions_are_found_fast():
    patterns = [
        Pattern(key="plenary", weekday=2, starts_at=time(18), minutes=120),
        Pattern(key="meeting", weekday=4, starts_at=time(17), minutes=90, audience="group"),
    ]
    everything: list[Occupied] = []
    for edition in range(10):
        groups = {
            n: frozenset(
                {Resource("group", f"{edition}-{n}"), Resource("tutor", n)}
                | {Resource("participant", f"{edition}-{n}-{person}") for person in range(13)}
            )
            for n in range(10)
        }
        planned = plan(
            starts_on=START.date() + timedelta(weeks=edition),
            ends_on=START.date() + timedelta(weeks=edition + 18),
            patterns=patterns,
            groups=[GroupSlot(n) for n in groups],
            tz=UTC,
        )
        everything += [occupied(each, groups) for each in planned.sessions]
    started = process_time()
    found = clashes(everything[:200], everything[200:])
    # A hundredth of this is usual; comparing each participant's every pair would take far longer.
    assert process_time() - started < 5
    assert found


minutes = st.tuples(st.integers(0, 50), st.integers(1, 20)).map(lambda pair: (pair[0], sum(pair)))
meetings = st.lists(
    st.builds(
        lambda label, span, resources, key: meeting(label, *span, *resources, key=key),
        st.sampled_from("ABC"),
        minutes,
        st.sets(st.sampled_from([ANA, ROOM, GROUP])),
        st.none() | st.integers(1, 4),
    ),
    max_size=8,
)


@given(meetings, meetings)
def test_clashes_are_those_of_comparing_every_pair(sessions, busy):
    everything = [*sessions, *busy]
    expected = []
    for a, b in combinations(range(len(everything)), 2):
        one, other = everything[a], everything[b]
        overlap = one.starts_at < other.ends_at and other.starts_at < one.ends_at
        same = one.key is not None and one.key == other.key
        if a < len(sessions) and overlap and not same and one.resources & other.resources:
            first, second = sorted((one, other), key=lambda each: each.starts_at)
            expected.append((first, second, one.resources & other.resources))
    found = [
        (each.first, each.second, frozenset(each.resources)) for each in clashes(sessions, busy)
    ]
    assert len(found) == len(expected)
    assert all(found.count(each) == expected.count(each) for each in expected)
