"""The public page of a certificate: what it says, and what it keeps to itself."""

import pytest
from django.db import connection
from django.urls import reverse

from participants.certificate_codes import ALPHABET, grouped, new_code
from participants.certificate_lookups import asks_too_often
from participants.certifying import issue, reissue, revoke
from participants.models import CertificateLookup
from tests.factories import CertificateDesignFactory
from tests.participants.certified import AFTER, closed_edition, person

pytestmark = pytest.mark.django_db
FORM = "/v/"


@pytest.fixture
def who():
    return person(closed_edition(), participant__given_names="María José")


@pytest.fixture
def certificate(who):
    return issue(who, CertificateDesignFactory(), by=None, at=AFTER)


def page_of(certificate) -> str:
    return f"/v/{grouped(certificate.code)}"


def test_page_is_the_one_the_qr_leads_to(certificate, settings):
    assert certificate.facts["address"] == settings.SITE_URL + page_of(certificate)
    address = reverse("certificates:certificate", args=[grouped(certificate.code)])
    assert address == page_of(certificate)


def test_valid_one_says_what_the_paper_says_and_nothing_more(certificate, who, client):
    who.participant.document_number = "40123456"
    who.participant.save()
    response = client.get(page_of(certificate))
    html = response.content.decode()
    assert response.status_code == 200
    assert response.context["state"] == "valid"
    for shown in (certificate.facts["name"], who.cohort.program.title, "96", "María José"):
        assert shown in html
    hidden = ("40123456", who.participant.masked_document, who.facility.name, who.participant.email)
    for secret in (*hidden, certificate.full_number, who.cohort.code):
        assert secret not in html


def test_page_is_for_no_search_engine_no_other_site_and_no_shared_store(certificate, client):
    for path in (page_of(certificate), FORM, f"/v/{new_code()}"):
        response = client.get(path)
        assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert 'name="robots" content="noindex' in response.content.decode()
        assert "no-store" in response.headers["Cache-Control"]
        assert "sessionid" not in response.cookies
        assert client.head(path).status_code == response.status_code


@pytest.mark.parametrize(("before", "queries"), [(0, 3), (1, 2)])
def test_visitor_costs_little(
    before, queries, certificate, client, clock, django_assert_num_queries
):
    for _turn in range(before):
        client.get(page_of(certificate))
    with django_assert_num_queries(queries):
        client.get(page_of(certificate))


def test_revoked_one_says_so_and_never_why(certificate, client):
    certificate = revoke(certificate, reason="fraud", note="Su vecina", by=None, at=AFTER)
    response = client.get(page_of(certificate))
    html = response.content.decode()
    assert response.context["state"] == "revoked"
    assert certificate.facts["name"] in html
    assert "vecina" not in html
    assert certificate.get_revocation_display() not in html
    assert "otro en su lugar" not in html


def test_replaced_one_says_so_and_does_not_lead_to_the_other(certificate, client):
    new = reissue(certificate, reason="name", by=None, at=AFTER)
    html = client.get(page_of(certificate)).content.decode()
    assert "otro en su lugar" in html
    assert grouped(new.code) not in html
    assert client.get(page_of(new)).context["state"] == "valid"


def test_code_of_nobody_is_not_on_record(certificate, client):
    response = client.get(f"/v/{new_code()}")
    assert (response.status_code, response.context["state"]) == (404, "unknown")
    assert "No consta" in response.content.decode()


@pytest.mark.parametrize("place", [0, 9, 15])
def test_one_wrong_letter_is_told_from_an_unknown_code(certificate, client, place):
    code = certificate.code
    other = ALPHABET[(ALPHABET.index(code[place]) + 5) % len(ALPHABET)]
    wrong = code[:place] + other + code[place + 1 :]
    for response, status in (
        (client.get(f"/v/{wrong}"), 404),
        (client.get(FORM, {"codigo": wrong}), 422),
    ):
        html = response.content.decode()
        assert (response.status_code, response.context["state"]) == (status, "mistyped")
        assert "Revise el código" in html
        assert f'value="{wrong}"' in html


@pytest.mark.parametrize("typed", ["", "   ", "\0", "ñ" * 16, "x" * 300, "<b>", "../../v"])
def test_what_is_no_code_is_said_to_be_none(client, typed):
    response = client.get(FORM, {"codigo": typed})
    assert (response.status_code, response.context["state"]) == (422, "mistyped")
    assert "<b>" not in response.content.decode()


def test_code_is_taken_however_it_is_typed(certificate, client):
    spaced = grouped(certificate.code).lower().replace("-", "  ")
    response = client.get(FORM, {"codigo": f" {spaced}\n"})
    assert response.url == page_of(certificate)
    for path in (certificate.code.lower(), f"{grouped(certificate.code)}/", spaced):
        assert client.get(f"/v/{path}").context["state"] == "valid"


def test_page_is_in_the_visitors_language(certificate, client):
    assert "Válido" in client.get(page_of(certificate)).content.decode()
    client.cookies["language"] = "en"
    assert "Valid" in client.get(page_of(certificate)).content.decode()


def test_who_asks_too_often_waits_and_others_do_not(certificate, client, settings, clock):
    settings.CERTIFICATE_LOOKUPS_A_MINUTE = 2
    for path in (page_of(certificate), f"/v/{new_code()}"):
        assert client.get(path).status_code != 429
    assert client.get(page_of(certificate)).status_code == 429
    assert client.get(FORM, {"codigo": certificate.code}).status_code == 429
    assert client.get(FORM).status_code == 200
    assert client.get(page_of(certificate), REMOTE_ADDR="192.0.2.7").status_code == 200
    clock.shift(60)
    assert client.get(page_of(certificate)).status_code == 200
    # Who asked before is forgotten, and no address is kept.
    counted = CertificateLookup.objects.get()
    assert counted.count == 1
    assert "127.0.0.1" not in counted.visitor


@pytest.mark.django_db(transaction=True)
def test_asked_at_once_each_is_counted(at_once, rf, settings, clock):
    settings.CERTIFICATE_LOOKUPS_A_MINUTE = 2
    outcomes = at_once(lambda _turn: asks_too_often(rf.get(FORM)), 4)
    assert sorted(outcomes) == [False, False, True, True]


@pytest.mark.django_db(transaction=True)
def test_where_nothing_can_be_written_a_certificate_is_verified(certificate, client, caplog):
    settings = {
        "sqlite": ("PRAGMA query_only = 1", "PRAGMA query_only = 0"),
        "postgresql": (
            "SET default_transaction_read_only = on",
            "SET default_transaction_read_only = off",
        ),
    }
    read_only, as_before = settings[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(read_only)
        try:
            found = client.get(page_of(certificate))
            typed = client.get(FORM, {"codigo": certificate.code})
        finally:
            cursor.execute(as_before)
    assert (found.status_code, found.context["state"]) == (200, "valid")
    assert typed.url == page_of(certificate)
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    assert not any(record.exc_info for record in caplog.records)
    assert caplog.messages[0].startswith("A look-up of a certificate was not counted: ")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite alone has one writer at a time")
def test_behind_a_long_writer_it_waits_shortly(rf):
    def waits() -> int:
        connection.ensure_connection()
        return connection.connection.execute("PRAGMA busy_timeout").fetchone()[0]

    waited = []

    def look(execute, sql, *args):
        waited.append(waits())
        return execute(sql, *args)

    before = waits()
    with connection.execute_wrapper(look):
        asks_too_often(rf.get(FORM))
    assert set(waited) == {500}
    assert waits() == before > 500
