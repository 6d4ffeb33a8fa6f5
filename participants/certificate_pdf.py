"""The PDF of a certificate: made on demand of its facts and its design, always the same bytes.

PDF/A-3, to be kept and read for decades; what was signed and its signature are attached to it.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import override
from typst import TypstError

from courses.models import Cohort, Program
from courses.typesetting import drawn_image, qr_drawing, typeset
from participants.certificate_facts import Draft, design_digest, facts_of
from participants.models import (
    Certificate,
    CertificateDesign,
    DesignImage,
    DesignLogo,
    Signatory,
)

FACTS_FILE = "certificate.json"
SIGNATURE_FILE = "certificate.json.sig"


def certificate_pdf(certificate: Certificate) -> bytes:
    """Two queries, for the images of its design, which comes with it; none for the next of it."""
    design, facts = certificate.design, certificate.facts
    prefetch_related_objects([design], "logos", "signatories")
    if design_digest(design) != facts["design"]["sha256"]:
        raise ValueError(f"The design of certificate {certificate.full_number} was changed.")
    with override(design.language):
        data = sheet_of(facts, design.logos.all(), design.signatories.all())
        data["files"] = [
            _file(FACTS_FILE, certificate.facts_text, "application/json", _("What is certified")),
            _file(SIGNATURE_FILE, certificate.signature, "text/plain", _("Signature of it")),
        ]
    return typeset("certificate.typ", data, at=certificate.issued_at, standard="a-3a")


def sample_pdf(design: CertificateDesign, *, at: dt.datetime) -> bytes:
    """With invented facts and a code that is none; the design comes with its program."""
    return _sample(design, design.logos.all(), design.signatories.all(), at=at)


def refuse_unprintable(design: CertificateDesign, *, at: dt.datetime) -> None:
    """Raises ValidationError, "unprintable", before the first is issued of a design that no PDF can
    be made of: afterwards it could not be mended any more."""
    if design.is_used:
        return
    try:
        sample_pdf(design, at=at)
    except TypstError as error:
        raise ValidationError(
            _("No PDF can be made of the design “%(design)s”: change its images.")
            % {"design": design},
            code="unprintable",
        ) from error


def can_be_printed(content: bytes, image_format: str) -> bool:
    """Whether a certificate can hold the image, as a logo and as a signature: PDF/A holds less than
    other PDFs do."""
    image = {"image": content, "image_format": image_format}
    design = CertificateDesign(**dict.fromkeys(("issuer", "title", "lead", "body", "place"), "-"))
    try:
        _sample(
            design,
            [DesignLogo(institution="-", **image)],
            [Signatory(name="-", post="-", **image)],
            at=dt.datetime(2000, 1, 1, tzinfo=dt.UTC),
        )
    except TypstError:
        return False
    return True


def _sample(
    design: CertificateDesign,
    logos: Iterable[DesignLogo],
    signatories: Iterable[Signatory],
    *,
    at: dt.datetime,
) -> bytes:
    with override(design.language):
        program = design.program or Program(
            title_es="Programa de muestra", title_en="Sample program"
        )
        cohort = Cohort(program=program, code="2026-0")
        day = at.date()
        draft = Draft(
            cohort=cohort,
            name=_("SAMPLE María Fernanda Ñahui Quispe"),
            document="DNI •••••678",
            hours=design.fixed_hours or 96,
            starts_on=day - dt.timedelta(weeks=18),
            ends_on=day,
        )
        facts = facts_of(draft, design, "", number="0000-0000", code="0" * 16, at=at)
        data = sheet_of(facts, logos, signatories)
    return typeset("certificate.typ", data, at=at, standard="a-3a")


def sheet_of(facts: dict[str, Any], logos: Any, signatories: Any) -> dict[str, Any]:
    """In the language that is active."""
    return {
        "facts": facts,
        "files": [],
        "logos": [{"name": logo.institution, "svg": _svg(logo)} for logo in logos if logo.image],
        "signatories": [
            {
                "name": each.name,
                "post": each.post,
                "svg": _svg(each),
                "alt": _("Signature of %(name)s") % {"name": each.name},
            }
            for each in signatories
        ],
        "qr": qr_drawing(facts["address"]),
        "shown_address": facts["address"].partition("://")[2].partition("/v/")[0] + "/v/",
        "words": {"scan": _("To verify it"), "number": _("No."), "verify": _("Verify it at")},
    }


def _svg(row: DesignImage) -> str:
    return drawn_image(bytes(row.image), row.image_format) if row.image else ""


def _file(name: str, content: str, kind: str, description: str) -> dict[str, str]:
    return {"name": name, "content": content, "type": kind, "description": description}
