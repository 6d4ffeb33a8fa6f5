"""The code of a certificate: cannot be guessed, and one letter wrong or two swapped are seen.

Sixteen letters and digits, of 31 that nobody takes for another (no 0 O 1 I L). Fifteen are random,
74 bits. The last makes the sum of all, weighted with the powers of 3, a multiple of 31: 31 is prime
and 3 is a primitive root of it, so that all weights differ and none is 0. One sign wrong or any two
that changed places then never leave a multiple.
"""

import re
import secrets

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 16
GROUP = 4


def new_code() -> str:
    drawn = "".join(secrets.choice(ALPHABET) for _place in range(LENGTH - 1))
    return drawn + _check_sign(drawn)


def grouped(code: str) -> str:
    """As it is printed and read aloud: in groups of four."""
    return "-".join(code[place : place + GROUP] for place in range(0, len(code), GROUP))


def read_code(text: str) -> str:
    """The code as it is kept, of however it was typed: in small letters, with spaces or hyphens.

    Raises ValidationError, "length" or "mistyped", where it is nobody's.
    """
    code = re.sub(r"[\s\-\u2010-\u2015.]", "", text).upper()
    if len(code) != LENGTH:
        raise ValidationError(
            _("A code has %(length)d letters and digits.") % {"length": LENGTH}, code="length"
        )
    if set(code) - set(ALPHABET) or code[-1] != _check_sign(code[:-1]):
        raise ValidationError(
            _("A letter or digit of the code is wrong. It has no 0, O, 1, I nor L."),
            code="mistyped",
        )
    return code


def verification_address(code: str) -> str:
    """The public page of the certificate, as its QR has it: on paper, and never to change."""
    return f"{settings.SITE_URL}/v/{grouped(code)}"


def _check_sign(drawn: str) -> str:
    """The last sign has the weight 1."""
    total = 0
    for sign in drawn:
        total = (total + ALPHABET.index(sign)) * 3
    return ALPHABET[-total % len(ALPHABET)]
