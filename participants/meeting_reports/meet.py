"""Google Meet: one row a person, with the first entry, the last exit and the time in between."""

import re
from collections.abc import Iterator, Sequence

from participants.meeting_reports.connections import Connection
from participants.meeting_reports.tables import Table

OWN_TITLES = re.compile(
    r"time joined|time exited|(first|last) (name|seen)|apellidos?|hora (a la|en) que .*"
)


class MeetReader:
    format = "meet"

    def likeness(self, tables: Sequence[Table]) -> int:
        return sum(bool(OWN_TITLES.fullmatch(title)) for table in tables for title in table.titles)

    def read(self, tables: Sequence[Table]) -> Iterator[Connection]:
        for table in tables:
            for row in table.rows:
                yield Connection(
                    row=row.number,
                    shown_name=table.shown_name(row),
                    email=table.email(row),
                    joined=table.text(row, "joined"),
                    left=table.text(row, "left"),
                    duration=table.duration(row),
                    is_summary=True,
                )
