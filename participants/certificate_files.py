"""A certificate as a file, verified with nothing but the public keys: no database, no network."""

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from participants.certificate_facts import FORMAT
from participants.certificate_signing import is_genuine, read_public_key

_OBJECT = re.compile(rb"\d+ 0 obj\s*(<<.*?>>)\s*stream\r?\n(.*?)\r?\nendstream", re.S)
_SIGNATURE = re.compile(r"[A-Za-z0-9+/]{86}==")
_KEY = re.compile(r"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.S)
MOST_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class CertificateFile:
    """What a PDF of ours carries: the text that was signed, and the signature."""

    facts_text: str
    signature: str

    @classmethod
    def of_pdf(cls, pdf: bytes) -> "CertificateFile":
        """Raises ValueError where the two are not in it."""
        texts = list(_attached(pdf))
        facts = [text for text in texts if _is_facts(text)]
        signatures = [text for text in texts if _SIGNATURE.fullmatch(text)]
        if len(facts) != 1 or len(signatures) != 1:
            raise ValueError("This is no PDF of a certificate.")
        return cls(facts[0], signatures[0])

    @property
    def facts(self) -> dict[str, Any]:
        return json.loads(self.facts_text)

    def is_genuine(self, keys: Mapping[str, Ed25519PublicKey]) -> bool:
        return is_genuine(self.facts_text, self.signature, keys)


def keys_in(text: str) -> dict[str, Ed25519PublicKey]:
    """The keys of a file as the site publishes them."""
    found = [read_public_key(pem) for pem in _KEY.findall(text)]
    return {str(number): key for number, key in enumerate(found, 1)}


def _attached(pdf: bytes) -> Iterator[str]:
    for head, body in _OBJECT.findall(pdf):
        if b"/EmbeddedFile" not in head:
            continue
        if b"/FlateDecode" in head:
            body = zlib.decompressobj().decompress(body, MOST_BYTES)
        yield body.decode(errors="replace")


def _is_facts(text: str) -> bool:
    try:
        read = json.loads(text)
    except ValueError:
        return False
    return isinstance(read, dict) and read.get("format") == FORMAT
