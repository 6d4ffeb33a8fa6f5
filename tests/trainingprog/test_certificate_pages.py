"""The coordinator's certificates: what is missing, all at once, one revoked, the school's files."""

import io
import zipfile

import openpyxl
import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.urls import reverse

from participants.certifying import issue, revoke
from participants.models import Certificate, IssueRun, NameConfirmation
from participants.printed_names import ask_name
from tests.factories import (
    CertificateDesignFactory,
    GroupFactory,
    IssueRunFactory,
    TutorAssignmentFactory,
)
from tests.participants.certified import AFTER, certified, closed_edition, person
from tutors.certifying import issue_to_tutors

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    """As it will be when the edition is over."""
    with time_machine.travel(AFTER, tick=False) as traveller:
        yield traveller


@pytest.fixture
def edition(clock):
    return closed_edition()


@pytest.fixture
def designs():
    return [
        CertificateDesignFactory(name="Certificado"),
        CertificateDesignFactory(name="Constancia", kind="constancia"),
        CertificateDesignFactory(name="Tutores", kind="constancia", recipient="tutors"),
    ]


@pytest.fixture
def client(log_in, coordinator, clock):
    return log_in(coordinator)


def page_of(edition, name="edition_certificates"):
    return reverse(name, args=[edition.pk])


def test_all_are_issued_in_one_step(client, edition, designs, coordinator, run_tasks):
    for _turn in range(3):
        person(edition)
    TutorAssignmentFactory(group=GroupFactory(cohort=edition))
    html = client.get(page_of(edition)).content.decode()
    assert "Emitir todos los listos (4)" in html
    response = client.post(page_of(edition, "certificates_issue"), follow=True)
    assert "En emisión" in response.content.decode()
    assert 'http-equiv="refresh"' in response.content.decode()
    run_tasks()
    assert Certificate.objects.live().filter(issued_by=coordinator).count() == 4
    html = client.get(page_of(edition)).content.decode()
    assert "En emisión" not in html
    assert "Emitir todos los listos (0)" in html


def test_progress_is_asked_for_and_ends_with_the_whole_page(client, edition, designs, run_tasks):
    person(edition)
    client.post(page_of(edition, "certificates_issue"))
    path = page_of(edition, "certificates_progress")
    assert client.get(path).url == page_of(edition)
    response = client.get(path, headers={"HX-Request": "true"})
    assert "hx-get" in response.content.decode()
    assert "HX-Refresh" not in response.headers
    run_tasks()
    response = client.get(path, headers={"HX-Request": "true"})
    assert response.headers["HX-Refresh"] == "true"


def test_constancia_that_will_be_replaced_is_told_beforehand(client, edition, designs, run_tasks):
    who = person(edition)
    constancia = certified(who, design=designs[1])
    told = "la constancia se anula y el certificado la reemplaza"
    assert told in client.get(page_of(edition)).content.decode()
    client.post(page_of(edition, "certificates_issue"))
    run_tasks()
    assert told not in client.get(page_of(edition)).content.decode()
    html = client.get(reverse("issued_certificate", args=[constancia.pk])).content.decode()
    assert "se emitió el certificado en lugar de la constancia" in html
    html = client.get(reverse("certificate_revoke", args=[Certificate.objects.live().get().pk]))
    assert "en lugar de la constancia" not in html.content.decode()


def test_who_had_one_that_was_revoked_is_named_before_a_new_one_is_issued(client, edition, designs):
    who = person(edition)
    guide = TutorAssignmentFactory(group=GroupFactory(cohort=edition)).tutor
    for certificate in (
        issue(who, designs[0], by=None, at=AFTER),
        *issue_to_tutors(edition, designs[2], [guide], by=None, at=AFTER).certificates,
    ):
        revoke(certificate, reason="data", by=None, at=AFTER)
    html = client.get(page_of(edition)).content.decode()
    for name in (who.participant.full_name, guide.full_name):
        assert f"También recibe uno nuevo quien tuvo uno anulado: {name}." in html


@pytest.mark.parametrize("is_tutors", [False, True])
def test_who_deceived_is_left_out_and_issued_one_from_the_page_of_the_last(
    client, edition, designs, is_tutors, run_tasks
):
    if is_tutors:
        guide = TutorAssignmentFactory(group=GroupFactory(cohort=edition)).tutor
        [old] = issue_to_tutors(edition, designs[2], [guide], by=None, at=AFTER).certificates
    else:
        old = issue(person(edition), designs[0], by=None, at=AFTER)
    path = reverse("certificate_reissue", args=[old.pk])
    assert "con engaño" not in client.get(path).content.decode()
    revoke(old, reason="fraud", by=None, at=AFTER)
    own_page = reverse("issued_certificate", args=[old.pk])
    assert own_page in client.get(page_of(edition)).content.decode()
    assert client.post(page_of(edition, "certificates_issue")).status_code == 409
    assert path in client.get(own_page).content.decode()
    sent = {"design": str(old.design_id), "note": "No hubo engaño"}
    assert client.post(path, sent).status_code == 422
    response = client.post(path, sent | {"is_due": "on"})
    run_tasks()
    assert len(mail.outbox) == 1
    new = Certificate.objects.live().get()
    assert response.url == reverse("issued_certificate", args=[new.pk])
    assert "No hubo engaño" in client.get(own_page).content.decode()


def test_run_under_way_is_not_started_again(client, edition, designs):
    person(edition)
    for _turn in range(2):
        client.post(page_of(edition, "certificates_issue"))
    assert IssueRun.objects.count() == 1


@pytest.mark.parametrize("is_tutors", [False, True])
def test_run_whose_worker_died_goes_on(client, edition, designs, is_tutors, run_tasks):
    if is_tutors:
        holder = TutorAssignmentFactory(group=GroupFactory(cohort=edition)).tutor
    else:
        holder = person(edition)
    run = IssueRunFactory(cohort=edition, design=designs[2 * is_tutors], waiting=[holder.pk])
    html = client.get(page_of(edition)).content.decode()
    assert "Continuar con los que están en emisión" in html
    client.post(page_of(edition, "certificates_issue"))
    run_tasks()
    run.refresh_from_db()
    assert (run.done, run.is_finished) == (1, True)
    assert Certificate.objects.live().count() == 1
    assert IssueRun.objects.count() == 1


def test_run_does_not_go_on_without_a_key(client, edition, designs, settings):
    settings.CERTIFICATE_SIGNING_KEY = ""
    IssueRunFactory(cohort=edition, design=designs[0], waiting=[person(edition).pk])
    assert client.post(page_of(edition, "certificates_issue")).status_code == 409


def test_line_left_out_is_not_issued(client, edition, designs, run_tasks):
    person(edition)
    TutorAssignmentFactory(group=GroupFactory(cohort=edition))
    client.post(page_of(edition, "certificates_issue"), {"certificate-participants": ""})
    run_tasks()
    assert [row.kind for row in Certificate.objects.all()] == ["constancia"]


def test_issuing_before_closing_is_refused_with_what_is_missing(client, edition, designs):
    edition.cohort_modules.update(closed_at=None)
    person(edition)
    response = client.post(page_of(edition, "certificates_issue"))
    html = response.content.decode()
    assert response.status_code == 409
    assert "Siguen abiertos: 1" in html
    assert reverse("module_close", args=[edition.cohort_modules.get().pk]) in html
    assert not IssueRun.objects.exists()


def test_page_says_who_waits_for_what(client, edition, designs):
    edition.names_until = None
    edition.save()
    waits = person(edition, participant__given_names="Zoila Rosa")
    person(edition, "enrolled")
    html = client.get(page_of(edition)).content.decode()
    assert f"{waits.participant.full_name}: El nombre no está confirmado" in html
    assert "1 persona está sin decisión" in html
    response = client.post(page_of(edition, "certificates_issue"))
    assert response.status_code == 409
    assert "nadie está listo" in response.content.decode()


def test_without_a_key_nothing_is_issued(client, edition, designs, settings):
    settings.CERTIFICATE_SIGNING_KEY = ""
    person(edition)
    response = client.post(page_of(edition, "certificates_issue"))
    assert response.status_code == 409
    assert not IssueRun.objects.exists()


def test_missing_design_is_said(client, edition):
    person(edition)
    html = client.get(page_of(edition)).content.decode()
    assert "Todavía no hay diseño para" in html
    assert client.post(page_of(edition, "certificates_issue")).status_code == 409


def test_design_that_nobody_signs_is_named_with_its_page(client, edition):
    person(edition)
    design = CertificateDesignFactory(signatory=None)
    html = client.get(page_of(edition)).content.decode()
    assert "Nadie firma todavía este diseño" in html
    assert reverse("admin:participants_certificatedesign_change", args=[design.pk]) in html
    assert client.post(page_of(edition, "certificates_issue")).status_code == 409


def test_who_could_not_be_issued_one_is_named_with_the_reason(client, edition, designs):
    failed = [{"holder": 1, "name": "Luz Quispe", "code": "undecided", "message": "Sin decisión"}]
    IssueRunFactory(cohort=edition, design=designs[0], failed=failed, finished_at=AFTER)
    assert "Luz Quispe: Sin decisión" in client.get(page_of(edition)).content.decode()


@pytest.mark.parametrize(("answer", "state"), [("accept", "corrected"), ("refuse", "refused")])
def test_correction_is_answered_in_one_tap(client, edition, coordinator, answer, state):
    who = person(edition)
    ask_name(who, "María Núñez", by=None, at=AFTER)
    html = client.get(page_of(edition)).content.decode()
    assert "María Núñez" in html
    path = reverse("name_answer", args=[who.pk])
    client.post(path, {"wished": "Otra", "answer": answer})
    assert NameConfirmation.objects.get().state == "asked"
    client.post(path, {"wished": "María Núñez", "answer": answer})
    row = NameConfirmation.objects.get()
    assert (row.state, row.answered_by) == (state, coordinator)


@pytest.mark.parametrize(("typed", "kept"), [("2026-05-03", "2026-05-03"), ("", "None")])
def test_day_until_which_names_are_confirmed(client, edition, typed, kept):
    client.post(page_of(edition, "names_until"), {"names_until": typed})
    edition.refresh_from_db()
    assert str(edition.names_until) == kept
    client.post(page_of(edition, "names_until"), {"names_until": "mañana"})
    edition.refresh_from_db()
    assert str(edition.names_until) == kept


def test_preview_has_a_persons_data_and_no_code(client, edition, designs):
    path = reverse("certificate_preview", args=[edition.pk, designs[0].pk])
    response = client.get(path, follow=True)
    assert "No hay a quién" in response.content.decode()
    person(edition, "enrolled")
    response = client.get(path)
    assert response.content.startswith(b"%PDF-")
    assert not Certificate.objects.exists()
    other = CertificateDesignFactory(program=closed_edition().program)
    assert (
        client.get(reverse("certificate_preview", args=[edition.pk, other.pk])).status_code == 404
    )


def test_issued_ones_are_found_by_name_number_and_code(client, edition, designs):
    rows = [
        issue(person(edition, participant__given_names=name), designs[0], by=None, at=AFTER)
        for name in ("María José", "Raúl")
    ]
    path = page_of(edition, "issued_certificates")
    for wanted in ("maria jose", rows[0].full_number, rows[0].facts["code"].lower(), rows[0].code):
        response = client.get(path, {"q": wanted})
        assert response.context["rows"] == [rows[0]], wanted
    assert len(client.get(path).context["rows"]) == 2
    assert client.get(path, {"q": "nadie\0"}).context["rows"] == []


def test_certificate_is_revoked_with_a_reason_once(client, edition, designs, coordinator):
    certificate = issue(person(edition), designs[0], by=None, at=AFTER)
    path = reverse("certificate_revoke", args=[certificate.pk])
    assert client.get(path).status_code == 200
    assert client.post(path, {"reason": ""}).status_code == 422
    response = client.post(path, {"reason": "fraud", "note": "Acta 20261124"})
    assert response.status_code == 422
    assert 'name="is_no_number"' in response.content.decode()
    assert not Certificate.objects.get().is_revoked
    client.post(path, {"reason": "fraud", "note": "Acta 20261124", "is_no_number": "on"})
    html = client.post(path, {"reason": "name", "note": ""}, follow=True).content.decode()
    assert "Ya estaba anulado" in html
    assert "Acta 20261124" in html
    row = Certificate.objects.get()
    assert (row.revocation, row.revocation_note, row.revoked_by) == (
        "fraud",
        "Acta 20261124",
        coordinator,
    )
    assert row.history.count() == 2
    response = client.get(reverse("certificate_revoke", args=[row.pk]))
    assert response.url == reverse("issued_certificate", args=[row.pk])


@pytest.mark.parametrize("is_tutors", [False, True])
def test_certificate_is_issued_anew(client, edition, designs, is_tutors, run_tasks):
    if is_tutors:
        guides = TutorAssignmentFactory(group=GroupFactory(cohort=edition)).tutor
        issued = issue_to_tutors(edition, designs[2], [guides], by=None, at=AFTER)
        old = issued.certificates[0]
    else:
        old = issue(person(edition), designs[0], by=None, at=AFTER)
    path = reverse("certificate_reissue", args=[old.pk])
    new_pages = {client.post(path, {"reason": "name", "note": ""}).url for _turn in range(2)}
    run_tasks()
    assert len(mail.outbox) == 1
    new = Certificate.objects.live().get()
    assert new_pages == {reverse("issued_certificate", args=[new.pk])}
    old.refresh_from_db()
    assert old.replaced_by == new
    html = client.get(reverse("issued_certificate", args=[old.pk])).content.decode()
    assert new.full_number in html
    assert old.full_number in client.get(new_pages.pop()).content.decode()


def test_one_that_may_not_be_issued_anew_stays(client, edition, designs):
    who = person(edition)
    certificate = issue(who, designs[0], by=None, at=AFTER)
    who.status = "enrolled"
    who.save()
    response = client.post(
        reverse("certificate_reissue", args=[certificate.pk]), {"reason": "name", "note": ""}
    )
    assert response.status_code == 422
    assert not Certificate.objects.get().is_revoked


def test_all_in_force_are_taken_as_zip(client, edition, designs, coordinator):
    rows = [issue(person(edition), designs[0], by=None, at=AFTER) for _turn in range(3)]
    revoke(rows[1], reason="other", by=None, at=AFTER)
    response = client.get(page_of(edition, "edition_certificates_zip"))
    with zipfile.ZipFile(io.BytesIO(b"".join(response))) as book:
        names = book.namelist()
        assert names == [f"certificado-{rows[n].full_number}.pdf" for n in (0, 2)]
        assert all(book.read(name).startswith(b"%PDF-") for name in names)
    assert LogEntry.objects.get(user=coordinator).object_id == str(edition.pk)


def test_register_has_every_number_of_the_year(client, edition, designs):
    rows = [issue(person(edition), designs[0], by=None, at=AFTER) for _turn in range(3)]
    revoke(rows[1], reason="other", note="=1+1", by=None, at=AFTER)
    year = rows[0].year
    response = client.get(reverse("certificate_register_xlsx", args=[year]))
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    assert sheet.title == "Registro de certificados"
    numbers = [cell.value for cell in sheet["A"]]
    assert numbers[1:] == [row.full_number for row in rows]
    assert [cell.value for cell in sheet["N"]][1:] == ["vigente", "anulado", "vigente"]
    assert "'=1+1" in [cell.value for cell in sheet["Q"]]
    assert client.get(reverse("certificate_register_xlsx", args=[1999])).status_code == 404


@pytest.mark.postgres
def test_two_coordinators_at_once_start_one_run(at_once, log_in, coordinator):
    edition = closed_edition()
    CertificateDesignFactory()
    people = {person(edition).pk for _turn in range(3)}
    clients = [log_in(coordinator) for _turn in range(2)]
    path = page_of(edition, "certificates_issue")
    responses = at_once(lambda index: clients[index].post(path))
    assert [response.status_code for response in responses] == [302, 302]
    run = IssueRun.objects.get()
    assert set(run.waiting) == people
