"""Reads .xls and .ods in a child process: a hostile sheet kills the child, never the server.

python-calamine lays a sheet out as one full rectangle, so that a single cell at the far corner
asks for gigabytes and aborts the process (seen with 0.4). The child has a memory limit and a
deadline, and hands back only the part that is asked for.

Run as a script, this file is the child: it must import nothing of the project.
"""

import datetime as dt
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MEMORY_LIMIT = 512 * 1024 * 1024
SECONDS = 20
EXIT_PASSWORD, EXIT_UNREADABLE, EXIT_TOO_MUCH = 10, 11, 12


class Unreadable(ValueError):
    """Not a sheet of that kind, or a damaged one."""


class PasswordNeeded(ValueError):
    """The book is encrypted."""


class TooMuch(ValueError):
    """The child ran out of memory or time."""


def read_in_child(
    content: bytes, *, kind: str, max_rows: int, max_columns: int
) -> list[tuple[str, list[tuple], bool]]:
    """Each sheet's (name, rows from row 1, whether rows were left off), visible sheets first.

    `kind` is "xls" or "ods": only from a file so named does calamine say what is wrong with it.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"sheet.{kind}"
        path.write_bytes(content)
        command = [sys.executable, "-I", __file__, str(path), str(max_rows), str(max_columns)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise TooMuch from error
    if done.returncode == EXIT_PASSWORD:
        raise PasswordNeeded
    if done.returncode == EXIT_UNREADABLE:
        raise Unreadable
    if done.returncode:  # by a signal, or out of memory
        raise TooMuch
    sheets = [json.loads(line) for line in done.stdout.splitlines()]
    return [(name, [tuple(map(_unpack, row)) for row in rows], cut) for name, rows, cut in sheets]


def _unpack(cell):
    if not isinstance(cell, dict):
        return cell
    if "datetime" in cell:
        return dt.datetime.fromisoformat(cell["datetime"])
    return dt.date.fromisoformat(cell["date"])


def _pack(cell):
    if isinstance(cell, dt.datetime):
        return {"datetime": cell.isoformat()}
    if isinstance(cell, dt.date):
        return {"date": cell.isoformat()}
    if isinstance(cell, dt.time | dt.timedelta):
        return str(cell)
    return None if cell == "" else cell


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has none: the deadline alone holds there
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _child(path: str, max_rows: int, max_columns: int) -> int:
    import python_calamine as calamine

    _limit_memory()
    try:
        book = calamine.CalamineWorkbook.from_path(path)
        about = [m for m in book.sheets_metadata if m.typ == calamine.SheetTypeEnum.WorkSheet]
        about.sort(key=lambda m: m.visible != calamine.SheetVisibleEnum.Visible)
        for meta in about:
            sheet = book.get_sheet_by_name(meta.name)
            if sheet.total_height == 0:
                continue
            rows = sheet.to_python(skip_empty_area=False, nrows=max_rows)
            packed = [[_pack(cell) for cell in row[:max_columns]] for row in rows]
            cut = any(cell != "" for row in _rest(sheet, max_rows) for cell in row[:max_columns])
            sys.stdout.write(json.dumps([meta.name, packed, cut]) + "\n")
    except calamine.PasswordError:
        return EXIT_PASSWORD
    except MemoryError:
        return EXIT_TOO_MUCH
    except calamine.CalamineError as error:
        reason = str(error).lower()  # calamine has no classes for these two
        if "limit exceeded" in reason:
            return EXIT_TOO_MUCH
        return EXIT_PASSWORD if "password" in reason else EXIT_UNREADABLE
    return 0


def _rest(sheet: Any, max_rows: int) -> Iterator[list]:
    if sheet.total_height > max_rows:
        for number, row in enumerate(sheet.iter_rows()):
            if number >= max_rows:
                yield row


if __name__ == "__main__":
    sys.exit(_child(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
