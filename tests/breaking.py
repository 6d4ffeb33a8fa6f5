"""Breaking constraints, once each: the tests of models list what breaks them, by name.

`tests/test_constraints.py` holds that every constraint of the product's models is in a list.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import BaseConstraint, Model
from django.utils import translation

from courses.models.checks import AtField


@dataclass(frozen=True)
class Broken:
    """A row of `factory` with `given`, beside another row if need be, and what then breaks it."""

    factory: Callable[..., Any]
    changes: Mapping[str, Any]
    given: Mapping[str, Any] = field(default_factory=dict)
    beside: Callable[[Any], object] = lambda row: None

    def row(self) -> Model:
        """A row that is not in the database; all that it refers to is."""
        row = self.factory(**self.given)
        type(row)._base_manager.filter(pk=row.pk).delete()
        self.beside(row)
        row.pk, row._state.adding = None, True
        for name, value in self.changes.items():
            setattr(row, name, value)
        return row


def constraint(model: type[Model], name: str) -> BaseConstraint:
    return next(c for c in model._meta.constraints if c.name == name)


def assert_database_refuses(broken: Broken, name: str) -> None:
    row = broken.row()
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        row.save_base(raw=True, force_insert=True)  # as bulk_create: no save() of its own
    assert names(refused.value, row, name), refused.value


def names(error: IntegrityError, row: Model, name: str) -> bool:
    """Both databases name a broken CHECK; for UNIQUE, SQLite names the columns or the index."""
    broken = constraint(type(row), name)
    columns = [f"{row._meta.db_table}.{column}" for column in getattr(broken, "fields", ())]
    return name in str(error) or bool(columns and all(c in str(error) for c in columns))


def assert_form_refuses(broken: Broken, name: str) -> None:
    """The message stands at its field, in the reader's language."""
    row = broken.row()
    rule = constraint(type(row), name)
    place = rule.at if isinstance(rule, AtField) else NON_FIELD_ERRORS
    for language in ("es", "en"):
        with translation.override(language):
            expected = rule.get_violation_error_message()
            with pytest.raises(ValidationError) as refused:
                row.validate_constraints()
            assert refused.value.message_dict == {place: [expected]}
            with pytest.raises(ValidationError) as refused:
                row.full_clean()
            assert place in refused.value.message_dict
