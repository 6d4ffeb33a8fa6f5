"""A file becomes the connections that it lists, by the reader of its format."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Protocol

from django.utils.translation import gettext as _

from participants import delimited_text
from participants.meeting_reports.connections import Connection, Report, ReportError
from participants.meeting_reports.meet import MeetReader
from participants.meeting_reports.tables import Table, find_tables
from participants.meeting_reports.teams import TeamsReader
from participants.meeting_reports.zoom import ZoomReader
from participants.spreadsheets import Row, Sheet, SheetError, read_sheet

# A meeting of 300 where each rejoins nine times; a list of all meetings of a month has more.
MOST_CONNECTIONS = 3_000
LONGEST_CELL = 200
# The accents of Spanish in UTF-8, taken for cp1252 or latin-1 and written in UTF-8.
DOUBLY_ENCODED = tuple(f"Ã{letter}".encode() for letter in "³©±¡º\xad\x81\x91\x93")


class Reader(Protocol):
    """A format: how much the tables look like it, and what they say."""

    format: str

    def likeness(self, tables: Sequence[Table]) -> int: ...

    def read(self, tables: Sequence[Table]) -> Iterator[Connection]: ...


# A list that looks like none in particular is read as the first, whose columns are the plainest.
READERS: tuple[Reader, ...] = (ZoomReader(), TeamsReader(), MeetReader())


def read_report(content: bytes, filename: str = "") -> Report:
    """Raises ReportError with a reason in the user's language."""
    tables: list[Table] = []

    def has_tables(sheet: Sheet) -> bool:
        tables[:] = find_tables(sheet)
        return bool(tables)

    try:
        sheet = read_sheet(_encoded_once(content), filename, recognise=has_tables)
    except SheetError as error:
        raise ReportError(str(error)) from error
    if not tables and not has_tables(_spread(sheet)):
        raise ReportError(
            _(
                "This is not a meeting's attendance report: no columns of names and times were "
                "found. Download the list of participants from Zoom, Teams or Meet."
            )
        )
    reader = max(READERS, key=lambda each: each.likeness(tables))
    named = (each for each in reader.read(tables) if each.shown_name or each.email)
    connections = tuple(sorted(map(_cut_cells, named), key=lambda each: each.row))
    if not connections:
        raise ReportError(_("The report lists nobody. Download it again once the meeting is over."))
    if len(connections) > MOST_CONNECTIONS:
        raise ReportError(
            _(
                "The report has %(count)d connections; that of one meeting has %(most)d at most. "
                "Download the report of this session's meeting alone."
            )
            % {"count": len(connections), "most": MOST_CONNECTIONS}
        )
    return Report(
        reader.format,
        connections,
        open_ended=any("action" in table.columns for table in tables),
    )


def _encoded_once(content: bytes) -> bytes:
    """Text that was written as UTF-8, taken for cp1252 and written as UTF-8 again, set right."""
    if not any(letters in content for letters in DOUBLY_ENCODED):
        return content
    try:
        text = content.decode("utf-8-sig")
        return b"".join(
            letter.encode("latin-1" if ord(letter) < 256 else "cp1252") for letter in text
        )
    except UnicodeError:
        return content


def _spread(sheet: Sheet) -> Sheet:
    """Whole lines in the first column, as a spreadsheet keeps what it did not split."""
    if any(len(row.cells) > 1 for row in sheet.rows):
        return sheet
    text = "\n".join(str(row.cells[0]) for row in sheet.rows)
    delimiter = delimited_text.find_delimiter(text)
    lines = csv.reader(io.StringIO(text), delimiter=delimiter)
    rows = (
        Row(row.number, tuple(cells))
        for row, cells in zip(sheet.rows, lines, strict=False)
        if cells
    )
    return Sheet(sheet.name, tuple(rows))


def _cut_cells(connection: Connection) -> Connection:
    """What is longer than any name is not worth keeping, let alone comparing."""
    texts = {
        name: getattr(connection, name)[:LONGEST_CELL]
        for name in ("shown_name", "email", "joined", "left", "duration")
    }
    return Connection(row=connection.row, is_summary=connection.is_summary, **texts)
