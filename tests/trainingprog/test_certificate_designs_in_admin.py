import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from participants.models import CertificateDesign
from tests.factories import (
    CertificateDesignFactory,
    CertificateFactory,
    DesignLogoFactory,
    SignatoryFactory,
)
from tests.participants.letters import png
from tests.pdf_text import pages_of
from tests.trainingprog.admin_rows import submit, url_of

pytestmark = pytest.mark.django_db
ROW = "logos-0-"


@pytest.fixture
def client(coordinator, log_in):
    return log_in(coordinator)


@pytest.fixture
def design():
    return CertificateDesignFactory(name="Certificado 2026", signatory=None)


def upload(client, design, content=None, **fields):
    added = {"logos-TOTAL_FORMS": "1", "signatories-TOTAL_FORMS": "0"}
    added |= {f"{ROW}position": "1", f"{ROW}institution": "ENSAP", f"{ROW}id": ""}
    added |= {f"{ROW}design": str(design.pk)}
    if content is not None:
        added[f"{ROW}upload"] = SimpleUploadedFile("logo.png", content)
    return submit(client, url_of(CertificateDesign, "change", design.pk), **added | fields)


def test_logo_is_uploaded_and_kept_with_the_design(client, design):
    assert upload(client, design, png()).status_code == 302
    logo = design.logos.get()
    assert (bytes(logo.image), logo.image_format) == (png(), "png")


@pytest.mark.parametrize("content", [None, b"<html/>"])
def test_logo_without_an_image_is_refused_at_its_row(client, design, content):
    page = upload(client, design, content)
    assert page.status_code == 200
    assert not design.logos.exists()


def test_used_design_is_looked_at_and_made_anew(client, design):
    SignatoryFactory(design=design)
    CertificateFactory(design=design)
    path = url_of(CertificateDesign, "change", design.pk)
    assert client.post(path, {"name": "Otro"}).status_code == 403
    action = {"action": "make_new_version", "_selected_action": [design.pk]}
    made = client.post(url_of(CertificateDesign, "changelist"), action)
    newer = CertificateDesign.objects.usable().get()
    assert (made.status_code, made["Location"]) == (
        302,
        url_of(CertificateDesign, "change", newer.pk),
    )
    assert (newer.version, newer.signatories.count()) == (2, 1)
    assert upload(client, newer, **{"signatories-TOTAL_FORMS": "1"}).status_code == 200


def test_design_that_nobody_signs_says_so(client, design):
    page = url_of(CertificateDesign, "change", design.pk)
    assert "Nadie firma todavía este diseño" in client.get(page).content.decode()
    SignatoryFactory(design=design)
    assert "Nadie firma todavía este diseño" not in client.get(page).content.decode()


def test_design_is_taken_out_of_use(client, design):
    action = {"action": "retire_designs", "_selected_action": [design.pk]}
    assert client.post(url_of(CertificateDesign, "changelist"), action).status_code == 302
    assert not CertificateDesign.objects.usable().exists()


@pytest.mark.parametrize("language", ["es", "en"])
def test_sample_says_that_it_is_one(client, language):
    design = CertificateDesignFactory(language=language, body="{program}, {hours} h")
    DesignLogoFactory(design=design, image=png(), image_format="png")
    answer = client.get(reverse("certificate_sample", args=[design.pk]))
    assert answer["Content-Type"] == "application/pdf"
    (page,) = pages_of(answer.content)
    word = "MUESTRA" if language == "es" else "SAMPLE"
    assert f"{word} María" in page
    assert "96 h" in page
