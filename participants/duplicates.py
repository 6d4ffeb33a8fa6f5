"""Pairs of participants who may be one person: found, not decided. A coordinator looks at each, and
merges the two or tells them apart."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import models, transaction
from django.db.models import Count
from django.utils.translation import gettext_lazy as _
from rapidfuzz import fuzz

from participants.models import Participant, ToldApart
from participants.normalising import fold

# Of 100, of the sorted words of both names: “Quispe Apaza, Luz” and “Quispe Apasa, Luz” have 94.
NEAR = 88
# People with the same birth date are compared each with each; more than these are none by chance.
LARGEST_BUCKET = 200
# These providers deliver to one mailbox whatever the dots.
DOTS_DO_NOT_COUNT = {"gmail.com", "googlemail.com"}


class Reason(models.TextChoices):
    """In the order of their weight; `NEAR_NAME` and `SAME_NAME` are hints."""

    DOCUMENT = "document", _("same document number")
    EMAIL = "email", _("same e-mail")
    NAME_AND_BIRTH = "name_and_birth", _("same name and birth date")
    NEAR_NAME = "near_name", _("similar name, same birth date")
    SAME_NAME = "same_name", _("same name, a birth date is missing")


HINTS = {Reason.NEAR_NAME, Reason.SAME_NAME}


@dataclass(frozen=True, slots=True)
class Pair:
    """`kept` is the one in more editions, or the older record: the one to keep, unless told."""

    kept: Any
    other: Any
    reasons: tuple[Reason, ...]
    is_told_apart: bool = False

    @property
    def people(self) -> tuple[Any, Any]:
        return self.kept, self.other

    @property
    def is_hint(self) -> bool:
        return HINTS.issuperset(self.reasons)


def find_duplicates() -> tuple[Pair, ...]:
    """The surest first, and then those told apart. Two queries, whatever the number of people."""
    people: list[Any] = list(
        Participant.objects.select_related("user", "facility")
        .annotate(edition_count=Count("enrollments"))
        .order_by("pk")
    )
    reasons: dict[tuple[int, int], set[Reason]] = defaultdict(set)
    for reason, keys in (
        (Reason.DOCUMENT, _documents),
        (Reason.EMAIL, _emails),
        (Reason.NAME_AND_BIRTH, _name_and_birth),
    ):
        for pair in _alike(people, keys):
            reasons[pair].add(reason)
    for pair in _near_names(people):
        reasons[pair].add(Reason.NEAR_NAME)
    for pair in _same_names(people):
        reasons[pair].add(Reason.SAME_NAME)
    by_pk = {person.pk: person for person in people}
    known = {
        (one, two): set(seen.split())
        for one, two, seen in ToldApart.objects.values_list("one", "two", "reasons")
    }
    pairs = [
        _pair(by_pk[one], by_pk[two], found, known.get((one, two), set()))
        for (one, two), found in reasons.items()
    ]
    order = list(Reason)
    pairs.sort(
        key=lambda p: (
            p.is_told_apart,
            order.index(p.reasons[0]),
            p.kept.sorting_key,
            p.other.pk,
        )
    )
    return tuple(pairs)


def _pair(one: Any, two: Any, found: set[Reason], seen: set[str]) -> Pair:
    kept, other = sorted((one, two), key=lambda person: (-person.edition_count, person.pk))
    reasons = tuple(reason for reason in Reason if reason in found)
    return Pair(kept, other, reasons, is_told_apart=seen.issuperset(reasons))


@transaction.atomic
def tell_apart(
    one: Participant, two: Participant, *, by: AbstractBaseUser, at: dt.datetime
) -> ToldApart:
    """The two are not one person, for all that is alike in them now. Said again, it holds for what
    is alike by then."""
    first, second = sorted((one, two), key=lambda person: person.pk)
    pairs = (each for each in find_duplicates() if {*each.people} == {one, two})
    alike = " ".join(reason for each in pairs for reason in each.reasons)
    row, _made = ToldApart.objects.update_or_create(  # type: ignore[misc]
        one=first, two=second, defaults={"reasons": alike, "said_by": by, "said_at": at}
    )
    return row


def take_back(one: Participant, two: Participant) -> None:
    """The two are listed again."""
    ToldApart.objects.filter(one__in=[one, two], two__in=[one, two]).delete()


def _alike(
    people: Iterable[Any], keys: Callable[[Any], Iterable[Hashable]]
) -> Iterator[tuple[int, int]]:
    buckets: dict[Hashable, set[int]] = defaultdict(set)
    for person in people:
        for key in keys(person):
            buckets[key].add(person.pk)
    for bucket in buckets.values():
        yield from combinations(sorted(bucket), 2)


def _documents(person: Any) -> Iterator[str]:
    """Whatever the type: a DNI written as a passport, or with zeros before it."""
    number = "".join(filter(str.isalnum, person.document_number)).upper().lstrip("0")
    if number:
        yield number


def _emails(person: Any) -> Iterator[str]:
    """The person's and the log-in's, without what does not lead to another mailbox."""
    yield _mailbox(person.email)
    if person.user:
        yield _mailbox(person.user.email)


def _mailbox(email: str) -> str:
    local, _at, domain = email.strip().lower().rpartition("@")
    local = local.partition("+")[0]
    if domain in DOTS_DO_NOT_COUNT:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def _name(person: Any) -> str:
    """Without accents and in no order: surnames and given names are easily exchanged."""
    return " ".join(sorted(fold(person.full_name).split()))


def _name_and_birth(person: Any) -> Iterator[Hashable]:
    if person.birth_date:
        yield _name(person), person.birth_date


def _near_names(people: Iterable[Any]) -> Iterator[tuple[int, int]]:
    born: dict[Any, list[Any]] = defaultdict(list)
    for person in people:
        if person.birth_date:
            born[person.birth_date].append((person.pk, _name(person)))
    for bucket in born.values():
        for (one, name), (two, other) in combinations(bucket[:LARGEST_BUCKET], 2):
            if name != other and fuzz.ratio(name, other) >= NEAR:
                yield one, two


def _same_names(people: Iterable[Any]) -> Iterator[tuple[int, int]]:
    named: dict[str, list[Any]] = defaultdict(list)
    for person in people:
        named[_name(person)].append(person)
    for bucket in named.values():
        for one, two in combinations(bucket, 2):
            if one.birth_date is None or two.birth_date is None:
                yield one.pk, two.pk
