"""Columns are known by what their header means, wherever the header row and the column stand."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from django.utils.functional import Promise
from rapidfuzz import fuzz

from participants.normalising import fold
from participants.spreadsheets import Row, Sheet

HEADER_MUST_BE_WITHIN = 50
# Two matches may be chance ("DNI", "F" in a row of data is one): three are a header, unless the
# table itself has fewer required fields.
ENOUGH_FOR_A_HEADER = 3
# An assessment's title of 120 signs, with its module and attempt.
LONGEST_HEADER = 150
STOPWORDS = frozenset(
    {"de", "del", "la", "las", "el", "los", "y", "e", "a", "o", "su", "en", "por", "para"}
)
NUMBER_WORDS = frozenset({"n", "no", "nro", "num", "numero", "number"})


@dataclass(frozen=True)
class Field:
    """What a column may hold. `fallbacks` are taken only where no header says a synonym.

    A required field is not missing where every field of one group of `instead` is there.
    """

    name: str
    label: str | Promise
    synonyms: tuple[str, ...]
    fallbacks: tuple[str, ...] = ()
    required: bool = False
    instead: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class ColumnMap:
    """Where each field stands: `columns` maps a field's name to a column's index from 0."""

    header_row: int | None
    headers: tuple[str, ...] = ()
    columns: Mapping[str, int] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    ambiguous: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    unknown: tuple[int, ...] = ()
    suggestions: Mapping[str, int] = field(default_factory=dict)
    rival_headers: tuple[int, ...] = ()

    @property
    def is_clear(self) -> bool:
        """Nothing has to be asked before the rows can be read."""
        return (
            self.header_row is not None
            and not self.missing
            and not self.ambiguous
            and not self.rival_headers
        )

    def header(self, name: str) -> str:
        """The header of a field's column as the sheet writes it, or an empty text."""
        index = self.columns.get(name)
        return self.headers[index] if index is not None else ""


@lru_cache(maxsize=4096)
def header_key(value: object, *, notes: bool = True) -> str:
    """A header with accents, case, punctuation, number signs and small words left out.

    Without its notes, what stands in brackets is left out too.
    """
    text = re.sub(r"[º°ª]", " ", str(value or "")[:LONGEST_HEADER])
    text = re.sub(r"(?<=\w)\((?:s|a|as|es|os)\)", "", text, flags=re.IGNORECASE)
    if not notes:
        text = re.sub(r"\([^)]*\)", " ", text)
    words = (
        "numero" if word in NUMBER_WORDS else word
        for word in fold(text).split()
        if word not in STOPWORDS
    )
    return " ".join(words)


def find_columns(
    sheet: Sheet,
    fields: Sequence[Field],
    *,
    header_row: int | None = None,
    chosen: Mapping[str, int | None] | None = None,
) -> ColumnMap:
    """Find the header row and each field's column; `header_row` and `chosen` are a person's word.

    `chosen` maps a field's name to its column, or to None where the sheet does not have it.
    """
    candidates = sheet.rows[:HEADER_MUST_BE_WITHIN]
    rivals: tuple[int, ...] = ()
    if header_row is not None:
        header = next((row for row in candidates if row.number == header_row), None)
    else:
        header, rivals = _find_header(candidates, fields)
    if header is None:
        return ColumnMap(None, missing=tuple(f.name for f in fields if f.required))
    found = replace(_match_header(header, fields), rival_headers=rivals)
    return _with_choices(found, fields, chosen) if chosen is not None else found


def has_header(sheet: Sheet, fields: Sequence[Field]) -> bool:
    """Whether some row looks like the header of these fields."""
    return _find_header(sheet.rows[:HEADER_MUST_BE_WITHIN], fields)[0] is not None


def is_repeated_header(row: Row, found: ColumnMap) -> bool:
    """A printed list repeats its header on each page; such a row holds no data."""
    texts = [header_key(cell) for cell in row.cells]
    texts += [""] * (len(found.headers) - len(texts))
    return texts == [header_key(text) for text in found.headers]


def _find_header(
    rows: Sequence[Row], fields: Sequence[Field]
) -> tuple[Row | None, tuple[int, ...]]:
    enough = min(ENOUGH_FOR_A_HEADER, max(1, sum(f.required for f in fields)))
    scored = [(_matches(row, fields), row) for row in rows]
    best = max((score for score, _row in scored), default=0)
    if best < enough:
        return None, ()
    header = next(row for score, row in scored if score == best)
    keys = [header_key(cell) for cell in header.cells]
    rivals = [
        row.number
        for score, row in scored
        if score >= enough and [header_key(cell) for cell in row.cells] != keys
    ]
    return header, (header.number, *rivals) if rivals else ()


def _matches(row: Row, fields: Sequence[Field]) -> int:
    """How many fields are named in full by a cell of this row."""
    texts = [cell for cell in row.cells if isinstance(cell, str) and len(cell) <= LONGEST_HEADER]
    keys = {header_key(text, notes=notes) for text in texts for notes in (True, False)} - {""}
    return sum(not keys.isdisjoint(map(header_key, f.synonyms + f.fallbacks)) for f in fields)


def _score(text: str, names: Sequence[str]) -> int:
    """How well a header says one of the names: 1000 in full, less for each word beside it."""
    whole, bare = header_key(text), header_key(text, notes=False)
    best = 0
    for key in map(header_key, names):
        if key in (whole, bare):
            return 1000
        if f" {key} " in f" {bare} ":
            best = max(best, len(key.split()) * 20 - len(bare.split()))
    return best


def _match_header(header: Row, fields: Sequence[Field]) -> ColumnMap:
    headers = tuple("" if cell is None else " ".join(str(cell).split()) for cell in header.cells)
    owner: dict[int, list[tuple[int, str]]] = {}
    for index, text in enumerate(headers):
        scores = [(_score(text, f.synonyms), f.name) for f in fields] if text else []
        best = max((score for score, _name in scores), default=0)
        owner[index] = [(score, name) for score, name in scores if score == best > 0]
    columns: dict[str, int] = {}
    ambiguous: dict[str, tuple[int, ...]] = {}
    for f in fields:
        claims = [
            (score, index)
            for index, owned in owner.items()
            for score, name in owned
            if name == f.name
        ]
        if not claims:
            taken = {index for index, owned in owner.items() if owned}
            claims = [
                (score, index)
                for index, text in enumerate(headers)
                if index not in taken and (score := _score(text, f.fallbacks))
            ]
        best = max((score for score, _index in claims), default=0)
        fitting = tuple(index for score, index in claims if score == best)
        shared = [i for i in fitting if len(owner[i]) > 1]
        if len(fitting) > 1 or shared:
            ambiguous[f.name] = fitting
        elif fitting:
            columns[f.name] = fitting[0]
    return _complete(ColumnMap(header.number, headers, columns, ambiguous=ambiguous), fields)


def _complete(found: ColumnMap, fields: Sequence[Field]) -> ColumnMap:
    """Tell what is missing and unknown, with the nearest header for what is missing."""
    here = found.columns.keys() | found.ambiguous.keys()
    missing = tuple(
        f.name
        for f in fields
        if f.required
        and f.name not in here
        and not any(here.issuperset(group) for group in f.instead)
    )
    used = {
        *found.columns.values(),
        *(i for many in found.ambiguous.values() for i in many),
    }
    unknown = tuple(i for i, text in enumerate(found.headers) if text and i not in used)
    suggestions = {}
    for f in fields:
        near = [
            (fuzz.ratio(header_key(found.headers[i]), header_key(name)), i)
            for i in unknown
            for name in f.synonyms
        ]
        if f.name not in here and near and max(near)[0] >= 80:
            suggestions[f.name] = max(near)[1]
    return replace(found, missing=missing, unknown=unknown, suggestions=suggestions)


def _with_choices(
    found: ColumnMap, fields: Sequence[Field], chosen: Mapping[str, int | None]
) -> ColumnMap:
    taken = {index for index in chosen.values() if index is not None}
    columns = {
        name: index
        for name, index in found.columns.items()
        if name not in chosen and index not in taken
    }
    for name, index in chosen.items():
        if index is not None and index < len(found.headers):
            columns[name] = index
    ambiguous = {name: many for name, many in found.ambiguous.items() if name not in chosen}
    return _complete(replace(found, columns=columns, ambiguous=ambiguous), fields)
