"""Every address that the resolver knows, under a key to write down, and how it answers to whom."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

# The tutor's group is the participant's; the others are of the other group of the same edition.
ROLES = [
    "anonymous",
    "coordinator",
    "tutor",
    "other_tutor",
    "participant",
    "other_participant",
    "no_role",
]
OWN_APPS = ("courses", "participants", "tutors", "trainingprog")


@dataclass(frozen=True)
class Address:
    """`name` has its namespace; it is empty where the route has none. `fields` are captured."""

    name: str
    route: str
    fields: tuple[str, ...]
    view: Any

    @property
    def key(self) -> str:
        """`tutors:register(pk, group_pk)`; a name may have several routes."""
        fields = f"({', '.join(self.fields)})" if self.fields else ""
        return f"{self.name or self.route}{fields}"

    @property
    def is_own(self) -> bool:
        return self.view.__module__.split(".")[0] in OWN_APPS

    @property
    def is_admins(self) -> bool:
        """Made by the admin, of a model or for the whole; not a page of ours that lies inside."""
        of_model = not self.name and self.route.startswith("admin/") and self.fields
        return self.name.startswith("admin:") or bool(of_model)

    def path(self, values: dict[str, Any]) -> str:
        return reverse(self.name, kwargs={name: values[name] for name in self.fields})


@cache
def addresses() -> tuple[Address, ...]:
    return tuple(walk(get_resolver()))


def walk(resolver: URLResolver, namespace: str = "", start: str = "") -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        route = start + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from walk(pattern, inner, route)
        else:
            assert isinstance(pattern, URLPattern)
            fields = tuple(pattern.pattern.regex.groupindex)
            name = f"{namespace}{pattern.name}" if pattern.name else ""
            yield Address(name, route, fields, pattern.callback)


def send(client: Client, method: str, path: str) -> HttpResponse:
    """What the request changes is undone: the next one finds everything as it was."""
    with transaction.atomic():
        response = getattr(client, method.lower())(path)
        transaction.set_rollback(True)
    return response


def answer(response: HttpResponse) -> str:
    if response.status_code == 302:
        path = urlsplit(response.headers["Location"]).path
        if path in (reverse("account_login"), reverse("admin:login")):
            return "login"
    return str(response.status_code)
