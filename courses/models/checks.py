"""What several models share: constraints whose message stands at its field, and their cohort."""

from collections.abc import Sequence
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint, F, Model, Q, UniqueConstraint
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class AtField:
    """Django puts a constraint's message above the form; this puts it at the field named by `at`.

    `at` is one of the constraint's own fields: a constraint of which the form lacks a field is not
    validated, so the message always has its place. Migrations know it as Django's own constraint.
    """

    def __init__(self, *args: Any, at: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = at

    def validate(self, model: type[Model], instance: Model, *args: Any, **kwargs: Any) -> None:
        try:
            super().validate(model, instance, *args, **kwargs)  # type: ignore[misc]
        except ValidationError as error:
            raise ValidationError({self.at: error}) from error

    def deconstruct(self) -> Any:
        _own_path, args, kwargs = super().deconstruct()  # type: ignore[misc]
        django = CheckConstraint if isinstance(self, CheckConstraint) else UniqueConstraint
        return f"django.db.models.{django.__name__}", args, kwargs

    def clone(self) -> Self:
        _path, args, kwargs = self.deconstruct()
        return type(self)(*args, at=self.at, **kwargs)


class Check(AtField, CheckConstraint):
    """A CheckConstraint that holds where it is NULL, as in SQL: what may be empty says so."""


class Unique(AtField, UniqueConstraint):
    pass


def percent(model: str, field: str) -> Check:
    return Check(
        at=field,
        condition=Q(**{f"{field}__range": (0, 100)}),
        name=f"{model}_{field}_0_to_100",
        violation_error_message=_("A percentage lies between 0 and 100."),
    )


def ends_after_start(model: str, start: str, end: str) -> Check:
    """The end may be the start's own day, or not be known yet."""
    return Check(
        at=end,
        condition=Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gte": F(start)}),
        name=f"{model}_{end}_not_before_{start}",
        violation_error_message=_("The end lies before the start."),
    )


def from_one(model: str, field: str, message: Promise) -> Check:
    return Check(
        at=field,
        condition=Q(**{f"{field}__gte": 1}),
        name=f"{model}_{field}_from_1",
        violation_error_message=message,
    )


def one_of(model: str, field: str, values: Sequence[Any]) -> Check:
    """Choices are checked by forms alone; this holds them in bulk writes and by hand too."""
    return Check(
        at=field,
        condition=Q(**{f"{field}__in": list(values)}),
        name=f"{model}_{field}_known",
        violation_error_message=_("Choose one of the values offered."),
    )


def refuse_another_cohort(row: Any) -> None:
    """Sessions, marks and people hang on the row, all of its cohort: it never moves to another."""
    if row._state.adding or row.cohort_id is None:
        return
    if type(row)._default_manager.filter(pk=row.pk).exclude(cohort=row.cohort_id).exists():
        raise ValidationError({"cohort": _("It stays in the edition in which it was made.")})
