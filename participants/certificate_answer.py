"""A certificate as a file to keep, made when it is asked for."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from participants.certificate_pdf import certificate_pdf
from participants.models import Certificate

PDF = "application/pdf"


def pdf_answer(certificate: Certificate) -> HttpResponse:
    """Its design comes with it."""
    return HttpResponse(
        certificate_pdf(certificate),
        content_type=PDF,
        headers={
            "Content-Disposition": content_disposition_header(True, file_name(certificate)) or "",
            "Cache-Control": "private, no-store",
        },
    )


def file_name(certificate: Certificate) -> str:
    """In Spanish or in English as its design; no name of a person is in it."""
    word = certificate.kind
    if certificate.design.language == "es" and word == "certificate":
        word = "certificado"
    return f"{word}-{certificate.full_number}.pdf"
