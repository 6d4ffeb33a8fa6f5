"""What an import would do, row by row, before anything is written.

The same for every kind of import: participants, facilities, tutors.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from participants.columns import ColumnMap
from participants.spreadsheets import Row


class State(models.TextChoices):
    NEW = "new", pgettext_lazy("row of a sheet", "new")
    CHANGED = "changed", pgettext_lazy("row of a sheet", "changed")
    UNCHANGED = "unchanged", pgettext_lazy("row of a sheet", "unchanged")
    DUPLICATE = "duplicate", pgettext_lazy("row of a sheet", "repeated in the file")
    WAITING = "waiting", pgettext_lazy("row of a sheet", "waits for its facility")
    ERROR = "error", pgettext_lazy("row of a sheet", "with errors")


@dataclass(frozen=True)
class RowError:
    """`column` is the header as the sheet writes it, `value` what the cell shows."""

    column: str
    value: str
    message: str


@dataclass(frozen=True)
class Change:
    label: str
    old: str
    new: str


@dataclass
class PlannedRow:
    """A row of the sheet and what would come of it.

    `values` holds what the row states, by field; a blank cell states nothing and erases nothing.
    `instances` holds what would be written. `differs` names the columns in which a repeated row
    is not the same as the row that it repeats.
    """

    row: Row
    values: dict[str, Any]
    errors: list[RowError] = field(default_factory=list)
    state: State = State.UNCHANGED
    changes: list[Change] = field(default_factory=list)
    of: int | None = None
    differs: list[str] = field(default_factory=list)
    waits_for: str = ""
    instances: dict[str, Any] = field(default_factory=dict)

    @property
    def number(self) -> int:
        return self.row.number

    @property
    def title(self) -> str:
        surnames = [self.values.get("paternal_surname"), self.values.get("maternal_surname")]
        names = " ".join(name for name in surnames if name)
        parts = (names, self.values.get("given_names") or self.values.get("name"))
        return ", ".join(part for part in parts if part)

    @property
    def summary(self) -> str:
        """What tells a row without changes apart, with no document number."""
        facility = getattr(self.instances.get("participant"), "facility", None)
        parts = (self.values.get("email"), self.values.get("renipress"), facility)
        return " · ".join(str(part) for part in parts if part)

    @property
    def is_written(self) -> bool:
        return self.state in {State.NEW, State.CHANGED}

    @property
    def is_rejected(self) -> bool:
        """Whether the row goes into the sheet to be corrected and sent again."""
        return self.state in {State.ERROR, State.WAITING} or bool(self.differs)


@dataclass(frozen=True)
class UnknownFacility:
    """One facility that rows name and the database does not know; settled once for all of them."""

    key: str
    code: str
    name: str
    region: str
    rows: tuple[int, ...]
    nearest: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Plan:
    columns: ColumnMap
    rows: tuple[PlannedRow, ...]
    blank: int = 0
    unknown_facilities: tuple[UnknownFacility, ...] = ()
    refusals: tuple[str, ...] = ()

    def count(self, state: State) -> int:
        return sum(row.state == state for row in self.rows)

    def in_state(self, *states: State) -> list[PlannedRow]:
        return [row for row in self.rows if row.state in states]

    @property
    def rejected(self) -> list[PlannedRow]:
        return [row for row in self.rows if row.is_rejected]

    @property
    def writes(self) -> bool:
        return not self.refusals and any(row.is_written for row in self.rows)

    def as_json(self) -> dict[str, Any]:
        """The command's output; a row that waits for a facility is an error there."""
        return {
            "created": self.count(State.NEW),
            "updated": self.count(State.CHANGED),
            "unchanged": self.count(State.UNCHANGED),
            "blank": self.blank,
            "duplicates": [
                {"row": row.number, "of": row.of} for row in self.in_state(State.DUPLICATE)
            ],
            "errors": [
                {
                    "row": row.number,
                    "column": error.column,
                    "value": error.value,
                    "message": error.message,
                }
                for row in self.in_state(State.ERROR, State.WAITING)
                for error in row.errors
            ],
        }

    @property
    def fingerprint(self) -> str:
        """Differs as soon as what would be done differs from what was shown."""
        shown = [
            [row.number, row.state, [[c.label, c.old, c.new] for c in row.changes]]
            for row in self.rows
        ]
        text = json.dumps([self.as_json(), shown, list(self.refusals)], default=str)
        return hashlib.sha256(text.encode()).hexdigest()


class StalePlan(ValidationError):
    """What was confirmed is no longer what would be done; `plan` is what would be done now."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(
            _("The data changed since this was shown. Look at it again and confirm."),
            code="stale",
        )
        self.plan = plan


def shown_value(value: Any) -> str:
    """A value as a person reads it: dates as dd/mm/yyyy, whole numbers without decimals."""
    if value in ("", None):
        return "—"
    if isinstance(value, dt.date):
        return date_format(value, "d/m/Y")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def shown_field(instance: models.Model, name: str) -> str:
    """A model's field as a person reads it: the label of a choice, the name of a facility."""
    display = getattr(instance, f"get_{name}_display", None)
    return shown_value(display() if display else getattr(instance, name))


def set_fields(instance: models.Model, values: Mapping[str, Any]) -> list[tuple[str, Change]]:
    """Set what differs and say what that was, as (field's name, change)."""
    done = []
    for name, value in values.items():
        if getattr(instance, name) == value:
            continue
        old = shown_field(instance, name)
        setattr(instance, name, value)
        label = str(instance._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        done.append((name, Change(label, old, shown_field(instance, name))))
    return done
