import datetime as dt

import pytest
from django.utils.translation import override

from courses.models import Session
from participants.meeting_reports.connections import Connection, Report
from participants.meeting_reports.placing import place
from tests.factories import at

LIMA_DAY = dt.date(2021, 11, 10)


def session_at(day: dt.date = LIMA_DAY, hour: int = 18) -> Session:
    start = at(day, hour)
    return Session(starts_at=start, ends_at=start + dt.timedelta(hours=2))


def placed(*rows: tuple[str, ...], session: Session | None = None, **options):
    """Rows of an entry, an exit and, if need be, a duration."""
    report = Report(
        "zoom",
        tuple(
            Connection(
                number,
                f"Persona {number}",
                joined=row[0],
                left=row[1],
                duration=row[2] if len(row) > 2 else "",
                is_summary=options.get("is_summary", False),
            )
            for number, row in enumerate(rows, start=2)
        ),
        open_ended=options.get("open_ended", False),
    )
    answers = {name: options[name] for name in ("order", "shift") if name in options}
    with override("en"):
        return place(report, session or session_at(), **answers)


def clock(placement) -> list[tuple[str, str]]:
    return [
        tuple(
            moment.astimezone(at(LIMA_DAY, 0).tzinfo).strftime("%d %H:%M")
            for moment in one.interval
        )
        for one in placement.placed
    ]


@pytest.mark.parametrize(
    "row",
    [
        ("11/10/2021 06:00:00 PM", "11/10/2021 08:00:00 PM"),
        ("10/11/2021 18:00:00", "10/11/2021 20:00:00"),
        ("2021-11-10 18:00", "2021-11-10 20:00"),
        ("2021-11-10T23:00:00Z", "2021-11-11T01:00:00Z"),
        ("18:00", "20:00"),
        ("6:00 PM", "8:00 PM"),
    ],
)
def test_the_sessions_date_tells_the_order_of_day_and_month(row):
    placement = placed(row)
    assert clock(placement) == [("10 18:00", "10 20:00")]
    assert (placement.refusal, placement.asks_order, placement.offered_shift) == ("", False, 0)


def test_order_is_asked_where_both_fit_and_differ():
    """A report over some days, of which either reading has one on the session's."""
    rows = [
        ("10/11/2021 18:00", "10/11/2021 20:00"),
        ("11/10/2021 18:00", "11/10/2021 20:00"),
    ]
    placement = placed(*rows)
    assert (placement.asks_order, placement.placed) == (True, ())
    for order in ("day_first", "month_first"):
        answered = placed(*rows, order=order)
        assert not answered.asks_order
        assert clock(answered) == [("10 18:00", "10 20:00")]
        assert answered.notes == ("1 connection is of another day and was left out.",)


def test_order_is_not_asked_where_both_readings_are_the_same_day():
    placement = placed(
        ("11/11/2021 18:00", "11/11/2021 20:00"), session=session_at(dt.date(2021, 11, 11))
    )
    assert clock(placement) == [("11 18:00", "11 20:00")]


def test_report_of_another_day_is_refused_with_its_day():
    placement = placed(("17/11/2021 18:00", "17/11/2021 20:00"))
    assert "of another day: its first connection is of 17/11/2021" in placement.refusal
    assert "10/11/2021 18:00" in placement.refusal
    assert placement.offered_shift == 0


def test_other_day_is_read_in_the_order_that_comes_closer():
    row = ("11/10/2021 06:00:00 PM", "11/10/2021 08:00:00 PM")
    placement = placed(row, session=session_at(dt.date(2021, 11, 17)))
    assert "its first connection is of 10/11/2021" in placement.refusal


def test_report_of_another_meeting_of_the_day_is_refused_with_its_hours():
    placement = placed(("10/11/2021 08:00", "10/11/2021 08:45"))
    assert "of another meeting: it goes from 10/11/2021 08:00 to 08:45" in placement.refusal


@pytest.mark.parametrize(
    ("row", "shift"),
    [
        (("10/11/2021 19:00", "10/11/2021 21:00"), -1),
        (("10/11/2021 17:00", "10/11/2021 19:00"), 1),
        (("10/11/2021 23:00", "11/11/2021 01:00"), -5),
        (("10/11/2021 06:00", "10/11/2021 08:00"), 12),
    ],
)
def test_clock_that_is_wrong_is_said_and_a_shift_is_offered(row, shift):
    placement = placed(row)
    assert placement.offered_shift == shift
    assert bool(placement.refusal) == (abs(shift) > 1)
    right = placed(row, shift=shift)
    assert clock(right) == [("10 18:00", "10 20:00")]
    assert (right.refusal, right.offered_shift) == ("", 0)


def test_wrong_hour_is_seen_in_a_long_session_too():
    session = session_at(hour=9)
    session.ends_at += dt.timedelta(hours=2)
    assert placed(("10/11/2021 10:00", "10/11/2021 14:00"), session=session).offered_shift == -1
    assert placed(("10/11/2021 09:20", "10/11/2021 13:20"), session=session).offered_shift == 0


def test_who_leaves_early_or_comes_late_is_no_wrong_clock():
    assert placed(("10/11/2021 18:30", "10/11/2021 20:00")).offered_shift == 0
    assert placed(("10/11/2021 17:45", "10/11/2021 19:20")).offered_shift == 0


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("10/11/2021 19:00", "10/11/2021 18:00"), "leaves before it enters"),
        (("10/11/2021 19:00", ""), "an entry or an exit only"),
        (("", "10/11/2021 19:00"), "an entry or an exit only"),
        (("ayer", "hoy"), "could not be read"),
        (("10/11/2021 18:00", "10/11/2021 20:00", "9999"), "more than a day"),
        (("10/11/2021 18:00", "12/11/2021 20:00"), "more than a day"),
        (("31/31/2021 18:00", "31/31/2021 20:00"), "could not be read"),
        (("10/11/2021 18:00", "11/11/2021 19:00", "60"), "more than a day"),
        (("10/11/2021 18:00", "10/11/2021 20:00", "30"), "much farther apart"),
        (("0001-01-01 00:30Z", "0001-01-01 01:30Z"), "could not be read"),
        (("31/12/9999 23:00", "31/12/9999 23:30"), "could not be read"),
    ],
)
def test_row_that_cannot_be_right_is_left_out_and_named(row, message):
    placement = placed(("10/11/2021 18:00", "10/11/2021 20:00"), row)
    assert len(placement.placed) == 1
    (problem,) = placement.problems
    assert (problem.row, problem.shown_name) == (3, "Persona 3")
    assert message in problem.message


def test_exit_or_entry_that_is_missing_follows_from_the_duration():
    placement = placed(
        ("10/11/2021 18:10", "", "50"), ("", "10/11/2021 19:00", "50"), ("", "", "90")
    )
    assert [one.interval is not None for one in placement.placed] == [True, True, False]
    assert placement.placed[0].interval == placement.placed[1].interval
    assert placement.placed[2].minutes == 90


def test_duration_alone_is_at_most_the_session():
    assert placed(("", "", "155")).placed[0].minutes == 120


def test_who_has_no_exit_in_a_list_stays_to_the_end():
    placement = placed(("10/11/2021 18:10", ""), open_ended=True)
    assert clock(placement) == [("10 18:10", "10 20:00")]
    assert placement.notes == ("1 connection has no exit: it counts to the end of the session.",)


def test_list_with_a_wrong_clock_ends_with_the_session_once_it_is_right():
    placement = placed(("10/11/2021 19:10", ""), open_ended=True, shift=-1)
    assert clock(placement) == [("10 18:10", "10 20:00")]


@pytest.mark.parametrize(
    ("row", "minutes"),
    [
        (("17:57", "20:03", "1 hr 59 min"), 113),  # the nine outside, at the worst, were attended
        (("17:57", "20:03", "2 hr 6 min"), None),
        (("17:00", "20:00", "30 min"), 0),
    ],
)
def test_summary_tells_how_much_of_the_interval_was_attended(row, minutes):
    (one,) = placed(row, is_summary=True).placed
    assert one.minutes == minutes


def test_times_without_a_date_may_go_over_midnight():
    session = session_at(hour=23)
    placement = placed(("22:55", "00:40"), ("00:10", "01:00"), session=session)
    assert clock(placement) == [("10 22:55", "11 00:40"), ("11 00:10", "11 01:00")]


def test_exit_shortly_before_the_entry_is_not_the_next_day():
    (problem,) = placed(("18:10", "18:00")).problems
    assert "leaves before it enters" in problem.message
