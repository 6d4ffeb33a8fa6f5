"""What a report says, before anyone has judged it: who connected and when, as the file wrote it."""

from dataclasses import asdict, dataclass
from typing import Any


class ReportError(ValueError):
    """The file as a whole cannot be used; the message says why and what to do instead."""


@dataclass(frozen=True, slots=True)
class Connection:
    """One row of a report, in the file's own writing. `row` is the one the spreadsheet shows.

    A summary knows the first entry, the last exit and a duration that leaves out what lies between.
    """

    row: int
    shown_name: str
    email: str = ""
    joined: str = ""
    left: str = ""
    duration: str = ""
    is_summary: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """`open_ended`: a list of who joined and left, in which who has no exit stayed on."""

    format: str
    connections: tuple[Connection, ...]
    open_ended: bool = False

    def pack(self) -> dict[str, Any]:
        """As JSON keeps it between the preview and the confirmation."""
        return asdict(self)

    @classmethod
    def unpack(cls, packed: dict[str, Any]) -> "Report":
        connections = tuple(Connection(**row) for row in packed["connections"])
        return cls(**{**packed, "connections": connections})
