"""The participants whom accepted applications become: found by document, else made.

What the person wrote now takes the place of what was known; what was left empty stays, and so does
the e-mail of who logs in with it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from participants.models import Application, Participant, Sex

# Taken over as they are, and those of which an empty one says nothing.
ALWAYS = (
    "document_type",
    "document_number",
    "paternal_surname",
    "maternal_surname",
    "given_names",
    "profession",
    "employment_regime",
    "service",
)
WHERE_GIVEN = ("mobile", "birth_date", "licence_board", "licence_number", "facility")
FIELDS = (*ALWAYS, *WHERE_GIVEN, "sex", "email")


@dataclass
class Applicants:
    """Of each application its participant, not saved yet; or why there can be none."""

    people: dict[int, Participant] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)

    def save(self, *, by: AbstractBaseUser | None) -> None:
        new = [person for person in self.people.values() if person._state.adding]
        known = [person for person in self.people.values() if not person._state.adding]
        if new:
            bulk_create_with_history(new, Participant, default_user=by)
        if known:
            bulk_update_with_history(known, Participant, FIELDS, default_user=by)


def known_people(applications: Sequence[Application]) -> list[Participant]:
    """Participants with the document or the e-mail of one of the applications. One query."""
    documents = {each.document_number for each in applications}
    emails = {each.email.lower() for each in applications}
    return list(
        Participant.objects.annotate(plain_email=Lower("email")).filter(
            Q(document_number__in=documents) | Q(plain_email__in=emails)
        )
    )


def match_applicants(applications: Sequence[Application]) -> Applicants:
    """Refused is whose e-mail a person with another document has: one of the two is wrong."""
    known = known_people(applications)
    by_document = {document_of(person): person for person in known}
    by_email = {person.email.lower(): person for person in known}
    found = Applicants()
    for application in applications:
        person = by_document.get(document_of(application))
        namesake = by_email.get(application.email.lower())
        if namesake is not None and namesake is not person:
            found.refused[application.pk] = _(
                "%(name)s is registered with this e-mail and another document: correct one of them."
            ) % {"name": namesake.full_name}
            continue
        person = person or Participant()
        _take_over(person, application)
        try:
            person.full_clean(
                exclude=["facility", "user"], validate_unique=False, validate_constraints=False
            )
        except ValidationError as error:
            found.refused[application.pk] = " ".join(error.messages)
            continue
        found.people[application.pk] = person
    return found


def document_of(person: Application | Participant) -> tuple[str, str]:
    return person.document_type, person.document_number


def differences(application: Application, person: Participant) -> list[tuple[str, str, str]]:
    """(label, as registered, as applied) of what accepting would change."""
    after = Participant(**{name: getattr(person, name) for name in (*FIELDS, "user")})
    _take_over(after, application)
    labels = {each.name: each.verbose_name for each in Participant._meta.fields}
    return [
        (str(labels[name]), before, now)
        for name in FIELDS
        if (before := _shown(person, name)) != (now := _shown(after, name))
    ]


def _shown(person: Participant, name: str) -> str:
    value = getattr(person, f"get_{name}_display", lambda: getattr(person, name))()
    return "" if value is None else str(value)


def _take_over(person: Participant, application: Application) -> None:
    for name in _given(application):
        setattr(person, name, getattr(application, name))
    if person.user_id is None:
        person.email = application.email


def _given(application: Application) -> Iterable[str]:
    yield from ALWAYS
    yield from (name for name in WHERE_GIVEN if getattr(application, name))
    if application.sex != Sex.UNDISCLOSED:
        yield "sex"
