"""Looking a certificate up by its code, as anyone may: how often, and what is told.

Told is what the paper says of itself, so that a forged one is seen, and no more: neither document
nor facility, nor why it was revoked.
"""

import datetime as dt
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from participants.models import Certificate, CertificateLookup, Recipient

logger = logging.getLogger(__name__)
MINUTE = 60
WAITS_MS = 500


@dataclass(frozen=True, slots=True)
class PublicFacts:
    name: str
    program: str
    kind: str
    is_tutors: bool
    starts_on: dt.date
    ends_on: dt.date
    hours: int
    is_revoked: bool
    is_replaced: bool


def public_facts(code: str) -> PublicFacts | None:
    """Of a code that `read_code` gave; one query. None: no certificate has it."""
    found = Certificate.objects.filter(code=code).first()
    if found is None:
        return None
    facts = found.facts
    return PublicFacts(
        name=facts["name"],
        program=facts["program"],
        kind=facts["kind"],
        is_tutors=facts["recipient"] == Recipient.TUTORS,
        starts_on=dt.date.fromisoformat(facts["starts_on"]),
        ends_on=dt.date.fromisoformat(facts["ends_on"]),
        hours=facts["hours"],
        is_revoked=found.is_revoked,
        is_replaced=found.replaced_by_id is not None,
    )


# One statement, so that of two at once both are counted.
COUNT_ONE = """
    INSERT INTO participants_certificatelookup AS counted (visitor, minute, count)
    VALUES (%s, %s, 1)
    ON CONFLICT (visitor, minute) DO UPDATE SET count = counted.count + 1
    RETURNING count
"""


def asks_too_often(request: HttpRequest) -> bool:
    """Counted for each address of the network and minute, by all workers together: one query, and
    another for the first of a minute, which forgets the minutes before.

    Who cannot be counted, as the database takes no writing, is let through: a certificate can
    always be verified. No request is one transaction, so that what fails here fails alone."""
    visitor = salted_hmac(__name__, get_ip(request), algorithm="sha256").hexdigest()
    minute = int(time.time()) // MINUTE
    try:
        with connection.cursor() as cursor, _waiting_shortly():
            cursor.execute(COUNT_ONE, [visitor, minute])
            [(count,)] = cursor.fetchall()
            if count == 1:
                CertificateLookup.objects.filter(minute__lt=minute).delete()
    except DatabaseError as error:
        # One line, as a database may be read-only for days.
        logger.warning(
            "A look-up of a certificate was not counted: %s", " ".join(str(error).split())
        )
        return False
    return bool(count > settings.CERTIFICATE_LOOKUPS_A_MINUTE)


@contextmanager
def _waiting_shortly() -> Iterator[None]:
    """SQLite has one writer at a time: behind a long one no worker is held up. Asked of the driver,
    as it reads no table."""
    if connection.vendor != "sqlite":
        yield
        return
    driver = connection.connection
    [(usual,)] = driver.execute("PRAGMA busy_timeout").fetchall()
    driver.execute(f"PRAGMA busy_timeout = {WAITS_MS}").close()
    try:
        yield
    finally:
        driver.execute(f"PRAGMA busy_timeout = {usual}").close()
