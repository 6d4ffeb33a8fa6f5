"""A tutor's own constancia: on the home, and as a file of nobody else."""

import pytest
from django.urls import reverse

from participants.certifying import revoke
from tests.factories import CertificateDesignFactory, GroupFactory, TutorAssignmentFactory
from tests.participants.certified import AFTER, closed_edition
from tutors.certifying import issue_to_tutors

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
HOME = reverse("tutors:home")


@pytest.fixture
def certificate(tutor):
    cohort = closed_edition()
    TutorAssignmentFactory(tutor=tutor.tutor, group=GroupFactory(cohort=cohort))
    design = CertificateDesignFactory(recipient="tutors", kind="constancia")
    return issue_to_tutors(cohort, design, [tutor.tutor], by=None, at=AFTER).certificates[0]


def pdf_of(certificate) -> str:
    return reverse("tutors:certificate_pdf", args=[certificate.pk])


def test_constancia_is_on_the_home_and_a_file(log_in, tutor, certificate):
    client = log_in(tutor)
    html = client.get(HOME).content.decode()
    assert "Descargar constancia" in html
    assert pdf_of(certificate) in html
    response = client.get(pdf_of(certificate))
    assert response.content.startswith(b"%PDF-")
    assert f"constancia-{certificate.full_number}.pdf" in response.headers["Content-Disposition"]


def test_constancia_of_another_is_not_found(log_in, other_tutor, participant, certificate):
    assert log_in(other_tutor).get(pdf_of(certificate)).status_code == 404
    assert pdf_of(certificate) not in log_in(other_tutor).get(HOME).content.decode()
    assert log_in(participant).get(pdf_of(certificate)).status_code == 403


def test_revoked_one_is_no_file(log_in, tutor, certificate):
    revoke(certificate, reason="other", by=None, at=AFTER)
    client = log_in(tutor)
    assert "ya no está vigente" in client.get(HOME).content.decode()
    assert client.get(pdf_of(certificate)).status_code == 403
