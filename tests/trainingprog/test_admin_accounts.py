"""Who may change whose account in the admin, and what a changed address does."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group as Role
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.cast import account
from tests.factories import UserFactory
from trainingprog.models import User
from trainingprog.roles import COORDINATOR

pytestmark = pytest.mark.django_db


@pytest.fixture
def superuser(db) -> User:
    return account(email="sistemas@ensap.example", is_staff=True, is_superuser=True)


@pytest.fixture
def colleague(coordinator) -> User:
    user = account(email="colega@ensap.example", is_staff=True)
    user.groups.add(Role.objects.get(name=COORDINATOR))
    return user


def send(client: Client, user: User, **fields: str):
    sent = {"email": user.email, "name": user.name, "is_active": "on"} | fields
    return client.post(reverse("admin:trainingprog_user_change", args=[user.pk]), sent)


def rights(user: User) -> tuple[bool, bool, list[str]]:
    user = User.objects.get(pk=user.pk)
    return user.is_staff, user.is_superuser, [role.name for role in user.groups.all()]


def test_coordinator_gives_no_rights_by_fields_the_page_does_not_have(coordinator, log_in):
    user = UserFactory()
    answer = send(log_in(coordinator), user, is_coordinator="on", is_superuser="on", is_staff="on")
    assert answer.status_code == 302
    assert rights(user) == (False, False, [])


def test_coordinator_makes_no_coordinator_with_a_new_account(coordinator, log_in):
    sent = {"email": "nueva@ensap.example", "is_coordinator": "on", "is_superuser": "on"}
    log_in(coordinator).post(reverse("admin:trainingprog_user_add"), sent)
    assert rights(User.objects.get(email="nueva@ensap.example")) == (False, False, [])


def test_coordinator_who_changes_the_own_name_stays_one(coordinator, log_in):
    assert send(log_in(coordinator), coordinator, name="Rosa").status_code == 302
    assert User.objects.get(pk=coordinator.pk).name == "Rosa"
    assert rights(coordinator) == (True, False, [COORDINATOR])


def test_coordinator_changes_no_account_of_another_of_the_staff(
    coordinator, colleague, superuser, log_in
):
    client = log_in(coordinator)
    for user in (colleague, superuser):
        before = rights(user)
        assert send(client, user, email="mio@ensap.example").status_code == 403
        assert not User.objects.filter(email="mio@ensap.example").exists()
        assert rights(user) == before


def test_corrected_address_is_the_only_one_that_opens_the_account(coordinator, log_in, mailoutbox):
    user = UserFactory(email="equivocada@salud.example")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    send(log_in(coordinator), user, email="correcta@salud.example")
    for address in ("equivocada@salud.example", "correcta@salud.example"):
        Client().post(reverse("account_request_login_code"), {"email": address})
    assert [mail.to for mail in mailoutbox] == [["correcta@salud.example"]]


def told(mailoutbox):
    return [mail for mail in mailoutbox if "dirección" in mail.subject]


def test_earlier_address_of_who_entered_is_told_and_learns_no_new_one(
    coordinator, log_in, mailoutbox, settings
):
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}
    user = UserFactory(email="antes@salud.example", name="Rosa Quispe", last_login=timezone.now())
    client = log_in(coordinator)
    send(client, user, email="ahora@salud.example")
    send(client, user, email="ahora@salud.example", name="Otra")
    (mail,) = told(mailoutbox)
    assert mail.to == ["antes@salud.example"]
    assert "ahora@" not in mail.body
    assert user.name not in mail.body


def test_earlier_address_with_which_nobody_entered_is_not_told(
    coordinator, log_in, mailoutbox, settings
):
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}
    user = UserFactory(email="equivocada@salud.example", last_login=None)
    send(log_in(coordinator), user, email="correcta@salud.example")
    assert told(mailoutbox) == []
