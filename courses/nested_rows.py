"""What belongs to a row, read in the query of the row itself."""

import datetime as dt
from typing import Any

from django.db.models import Func, JSONField, QuerySet, Subquery
from django.db.models.sql.compiler import SQLCompiler


class NestedRows(Subquery):
    """Of `rows`, which name the outer row by an OuterRef, the values of `fields`: a list of lists.

    Without an order. Whole numbers, text and None come as they are, decimals as floats, what is
    true or not perhaps as 1 or 0, moments as text for `moment`. Of thousands of rows this costs
    no more than a query of their own.
    """

    output_field = JSONField()

    def __init__(self, rows: QuerySet[Any], *fields: str) -> None:
        super().__init__(rows.order_by().values(nested=_All(_One(*fields))))


class _One(Func):
    """Django's JSONArray first asks SQLite, in a transaction, whether it knows JSON."""

    function = "JSON_ARRAY"
    output_field = JSONField()

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSONB_BUILD_ARRAY", **extra)


class _All(Func):
    """As one array, an empty one where there are none."""

    function = "JSON_GROUP_ARRAY"
    output_field = JSONField()

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **extra: Any) -> Any:
        template = "COALESCE(JSONB_AGG(%(expressions)s), '[]')"
        return self.as_sql(compiler, connection, template=template, **extra)


def moment(text: str) -> dt.datetime:
    """SQLite's text is in UTC and does not say so; PostgreSQL's says it."""
    found = dt.datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
