import datetime as dt
import re

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import UserFactory
from trainingprog.invitations import (
    AGAIN_AFTER,
    INVITATION_DAYS,
    accept_invitation,
    invitation_url,
    invite,
    invited_user,
    make_token,
)
from trainingprog.models import User

NEW = {"new_password1": "mi-primera-clave", "new_password2": "mi-primera-clave"}


@pytest.fixture(autouse=True)
def tasks_run_at_once(settings):
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}


@pytest.fixture
def invited(db) -> User:
    return User.objects.create_user("rosa@salud.example", name="Rosa Quispe Mamani")


@pytest.fixture
def path(invited) -> str:
    return path_of(invitation_url(invited))


def path_of(url: str) -> str:
    return re.search(r"https?://[^/]+(/\S+)", url).group(1)


def test_invitation_from_the_mail_to_the_home_page(client, invited, coordinator, mailoutbox):
    result = invite([invited], by=coordinator)

    assert result.invited == [invited]
    mail = mailoutbox[0]
    assert mail.to == [invited.email]
    response = client.post(path_of(mail.body), NEW)
    assert response.url == reverse("home")
    assert client.session["_auth_user_id"] == str(invited.pk)
    invited.refresh_from_db()
    assert invited.check_password("mi-primera-clave")
    assert EmailAddress.objects.get(user=invited).verified


def test_invitation_is_dated_and_shown_in_the_history(invited, coordinator):
    at = dt.datetime(2021, 11, 2, 9, tzinfo=dt.UTC)

    invite([invited], by=coordinator, at=at)

    invited.refresh_from_db()
    assert invited.invited_at == at
    assert LogEntry.objects.get().object_id == str(invited.pk)


def test_invitation_mail_is_neutral(invited, coordinator, mailoutbox):
    invite([invited], by=coordinator)

    text = mailoutbox[0].subject + mailoutbox[0].body
    assert "\n" not in mailoutbox[0].subject
    assert not re.search(r"viol|víctim|victim|abus|trata|niñ|child|viol", text, re.I)


def test_invitation_of_one_who_has_a_password(coordinator, mailoutbox):
    user = UserFactory()

    result = invite([user], by=coordinator)

    assert (result.invited, result.already_in) == ([], [user])
    assert mailoutbox == []


def test_invitation_of_an_inactive_account(invited, coordinator, mailoutbox):
    invited.is_active = False
    invited.save()

    result = invite([invited], by=coordinator)

    assert (result.invited, result.inactive) == ([], [invited])
    assert mailoutbox == []


def test_invitation_sent_again_leaves_the_earlier_link_good(client, invited, mailoutbox):
    invite([invited], by=None)
    invite([invited], by=None, at=timezone.now() + AGAIN_AFTER)

    first, second = (path_of(mail.body) for mail in mailoutbox)
    client.post(first, NEW)
    assert Client().get(second).status_code == 410


def test_invitation_sent_twice_in_a_row_is_one_mail(invited, mailoutbox):
    assert invite([invited], by=None).invited == [invited]
    again = invite([invited], by=None)

    assert (again.invited, again.just_invited) == ([], [invited])
    assert len(mailoutbox) == 1


@pytest.mark.postgres
def test_two_who_invite_at_once_send_one_mail(at_once, mailoutbox):
    user = User.objects.create_user("rosa@salud.example", name="Rosa Quispe Mamani")
    results = at_once(lambda _n: invite([user], by=None), 2)

    assert sorted(len(result.invited) for result in results) == [0, 1]
    assert len(mailoutbox) == 1


def test_opening_the_link_does_not_spend_it(client, path):
    for _scanner in range(3):
        assert client.get(path).status_code == 200

    assert "_auth_user_id" not in client.session
    assert client.post(path, NEW).status_code == 302


def test_link_works_once(client, path, invited):
    client.post(path, NEW)

    other = Client()
    assert other.get(path).status_code == 410
    again = {"new_password1": "clave-de-otra-persona", "new_password2": "clave-de-otra-persona"}
    assert other.post(path, again).status_code == 410
    invited.refresh_from_db()
    assert invited.check_password("mi-primera-clave")


def test_link_expires(client, path):
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=INVITATION_DAYS, hours=1)):
        response = client.get(path)

    assert response.status_code == 410
    assert reverse("account_request_login_code") in response.content.decode()


def test_link_is_void_once_the_address_changes(client, path, invited):
    invited.email = "otra@salud.example"
    invited.save()

    assert client.get(path).status_code == 410


def test_link_of_a_deactivated_account(client, path, invited):
    User.objects.update(is_active=False)

    assert client.get(path).status_code == 410


@pytest.mark.parametrize("uid", ["MQ", "x", "-", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "%C3%B1"])
@pytest.mark.parametrize("token", ["x", "a:b:c", "ñ"])
def test_guessed_link(client, db, uid, token):
    assert client.get(f"/cuenta/invitacion/{uid}/{token}/").status_code == 410


def test_token_of_another_person_is_refused(client, invited):
    other = User.objects.create_user("otra@salud.example")
    uid = reverse("invitation", args=["UID", "T"])
    own = path_of(invitation_url(invited)).split("/")[3]

    assert invited_user(own, make_token(other)) is None
    assert (
        client.get(uid.replace("UID", own).replace("/T/", f"/{make_token(other)}/")).status_code
        == 410
    )


def test_token_signed_for_something_else_is_refused(invited):
    own = path_of(invitation_url(invited)).split("/")[3]
    made_for = signing.loads(make_token(invited), salt="trainingprog.invitations")

    assert invited_user(own, signing.dumps(made_for, salt="other")) is None


def test_weak_or_mistyped_password_keeps_the_link_good(client, path, invited):
    for first, second in [("corta", "corta"), ("12345678901", "12345678901"), ("a" * 12, "b" * 12)]:
        response = client.post(path, {"new_password1": first, "new_password2": second})
        assert response.status_code == 422
        assert response.context["form"].errors
    assert client.post(path, NEW).status_code == 302


def test_second_of_two_at_once_finds_the_link_spent(invited):
    _, _, _, uid, token, _ = path_of(invitation_url(invited)).split("/")

    assert accept_invitation(uid, token, "mi-primera-clave") == invited
    assert accept_invitation(uid, token, "mi-segunda-clave") is None


def test_invitation_ends_the_session_of_somebody_else(client, path, invited, coordinator):
    client.force_login(coordinator)

    client.post(path, NEW)

    assert client.session["_auth_user_id"] == str(invited.pk)


def test_invitation_page_is_not_kept_by_the_browser(client, path):
    response = client.get(path)

    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "same-origin"


def test_invitation_with_another_method(client, path):
    assert client.put(path).status_code == 405
