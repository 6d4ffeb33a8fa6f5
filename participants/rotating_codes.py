"""Codes that change every 30 seconds: made of a secret and the server's clock, never stored.

The same step of 30 seconds has a short code, to be typed, and a long one, for the link of the QR:
neither is the beginning of the other.
"""

import datetime as dt
import hmac

STEP = dt.timedelta(seconds=30)
# As long after it was last shown a code still counts: it was read in time and the line is slow.
GRACE = dt.timedelta(seconds=60)
# Without 0, O, 1 and I. Of 32 letters each takes five bits of the digest, none more likely.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
TYPED, LINKED = 6, 12


def step_at(at: dt.datetime) -> int:
    return int(at.timestamp() // STEP.total_seconds())


def step_ends_at(step: int) -> dt.datetime:
    """From this moment on the next code is shown."""
    return dt.datetime.fromtimestamp((step + 1) * STEP.total_seconds(), dt.UTC)


def code_of(secret: str, step: int, length: int = TYPED) -> str:
    digest = hmac.digest(secret.encode(), f"{length}.{step}".encode(), "sha256")
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:length])


def find_step(
    secret: str, code: str, *, since: dt.datetime, at: dt.datetime, length: int = TYPED
) -> int | None:
    """The latest step since then whose code it is; None for one that was never shown."""
    for step in range(step_at(at), step_at(since) - 1, -1):
        if hmac.compare_digest(code_of(secret, step, length).encode(), code.encode()):
            return step
    return None


def as_shown(written: str) -> str:
    """As someone writes it who reads it off a screen: in small letters, in two parts."""
    return "".join(letter for letter in written.upper() if letter.isalnum())[:LINKED]
