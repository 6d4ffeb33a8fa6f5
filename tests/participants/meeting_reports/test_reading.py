import datetime as dt

import pytest
from django.utils.translation import override

from participants.meeting_reports.connections import Report, ReportError
from participants.meeting_reports.reading import MOST_CONNECTIONS, read_report
from participants.meeting_reports.written_times import DAY_FIRST, MONTH_FIRST, read_moment
from tests.participants.meeting_reports.layouts import DETAILED, Stay, write

DAY = dt.datetime(2021, 11, 17)
STAYS = [
    Stay(
        "Nélida Núñez",
        "nnunez@salud.example",
        DAY.replace(hour=17, minute=50),
        DAY.replace(hour=19),
    ),
    Stay(
        "Ángel Ibáñez",
        "aibanez@salud.example",
        DAY.replace(hour=18),
        DAY.replace(hour=18, minute=30),
    ),
    Stay(
        "Nélida Núñez", "nnunez@salud.example", DAY.replace(hour=19, minute=5), DAY.replace(hour=20)
    ),
    Stay(
        "Ángel Ibáñez",
        "aibanez@salud.example",
        DAY.replace(hour=18, minute=40),
        DAY.replace(hour=20),
    ),
]


def stays_of(report: Report) -> set[tuple[str, dt.datetime, dt.datetime]]:
    found = set()
    for each in report.connections:
        joined, left = read_moment(each.joined), read_moment(each.left)
        days = [
            order
            for order in (DAY_FIRST, MONTH_FIRST)
            if joined.dated(order) == left.dated(order) == DAY.date()
        ]
        assert days, each
        found.add(
            (
                each.shown_name,
                dt.datetime.combine(DAY, joined.time),
                dt.datetime.combine(DAY, left.time),
            )
        )
    return found


@pytest.mark.parametrize("layout", DETAILED)
def test_layout_is_recognised_and_gives_each_stay(layout):
    kind, make = DETAILED[layout]
    report = read_report(make(STAYS), "reporte.csv")
    assert report.format == kind
    assert stays_of(report) == {(each.name, each.joined, each.left) for each in STAYS}
    emails = {each.email for each in report.connections}
    assert emails == ({""} if "joined and left" in layout else {each.email for each in STAYS})
    assert Report.unpack(report.pack()) == report


def test_meet_gives_a_summary_of_each_person_with_first_and_last_name_together():
    english = write(
        [
            ["First name", "Last name", "Email", "Duration", "Time joined", "Time exited"],
            ["Nélida", "Núñez", "nnunez@salud.example", "1 hr 55 min", "5:50 PM", "8:00 PM"],
        ]
    )
    spanish = write(
        [
            ["Nombre", "Apellidos", "Correo electrónico", "Duración"],
            ["Núñez", "Nélida", "nnunez@salud.example", "1 h 55 min", "17:50", "20:00"],
        ]
    ).replace("Duración".encode(), "Duración,Hora a la que se unió,Hora a la que salió".encode())
    for content, name in ((english, "Nélida Núñez"), (spanish, "Núñez Nélida")):
        report = read_report(content)
        (only,) = report.connections
        assert (report.format, only.shown_name, only.is_summary) == ("meet", name, True)


def test_zoom_unique_users_have_a_duration_alone():
    (only,) = read_report(
        write(
            [
                ["Nombre (nombre original)", "E-mail del usuario", "Duración total (minutos)"],
                ["Nélida Núñez", "", "115"],
            ]
        )
    ).connections
    assert (only.joined, only.left, only.duration) == ("", "", "115")


def test_waiting_room_is_no_attendance():
    head = ["Name", "Email", "Join time", "Leave time", "Duration (minutes)", "In waiting room"]
    rows = [
        ["Ana Soto", "", "2021-11-17 17:40", "2021-11-17 17:58", "18", "Yes"],
        ["Ana Soto", "", "2021-11-17 17:58", "2021-11-17 20:00", "122", "No"],
    ]
    (only,) = read_report(write([head, *rows])).connections
    assert only.row == 3


def test_section_two_of_teams_has_whom_section_three_lacks():
    content = write(
        [
            ["2. Participants"],
            ["Name", "First Join", "Last Leave", "In-Meeting Duration", "Email", "Role"],
            ["Ana Soto", "11/17/21, 6:00:00 PM", "11/17/21, 8:00:00 PM", "1h 30m 0s", "", "Guest"],
            ["Luz Soto", "11/17/21, 6:00:00 PM", "11/17/21, 8:00:00 PM", "2h", "", "Guest"],
            [],
            ["3. In-Meeting Activities"],
            ["Name", "Join Time", "Leave Time", "Duration", "Email", "Role"],
            ["Luz Soto", "11/17/21, 6:00:00 PM", "11/17/21, 8:00:00 PM", "2h", "", "Guest"],
        ],
        delimiter="\t",
    )
    found = {each.shown_name: each.is_summary for each in read_report(content).connections}
    assert found == {"Ana Soto": True, "Luz Soto": False}


def test_section_two_tells_no_address_where_two_share_the_name():
    head = ["Name", "First Join", "Last Leave", "In-Meeting Duration", "Email", "Role"]
    moments = ["11/17/21, 6:00:00 PM", "11/17/21, 8:00:00 PM", "2h"]
    content = write(
        [
            head,
            ["Ana Soto", *moments, "uno@salud.example", "Guest"],
            ["Ana Soto", *moments, "dos@salud.example", "Guest"],
            [],
            ["Name", "Join Time", "Leave Time", "Duration", "Email", "Role"],
            ["Ana Soto", *moments, "", "Guest"],
        ],
        delimiter="\t",
    )
    assert [each.email for each in read_report(content).connections] == [""]


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman", "cp850", "utf-16-be", "utf-8-sig"])
def test_encodings_of_windows_mac_and_dos_are_told_by_their_letters(encoding):
    head = ["Nombre (nombre original)", "Hora de entrada", "Hora de salida", "Duración (minutos)"]
    row = ["Ñahui Ibáñez, Ángela", "17/11/2021 18:00", "17/11/2021 20:00", "120"]
    (only,) = read_report(write([head, row], encoding=encoding)).connections
    assert only.shown_name == row[0]


def test_text_that_was_encoded_twice_is_set_right():
    head = ["Nombre (nombre original)", "Hora de entrada", "Hora de salida", "Duración (minutos)"]
    row = ["ÁNGELA ÑAHUI Ibáñez García", "17/11/2021 18:00", "17/11/2021 20:00", "120"]
    twice = write([head, row]).decode("latin-1").encode()
    (only,) = read_report(twice).connections
    assert only.shown_name == row[0]


def test_whole_lines_in_the_first_column_are_split():
    rows = [["Name,Email,Join Time,Leave Time"], ['"Soto, Ana",,2021-11-17 18:00,2021-11-17 19:00']]
    (only,) = read_report(write(rows)).connections
    assert only.shown_name == "Soto, Ana"


def test_header_is_short_and_among_the_first_columns():
    far = [""] * 40
    for row in (
        ["Name", "Email", "Join Time " + "x" * 60],
        ["Name", *far, "Join Time", "Leave Time"],
    ):
        with pytest.raises(ReportError):
            read_report(write([row, ["Luz Apaza"] * len(row)]))


def test_repeated_header_is_no_person():
    head = ["Name", "Email", "Join Time", "Leave Time", "Duration (Minutes)"]
    row = ["Ana Soto", "", "2021-11-17 18:00", "2021-11-17 20:00", "120"]
    assert len(read_report(write([head, row, head, row])).connections) == 2


HEAD = ["Name", "Email", "Join Time", "Leave Time"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (write([HEAD]), "lists nobody"),
        (write([HEAD, *[["Ana", "", "2021-11-17 18:00", ""]] * 5_000]), "5000 connections"),
        (write([["A", "B"], ["1", "2"]]), "not a meeting's attendance report"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x00\x01\x02\x03" * 50, "cannot be read|not a sheet"),
        (write([HEAD, ["Ana", "", "2021-11-17 18:00", ""]]) + b'"Rosa, "", 20', "quotation mark"),
    ],
    ids=["empty", "no rows", "5,000 rows", "another table", "pdf", "binary", "cut in a quotation"],
)
def test_file_that_is_no_report_is_refused_with_its_reason(content, message):
    with override("en"), pytest.raises(ReportError, match=message):
        read_report(content)
    assert MOST_CONNECTIONS < 5_000
