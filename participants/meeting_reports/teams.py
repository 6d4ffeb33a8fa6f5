"""Microsoft Teams: the three sections, the layout of 2021, and the list of who joined and left."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from participants.meeting_reports.connections import Connection
from participants.meeting_reports.tables import Table
from participants.normalising import fold

OWN_TITLES = re.compile(
    r"full name|nombre completo|.*\bupn\b.*|role|rol|funcion|first join|last leave"
    r"|in meeting duration|(?:user )?action|accion.*|time ?stamp|marca.*"
)
LEFT = re.compile(r"\b(left|leave|salio|salido|salida|abandon\w*|sale|dejo|fue)\b")


class TeamsReader:
    format = "teams"

    def likeness(self, tables: Sequence[Table]) -> int:
        own = sum(bool(OWN_TITLES.fullmatch(title)) for table in tables for title in table.titles)
        return own + 2 * (len(tables) > 1)

    def read(self, tables: Sequence[Table]) -> Iterator[Connection]:
        """The section of activities has each connection; who is missing in it, the summary has."""
        lists = [table for table in tables if "action" in table.columns]
        if lists:
            for table in lists:
                yield from self._joined_and_left(table)
            return
        summaries, details = self._sections(tables)
        addresses = self._addresses(summaries)
        seen: set[str] = set()
        for table in details:
            for connection in self._rows(table, addresses):
                seen |= {connection.email, fold(connection.shown_name)}
                yield connection
        for table in summaries:
            for connection in self._rows(table, {}, is_summary=True):
                if not {connection.email, fold(connection.shown_name)} - {""} & seen:
                    yield connection

    @staticmethod
    def _sections(tables: Sequence[Table]) -> tuple[list[Table], list[Table]]:
        """Of two or more, the first that lists persons is the summary, whatever its words."""
        summaries = [table for table in tables if table.is_of_firsts]
        if not summaries and len(tables) > 1:
            summaries = [tables[0]]
        return summaries, [table for table in tables if table not in summaries]

    @staticmethod
    def _addresses(summaries: Sequence[Table]) -> dict[str, str]:
        """By shown name, where all of that name in the summary have one and the same address."""
        found: dict[str, set[str]] = defaultdict(set)
        for table in summaries:
            for row in table.rows:
                found[fold(table.shown_name(row))].add(table.email(row))
        return {name: min(emails) for name, emails in found.items() if len(emails) == 1}

    @staticmethod
    def _rows(
        table: Table, addresses: dict[str, str], *, is_summary: bool = False
    ) -> Iterator[Connection]:
        for row in table.rows:
            shown_name = table.shown_name(row)
            yield Connection(
                row=row.number,
                shown_name=shown_name,
                email=table.email(row) or addresses.get(fold(shown_name), ""),
                joined=table.text(row, "joined"),
                left=table.text(row, "left"),
                duration=table.duration(row),
                is_summary=is_summary,
            )

    @staticmethod
    def _joined_and_left(table: Table) -> Iterator[Connection]:
        """Who joined and has not left was still there when the list was made.

        In the order of the file, which is that of time for each person.
        """
        inside: dict[tuple[str, str], list[Connection]] = defaultdict(list)
        for row in table.rows:
            connection = Connection(row.number, table.shown_name(row), table.email(row))
            who = (fold(connection.shown_name), connection.email)
            when = table.text(row, "timestamp") or table.text(row, "joined")
            if LEFT.search(fold(table.text(row, "action"))):
                begun = inside[who].pop(0) if inside[who] else connection
                yield Connection(
                    begun.row, begun.shown_name, begun.email, joined=begun.joined, left=when
                )
            else:
                inside[who].append(
                    Connection(row.number, connection.shown_name, connection.email, joined=when)
                )
        for open_ones in inside.values():
            yield from open_ones
