"""A new installation has designs that lack but who signs; what became of them is left alone."""

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.urls import reverse

from participants.certificate_pdf import sample_pdf
from participants.certifying import issue
from participants.models import CertificateDesign, QuestionSet
from participants.standard_certificate_designs import install_certificate_designs
from tests.factories import CertificateDesignFactory, SignatoryFactory
from tests.participants.certified import AFTER, closed_edition, person
from tests.pdf_text import pages_of

pytestmark = pytest.mark.django_db


def test_each_kind_has_a_design_in_both_languages_and_again_adds_nothing():
    for _turn in range(2):
        call_command("set_up", verbosity=0)
    rows = CertificateDesign.objects.usable().values_list("kind", "recipient", "language")
    assert sorted(rows) == [
        ("certificate", "participants", "en"),
        ("certificate", "participants", "es"),
        ("constancia", "participants", "en"),
        ("constancia", "participants", "es"),
        ("constancia", "tutors", "en"),
        ("constancia", "tutors", "es"),
    ]
    last = CertificateDesign.objects.order_by("pk").last()
    assert last.language == "es"  # chosen first on the page that issues


def test_what_a_school_wrote_or_deleted_is_not_written_again(log_in, coordinator):
    own = CertificateDesignFactory(name="El nuestro")
    assert install_certificate_designs() == []
    path = reverse("admin:participants_certificatedesign_delete", args=[own.pk])
    assert log_in(coordinator).post(path, {"post": "yes"}).status_code == 302
    assert install_certificate_designs() == []
    assert not CertificateDesign.objects.exists()


def test_nothing_is_issued_before_somebody_signs():
    install_certificate_designs()
    design = CertificateDesign.objects.get(name="Certificado")
    who = person(closed_edition())
    with pytest.raises(ValidationError) as refused:
        issue(who, design, by=None, at=AFTER)
    assert refused.value.code == "unsigned"
    assert pages_of(sample_pdf(design, at=AFTER))
    SignatoryFactory(design=design)
    text = issue(who, design, by=None, at=AFTER).facts["text"]
    assert text.startswith("con documento DNI •••••")
    assert text.endswith("con una duración de 24 horas académicas.")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_set_up_twice_at_once_adds_everything_once(at_once):
    outcomes = at_once(lambda _turn: call_command("set_up", verbosity=0), 3)
    assert outcomes == [None] * 3
    assert CertificateDesign.objects.count() == 6
    assert QuestionSet.objects.count() == 4
