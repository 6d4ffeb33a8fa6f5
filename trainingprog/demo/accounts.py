"""The accounts of the demo. They exist in a demo's database only."""

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group as Role
from django.core.management import call_command
from django.utils import timezone

from courses.models import Cohort
from participants.models import CertificateKind, Enrollment, Participant
from trainingprog.models import PrivacyAcceptance, User
from trainingprog.privacy import PRIVACY_NOTICE_VERSION
from tutors.models import Tutor

COORDINATOR = "coordinadora@demo.example"
SECOND = "direccion@demo.example"
PARTICIPANT = "participante1@demo.example"
COMPLETED = "participante2021@demo.example"
PASSWORD = "datos-ficticios"


def log_ins() -> list[tuple[str, str, str]]:
    """Role, e-mail and first page of the account to try each role with.

    A demo that was loaded before one of them existed has no log-in for it, and names none.
    """
    tutor = Tutor.objects.exclude(user=None).order_by("pk").first()
    accounts = [
        ("Coordinator", COORDINATOR, "/admin/"),
        ("Tutor", tutor.email if tutor else "", "/tutor/"),
        ("Participant", PARTICIPANT, "/participante/"),
        ("Participant who completed", COMPLETED, "/participante/"),
    ]
    there = set(User.objects.values_list("email", flat=True))
    return [account for account in accounts if account[1] in there]


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


def let_one_who_completed_log_in(cohort: Cohort, *, by: User) -> None:
    """The first of the edition whose certificate is in force; the others have no account."""
    certified = Enrollment.objects.filter(
        cohort=cohort,
        certificates__kind=CertificateKind.CERTIFICATE,
        certificates__revoked_at=None,
    )
    person = certified.order_by("certificates__number")[0].participant
    person.email = COMPLETED
    person._history_user = by  # type: ignore[attr-defined]
    person.save(update_fields=["email"])
    give_accounts(Participant, [person])


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
