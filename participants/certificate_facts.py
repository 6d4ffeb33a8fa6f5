"""What a certificate says, written down once, as text that can be signed: canonical JSON.

Keys sorted, no space between, UTF-8, names in Unicode's composed form: the same facts are the same
bytes. Everything that is printed is in it, or in the design whose digest is in it.
"""

import datetime as dt
import hashlib
import json
import unicodedata
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override

from courses.models import Cohort
from participants.certificate_codes import grouped, verification_address
from participants.models import CertificateDesign, Enrollment, PersonalData

FORMAT = "certificate-1"


@dataclass(frozen=True, slots=True)
class Draft:
    """A certificate that may be issued and has no number yet."""

    cohort: Cohort
    name: str
    document: str
    hours: int
    starts_on: dt.date
    ends_on: dt.date
    enrollment: Enrollment | None = None


def facts_of(
    draft: Draft, design: CertificateDesign, digest: str, *, number: str, code: str, at: dt.datetime
) -> dict[str, Any]:
    """`digest` is the design's; the cohort comes with its program."""
    local = timezone.localtime(at, timezone.get_default_timezone())
    with override(design.language):
        program = draft.cohort.program.title
        text = design.body.format(
            program=program,
            edition=draft.cohort.code,
            starts_on=written_day(draft.starts_on, design.language),
            ends_on=written_day(draft.ends_on, design.language),
            hours=draft.hours,
            document=draft.document,
        )
        issued_on = written_day(local.date(), design.language)
    return {
        "format": FORMAT,
        "number": number,
        "code": grouped(code),
        "address": verification_address(code),
        "kind": design.kind,
        "recipient": design.recipient,
        "language": design.language,
        "issuer": design.issuer,
        "title": design.title,
        "lead": design.lead,
        "name": composed(draft.name),
        "document": draft.document,
        "text": composed(text),
        "program": program,
        "edition": draft.cohort.code,
        "starts_on": draft.starts_on.isoformat(),
        "ends_on": draft.ends_on.isoformat(),
        "hours": draft.hours,
        "place_and_day": f"{design.place}, {issued_on}",
        "issued_at": at.astimezone(dt.UTC).replace(microsecond=0).isoformat(),
        "design": {"name": design.name, "version": design.version, "sha256": digest},
    }


def canonical(facts: dict[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def design_digest(design: CertificateDesign) -> str:
    """Of all that is printed of the design, its images too. Two queries."""
    parts = {
        "language": design.language,
        "logos": [_image_facts(logo) | {"name": logo.institution} for logo in design.logos.all()],
        "signatories": [
            _image_facts(each) | {"name": each.name, "post": each.post}
            for each in design.signatories.all()
        ],
    }
    return hashlib.sha256(canonical(parts).encode()).hexdigest()


def masked(person: PersonalData) -> str:
    """The kind of document and its end: enough to tell two of one name apart."""
    return f"{person.get_document_type_display()} {person.masked_document}"


def written_day(day: dt.date, language: str) -> str:
    """For example 8 de noviembre de 2021, or 8 November 2021."""
    with override(language):
        return date_format(day, r"j \d\e F \d\e Y" if language == "es" else "j F Y")


def composed(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _image_facts(row: Any) -> dict[str, Any]:
    content = bytes(row.image)
    digest = hashlib.sha256(content).hexdigest() if content else ""
    return {"position": row.position, "format": row.image_format, "sha256": digest}
