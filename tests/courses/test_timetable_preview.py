import datetime as dt

import pytest
from django.utils import translation

from courses.clashes import Occupied, Resource
from courses.models import Session
from courses.occupancy import GroupMember
from courses.scheduling import apply
from courses.timetable import LeftOutReason
from courses.timetable_preview import ACTIONS, LEFT_OUT, preview
from tests.factories import (
    MONDAY,
    BreakFactory,
    CohortFactory,
    CohortModuleFactory,
    GroupFactory,
    SessionFactory,
    SessionPatternFactory,
    at,
)

pytestmark = pytest.mark.django_db

WEDNESDAY = MONDAY + dt.timedelta(days=2)
NOW = at(MONDAY - dt.timedelta(days=7), 12)
ANA = Resource("tutor", 1, "Ana Quispe")


def nothing(cohort):
    return frozenset()


def look(cohort, **changes):
    with translation.override("en"):
        return preview(cohort, **({"locked": nothing, "at": NOW, "holidays": {}} | changes))


def run(cohort, **changes):
    return apply(cohort, **({"locked": nothing, "by": None, "at": NOW, "holidays": {}} | changes))


def named(clashes):
    return [
        (each.first.label, each.second.label, [shared.label for shared in each.resources])
        for each in clashes
    ]


@pytest.fixture
def cohort():
    return CohortFactory(code="ATN-1")


@pytest.fixture
def plenary(cohort):
    return SessionPatternFactory(cohort=cohort, weeks=[1])


# Rows


def test_row_of_a_new_session(cohort, plenary):
    (row,) = look(cohort).rows
    assert (row.action, row.label, row.group, row.teaching_week) == ("create", "Plenaria 1", "", 1)
    assert (row.day, row.starts_at, row.was_at) == (WEDNESDAY, at(WEDNESDAY, 18), None)
    assert (row.ends_at, row.note) == (at(WEDNESDAY, 20), "")
    assert str(row.action_label) == str(ACTIONS["create"])


def test_row_of_a_session_on_a_holiday_names_it(cohort, plenary):
    (row,) = look(cohort, holidays={WEDNESDAY: "Inmaculada Concepción"}).rows
    assert row.day == WEDNESDAY + dt.timedelta(days=1)
    assert row.note.startswith("Due on ")
    assert row.note.endswith("2026: Inmaculada Concepción.")


def test_row_of_a_move_has_both_times(cohort, plenary):
    run(cohort)
    plenary.starts_at = dt.time(19)
    plenary.save()
    (row,) = look(cohort).rows
    assert (row.action, row.starts_at, row.was_at) == (
        "move",
        at(WEDNESDAY, 19),
        at(WEDNESDAY, 18),
    )


def test_row_of_a_change_names_the_fields(cohort, plenary):
    run(cohort)
    plenary.title = "Clase"
    plenary.save()
    CohortModuleFactory(cohort=cohort)
    (row,) = look(cohort).rows
    assert (row.action, row.label, row.was_at) == ("change", "Clase 1", None)
    assert row.note == "Changed: title, module of the cohort."


def test_row_of_a_removal(cohort, plenary):
    run(cohort)
    plenary.weeks = [2]
    plenary.save()
    assert [(row.action, row.teaching_week) for row in look(cohort).rows] == [
        ("remove", 1),
        ("create", 2),
    ]


def test_row_of_a_move_names_the_break_its_day_lies_in(cohort, plenary):
    run(cohort)
    BreakFactory(cohort=cohort, starts_on=MONDAY, ends_on=MONDAY + dt.timedelta(days=6))
    (row,) = look(cohort).rows
    assert (row.action, row.note) == ("move", "That day is not taught: Receso.")


def test_row_of_a_move_with_its_week_says_so(cohort, plenary):
    plenary.weeks = [2, 3]
    plenary.save()
    run(cohort)
    BreakFactory(cohort=cohort)
    notes = [row.note for row in look(cohort).rows if row.action == "move"]
    assert notes[0] == "That day is not taught: Receso."
    assert notes[1].startswith("Teaching week 3 is now from ")


def test_row_of_a_move_back_and_of_a_new_time_say_so(cohort, plenary):
    run(cohort, holidays={WEDNESDAY: "Feriado"})
    (row,) = look(cohort).rows
    assert row.note == "The day on which it was first due is taught again."
    run(cohort)
    plenary.starts_at = dt.time(19)
    plenary.save()
    (row,) = look(cohort).rows
    assert row.note == "Its pattern or its group asks for this time."


def test_row_of_a_removal_says_why(cohort, plenary):
    def why(**changes):
        for name, value in changes.items():
            setattr(plenary, name, value)
        plenary.save()
        (row,) = [row for row in look(cohort).rows if row.action == "remove"]
        return row.note

    plenary.weeks = [4]
    plenary.save()
    run(cohort)
    assert why(is_active=False) == "Its pattern is out of use."
    assert why(is_active=True, weeks=[3]) == "The patterns no longer ask for it."
    pause = BreakFactory(cohort=cohort)
    assert why(weeks=[4]) == "The edition has no such teaching week."
    assert why(weeks=[3]) == "The edition has no such teaching week."
    pause.starts_on = pause.ends_on = MONDAY + dt.timedelta(days=23)
    pause.save()
    assert why(weeks=[4], on_non_teaching_day="leave_out") == "The day lies in a break. (Receso)"


def test_row_of_a_kept_session_says_why_and_what_is_asked(cohort, plenary):
    run(cohort)
    Session.objects.update(is_fixed=True)
    plenary.venue, plenary.modality = "Aula 1", "hybrid"
    plenary.save()
    (row,) = look(cohort).rows
    assert row.note == "It was set by hand. Changed: modality, venue."
    plenary.starts_at = dt.time(19)
    plenary.save()
    (row,) = look(cohort).rows
    assert (row.action, row.starts_at) == ("keep", at(WEDNESDAY, 18))
    assert row.note.startswith("It was set by hand. The patterns ask for it on ")
    plenary.weeks = [2]
    plenary.save()
    row = look(cohort).rows[0]
    assert row.note == "It was set by hand. The patterns no longer ask for it."


def test_rows_left_out_come_with_their_day_or_last(cohort, plenary):
    plenary.weeks, plenary.on_non_teaching_day = [1, 2, 9], "leave_out"
    plenary.save()
    SessionPatternFactory(cohort=cohort, title="Reunión", audience="group")
    rows = look(cohort, holidays={WEDNESDAY: "Feriado"}).rows
    assert [(row.action, row.label, row.day, row.note) for row in rows] == [
        ("left_out", "Plenaria", WEDNESDAY, "The day is a public holiday. (Feriado)"),
        ("create", "Plenaria 2", WEDNESDAY + dt.timedelta(days=7), ""),
        ("left_out", "Reunión", None, "The edition has no groups yet."),
        ("left_out", "Plenaria", None, "The edition has no such teaching week."),
    ]


def test_every_reason_is_worded():
    assert set(LEFT_OUT) == set(LeftOutReason)


# Clashes


def test_clash_inside_the_edition_names_the_group(cohort, plenary):
    GroupFactory(cohort=cohort, number=1)
    GroupFactory(cohort=cohort, number=2)
    SessionPatternFactory(
        cohort=cohort, title="Reunión", audience="group", weeks=[1], starts_at=dt.time(19)
    )
    assert named(look(cohort).clashes) == [
        ("Plenaria 1", "Reunión 1 · Group 1", ["Group 1"]),
        ("Plenaria 1", "Reunión 1 · Group 2", ["Group 2"]),
    ]
    run(cohort)
    assert len(look(cohort).clashes) == 2


def test_clash_with_a_session_made_by_hand_unless_cancelled(cohort, plenary):
    plenary.modality, plenary.venue = "hybrid", "Aula 1"
    plenary.save()
    manual = SessionFactory(cohort=cohort, title="Visita", modality="in_person", venue="aula 1")
    assert named(look(cohort).clashes) == [("Plenaria 1", "Visita", ["ATN-1", "Aula 1"])]
    manual.status, manual.cancellation_reason = "cancelled", "Huelga"
    manual.save()
    assert look(cohort).clashes == ()


def test_clash_is_told_of_the_new_time_of_a_moved_session(cohort, plenary):
    plenary.modality, plenary.venue = "hybrid", "Aula 1"
    plenary.save()
    run(cohort)
    SessionFactory(cohort=cohort, title="Visita", day=3, modality="in_person", venue="Aula 1")
    assert look(cohort).clashes == ()
    plenary.weekday = 3
    plenary.save()
    assert named(look(cohort).clashes) == [("Plenaria 1", "Visita", ["ATN-1", "Aula 1"])]


def test_clash_of_venue_with_another_edition(cohort, plenary):
    plenary.modality, plenary.venue = "hybrid", "Aula 1"
    plenary.save()
    other = CohortFactory(code="OTRA-1")
    theirs = SessionFactory(cohort=other, title="Taller", modality="hybrid", venue="Aula 1")
    SessionFactory(cohort=other, title="Virtual", modality="online", venue="Aula 1")
    assert named(look(cohort).clashes) == [("Plenaria 1", "OTRA-1: Taller", ["Aula 1"])]
    Session.objects.filter(pk=theirs.pk).update(status="cancelled", cancellation_reason="Huelga")
    assert look(cohort).clashes == ()


def test_clash_of_a_tutor_of_two_editions(cohort, plenary):
    mine = GroupFactory(cohort=cohort, number=1)
    theirs = GroupFactory(cohort__code="OTRA-1", number=1)
    SessionFactory(cohort=theirs.cohort, group=theirs, title="Reunión")
    SessionFactory(cohort=theirs.cohort, group=GroupFactory(cohort=theirs.cohort), title="Otra")
    members = [GroupMember(mine.pk, ANA), GroupMember(theirs.pk, ANA)]
    assert named(look(cohort, members=members).clashes) == [
        ("Plenaria 1", "OTRA-1: Reunión · Group 1", ["Ana Quispe"])
    ]


@pytest.mark.parametrize(
    ("first", "last", "number"),
    [
        (None, WEDNESDAY, 1),
        (WEDNESDAY, None, 1),
        (None, MONDAY, 0),
        (WEDNESDAY + dt.timedelta(days=1), None, 0),
    ],
)
def test_member_is_in_the_way_on_its_own_days_only(cohort, plenary, first, last, number):
    group = GroupFactory(cohort=cohort)
    away = Occupied("Vacaciones", at(MONDAY, 0), at(MONDAY, 0) + dt.timedelta(days=7), {ANA})
    members = [GroupMember(group.pk, ANA, first, last)]
    assert len(look(cohort, members=members, busy=[away]).clashes) == number
