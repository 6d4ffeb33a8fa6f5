"""The log-in of a tutor or participant: one account a person, known by document and by e-mail."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from participants.models import Participant, Person
from trainingprog.models import User
from tutors.models import Tutor


@dataclass(frozen=True)
class AccountsOutcome:
    """`refused` are the people whose e-mail is another's, each with the reason."""

    users: tuple[User, ...]
    created: int
    refused: tuple[tuple[Person, str], ...]


@transaction.atomic
def account_for(person: Person, *, by: AbstractBaseUser | None) -> User:
    """The person's account; made without a password, or found and linked, where there is none.

    Who is tutor and participant has one account: that of the same document, else that of the same
    e-mail. Raises ValidationError where that account is of another tutor or participant.
    """
    if person.user is not None:
        return person.user
    user = _of_same_document(person) or User.objects.filter(email__iexact=person.email).first()
    if user is None:
        user = User.objects.create_user(person.email, name=person.full_name)
    elif type(person)._default_manager.filter(user=user).exists():
        raise ValidationError(
            _("The account %(email)s already belongs to another person. Correct the e-mail.")
            % {"email": user.email}
        )
    person.user = user
    person._history_user = by  # type: ignore[attr-defined]
    person.save(update_fields=["user"])
    return user


def accounts_for(people: Iterable[Person], *, by: AbstractBaseUser | None) -> AccountsOutcome:
    """`account_for` each; one that is refused does not keep the others from theirs."""
    users: list[User] = []
    refused: list[tuple[Person, str]] = []
    created = 0
    for person in people:
        had_none = person.user_id is None
        try:
            users.append(account_for(person, by=by))
        except ValidationError as error:
            refused.append((person, " ".join(error.messages)))
        else:
            created += had_none
    return AccountsOutcome(tuple(users), created, tuple(refused))


def _of_same_document(person: Person) -> User | None:
    other = Tutor if isinstance(person, Participant) else Participant
    same = (
        other._default_manager.filter(
            document_type=person.document_type,
            document_number=person.document_number,
            user__isnull=False,
        )
        .select_related("user")
        .first()
    )
    return same.user if same else None
