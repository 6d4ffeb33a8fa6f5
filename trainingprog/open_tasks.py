"""A task of an edition, how it stands and where it is done; and which comes next."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Task:
    """`is_open` marks what still has to be done; `links` lead to where it is."""

    title: str
    standing: str
    is_open: bool
    links: tuple[Link, ...]


def next_task(tasks: tuple[Task, ...]) -> Task | None:
    """The first that is open; an edition is taken out of its draft once nothing else is."""
    data, *others = tasks
    return next((task for task in (*others, data) if task.is_open), None)


def admin_url(label: str, page: str, *args: Any) -> str:
    app, model = label.split(".")
    return reverse(f"admin:{app}_{model}_{page}", args=args)


def list_url(label: str, **filters: Any) -> str:
    query = QueryDict(mutable=True)
    query.update({name: str(value) for name, value in filters.items()})
    return f"{admin_url(label, 'changelist')}?{query.urlencode()}"
