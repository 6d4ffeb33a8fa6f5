"""The accounts of the demo. They exist in a demo's database only."""

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group as Role
from django.core.management import call_command
from django.utils import timezone

from participants.models import Participant
from trainingprog.models import PrivacyAcceptance, User
from trainingprog.privacy import PRIVACY_NOTICE_VERSION
from tutors.models import Tutor

COORDINATOR = "coordinadora@demo.example"
SECOND = "direccion@demo.example"
PARTICIPANT = "participante1@demo.example"
PASSWORD = "datos-ficticios"


def log_ins() -> list[tuple[str, str, str]]:
    """Role, e-mail and first page of the account to try each role with."""
    tutor = Tutor.objects.exclude(user=None).order_by("pk").first()
    return [
        ("Coordinator", COORDINATOR, "/admin/"),
        ("Tutor", tutor.email if tutor else "", "/tutor/"),
        ("Participant", PARTICIPANT, "/participante/"),
    ]


def make_coordinator() -> User:
    call_command("sync_roles", verbosity=0)
    return _coordinator(COORDINATOR, "Coordinación académica")


def make_second_coordinator() -> User:
    """Who approves the exceptions that the first one decides."""
    return _coordinator(SECOND, "Dirección del programa")


def _coordinator(email: str, name: str) -> User:
    user = User.objects.create(
        email=email, name=name, is_staff=True, password=make_password(PASSWORD)
    )
    user.groups.add(Role.objects.get(name="Coordinator"))
    _make_ready([user])
    return user


def give_accounts[P: (Tutor, Participant)](model: type[P], people: list[P]) -> None:
    """An account to each, all with the demo's one password, hashed once."""
    password = make_password(PASSWORD)
    users = User.objects.bulk_create(
        User(email=person.email, name=person.full_name, password=password) for person in people
    )
    for person, user in zip(people, users, strict=True):
        person.user = user
    model._default_manager.bulk_update(people, ["user"], batch_size=500)
    _make_ready(users)


def _make_ready(users: list[User]) -> None:
    """Without a verified address of its own, an account cannot set up its second step."""
    now = timezone.now()
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users
    )
    PrivacyAcceptance.objects.bulk_create(
        PrivacyAcceptance(user=user, version=PRIVACY_NOTICE_VERSION, accepted_at=now)
        for user in users
    )
