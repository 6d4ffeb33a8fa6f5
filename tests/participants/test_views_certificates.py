"""A participant's own certificate: the name as it will be printed, the file, and when neither."""

import datetime as dt

import pytest
from django.urls import reverse

from participants.certifying import issue, reissue, revoke
from participants.models import Enrollment, NameConfirmation
from participants.printed_names import answer_name
from tests.factories import CertificateDesignFactory, NameConfirmationFactory
from tests.participants.certified import AFTER, certified, closed_edition

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
HOME = reverse("participants:home")


@pytest.fixture
def near_end(clock, enrollment):
    clock.move_to(dt.datetime.combine(enrollment.cohort.ends_on, dt.time(15), dt.UTC))
    return enrollment


@pytest.fixture
def name_page(enrollment):
    return reverse("participants:printed_name", args=[enrollment.pk])


@pytest.fixture
def completed(enrollment):
    """Of another edition, which is over."""
    enrollment.cohort = closed_edition()
    enrollment.group = None
    enrollment.status = "completed"
    enrollment.save()
    return enrollment


def pdf_of(certificate) -> str:
    return reverse("participants:certificate_pdf", args=[certificate.pk])


def test_name_is_asked_about_only_near_the_end(log_in, participant, enrollment, clock, name_page):
    enrollment.cohort.ends_on += dt.timedelta(days=60)
    enrollment.cohort.save()
    assert name_page not in log_in(participant).get(HOME).content.decode()
    clock.move_to(dt.datetime.combine(enrollment.cohort.ends_on, dt.time(15), dt.UTC))
    html = log_in(participant).get(HOME).content.decode()
    assert "Confirme su nombre como se imprimirá" in html
    assert enrollment.participant.full_name in html


def test_name_is_confirmed_in_one_tap(log_in, participant, near_end, name_page):
    client = log_in(participant)
    sent = {"action": "confirm", "name": near_end.participant.full_name}
    for _turn in range(2):
        assert client.post(name_page, sent).url == reverse(
            "participants:edition", args=[near_end.pk]
        )
    row = NameConfirmation.objects.get()
    assert (row.state, row.name) == ("confirmed", near_end.participant.full_name)
    assert row.history.get().history_user == participant
    assert "Confirme su nombre" not in client.get(HOME).content.decode()


def test_name_that_changed_meanwhile_is_not_confirmed(log_in, participant, near_end, name_page):
    response = log_in(participant).post(name_page, {"action": "confirm", "name": "Otro Nombre"})
    assert response.status_code == 409
    assert near_end.participant.full_name in response.content.decode()
    assert not NameConfirmation.objects.exists()


def test_correction_is_asked_for_and_its_answer_seen(log_in, participant, near_end, name_page):
    client = log_in(participant)
    response = client.post(
        name_page, {"action": "ask", "wished": "  María  Núñez Ríos "}, follow=True
    )
    assert "María Núñez Ríos" in response.content.decode()
    assert "respuesta de la coordinación" in response.content.decode()
    row = NameConfirmation.objects.get()
    answer_name(near_end, wished=row.wished, accept=False, by=participant, at=AFTER)
    assert "no lo aceptó" in client.get(HOME).content.decode()
    client.post(name_page, {"action": "confirm", "name": near_end.participant.full_name})
    client.post(name_page, {"action": "ask", "wished": "María Núñez"})
    answer_name(near_end, wished="María Núñez", accept=False, by=participant, at=AFTER)
    html = client.get(HOME).content.decode()
    assert "El nombre de arriba queda como estaba" in html
    assert "Confirme su nombre" not in html


@pytest.mark.parametrize("wished", ["", "名前", "\0", "a" * 300])
def test_wish_that_cannot_be_printed_is_refused_and_kept(
    log_in, participant, near_end, name_page, wished
):
    response = log_in(participant).post(name_page, {"action": "ask", "wished": wished})
    assert response.status_code == 422
    assert not NameConfirmation.objects.exists()
    if len(wished) == 2:
        assert wished in response.content.decode()


def test_name_of_another_is_not_found(log_in, other_participant, near_end, name_page):
    sent = {"action": "confirm", "name": near_end.participant.full_name}
    assert log_in(other_participant).post(name_page, sent).status_code == 404
    assert not NameConfirmation.objects.exists()


def test_name_on_an_issued_one_stays(log_in, participant, near_end, name_page):
    certified(near_end)
    response = log_in(participant).post(name_page, {"action": "ask", "wished": "María Núñez"})
    assert response.status_code == 409
    assert not NameConfirmation.objects.exists()


def test_name_on_an_issued_one_is_shown_without_a_form(log_in, participant, near_end, name_page):
    near_end.cohort.support_contact = "apoyo@ensap.example"
    near_end.cohort.save()
    certificate = certified(near_end)
    near_end.participant.given_names = "Otra"
    near_end.participant.save()
    html = log_in(participant).get(name_page).content.decode()
    assert certificate.facts["name"] in html
    assert certificate.full_number in html
    assert "apoyo@ensap.example" in html
    assert 'name="wished"' not in html
    assert 'value="confirm"' not in html


def test_certificate_is_two_taps_away(log_in, participant, completed):
    certificate = issue(completed, CertificateDesignFactory(), by=None, at=AFTER)
    client = log_in(participant)
    html = client.get(HOME).content.decode()
    assert "Descargar certificado" in html
    assert certificate.facts["address"] in html
    assert f'href="{pdf_of(certificate)}"' in html
    response = client.get(pdf_of(certificate))
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")
    name = f"certificado-{certificate.full_number}.pdf"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert "no-store" in response.headers["Cache-Control"]


def test_certificate_of_another_is_not_found(log_in, other_participant, tutor, completed):
    certificate = issue(completed, CertificateDesignFactory(), by=None, at=AFTER)
    assert log_in(other_participant).get(pdf_of(certificate)).status_code == 404
    assert log_in(tutor).get(pdf_of(certificate)).status_code == 403


def test_revoked_one_says_so(log_in, participant, completed):
    certificate = issue(completed, CertificateDesignFactory(), by=None, at=AFTER)
    revoke(certificate, reason="fraud", note="secreto", by=None, at=AFTER)
    client = log_in(participant)
    html = client.get(HOME).content.decode()
    assert "Descargar" not in html
    assert "ya no está vigente" in html
    assert "secreto" not in html
    refused = client.get(pdf_of(certificate))
    assert refused.status_code == 403
    assert "anulado" in refused.content.decode()


def test_replaced_one_gives_way_to_the_new(log_in, participant, completed):
    old = issue(completed, CertificateDesignFactory(), by=None, at=AFTER)
    new = reissue(old, reason="name", by=None, at=AFTER)
    html = log_in(participant).get(HOME).content.decode()
    assert pdf_of(new) in html
    assert pdf_of(old) not in html
    assert "Reemplaza al anterior" in html


def test_settled_name_is_the_one_shown(log_in, participant, near_end):
    NameConfirmationFactory(enrollment=near_end, name="María del Rosario Ñahui")
    assert "María del Rosario Ñahui" in log_in(participant).get(HOME).content.decode()
    assert Enrollment.objects.get(pk=near_end.pk).participant.given_names != "María del Rosario"
