"""What holds for all pages: who may see them without logging in, their policy, their errors."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.template.loader import get_template
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, path, reverse

from tests.factories import UserFactory
from trainingprog.urls import urlpatterns as project_urls

TEMPLATES = Path(__file__).parents[2] / "templates"

# Whoever adds a page for everybody adds it here, and says in its test why it may be seen.
PUBLIC = {
    "account_confirm_email",
    "account_confirm_login_code",
    "account_email_verification_sent",
    "account_inactive",
    "account_login",
    "account_logout",
    "account_request_login_code",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_signup",
    "admin:login",
    "calls:application",
    "calls:call",
    "calls:confirm",
    "calls:facilities",
    "calls:list",
    "calls:save",
    "calls:start",
    "calls:withdraw",
    "certificate_keys",
    "certificates:certificate",
    "certificates:verify",
    "invitation",
    "mfa_authenticate",
    "participants:calendar_feed",
    "participants:offer",
    "participants:scan",
    "privacy",
    "set_language",
    "surveys:answer",
    "tutors:calendar_feed",
    "tutors:manifest",
    "tutors:service_worker",
}


def views(patterns, namespace=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from views(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield f"{namespace}{pattern.name}", pattern.callback


def test_pages_seen_without_logging_in_are_these():
    found = {
        name
        for name, view in views(get_resolver().url_patterns)
        if not getattr(view, "login_required", True)
    }
    assert found == PUBLIC


def refuse(request):
    raise PermissionDenied("Este módulo está cerrado.")


def misunderstand(request):
    raise SuspiciousOperation


def fail(request):
    raise RuntimeError


for _view in (refuse, misunderstand, fail):
    _view.login_required = False

urlpatterns = [
    *project_urls,
    path("sin-permiso/", refuse),
    path("mal-pedido/", misunderstand),
    path("falla/", fail),
]
with_failures = override_settings(ROOT_URLCONF=__name__)


@pytest.fixture
def calm_client() -> Client:
    return Client(raise_request_exception=False)


@with_failures
@pytest.mark.parametrize(
    ("address", "status"),
    [("/mal-pedido/", 400), ("/sin-permiso/", 403), ("/no-existe/", 404), ("/falla/", 500)],
)
def test_error_pages_are_in_the_products_style(db, calm_client, address, status):
    response = calm_client.get(address)

    html = response.content.decode()
    assert response.status_code == status
    assert 'lang="es"' in html
    assert "app.css" in html
    assert html.count("<h1") == 1


@with_failures
def test_refusal_says_its_reason(db, calm_client):
    assert "Este módulo está cerrado." in calm_client.get("/sin-permiso/").content.decode()


@with_failures
@pytest.mark.parametrize(("address", "status"), [("/mal-pedido/", 400), ("/falla/", 500)])
def test_error_page_without_a_database(calm_client, address, status):
    """pytest-django refuses any query here, as no fixture gives a database."""
    assert calm_client.get(address).status_code == status


def test_form_without_its_token(db):
    client = Client(enforce_csrf_checks=True)

    response = client.post(reverse("account_login"), {"login": "a@b.pe", "password": "x"})

    assert response.status_code == 403
    assert "app.css" in response.content.decode()


def test_too_many_requests_page():
    assert "app.css" in get_template("429.html").render({})


@pytest.mark.parametrize("name", ["account_login", "privacy", "account_signup"])
def test_policy_of_the_pages_is_strict(client, db, name):
    policy = client.get(reverse(name))["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_policy_of_error_pages_is_strict(client, db):
    assert "unsafe" not in client.get("/no-existe/")["Content-Security-Policy"]


def test_pages_are_not_for_search_engines(client, db):
    assert 'name="robots" content="noindex' in client.get(reverse("privacy")).content.decode()


def test_htmx_writes_no_style_and_runs_no_text(client, db):
    html = client.get(reverse("privacy")).content.decode()
    config = json.loads(re.search(r"name=\"htmx-config\" content='([^']+)'", html).group(1))

    assert config["includeIndicatorStyles"] is False
    assert config["allowEval"] is False
    assert config["allowScriptTags"] is False


def test_htmx_sends_the_token_with_each_request(client, db):
    html = client.get(reverse("account_login")).content.decode()
    headers = json.loads(re.search(r"<body hx-headers='([^']+)'", html).group(1))

    assert headers["X-CSRFToken"]


def test_banner_of_the_demo(client, db, settings):
    for is_demo in (True, False):
        settings.DEMO = is_demo
        assert ("demo-banner" in client.get(reverse("privacy")).content.decode()) is is_demo


def test_language_is_switched_and_kept(client, db):
    page = reverse("privacy")
    assert 'lang="es"' in client.get(page).content.decode()

    response = client.post(reverse("set_language"), {"language": "en", "next": page})

    assert response.url == page
    assert '<html lang="en"' in client.get(page).content.decode()


def test_browsers_language_is_not_asked(client, db):
    html = client.get(reverse("privacy"), headers={"Accept-Language": "en"}).content.decode()

    assert '<html lang="es"' in html


def test_navigation_marks_the_page_one_is_on(log_in, coordinator):
    html = log_in(coordinator).get(reverse("account_change_password")).content.decode()

    assert f'href="{reverse("admin:index")}"' in html
    assert html.count('aria-current="page"') == 1


def test_one_without_a_role_is_told_so(log_in, db):
    response = log_in(UserFactory()).get(reverse("home"))

    assert response.status_code == 403
    assert reverse("admin:index") not in response.content.decode()


@pytest.mark.parametrize(
    "subject", sorted((TEMPLATES).rglob("email/*_subject.txt")), ids=lambda file: file.stem
)
def test_subject_of_each_mail_is_neutral_and_one_line(subject):
    text = get_template(str(subject.relative_to(TEMPLATES))).render({}).strip()

    assert text
    assert "\n" not in text
    assert not re.search(r"viol|v[ií]ctim|abus|trata de|niñ|child|caso", text, re.I)
    assert "{{" not in subject.read_text(encoding="utf-8")


def test_each_kind_of_mail_that_allauth_sends_has_our_text():
    import allauth

    brought = {
        file.name
        for folder in ("account", "mfa")
        for file in (Path(allauth.__file__).parent / "templates" / folder / "email").glob("*.txt")
    }
    ours = {file.name for file in TEMPLATES.rglob("email/*.txt")}
    never_sent = re.compile(r"unknown_account|account_already_exists|webauthn|reset_code|signup")
    assert {name for name in brought - ours if not never_sent.search(name)} == set()


@pytest.mark.parametrize("name", ["bootstrap.min.css", "htmx.min.js"])
def test_vendored_file_names_no_source_map(name):
    """The hashing of static files stops at a map that is not there."""
    folder = Path(settings.STATICFILES_DIRS[0]) / "vendor"
    text = (folder / name).read_text(encoding="utf-8")

    assert "sourceMappingURL" not in text
    assert name in (folder / "README.md").read_text(encoding="utf-8")
