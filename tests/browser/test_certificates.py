"""Certificates where scripts run: shared by the device's own way, and issued while one looks on."""

import pytest
import time_machine
from django.urls import reverse
from playwright.sync_api import expect

from participants.certifying import issue
from participants.models import Certificate
from tests.factories import CertificateDesignFactory
from tests.participants.certified import AFTER, closed_edition, person

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def afterwards():
    with time_machine.travel(AFTER, tick=True):
        yield


def test_certificate_is_shared_where_the_device_can(
    log_in_browser, live_server, participant, enrollment
):
    who = person(closed_edition(), participant=enrollment.participant)
    certificate = issue(who, CertificateDesignFactory(), by=None, at=AFTER)
    page = log_in_browser(participant)
    path = live_server.url + reverse("participants:edition", args=[who.pk])
    page.add_init_script("navigator.share = async (what) => { window.shared = what.url; }")
    page.goto(path)
    page.get_by_role("button", name="Compartir").click()
    assert page.evaluate("window.shared") == certificate.facts["address"]
    with page.expect_download() as download:
        page.get_by_role("link", name="Descargar certificado").click()
    assert download.value.suggested_filename == f"certificado-{certificate.full_number}.pdf"


def test_progress_is_seen_and_ends_by_itself(
    log_in_browser, live_server, coordinator, run_tasks, fits
):
    edition = closed_edition()
    CertificateDesignFactory()
    for _turn in range(3):
        person(edition)
    page = log_in_browser(coordinator)
    page.goto(live_server.url + reverse("edition_certificates", args=[edition.pk]))
    page.get_by_role("button", name="Emitir todos los listos (3)").click()
    expect(page.get_by_role("heading", name="En emisión")).to_be_visible()
    fits(page)
    run_tasks()
    expect(page.get_by_role("heading", name="Última emisión")).to_be_visible()
    assert Certificate.objects.count() == 3
