import pytest
from django.utils import timezone
from django.utils.translation import gettext

from tests.factories import ParticipantFactory, TutorFactory, UserFactory
from tests.trainingprog.admin_rows import submit, url_of
from trainingprog.models import User
from trainingprog.roles import COORDINATOR


@pytest.fixture
def superuser(db):
    return UserFactory(email="jefa@ensap.example", is_staff=True, is_superuser=True)


@pytest.fixture
def client(log_in, coordinator):
    return log_in(coordinator)


def test_account_is_made_without_a_password_and_invited(client):
    response = submit(client, url_of(User, "add"), email="Nueva@ENSAP.example", name="Nueva")
    assert response.status_code == 302
    made = User.objects.get(email="nueva@ensap.example")
    assert not made.has_usable_password()
    assert made.invited_at is not None
    assert not made.is_staff


def test_account_is_made_without_an_invitation_when_it_is_not_wanted(client):
    submit(client, url_of(User, "add"), email="nueva@ensap.example", send_invitation=None)
    assert User.objects.get(email="nueva@ensap.example").invited_at is None


def test_email_of_another_account_is_refused(client):
    UserFactory(email="una@ensap.example")
    response = submit(client, url_of(User, "add"), email="UNA@ensap.example")
    assert response.status_code == 200
    assert User.objects.filter(email__iexact="una@ensap.example").count() == 1


def test_coordinator_raises_nobody(client):
    account = UserFactory()
    submit(client, url_of(User, "change", account.pk), is_coordinator="on", is_superuser="on")
    account.refresh_from_db()
    assert (account.is_staff, account.is_superuser) == (False, False)


def test_coordinator_does_not_change_a_superuser(client, superuser):
    response = client.post(url_of(User, "change", superuser.pk), {"email": "mia@ensap.example"})
    assert response.status_code == 403
    superuser.refresh_from_db()
    assert superuser.email == "jefa@ensap.example"


def test_superuser_makes_a_coordinator_and_takes_it_back(superuser, coordinator, log_in):
    account = UserFactory()
    client, path = log_in(superuser), url_of(User, "change", account.pk)
    submit(client, path, is_coordinator="on")
    account.refresh_from_db()
    assert account.is_staff
    assert account.groups.get().name == COORDINATOR
    assert client.get(path).context["adminform"].form.initial["is_coordinator"]
    submit(client, path, is_coordinator=None)
    account.refresh_from_db()
    assert not account.is_staff
    assert not account.groups.exists()


def test_invitations_are_sent_to_those_without_a_password(client):
    new, old = User.objects.create_user("nueva@ensap.example"), UserFactory()
    data = {"action": "send_invitations", "_selected_action": [new.pk, old.pk]}
    client.post(url_of(User, "changelist"), data)
    new.refresh_from_db()
    old.refresh_from_db()
    assert new.invited_at is not None
    assert old.invited_at is None


def test_save_and_invite_sends_the_invitation(client):
    account = User.objects.create_user("nueva@ensap.example")
    submit(
        client, url_of(User, "change", account.pk), trainingprog_user_save_and_invite="1", name="A"
    )
    account.refresh_from_db()
    assert account.name == "A"
    assert account.invited_at is not None


def test_roles_of_an_account_are_named(client):
    both = UserFactory()
    TutorFactory(user=both)
    ParticipantFactory(user=both)
    page = client.get(url_of(User, "changelist") + f"?q={both.email}").content.decode()
    assert f"{gettext('tutor')}, {gettext('participant')}" in page


@pytest.mark.parametrize(
    ("state", "fields"),
    [
        ("waiting", {}),
        ("invited", {"invited_at": timezone.now()}),
        ("entered", {"last_login": timezone.now()}),
        ("inactive", {"is_active": False}),
    ],
)
def test_accounts_are_found_by_their_state(client, state, fields):
    account = UserFactory(email="buscada@salud.example", **fields)
    for asked in ("waiting", "invited", "entered", "inactive"):
        page = client.get(url_of(User, "changelist") + f"?q=buscada&state={asked}")
        assert list(page.context["cl"].result_list) == ([account] if asked == state else [])


def test_password_is_changed_in_one_place_only(client):
    response = client.get("/admin/password_change/")
    assert response.headers["Location"] == "/cuenta/clave/"


@pytest.mark.parametrize("who", ["tutor", "participant"])
def test_others_have_no_admin(who, request, log_in):
    client = log_in(request.getfixturevalue(who))
    for path in ("/admin/", url_of(User, "changelist"), "/admin/search/?s=a"):
        assert client.get(path).status_code in (302, 403, 404), path
