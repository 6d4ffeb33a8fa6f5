"""Zoom: participants in detail or as unique users, with or without the meeting's block above."""

import re
from collections.abc import Iterator, Sequence

from participants.meeting_reports.connections import Connection
from participants.meeting_reports.tables import Table
from participants.normalising import fold

OWN_TITLES = re.compile(
    r".*original.*|guest|invitado|recording.*|user email|.*sala de espera|.*waiting.*"
)


class ZoomReader:
    format = "zoom"

    def likeness(self, tables: Sequence[Table]) -> int:
        return sum(bool(OWN_TITLES.fullmatch(title)) for table in tables for title in table.titles)

    def read(self, tables: Sequence[Table]) -> Iterator[Connection]:
        """Who was kept in the waiting room was not in the meeting."""
        for table in tables:
            for row in table.rows:
                if fold(table.text(row, "waiting")) in {"yes", "si"}:
                    continue
                yield Connection(
                    row=row.number,
                    shown_name=table.shown_name(row),
                    email=table.email(row),
                    joined=table.text(row, "joined"),
                    left=table.text(row, "left"),
                    duration=table.duration(row),
                )
