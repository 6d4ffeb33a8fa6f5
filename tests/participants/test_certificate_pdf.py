"""What is printed: looked at as text, and as the files that are attached."""

import json
import re

import pytest
from fontTools.ttLib import TTFont

from courses.typesetting import FOLDER
from participants.certificate_letters import undrawable
from participants.certificate_pdf import certificate_pdf
from participants.certifying import issue
from participants.models import Certificate, CertificateDesign
from tests.factories import (
    CertificateDesignFactory,
    DesignLogoFactory,
    NameConfirmationFactory,
    ProgramFactory,
    SignatoryFactory,
)
from tests.participants.certified import AFTER, closed_edition, person
from tests.participants.letters import png
from tests.pdf_text import OBJECT, pages_of, stream

pytestmark = pytest.mark.django_db

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 3"><rect width="9" height="3"/></svg>'
)
MILLIMETRE = 72 / 25.4
LONG_NAME = "Maximiliana Esperanza de los Milagros Ñahuincopa-Huamanchumo de Quispetúpac Yupanqui"


@pytest.fixture
def design():
    design = CertificateDesignFactory(title="Certificado", signatory=None)
    DesignLogoFactory(design=design, image=png(), image_format="png")
    SignatoryFactory(design=design, image=SVG, image_format="svg")
    SignatoryFactory(design=design, position=2, name="Luis Soto", post="Coordinador")
    return design


def issued(design, name="Ana Lía Ríos Ñahui", **fields) -> Certificate:
    who = person(closed_edition(**fields))
    NameConfirmationFactory(enrollment=who, name=name)
    return Certificate.objects.select_related("design").get(
        pk=issue(who, design, by=None, at=AFTER).pk
    )


def text_of(pdf: bytes) -> str:
    (page,) = pages_of(pdf)
    return " ".join(page.split())


def parts_of(pdf: bytes) -> list[bytes]:
    return [body for _number, body in OBJECT.findall(pdf) if b"/FlateDecode" in body[:400]]


def attached(pdf: bytes) -> list[bytes]:
    return [stream(body) for _number, body in OBJECT.findall(pdf) if b"/EmbeddedFile" in body[:400]]


def test_all_that_is_certified_is_printed(design):
    certificate = issued(design)
    facts, pdf = certificate.facts, certificate_pdf(certificate)
    text = text_of(pdf)
    for name in ("title", "lead", "name", "number", "code", "text", "place_and_day"):
        assert facts[name] in text, name
    assert facts["issuer"].upper() in text
    assert all(part in text for part in ("Rosa Quispe", "Directora", "Luis Soto", "Coordinador"))
    assert "localhost:8000/v/" in text


def test_same_certificate_makes_the_same_bytes_whatever_changed_since(design):
    certificate = issued(design)
    first = certificate_pdf(certificate)
    participant = certificate.enrollment.participant
    participant.given_names = "Otra"
    participant.save()
    again = Certificate.objects.select_related("design").get()
    assert certificate_pdf(again) == first
    assert first != certificate_pdf(issued(design))


def test_document_is_made_to_be_kept_and_carries_what_was_signed(design):
    certificate = issued(design)
    pdf = certificate_pdf(certificate)
    assert re.search(rb'pdfaid:part[="> ]+3', pdf)
    assert re.search(rb'pdfaid:conformance[="> ]+A', pdf)
    assert certificate.facts_text.encode() in attached(pdf)
    assert certificate.signature.encode() in attached(pdf)


def test_long_names_and_titles_stay_on_one_page(design):
    title = "Programa de formación para la atención de niñas, niños y adolescentes " * 3
    program = ProgramFactory(title_es=title.strip())
    certificate = issued(design, LONG_NAME, program=program)
    text = text_of(certificate_pdf(certificate)).replace(" ", "")
    assert LONG_NAME.replace(" ", "") in text
    assert program.title_es.replace(" ", "") in text


def test_long_posts_of_signatories_stay_above_the_code(design):
    post = "Directora General de la Escuela Nacional de Salud Pública del Ministerio de Salud "
    names = {"name": ("Rosa Quispe " * 7)[:80].strip(), "post": (post * 2)[:120].strip()}
    for position in range(3, 5):
        SignatoryFactory(design=design, position=position)
    design.signatories.update(**names)
    pdf = certificate_pdf(issued(design))
    (content,) = [drawn for drawn in map(stream, parts_of(pdf)) if b"\nBT" in drawn]
    lines = re.findall(rb"q 1 0 0 -1 ([\d.]+) ([\d.]+) cm[^\n]*\nBT", content)
    low = [float(left) for left, up in lines if float(up) < (16 + 22) * MILLIMETRE]
    assert len(low) == 3
    assert all(left > (24 + 22) * MILLIMETRE for left in low)


def test_in_english_all_is_english(design):
    CertificateDesign.objects.update(
        language="en", title="Certificate", body="{program}, {ends_on}"
    )
    certificate = issued(CertificateDesign.objects.get())
    text = text_of(certificate_pdf(certificate))
    assert "Training program, 29 March 2026" in text
    assert "Lima, 11 April 2026" in text
    assert "Verify" in text


def test_changed_design_is_not_printed_as_if_it_were_the_old_one(design):
    certificate = issued(design)
    design.signatories.filter(position=2).update(name="Otra persona")
    with pytest.raises(ValueError, match="was changed"):
        certificate_pdf(certificate)


def test_list_of_what_can_be_drawn_is_that_of_the_typefaces():
    fonts = [TTFont(path) for path in (FOLDER / "fonts").glob("*.?tf")]
    assert len(fonts) == 5
    drawn = set.intersection(*(set(font.getBestCmap()) for font in fonts))
    everything = "".join(map(chr, range(0xD800)))
    assert set(everything) - set(undrawable(everything)) == {chr(each) for each in drawn}


def test_facts_are_canonical(design):
    text = issued(design).facts_text
    again = json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert again == text
