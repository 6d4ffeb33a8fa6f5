"""An uploaded sheet becomes rows of plain values, or one clear reason why it cannot."""

import datetime as dt
import io
import math
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import openpyxl
from django.utils.translation import gettext as _

from participants import delimited_text, legacy_sheets

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 5_000
MAX_COLUMNS = 200
# What a zip may state that it holds. An honest sheet of 5,000 rows unpacks to less than 15 MB;
# the shared strings are bounded more tightly, as each becomes an object before any row is read.
MAX_UNPACKED = 64 * 1024 * 1024
MAX_SHARED_STRINGS = 16 * 1024 * 1024
MAX_ZIP_ENTRIES = 1_000
EXCEL_LAST_ROW = 1_048_576

ZIP_SIGNATURE = b"PK"
OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
ERROR_VALUES = frozenset(
    f"#{name}"
    for english, spanish in (
        ("NULL!", "¡NULO!"),
        ("DIV/0!", "¡DIV/0!"),
        ("VALUE!", "¡VALOR!"),
        ("REF!", "¡REF!"),
        ("NAME?", "¿NOMBRE?"),
        ("NUM!", "¡NUM!"),
        ("N/A", "N/D"),
    )
    for name in (english, spanish)
)
# Marks that no one sees and that make equal values differ; control characters and lone surrogates,
# which a database refuses.
INVISIBLE = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]"
)


class SheetError(ValueError):
    """The file as a whole cannot be read; the message says why and what to do instead."""


@dataclass(frozen=True)
class CellProblem:
    """A cell with no usable value: a formula never calculated, or one that gives an error."""

    shown: str
    message: str

    def __str__(self) -> str:
        return self.shown


type Value = str | int | float | bool | dt.date | dt.datetime | CellProblem | None


@dataclass(frozen=True)
class Row:
    """A row that has at least one value; `number` is the one that the spreadsheet shows.

    `width` counts the cells of a line with commas between them, the blank ones at its end too; of
    another file it is 0.
    """

    number: int
    cells: tuple[Value, ...]
    width: int = 0

    def cell(self, index: int | None) -> Value:
        return self.cells[index] if index is not None and index < len(self.cells) else None


@dataclass(frozen=True)
class Sheet:
    """One sheet's rows that are not blank, in order. `too_long`, `too_wide`: it was cut there."""

    name: str
    rows: tuple[Row, ...]
    too_long: bool = False
    too_wide: bool = False


def read_sheet(
    content: bytes,
    filename: str = "",
    *,
    recognise: Callable[[Sheet], bool] | None = None,
) -> Sheet:
    """The first sheet that `recognise` accepts, or else the first that is not empty.

    The format is told by the content. Raises SheetError.
    """
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise SheetError(_("The file is empty. Choose the sheet that holds the list."))
    if len(content) > MAX_BYTES:
        raise SheetError(
            _("The file is larger than %(limit)d MB. Leave only the sheet with the list in it.")
            % {"limit": MAX_BYTES // 1024 // 1024}
        )
    first: Sheet | None = None
    for sheet in _sheets(content, filename):
        if not sheet.rows:
            continue
        if recognise is None or recognise(sheet):
            return _within_limits(sheet)
        first = first or sheet
    if first is None:
        raise SheetError(_("The file has no rows. Choose the sheet that holds the list."))
    return _within_limits(first)


def is_named_otherwise(content: bytes, filename: str) -> bool:
    """Whether what was read is text under the name of a spreadsheet."""
    return filename.lower().endswith((".xlsx", ".xls", ".ods")) and not content.startswith(
        (ZIP_SIGNATURE, OLE_SIGNATURE)
    )


def _within_limits(sheet: Sheet) -> Sheet:
    if sheet.too_long:
        raise SheetError(
            _(
                "The sheet has more than %(limit)s rows. Split it into several files of at most "
                "%(limit)s rows."
            )
            % {"limit": f"{MAX_ROWS:,}".replace(",", " ")}
        )
    if sheet.too_wide:
        raise SheetError(
            _("The sheet has more than %(limit)d columns. Delete those that are not needed.")
            % {"limit": MAX_COLUMNS}
        )
    return sheet


def _sheets(content: bytes, filename: str) -> Iterator[Sheet]:
    if content.startswith(ZIP_SIGNATURE):
        yield from _zipped_sheets(content)
    elif content.startswith(OLE_SIGNATURE):
        if ENCRYPTED_STREAM in content:
            raise SheetError(_password_message())
        yield from _legacy_sheets(content, "xls")
    elif content.startswith(b"%PDF"):
        raise SheetError(
            _("The file is a PDF, whatever its name says. Ask for the list as .xlsx or .csv.")
        )
    elif _is_markup(content):
        raise SheetError(
            _(
                "The file is a web page saved with a spreadsheet's name. Open it in Excel or "
                "LibreOffice and save it as .xlsx."
            )
        )
    else:
        yield _text_sheet(content, filename)


def _is_markup(content: bytes) -> bool:
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype", b"<html", b"<table", b"<?xml", b"<meta", b"<head"))


def _password_message() -> str:
    return _("The file is protected with a password. Save it without one and send it again.")


def _damaged_message() -> str:
    return _(
        "The file is damaged or is not a spreadsheet. Open it, save it as .xlsx and try again."
    )


def _zipped_sheets(content: bytes) -> Iterator[Sheet]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            _refuse_bomb(entries)
            if any(entry.flag_bits & 1 for entry in entries):
                raise SheetError(_password_message())
            is_ods = "mimetype" in names and archive.read("mimetype").strip() == ODS_TYPE
            if is_ods and b"encryption-data" in archive.read("META-INF/manifest.xml"):
                raise SheetError(_password_message())
    except (zipfile.BadZipFile, zlib.error, KeyError, NotImplementedError, OSError) as error:
        raise SheetError(_damaged_message()) from error
    if is_ods:
        yield from _legacy_sheets(content, "ods")
    elif "xl/workbook.xml" in names or "[Content_Types].xml" in names:
        yield from _xlsx_sheets(content)
    else:
        raise SheetError(_("The file is a .zip, not a spreadsheet. Send the sheet that is in it."))


def _refuse_bomb(entries: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse by the sizes that the zip states; zipfile itself never unpacks more than those."""
    strings = sum(e.file_size for e in entries if e.filename.lower().endswith("sharedstrings.xml"))
    if (
        len(entries) > MAX_ZIP_ENTRIES
        or sum(entry.file_size for entry in entries) > MAX_UNPACKED
        or strings > MAX_SHARED_STRINGS
    ):
        raise SheetError(
            _(
                "The file unpacks to far more than a list needs. Copy the list alone into a new "
                "sheet and save it as .xlsx."
            )
        )


def _xlsx_sheets(content: bytes) -> Iterator[Sheet]:
    try:
        with warnings.catch_warnings():
            # openpyxl warns of what it leaves out (validations, bad dates): nothing read here.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            formulas = None
            try:
                worksheets = [s for s in book.worksheets if hasattr(s, "reset_dimensions")]
                for worksheet in sorted(worksheets, key=lambda s: s.sheet_state != "visible"):
                    sheet = _cut(worksheet.title, _xlsx_rows(worksheet))
                    if _has_formulas(content, worksheet):
                        formulas = formulas or openpyxl.load_workbook(
                            io.BytesIO(content), read_only=True, data_only=False
                        )
                        sheet = _mark_uncalculated(sheet, formulas[worksheet.title])
                    yield sheet
            finally:
                book.close()
                if formulas is not None:
                    formulas.close()
    except SheetError:
        raise
    except Exception as error:
        # What openpyxl raises on a file that breaks the format is documented nowhere, and hostile
        # bytes were seen to raise ten kinds, from zlib.error to NotImplementedError.
        raise SheetError(_damaged_message()) from error


def _xlsx_rows(worksheet: Any) -> Iterator[tuple]:
    # The stated dimension may lie, either way: it is forgotten, and rows and columns bounded here.
    worksheet.reset_dimensions()
    gap = None
    for row in worksheet.iter_rows(
        min_row=1, max_row=EXCEL_LAST_ROW, min_col=1, max_col=MAX_COLUMNS + 1, values_only=True
    ):
        # openpyxl fills a gap with one and the same tuple, up to a million times.
        yield () if row is gap else row
        gap = row


def _has_formulas(content: bytes, worksheet: Any) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read(worksheet._worksheet_path.lstrip("/"))
    return re.search(rb"<(\w+:)?f[ />]", xml) is not None


def _mark_uncalculated(sheet: Sheet, formulas: Any) -> Sheet:
    """Where the sheet holds a formula but no result, say so instead of passing a blank."""
    known = {row.number: list(row.cells) for row in sheet.rows}
    for number, cells in enumerate(_xlsx_rows(formulas), start=1):
        if len(known) > MAX_ROWS:
            return replace(sheet, too_long=True)
        for index, cell in enumerate(cells):
            is_formula = hasattr(cell, "ref") or (isinstance(cell, str) and cell.startswith("="))
            if not is_formula:
                continue
            row = known.setdefault(number, [None] * len(cells))
            row.extend([None] * (index + 1 - len(row)))
            if row[index] is None:
                row[index] = CellProblem(
                    cell if isinstance(cell, str) else "=…",
                    _(
                        "The cell has a formula that was never calculated. Open the file in "
                        "Excel, save it and send it again, or type the value."
                    ),
                )
    rows = tuple(Row(number, tuple(known[number])) for number in sorted(known))
    return replace(sheet, rows=rows)


def _legacy_sheets(content: bytes, kind: str) -> Iterator[Sheet]:
    try:
        found = legacy_sheets.read_in_child(
            content, kind=kind, max_rows=MAX_ROWS * 2, max_columns=MAX_COLUMNS + 1
        )
    except legacy_sheets.PasswordNeeded as error:
        raise SheetError(_password_message()) from error
    except legacy_sheets.TooMuch as error:
        raise SheetError(
            _(
                "The sheet is too big to be read: often a stray cell stands far from the list. "
                "Copy the list alone into a new sheet and save it as .xlsx."
            )
        ) from error
    except legacy_sheets.Unreadable as error:
        raise SheetError(_damaged_message()) from error
    for name, rows, cut in found:
        sheet = _cut(name, rows)
        yield replace(sheet, too_long=sheet.too_long or cut)


def _text_sheet(content: bytes, filename: str) -> Sheet:
    try:
        delimiter, rows = delimited_text.read_rows(content)
        return _cut(filename, rows, counts_cells=delimiter == ",")
    except delimited_text.NotText as error:
        raise SheetError(
            _("The file is not a sheet that can be read. Send it as .xlsx or .csv.")
        ) from error
    except delimited_text.UnclosedQuote as error:
        raise SheetError(
            _("Row %(row)d of the file has a quotation mark that is not closed. Correct it.")
            % {"row": error.row}
        ) from error


def _cut(name: str, rows: Iterable[Sequence], *, counts_cells: bool = False) -> Sheet:
    kept: list[Row] = []
    too_wide = False
    for number, cells in enumerate(rows, start=1):
        values = [_value(cell) for cell in cells]
        while values and values[-1] is None:
            values.pop()
        if not values:
            continue
        too_wide = too_wide or len(values) > MAX_COLUMNS
        # A margin for titles above the header: the limit is on rows of data.
        if len(kept) >= MAX_ROWS + 50:
            return Sheet(name, tuple(kept), too_long=True, too_wide=too_wide)
        width = len(cells) if counts_cells else 0
        kept.append(Row(number, tuple(values[:MAX_COLUMNS]), width))
    return Sheet(name, tuple(kept), too_wide=too_wide)


def _value(cell: Any) -> Value:
    if isinstance(cell, str):
        text = INVISIBLE.sub("", cell).replace("\xa0", " ")
        if text.strip() in ERROR_VALUES:
            return CellProblem(text, _("The cell's formula gives an error. Type the value."))
        return text if text.strip() else None
    if isinstance(cell, dt.timedelta | dt.time):
        return str(cell)
    if isinstance(cell, float) and not math.isfinite(cell):
        return CellProblem(str(cell), _("The cell holds no number. Type the value."))
    return cell
