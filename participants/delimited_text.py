"""Reads .csv as spreadsheets write it: its encoding and its delimiter are told by the content."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import chain

DELIMITERS = ",;\t"
# Of Windows, of a Mac, of the DOS prompt: any bytes are text in them, so the letters must tell.
EIGHT_BITS = ("cp1252", "mac_roman", "cp850")
SPANISH = frozenset("áéíóúñüÁÉÍÓÚÑÜ¿¡ºª°–—’“”«»")


class NotText(ValueError):
    """The bytes are text in none of the encodings that spreadsheets write."""


class UnclosedQuote(ValueError):
    """A quotation mark would swallow the rest of the file."""

    def __init__(self, row: int) -> None:
        super().__init__(row)
        self.row = row


def read_rows(content: bytes) -> tuple[str, Iterator[tuple[str, ...]]]:
    """The delimiter, and the rows as a spreadsheet numbers them, blank ones too."""
    text = decode(content)
    first, _newline, rest = text.partition("\n")
    if match := re.fullmatch(r'"?sep=(.)"?', first.strip(" \r")):  # Excel's own first line
        return match[1], chain([()], _rows(rest, match[1], done=1))
    delimiter = find_delimiter(text)
    return delimiter, _rows(text, delimiter)


def _rows(text: str, delimiter: str, *, done: int = 0) -> Iterator[tuple[str, ...]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            done += 1
            yield tuple(row)
    except csv.Error as error:
        raise UnclosedQuote(done + 1) from error


def decode(content: bytes) -> str:
    """UTF-16 by its mark or its zeros, else UTF-8, else the 8 bits that read as Spanish best.

    Control characters are no text.
    """
    even, odd = content[0:200:2], content[1:200:2]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ["utf-16"]
    elif odd.count(0) > len(odd) * 0.6:
        candidates = ["utf-16-le"]
    elif even.count(0) > len(even) * 0.6:
        candidates = ["utf-16-be"]
    else:
        candidates = ["utf-8-sig", *sorted(EIGHT_BITS, key=lambda name: _strange(content, name))]
    for encoding in candidates:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not re.search(r"[\x00-\x08\x0e-\x1f]", text):
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise NotText


def _strange(content: bytes, encoding: str) -> int:
    """How many letters are not of Spanish, less how many are."""
    found = [letter for letter in content.decode(encoding, "replace") if letter > "\x7f"]
    return len(found) - 2 * sum(letter in SPANISH for letter in found)


def find_delimiter(text: str) -> str:
    """The one of `,` `;` tab that splits the most rows to the same, greatest width."""
    sample = text[:20_000].split("\n")[:60]

    def weight(delimiter: str) -> tuple[int, int]:
        try:
            widths = [len(row) for row in csv.reader(sample, delimiter=delimiter)]
        except csv.Error:
            return (0, 0)
        wide = [width for width in widths if width > 1]
        usual = max(wide, key=lambda width: (wide.count(width), width), default=0)
        return (wide.count(usual) * usual, usual)

    return max(DELIMITERS, key=weight)
