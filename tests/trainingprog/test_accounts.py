import html
import re
from smtplib import SMTPServerDisconnected

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.core.cache import cache, caches
from django.core.cache.backends.db import DatabaseCache
from django.test import Client
from django.urls import reverse

from tests.factories import UserFactory
from trainingprog.accounts import AccountAdapter, RoleBackend
from trainingprog.models import User

PASSWORD = "una-clave-larga"


@pytest.fixture(autouse=True)
def no_earlier_attempts(db):
    cache.clear()


@pytest.fixture
def user(db) -> User:
    return UserFactory(email="rosa@salud.example", password=PASSWORD)


def log_in_with(client, email: str, password: str):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def is_in(client) -> bool:
    return "_auth_user_id" in client.session


def ask_for_code(client, email: str):
    return client.post(reverse("account_request_login_code"), {"email": email})


def page_of(response) -> str:
    return html.unescape(response.content.decode())


def test_log_in_with_email_and_password(client, user):
    response = log_in_with(client, "ROSA@salud.example", PASSWORD)

    assert response.status_code == 302
    assert is_in(client)


def test_log_in_with_wrong_password(client, user):
    response = log_in_with(client, user.email, "otra-clave-larga")

    assert response.status_code == 200
    assert not is_in(client)
    assert str(AccountAdapter.error_messages["email_password_mismatch"]) in page_of(response)


def test_log_in_of_inactive_account(client, user):
    User.objects.update(is_active=False)

    log_in_with(client, user.email, PASSWORD)

    assert not is_in(client)


def test_log_in_leads_to_the_page_asked_for(client, user):
    privacy = reverse("privacy")
    response = client.post(
        f"{reverse('account_login')}?next={privacy}",
        {"login": user.email, "password": PASSWORD, "next": privacy},
    )

    assert response.url == privacy


def test_log_in_does_not_lead_off_the_site(client, user):
    response = client.post(
        reverse("account_login"),
        {"login": user.email, "password": PASSWORD, "next": "https://other.example/"},
    )

    assert response.url == reverse("home")


def test_session_ends_with_the_browser_unless_asked_otherwise(client, user):
    log_in_with(client, user.email, PASSWORD)
    assert client.session.get_expire_at_browser_close()

    client.logout()
    client.post(
        reverse("account_login"), {"login": user.email, "password": PASSWORD, "remember": "on"}
    )
    assert not client.session.get_expire_at_browser_close()


def test_log_in_page_has_no_placeholder_and_one_way_to_a_new_password(client):
    html = client.get(reverse("account_login")).content.decode()

    assert "placeholder" not in html
    assert html.count(reverse("account_reset_password")) == 1


def test_log_in_by_code(client, user, mailoutbox):
    ask_for_code(client, user.email)

    code = re.search(r"^\S{6,}$", mailoutbox[0].body, re.M).group()
    assert code not in mailoutbox[0].subject
    client.post(reverse("account_confirm_login_code"), {"code": code})
    assert is_in(client)


def test_log_in_by_code_with_wrong_code(client, user, mailoutbox):
    ask_for_code(client, user.email)

    client.post(reverse("account_confirm_login_code"), {"code": "ZZZZZZ"})

    assert not is_in(client)


@pytest.mark.parametrize("name", ["account_request_login_code", "account_reset_password"])
def test_unknown_address_gets_no_mail_and_the_same_answer(user, mailoutbox, name):
    unknown = Client().post(reverse(name), {"email": "nadie@salud.example"})
    assert mailoutbox == []

    known = Client().post(reverse(name), {"email": user.email})
    assert len(mailoutbox) == 1
    assert (unknown.status_code, unknown.url) == (known.status_code, known.url)


def test_page_of_the_code_does_not_say_whether_the_address_is_known(client, user):
    pages = []
    for email in ("nadie@salud.example", user.email):
        page = client.post(
            reverse("account_request_login_code"), {"email": email}, follow=True
        ).content.decode()
        page = re.sub(r'csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": "\w+"', "", page)
        pages.append(page.replace(email, "…"))
        client.cookies.clear()

    assert pages[0] == pages[1]


def test_new_password_by_mail(client, user, mailoutbox):
    client.post(reverse("account_reset_password"), {"email": user.email})
    path = re.search(r"https?://[^/]+(/\S+)", mailoutbox[0].body).group(1)

    page = client.get(path, follow=True)
    response = client.post(
        page.request["PATH_INFO"],
        {"password1": "clave-recién-elegida", "password2": "clave-recién-elegida"},
    )

    assert response.status_code == 302
    user.refresh_from_db()
    assert user.check_password("clave-recién-elegida")
    again = client.get(path, follow=True)
    assert "password1" not in again.content.decode()


def test_too_many_failures_close_the_account_for_a_while(client, user):
    for _attempt in range(5):
        log_in_with(client, user.email, "otra-clave-larga")

    response = log_in_with(client, user.email, PASSWORD)

    assert not is_in(client)
    assert response.context["form"].non_field_errors() == [
        AccountAdapter.error_messages["too_many_login_attempts"]
    ]


def test_failures_are_counted_for_all_workers_together():
    assert isinstance(caches["default"], DatabaseCache)


def test_codes_are_not_sent_without_end(user, mailoutbox):
    for _attempt in range(6):
        ask_for_code(Client(), user.email)

    assert len(mailoutbox) == 3


def test_a_class_behind_one_address_can_log_in(client, user):
    for _person in range(132):
        client.logout()
        assert log_in_with(client, user.email, PASSWORD).status_code == 302


def test_sign_up_is_closed(client, db):
    form = {"email": "nueva@salud.example", "password1": PASSWORD, "password2": PASSWORD}
    page = client.get(reverse("account_signup"))
    client.post(reverse("account_signup"), form)

    assert "account/signup_closed.html" in [template.name for template in page.templates]
    assert not User.objects.exists()


def test_log_out_needs_a_post(client, user):
    client.force_login(user)

    assert client.get(reverse("account_logout")).status_code == 200
    assert is_in(client)
    client.post(reverse("account_logout"))
    assert not is_in(client)


@pytest.mark.parametrize("name", ["account_logout", "admin:logout"])
def test_log_out_tells_the_browser_to_forget(client, coordinator, name):
    client.force_login(coordinator)
    assert "Clear-Site-Data" not in client.get(reverse("account_logout"), follow=True).headers
    response = client.post(reverse(name))
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_in(client)


def test_mail_server_that_is_down_costs_no_page(client, user, monkeypatch, caplog):
    def refuse(*args, **kwargs):
        raise SMTPServerDisconnected("down")

    monkeypatch.setattr("django.core.mail.message.EmailMessage.send", refuse)

    response = client.post(
        reverse("account_request_login_code"), {"email": user.email}, follow=True
    )

    assert response.status_code == 200
    assert "alert-danger" in response.content.decode()
    assert "could not be sent" in caplog.text


def test_changed_password_is_told_by_mail(client, user, mailoutbox, log_in):
    client = log_in(user)
    form = {"oldpassword": PASSWORD, "password1": "clave-de-mañana", "password2": "clave-de-mañana"}

    response = client.post(reverse("account_change_password"), form)

    assert response.status_code == 302
    assert len(mailoutbox) == 1
    assert "clave-de-mañana" not in mailoutbox[0].body


def test_email_changes_only_once_the_new_one_is_confirmed(client, user, mailoutbox, log_in):
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    log_in_with(client, user.email, PASSWORD)
    client.post(reverse("privacy_accept"), {"accept": "1"})

    response = client.post(
        reverse("account_email"), {"email": "nueva@salud.example", "action_add": ""}
    )
    assert response.url.startswith(reverse("account_reauthenticate"))
    client.post(response.url, {"password": PASSWORD})
    user.refresh_from_db()
    assert user.email == "rosa@salud.example"

    to_new = [mail for mail in mailoutbox if mail.to == ["nueva@salud.example"]]
    path = re.search(r"https?://[^/]+(/\S+)", to_new[0].body).group(1)
    client.post(path)
    user.refresh_from_db()
    assert user.email == "nueva@salud.example"


def test_second_step_asks_for_the_password_first(client, user, log_in):
    client = log_in(user)

    response = client.get(reverse("mfa_activate_totp"))

    assert response.url.startswith(reverse("account_reauthenticate"))


@pytest.mark.parametrize(
    "name", ["account_change_password", "account_email", "mfa_index", "account_logout"]
)
def test_pages_of_the_account_open(user, log_in, name):
    assert log_in(user).get(reverse(name)).status_code == 200


def test_person_with_both_records_is_loaded_in_one_query(
    participant, django_assert_num_queries, tutor
):
    tutor.tutor.user = participant
    tutor.tutor.save()

    with django_assert_num_queries(1):
        user = RoleBackend().get_user(participant.pk)
        assert user.participant
        assert user.tutor


def test_permissions_come_of_the_role_alone_in_one_query(coordinator, django_assert_num_queries):
    coordinator.user_permissions.set(Permission.objects.filter(codename="delete_permission"))
    with django_assert_num_queries(1):
        assert coordinator.has_perm("courses.view_cohort")
        assert not coordinator.has_perm("auth.delete_permission")
