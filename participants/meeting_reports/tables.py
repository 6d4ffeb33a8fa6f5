"""The tables of a report: each with its columns, known by what their header means."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from participants.normalising import fold
from participants.spreadsheets import Row, Sheet, Value

# Of a header without accents, case and signs. A column of the host or of the whole meeting is none
# of the participants' own.
OF_THE_MEETING = re.compile(r"\b(host|anfitrion|organi[sz]ador\w*|organi[sz]er|promedio|average)\b")
MEANINGS = {
    "surname": r"(?:last|family) ?names?|surnames?|apellidos?",
    "name": (
        r"(?:(?:full|user|screen|display|participant|attendee|first|given) ?)?names?"
        r"(?: original name)?"
        r"|nombres?(?: (?:completo|mostrado|de pila|para mostrar))?"
        r"(?: (?:del? )?(?:usuario|participante))?"
        r"(?: nombre original)?"
        r"|nombres? y apellidos?|apellidos?(?: y)? nombres?|participant|participante"
        r"|attendee|asistente"
    ),
    "email": (
        r"(?:user |participant )?e ?mail(?: address)?(?: del (?:usuario|participante))?"
        r"|(?:direccion de )?correo(?: electronico)?(?: del (?:usuario|participante))?"
    ),
    "account": r".*\bupn\b.*",
    "action": r"(?:user )?action|accion(?: (?:de|del) usuario)?",
    "timestamp": r"time ?stamp|marca (?:de tiempo|temporal)|fecha y hora|hora",
    "waiting": r"in waiting room|en (?:la )?sala de espera",
    "duration": (
        r"(?:in meeting |total |attendance |session )*duration"
        r"(?: (?:in )?(?:minutes|seconds|mins))?"
        r"|(?:attendance |total )?minutes|minutos|time in (?:meeting|session)(?: minutes)?"
        r"|duracion(?: (?:total|en|de|la|reunion|dentro|asistencia|participacion))*"
        r"(?: (?:minutos|segundos|min))?"
        r"|tiempo (?:en|de) .*"
    ),
    "left": (
        r".*\b(?:leave|leaving|left|exit|exited|last seen|salida|salir|salio|salieron|abandon\w*"
        r"|egreso|desconexion|retiro|marcho|partida)\b.*"
    ),
    "joined": (
        r".*\b(?:join|joined|joining|first seen|entry|unirse|union|unio|unieron|ingreso|ingresar"
        r"|entrada|entrar|entro|incorporacion|incorporo|conexion|acceso|accedio)\b.*"
    ),
}
# A header is among the first columns, and short; a hostile file has neither.
MOST_COLUMNS = 40
LONGEST_TITLE = 60
FIRST = re.compile(r"\b(first|primer|primera|last|ultimo|ultima)\b")


@dataclass
class Table:
    """`titles` are the headers in full, folded; `columns` maps a meaning to its column."""

    number: int
    titles: tuple[str, ...]
    columns: dict[str, int]
    rows: list[Row] = field(default_factory=list)

    def text(self, row: Row, meaning: str) -> str:
        index = self.columns.get(meaning)
        return cell_text(row.cell(index)) if index is not None else ""

    def title(self, meaning: str) -> str:
        return self.titles[self.columns[meaning]] if meaning in self.columns else ""

    @property
    def is_of_firsts(self) -> bool:
        """First entry and last exit of each person, not each connection."""
        return bool(FIRST.search(self.title("joined")) and FIRST.search(self.title("left")))

    def duration(self, row: Row) -> str:
        """With its unit where the header alone says that it is not minutes."""
        written = self.text(row, "duration")
        is_bare = re.fullmatch(r"\d+(?:[.,]\d+)?", written) is not None
        counts_seconds = re.search(r"\bsec|\bseg", self.title("duration")) is not None
        return f"{written.partition('.')[0]} s" if is_bare and counts_seconds else written

    def shown_name(self, row: Row) -> str:
        return " ".join(f"{self.text(row, 'name')} {self.text(row, 'surname')}".split())

    def email(self, row: Row) -> str:
        """The address, or the account's name where that is one; in lower case."""
        for meaning in ("email", "account"):
            written = self.text(row, meaning).removeprefix("mailto:").lower()
            if re.fullmatch(r"[^@\s]+@[^@\s]+", written):
                return written
        return ""


def find_tables(sheet: Sheet) -> Iterator[Table]:
    """Each header begins a table; a row of one cell ends it, as the title of the next one does."""
    table: Table | None = None
    for row in sheet.rows:
        titles = tuple(map(_title, row.cells[:MOST_COLUMNS]))
        columns = find_columns(titles)
        if table is not None and titles == table.titles:
            continue  # a printed list repeats its header on each page
        if is_header(columns):
            if table is not None:
                yield table
            table = Table(row.number, titles, columns)
        elif table is not None:
            is_title = sum(map(bool, row.cells)) == 1 and re.match(r"\d\s", titles[0])
            if is_title:
                yield table
                table = None
            else:
                table.rows.append(row)
    if table is not None:
        yield table


def _title(cell: Value) -> str:
    return fold(cell) if isinstance(cell, str) and len(cell) <= LONGEST_TITLE else ""


def is_header(columns: dict[str, int]) -> bool:
    says_when = {"joined", "left", "duration"} & columns.keys()
    return "name" in columns and bool(
        len(says_when) >= 2
        or {"action", "timestamp"} <= columns.keys()
        or (says_when and "email" in columns)
    )


def find_columns(titles: tuple[str, ...]) -> dict[str, int]:
    """Meeting data may stand before the participants' in the same row: what follows the name wins.

    "Nombre" beside "Apellido" is the given name, and both make the shown name.
    """
    found: dict[str, list[int]] = {}
    for index, title in enumerate(titles):
        if not title or OF_THE_MEETING.search(title):
            continue
        for meaning, pattern in MEANINGS.items():
            if re.fullmatch(pattern, title):
                found.setdefault(meaning, []).append(index)
                break
    if "name" not in found:
        return {}
    names = found.pop("name")
    original = [index for index in names if "original" in titles[index]]
    columns = {"name": (original or names)[0]}
    for meaning, places in found.items():
        after = [index for index in places if index > columns["name"]]
        columns[meaning] = (after or places)[0]
    return columns


def cell_text(value: Value) -> str:
    """A cell in the report's own writing.

    A spreadsheet in Spanish reads a month-first date day first: written back the same way, it is
    again what the report had, and the session's date tells which of its numbers is the month.
    """
    if isinstance(value, dt.datetime):
        return f"{value:%d/%m/%Y %H:%M:%S}"
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split())
