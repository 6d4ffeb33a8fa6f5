"""Those who work with an edition, each in a browser."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from django.test import Client

from trainingprog.bench.editions import Edition
from trainingprog.bench.measuring import UnexpectedAnswer, body
from trainingprog.models import User


class Browser:
    """A client over HTTPS that takes compressed answers, logged in or not."""

    def __init__(self, user: User | None = None) -> None:
        host = next((host for host in settings.ALLOWED_HOSTS if host != "*"), "localhost")
        self.client = Client(SERVER_NAME=host.lstrip("."), HTTP_ACCEPT_ENCODING="gzip, deflate, br")
        if user is not None:
            self.client.force_login(user)

    def get(self, path: str, **headers: str) -> HttpResponseBase:
        return self.client.get(path, headers=headers, secure=True)

    def post(self, path: str, fields: dict[str, Any]) -> HttpResponseBase:
        return self.client.post(path, fields, secure=True)

    def page(self, path: str) -> bytes:
        """The page uncompressed, to read it."""
        response = self.get(path, accept_encoding="identity")
        if response.status_code != 200:
            raise UnexpectedAnswer(f"{path}: {response.status_code} and not 200.")
        return body(response)


@dataclass(frozen=True)
class Work:
    """An edition and the browsers of those who work with it."""

    edition: Edition
    anyone: Browser
    coordinator: Browser
    tutor: Browser
    participant: Browser

    @classmethod
    def on(cls, edition: Edition) -> "Work":
        people = (edition.coordinator, edition.tutor, edition.participant)
        return cls(edition, Browser(), *map(Browser, people))
