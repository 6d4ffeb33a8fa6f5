import datetime as dt

import pytest
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone

from tests.factories import UserFactory
from trainingprog.models import PrivacyAcceptance, User
from trainingprog.privacy import PRIVACY_NOTICE_VERSION, accept_notice

ACCEPT = "/privacidad/aceptar/"


@pytest.fixture
def newcomer(client, db) -> User:
    user = UserFactory()
    client.force_login(user)
    return user


def test_newcomer_is_led_to_the_notice_and_back(client, newcomer):
    page = reverse("account_change_password")

    response = client.get(f"{page}?x=1")
    assert response.url == f"{ACCEPT}?next=%2Fcuenta%2Fclave%2F%3Fx%3D1"
    shown = client.get(response.url)
    assert shown.status_code == 200
    response = client.post(ACCEPT, {"accept": "1", "next": f"{page}?x=1"})
    assert response.url == f"{page}?x=1"
    assert client.get(page).status_code == 200
    assert PrivacyAcceptance.objects.get().version == PRIVACY_NOTICE_VERSION


def test_coordinator_is_led_to_the_notice_too(client, coordinator):
    PrivacyAcceptance.objects.all().delete()
    client.force_login(coordinator)

    assert client.get(reverse("admin:index")).url.startswith(ACCEPT)


def test_post_before_the_notice_changes_nothing(client, newcomer):
    response = client.post(reverse("account_change_password"), {})

    assert response.url == ACCEPT


def test_htmx_request_before_the_notice_moves_the_whole_page(client, newcomer):
    response = client.get(reverse("home"), headers={"HX-Request": "true"})

    assert response["HX-Redirect"] == ACCEPT


def test_without_the_tick_nothing_is_accepted(client, newcomer):
    response = client.post(ACCEPT, {"next": "/"})

    assert response.status_code == 422
    assert "accept-error" in response.content.decode()
    assert not PrivacyAcceptance.objects.exists()


def test_older_version_is_not_enough(client, newcomer):
    PrivacyAcceptance.objects.create(user=newcomer, version="2019-01", accepted_at=timezone.now())

    assert client.get(reverse("home")).url.startswith(ACCEPT)


def test_session_that_accepted_an_older_version_is_asked_anew(client, newcomer, monkeypatch):
    client.post(ACCEPT, {"accept": "1"})
    monkeypatch.setattr("trainingprog.privacy.PRIVACY_NOTICE_VERSION", "2031-01")

    assert client.get(reverse("home")).url.startswith(ACCEPT)


def test_acceptance_costs_its_query_once_a_session(client, newcomer, django_assert_num_queries):
    accept_notice(newcomer, at=timezone.now())
    client.get(reverse("account_logout"))
    client.get(reverse("home"))

    with django_assert_num_queries(2):  # the session and the user
        client.get(reverse("home"))


def test_acceptance_again_keeps_the_first_date(newcomer):
    first = dt.datetime(2021, 11, 8, 8, tzinfo=dt.UTC)
    accept_notice(newcomer, at=first)
    accept_notice(newcomer, at=first + dt.timedelta(days=9))

    assert PrivacyAcceptance.objects.get().accepted_at == first


def test_one_who_accepted_is_sent_on(client, newcomer):
    accept_notice(newcomer, at=timezone.now())

    assert client.get(ACCEPT).url == reverse("home")


@pytest.mark.parametrize(
    "elsewhere", ["https://other.example/", "//other.example/", "javascript:alert(1)"]
)
def test_acceptance_does_not_lead_off_the_site(client, newcomer, elsewhere):
    response = client.post(ACCEPT, {"accept": "1", "next": elsewhere})

    assert response.url == reverse("home")


def test_one_who_does_not_accept_can_read_change_language_and_leave(client, newcomer):
    assert client.get(reverse("privacy")).status_code == 200
    assert client.post(reverse("set_language"), {"language": "en", "next": "/"}).url == "/"
    assert client.get(reverse("account_logout")).status_code == 200


def test_notice_is_public(client, db):
    response = client.get(reverse("privacy"))

    assert response.status_code == 200
    assert PRIVACY_NOTICE_VERSION in response.content.decode()


@pytest.mark.parametrize(("language", "word"), [("es", "Quién responde"), ("en", "Who answers")])
def test_notice_in_each_language(client, db, settings, language, word):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language

    assert word in client.get(reverse("privacy")).content.decode()


@pytest.mark.parametrize("language", ["es", "en"])
def test_notice_names_whom_to_write_to(language):
    template = get_template(f"privacy/notice_{PRIVACY_NOTICE_VERSION}_{language}.html")

    assert "datos@ensap.example" in template.render({"contact": "datos@ensap.example"})
    assert "mailto" not in template.render({"contact": ""})


@pytest.mark.parametrize(
    "subject",
    [
        "titular",
        "para qué",
        "29733",
        "Quién los ve",
        "fuera del Perú",
        "conservan",
        "ARCO",
        "Autoridad Nacional de Protección",
        "Si no acepta",
    ],
)
def test_notice_says_what_the_law_asks_for(subject):
    text = get_template(f"privacy/notice_{PRIVACY_NOTICE_VERSION}_es.html").render({})

    assert subject in text


def test_acceptance_with_another_method(client, newcomer):
    assert client.put(ACCEPT).status_code == 405


def test_acceptance_by_nobody_leads_to_log_in(client, db):
    assert client.get(ACCEPT).url.startswith(reverse("account_login"))
