import base64
import json
import shutil
import subprocess

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from participants.certificate_facts import canonical
from participants.certificate_files import CertificateFile, keys_in
from participants.certificate_pdf import FACTS_FILE, SIGNATURE_FILE, certificate_pdf
from participants.certificate_signing import (
    is_genuine,
    key_id,
    new_key,
    public_keys,
    read_public_key,
    sign,
)
from participants.certifying import issue
from tests.factories import CertificateDesignFactory
from tests.participants.certified import AFTER, closed_edition, person


@pytest.fixture
def certificate(db):
    return issue(person(closed_edition()), CertificateDesignFactory(), by=None, at=AFTER)


@pytest.fixture
def pdf(certificate, tmp_path):
    path = tmp_path / "certificado.pdf"
    path.write_bytes(certificate_pdf(certificate))
    return path


def test_any_other_fact_breaks_the_signature(certificate):
    assert is_genuine(certificate.facts_text, certificate.signature, public_keys())
    facts = json.loads(certificate.facts_text)
    for name, value in facts.items():
        other = value + 1 if isinstance(value, int) else f"{value} "
        changed = canonical(facts | {name: other})
        assert not is_genuine(changed, certificate.signature, public_keys()), name
    without = canonical({name: value for name, value in facts.items() if name != "name"})
    assert not is_genuine(without, certificate.signature, public_keys())


@pytest.mark.parametrize("signature", ["", "no", "ñ", "A" * 86 + "=="])
def test_what_is_no_signature_is_not_genuine(certificate, signature):
    assert not is_genuine(certificate.facts_text, signature, public_keys())


def test_replaced_key_still_verifies_once_it_is_named(certificate, settings, client):
    earlier = base64.b64encode(next(iter(public_keys().values())).public_bytes_raw()).decode()
    settings.CERTIFICATE_SIGNING_KEY, public = new_key()
    assert not is_genuine(certificate.facts_text, certificate.signature, public_keys())
    settings.CERTIFICATE_EARLIER_KEYS = [earlier]
    assert is_genuine(certificate.facts_text, certificate.signature, public_keys())
    assert next(iter(public_keys())) == key_id(read_public_key(public))
    published = client.get("/.well-known/certificate-keys.pem").content.decode()
    assert all(f"# {name}\n" in published for name in public_keys())
    assert is_genuine(certificate.facts_text, certificate.signature, keys_in(published))
    assert certificate.facts["key"] == key_id(read_public_key(earlier))


def test_key_that_is_none_is_said(settings):
    settings.CERTIFICATE_SIGNING_KEY = "short"
    with pytest.raises(ImproperlyConfigured):
        sign("x")


def test_deployment_without_a_key_is_warned_of(settings, db):
    def found() -> set[str]:
        return {each.id for each in run_checks(include_deployment_checks=True)}

    assert "participants.W001" not in found()
    settings.CERTIFICATE_SIGNING_KEY = ""
    assert "participants.W001" in found()
    assert public_keys() == {}


def test_pdf_is_verified_without_the_database(pdf, capsys, client, tmp_path):
    call_command("verify_certificate", pdf)
    assert "Genuine." in capsys.readouterr().out
    keys = tmp_path / "keys.pem"
    keys.write_bytes(client.get("/.well-known/certificate-keys.pem").content)
    folder = tmp_path / "a" / "new one"
    call_command("verify_certificate", pdf, keys=keys, extract=folder)
    assert "hours: 96" in capsys.readouterr().out
    assert {each.name for each in folder.iterdir()} == {FACTS_FILE, SIGNATURE_FILE}
    with pytest.raises(CommandError):
        call_command("verify_certificate", pdf, keys=tmp_path / "none.pem")


def test_pdf_with_other_facts_is_not_genuine(certificate, pdf, capsys):
    certificate.facts_text = certificate.facts_text.replace('"hours":96', '"hours":960')
    pdf.write_bytes(certificate_pdf(certificate))
    with pytest.raises(SystemExit) as ended:
        call_command("verify_certificate", pdf)
    assert ended.value.code == 1
    assert "NOT GENUINE" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 none"])
def test_another_file_is_refused(content, tmp_path):
    with pytest.raises(ValueError, match="no PDF"):
        CertificateFile.of_pdf(content)
    path = tmp_path / "x.pdf"
    path.write_bytes(content)
    with pytest.raises(CommandError):
        call_command("verify_certificate", path)


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_openssl_verifies_what_the_pdf_carries(pdf, client, tmp_path):
    """The commands are those of docs/certificates.md."""
    call_command("verify_certificate", pdf, extract=tmp_path)
    (tmp_path / "keys.pem").write_bytes(client.get("/.well-known/certificate-keys.pem").content)

    def verified() -> bool:
        decode = ["openssl", "base64", "-d", "-A", "-in", SIGNATURE_FILE, "-out", "signature.bin"]
        subprocess.run(decode, cwd=tmp_path, check=True)
        verify = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "keys.pem", "-rawin"]
        verify += ["-in", FACTS_FILE, "-sigfile", "signature.bin"]
        return subprocess.run(verify, cwd=tmp_path, capture_output=True).returncode == 0

    assert verified()
    facts = tmp_path / FACTS_FILE
    facts.write_text(facts.read_text().replace('"hours":96', '"hours":97'))
    assert not verified()


def test_new_key_signs(capsys, settings):
    call_command("new_certificate_key")
    private, public = (line.rpartition(" ")[2] for line in capsys.readouterr().out.splitlines())
    settings.CERTIFICATE_SIGNING_KEY = private.partition("=")[2]
    assert is_genuine("x", sign("x"), {"": read_public_key(public)})
    with pytest.raises(ValueError, match="padding"):
        read_public_key("xx")
