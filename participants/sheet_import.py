"""How a sheet's rows are read, compared and written: what every kind of import shares."""

import datetime as dt
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from participants.columns import ColumnMap, Field, find_columns, has_header, is_repeated_header
from participants.import_plan import (
    Plan,
    PlannedRow,
    RowError,
    StalePlan,
    State,
    UnknownFacility,
    shown_value,
)
from participants.spreadsheets import (
    CellProblem,
    Row,
    Sheet,
    SheetError,
    is_named_otherwise,
    read_sheet,
)

# A cell may hold 32,767 signs; a list of errors shows as many as tell which one it was.
LONGEST_SHOWN = 120


class RowReader:
    """Reads the cells of one row by field, and gathers what is wrong with them."""

    def __init__(self, row: Row, columns: ColumnMap, fields: Mapping[str, Field]) -> None:
        self.row = row
        self.columns = columns
        self.fields = fields
        self.values: dict[str, Any] = {}
        self.errors: list[RowError] = []

    def has(self, name: str) -> bool:
        return name in self.columns.columns

    def cell(self, name: str) -> Any:
        return self.row.cell(self.columns.columns.get(name))

    def fail(self, name: str, message: str) -> None:
        cell = self.cell(name)
        shown = cell.date() if isinstance(cell, dt.datetime) else cell
        value = "" if shown is None else shown_value(shown)[:LONGEST_SHOWN]
        header = self.columns.header(name) or str(self.fields[name].label)
        self.errors.append(RowError(header, value, message))

    def read(self, name: str, normal: Callable[[Any], Any], *, required: bool = False) -> Any:
        """The cell's normal value, kept where it is not blank; None where it is wrong."""
        cell = self.cell(name)
        if isinstance(cell, CellProblem):
            self.fail(name, cell.message)
            return None
        try:
            value = normal(cell)
        except ValueError as reason:
            self.fail(name, str(reason))
            return None
        if value in ("", None):
            if required:
                self.fail(name, _("This value is missing. Write it."))
            return value
        self.values[name] = value
        return value


def write_with_history(
    model: type[models.Model],
    written: Iterable[tuple[Any, set[str]]],
    *,
    by: AbstractBaseUser | None,
) -> None:
    """Create the new instances and update the named fields of the others; each with its history."""
    written = list(written)
    if new := [instance for instance, _names in written if instance._state.adding]:
        bulk_create_with_history(new, model, default_user=by)
    keys = {id(instance) for instance in new}
    changed = [(instance, names) for instance, names in written if id(instance) not in keys]
    changed = [(instance, names) for instance, names in changed if names]
    if changed:
        names = set().union(*(names for _instance, names in changed))
        objects = [instance for instance, _names in changed]
        bulk_update_with_history(objects, model, sorted(names), default_user=by)


class SheetImport:
    """One kind of import: read rows, compare them with the database, write the good ones."""

    name: ClassVar[str]
    fields: ClassVar[tuple[Field, ...]]
    # Who the row is about, and the field whose column a clash of identity is reported in.
    identity: ClassVar[tuple[str, ...]]
    unique: ClassVar[tuple[str, ...]] = ()
    # Whether what the rows are compared with is to stay as it is read until it is written.
    locks_rows = False

    def __init__(self, sheet: Sheet, columns: ColumnMap, *, today: dt.date) -> None:
        self.sheet = sheet
        self.columns = columns
        self.today = today
        self.by_name = {f.name: f for f in self.fields}

    @classmethod
    def names(cls) -> list[str]:
        return [f.name for f in cls.fields]

    @classmethod
    def open(cls, content: bytes, filename: str = "") -> Sheet:
        """The first sheet of the file with a header of this kind, or else the first.

        Raises SheetError, also where that one is text that only has a spreadsheet's name.
        """
        sheet = read_sheet(content, filename, recognise=lambda sheet: has_header(sheet, cls.fields))
        if not is_named_otherwise(content, filename):
            return sheet
        columns = cls.find_columns(sheet)
        if columns.header_row is None:
            reason = _("The file is plain text, not the spreadsheet that its name says.")
            question = columns_question(columns, {f.name: f for f in cls.fields})
            raise SheetError(f"{reason} {question}")
        return sheet

    @classmethod
    def find_columns(
        cls,
        sheet: Sheet,
        *,
        header_row: int | None = None,
        chosen: Mapping[str, int | None] | None = None,
    ) -> ColumnMap:
        return find_columns(sheet, cls.fields, header_row=header_row, chosen=chosen)

    def read_row(self, reader: RowReader) -> None:
        raise NotImplementedError

    def load(self, rows: list[PlannedRow]) -> None:
        """Fetch what the rows are compared with, in a number of queries that does not grow."""
        raise NotImplementedError

    def judge(self, planned: PlannedRow) -> None:
        """Give a row without errors its state, its changes and its instances, or its errors."""
        raise NotImplementedError

    def refusals(self, rows: list[PlannedRow]) -> list[str]:
        """Why nothing of the file can be taken, where that is so."""
        return []

    def unknown_facilities(self, rows: list[PlannedRow]) -> tuple[UnknownFacility, ...]:
        return ()

    def lock(self) -> None:
        """Make others who write the same rows wait until the transaction ends."""

    def write(self, rows: list[PlannedRow], *, by: AbstractBaseUser | None) -> None:
        raise NotImplementedError

    def error(self, planned: PlannedRow, name: str, message: str) -> None:
        reader = RowReader(planned.row, self.columns, self.by_name)
        reader.fail(name, message)
        planned.errors += reader.errors

    def preview(self) -> Plan:
        """What would be done now. Writes nothing."""
        if not self.columns.is_clear:
            raise SheetError(columns_question(self.columns, self.by_name))
        rows, blank = self._read()
        sound = [row for row in rows if not row.errors]
        self.load(sound)
        for planned in sound:
            self.judge(planned)
        self._mark_repeated(rows)
        return Plan(
            self.columns,
            tuple(rows),
            blank,
            self.unknown_facilities(rows),
            tuple(self.refusals(rows)),
        )

    def apply(self, *, by: AbstractBaseUser | None, expected: str = "") -> Plan:
        """Write the good rows, all or none, and return what was done.

        `expected` is the fingerprint of the plan that was confirmed. Raises StalePlan where that
        is not what would be done now, ValidationError where nothing of the file can be taken.
        """
        try:
            with transaction.atomic():
                self.lock()
                plan = self._locked_preview()
                if expected and expected != plan.fingerprint:
                    raise StalePlan(plan)
                if plan.refusals:
                    raise ValidationError(list(plan.refusals), code="refused")
                self.write([row for row in plan.rows if row.is_written], by=by)
        except IntegrityError as error:
            # Someone else wrote the same person between our reading and our writing.
            raise StalePlan(self.preview()) from error
        return plan

    def _locked_preview(self) -> Plan:
        self.locks_rows = True
        try:
            return self.preview()
        finally:
            self.locks_rows = False

    def _read(self) -> tuple[list[PlannedRow], int]:
        header_row = self.columns.header_row or 0
        below = [row for row in self.sheet.rows if row.number > header_row]
        below = [row for row in below if not is_repeated_header(row, self.columns)]
        places = set(self.columns.columns.values())
        rows = []
        for row in below:
            if all(row.cell(place) is None for place in places):
                continue
            reader = RowReader(row, self.columns, self.by_name)
            self.read_row(reader)
            state = State.ERROR if reader.errors else State.UNCHANGED
            rows.append(PlannedRow(row, reader.values, reader.errors, state))
        # Blank are the rows between the header and the last row that holds something.
        last = max((row.number for row in rows), default=header_row)
        taken = {row.number for row in rows}
        repeated = {row.number for row in self.sheet.rows} - {row.number for row in below}
        blank = sum(
            number not in taken and number not in repeated for number in range(header_row + 1, last)
        )
        return rows, blank

    def _mark_repeated(self, rows: Iterable[PlannedRow]) -> None:
        """Errors come before duplicates: a row repeats only a row that is itself in order."""
        first: dict[Hashable, PlannedRow] = {}
        owners: dict[tuple[str, Any], PlannedRow] = {}
        for planned in rows:
            if planned.errors and planned.state != State.WAITING:
                planned.state = State.ERROR
                continue
            key = tuple(planned.values.get(name) for name in self.identity)
            if original := first.get(key):
                planned.state = State.DUPLICATE
                planned.of = original.number
                planned.changes, planned.errors = [], []
                planned.differs = list(self._differing(planned, original))
                continue
            clash = next(
                (
                    (name, owner)
                    for name in self.unique
                    if (owner := owners.get((name, planned.values.get(name))))
                ),
                None,
            )
            if clash:
                name, owner = clash
                message = _("Row %(row)d has the same value and another document.")
                planned.state, planned.changes, planned.errors = State.ERROR, [], []
                self.error(planned, name, message % {"row": owner.number})
                continue
            first[key] = planned
            for name in self.unique:
                if value := planned.values.get(name):
                    owners[name, value] = planned

    def _differing(self, planned: PlannedRow, original: PlannedRow) -> Iterator[str]:
        for name in {**planned.values, **original.values}:
            if planned.values.get(name) != original.values.get(name):
                yield self.columns.header(name) or str(self.by_name[name].label)


def columns_question(columns: ColumnMap, fields: Mapping[str, Field]) -> str:
    """What has to be told before the rows can be read, in one sentence each."""
    if columns.header_row is None:
        names = ", ".join(str(f.label) for f in fields.values() if f.required)
        return _("No row with the names of the columns was found. Needed are: %(names)s.") % {
            "names": names
        }
    parts = []
    if columns.rival_headers:
        rows = ", ".join(str(number) for number in columns.rival_headers)
        parts.append(_("Several rows look like the header: %(rows)s.") % {"rows": rows})
    if columns.missing:
        names = ", ".join(str(fields[name].label) for name in columns.missing)
        parts.append(_("Columns that are missing: %(names)s.") % {"names": names})
    for name in columns.ambiguous:
        parts.append(_("Several columns may be “%(name)s”.") % {"name": str(fields[name].label)})
    return " ".join(parts)
