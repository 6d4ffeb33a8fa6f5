"""Signatures of certificates: Ed25519 over the text of the facts, and the keys to verify them.

A certificate stays valid when the key is replaced, and after this site is gone: whoever kept the
public key needs nothing else (docs/certificates.md).
"""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.utils.translation import gettext as _


def sign(text: str) -> str:
    """In base64. Refused: "no_key", where the site has none."""
    key = _private_key(settings.CERTIFICATE_SIGNING_KEY)
    if key is None:
        raise ValidationError(
            _("This site has no key to sign certificates with: tell who looks after it."),
            code="no_key",
        )
    return base64.b64encode(key.sign(text.encode())).decode()


def is_genuine(text: str, signature: str, keys: Mapping[str, Ed25519PublicKey]) -> bool:
    """Whether one of the keys made the signature of just this text."""
    try:
        raw = base64.b64decode(signature, validate=True)
    except ValueError:
        return False
    return any(_made(key, raw, text.encode()) for key in keys.values())


def current_key_id() -> str:
    """Of the key that signs now; empty without one."""
    key = _private_key(settings.CERTIFICATE_SIGNING_KEY)
    return key_id(key.public_key()) if key else ""


def public_keys() -> dict[str, Ed25519PublicKey]:
    """By id: of the key that signs now, and those of before that the site still publishes."""
    found = [read_public_key(pem) for pem in settings.CERTIFICATE_EARLIER_KEYS]
    if key := _private_key(settings.CERTIFICATE_SIGNING_KEY):
        found.insert(0, key.public_key())
    return {key_id(each): each for each in found}


def key_id(key: Ed25519PublicKey) -> str:
    """The beginning of the SHA-256 of the key's 32 bytes."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def pem(key: Ed25519PublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def read_public_key(text: str) -> Ed25519PublicKey:
    """Of PEM, or of its 32 bytes in base64, as settings have it. ValueError where it is neither."""
    if "BEGIN" in text:
        key = load_pem_public_key(text.encode())
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("This is no Ed25519 key.")
        return key
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))


def new_key() -> tuple[str, str]:
    """A private key as settings have it, and its public one: 32 bytes each, in base64."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(private).decode(), base64.b64encode(public).decode()


@cache
def _private_key(text: str) -> Ed25519PrivateKey | None:
    if not text:
        return None
    try:
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(text, validate=True))
    except ValueError as error:
        raise ImproperlyConfigured(
            "CERTIFICATE_SIGNING_KEY must be 32 bytes in base64: manage.py new_certificate_key"
            " makes one."
        ) from error


def _made(key: Ed25519PublicKey, signature: bytes, text: bytes) -> bool:
    try:
        key.verify(signature, text)
    except InvalidSignature:
        return False
    return True
