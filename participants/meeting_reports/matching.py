"""Whose connection it is: by address, by document, by a name confirmed before, by name, by region.

A match is made only where one person is clearly meant. Whatever leaves a doubt is a question.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.db import models
from django.utils.translation import gettext_lazy as _
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from participants.meeting_reports.placing import Placed
from participants.meeting_reports.shown_names import PARTICLES, ShownName
from participants.models import Enrollment
from participants.normalising import fold

# Of 100, between two words: “Quispe” and “Quizpe” have 83, “Julio” and “Julia” 80.
NEAR = 75
# Of the last letter alone a name is another person's: Julio and Julia, Juan and Juana.
ENDINGS = "aoe"


class By(models.TextChoices):
    """What a match rests on, the surest first."""

    EMAIL = "email", _("e-mail")
    DOCUMENT = "document", _("document number")
    CONFIRMED = "confirmed", _("confirmed by hand")
    ALIAS = "alias", _("a name confirmed before")
    NAME = "name", _("name")
    REGION = "region", _("name and region")


@dataclass(frozen=True)
class Known:
    """A person of the edition, as matching needs it."""

    pk: int
    email: str
    emails: frozenset[str]
    document: str
    given: frozenset[str]
    surnames: frozenset[str]
    region: str

    @classmethod
    def of(cls, enrollment: Enrollment) -> "Known":
        """The enrollment comes with its participant, the account and the facility."""
        person = enrollment.participant
        emails = {person.email} | ({person.user.email} if person.user else set())
        surnames: set[str] = set()
        for surname in (person.paternal_surname, person.maternal_surname):
            words = fold(surname).split()
            # “De la Cruz” is written in one word, too.
            surnames |= {*words, "".join(words), "".join(words[-2:])} - {""}
        return cls(
            pk=enrollment.pk,
            email=person.email,
            emails=frozenset(email.strip().lower() for email in emails),
            document=person.document_number,
            given=frozenset(fold(person.given_names).split()),
            surnames=frozenset(surnames),
            region=enrollment.facility.region if enrollment.facility else "",
        )

    @cached_property
    def words(self) -> frozenset[str]:
        return self.given | self.surnames

    def is_named(self, words: frozenset[str]) -> bool:
        """All words are the person's, one of them a given name and another a surname."""
        if not words <= self.words:
            return False
        telling = words - PARTICLES
        return any(
            given != surname
            for given in telling & self.given
            for surname in telling & self.surnames
        )

    def may_be(self, initials: frozenset[str]) -> bool:
        return all(any(word.startswith(letter) for word in self.words) for letter in initials)


@dataclass
class Caller:
    """All connections under one address or, without a known one, under one shown name."""

    key: str
    shown_name: str
    email: str
    placed: list[Placed] = field(default_factory=list)


@dataclass(frozen=True)
class Match:
    """`person` with `by`; or none, and the candidates to choose from, the likeliest first.

    A name confirmed before has candidates too, where others bear it.
    `hints` are persons who share no more than a given name with it: to help whoever knows.
    """

    caller: Caller
    person: int | None = None
    by: str = ""
    candidates: tuple[int, ...] = ()
    hints: tuple[int, ...] = ()


def callers_of(placed: Iterable[Placed]) -> list[Caller]:
    """In the order of the report."""
    found: dict[str, Caller] = {}
    for one in placed:
        connection = one.connection
        key = caller_key(connection.shown_name, connection.email)
        caller = found.setdefault(key, Caller(key, connection.shown_name, connection.email))
        caller.shown_name = caller.shown_name or connection.shown_name
        caller.placed.append(one)
    return list(found.values())


def caller_key(shown_name: str, email: str) -> str:
    return f"{email} {fold(shown_name)}".strip()


class Matcher:
    """Matches against everyone of the edition: who shares a name is a doubt, in the session or not.

    `aliases` are the names confirmed before, by `alias_of`.
    """

    def __init__(self, people: Sequence[Known], aliases: Mapping[str, int]) -> None:
        self.people = people
        self.aliases = aliases
        self.by_pk = {person.pk: person for person in people}
        self.by_email = _unique((email, p.pk) for p in people for email in p.emails)
        self.by_document = _unique((_bare(p.document), p.pk) for p in people)

    def match(self, caller: Caller) -> Match:
        shown = ShownName.of(caller.shown_name)
        for by, found in (
            (By.EMAIL, self._by_address(caller)),
            (By.DOCUMENT, self._by_document(shown)),
        ):
            if found is not None:
                other = self._someone_else(shown, self.by_pk[found])
                if other is not None:
                    return Match(caller, candidates=(found, other))
                return Match(caller, found, by)
        name = alias_of(caller.shown_name, caller.email)
        alias = self.aliases.get(name) if name else None
        if alias in self.by_pk:
            namesakes = (p.pk for p in self._named(shown.words) if p.pk != alias)
            return Match(caller, alias, By.ALIAS, candidates=(alias, *namesakes))
        if shown.is_device and (owners := self._named(shown.words - PARTICLES)):
            return Match(caller, candidates=tuple(person.pk for person in owners))
        if shown.is_device or not shown.words:
            return Match(caller, hints=self._hints(shown.words))
        return self._by_name(caller, shown)

    def _by_address(self, caller: Caller) -> int | None:
        """Some write their address where the name is asked."""
        written = (caller.email, *re.findall(r"[^\s@<>()]+@[^\s@<>()]+", caller.shown_name.lower()))
        return next((self.by_email[each] for each in written if each in self.by_email), None)

    def _by_document(self, shown: ShownName) -> int | None:
        found = {self.by_document.get(_bare(number)) for number in shown.numbers} - {None}
        return found.pop() if len(found) == 1 else None

    def _someone_else(self, shown: ShownName, person: Known) -> int | None:
        """Who is meant by a name of which nothing is the person's: they share a connection."""
        if not shown.words or not shown.words.isdisjoint(person.words):
            return None
        named = self._named(shown.words)
        return named[0].pk if len(named) == 1 else None

    def _named(self, words: frozenset[str]) -> list[Known]:
        return [person for person in self.people if person.is_named(words)]

    def _by_name(self, caller: Caller, shown: ShownName) -> Match:
        region, named = shown.region, self._named(shown.words)
        if shown.tail_region and not region:
            before = self._named(shown.words_before)
            if before and not named:
                region, named = shown.tail_region, before
            elif len(both := {person.pk for person in (*named, *before)}) > 1:
                return Match(caller, candidates=tuple(both))  # Rosa Lima, or Rosa of Lima
        if not named and (plain := shown.words - PARTICLES) != shown.words:
            named = self._named(plain)
        named = [person for person in named if person.may_be(shown.initials)]
        by = By.NAME
        if not named:
            return self._by_likeness(caller, shown, region)
        if len(named) > 1 and region:
            of_region = [person for person in named if person.region == region]
            named, by = of_region or named, By.REGION
        if len(named) == 1 and not self._is_contradicted(named[0], shown, region):
            return Match(caller, named[0].pk, by)
        return Match(caller, candidates=tuple(person.pk for person in named))

    def _is_contradicted(self, person: Known, shown: ShownName, region: str) -> bool:
        """By a region or a document number that are not the person's: a namesake from outside."""
        if region and person.region and region != person.region:
            return True
        numbers = [number for number in map(_bare, shown.numbers) if 6 <= len(number) <= 8]
        return any(OSA.distance(number, _bare(person.document)) > 1 for number in numbers)

    def _by_likeness(self, caller: Caller, shown: ShownName, region: str) -> Match:
        """One letter wrong in one surname, and nobody else like it: matched. Otherwise asked."""
        words = shown.words_before if region == shown.tail_region != "" else shown.words
        words -= PARTICLES
        likely = sorted(
            ((score, person) for person in self.people if (score := _likeness(words, person))),
            key=lambda each: (-each[0], each[1].pk),
        )
        if not likely:
            return Match(caller, hints=self._hints(shown.words))
        best = likely[0][1]
        alone = len(likely) == 1 or likely[1][0] < len(words) - 1
        if (
            alone
            and _is_slip(words, best)
            and best.may_be(shown.initials)
            and not self._is_contradicted(best, shown, region)
        ):
            return Match(caller, best.pk, By.NAME)
        return Match(caller, candidates=tuple(person.pk for _score, person in likely))

    def _hints(self, words: frozenset[str]) -> tuple[int, ...]:
        plain = words - PARTICLES
        return tuple(p.pk for p in self.people if not plain.isdisjoint(p.given)) if plain else ()


def alias_of(shown_name: str, email: str) -> str:
    """An address says who it is better than a name does; empty where neither tells it."""
    return email or (fold(shown_name) if ShownName.of(shown_name).tells_who else "")


def _unique(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, set[int]] = defaultdict(set)
    for key, pk in pairs:
        found[key].add(pk)
    return {key: min(pks) for key, pks in found.items() if key and len(pks) == 1}


def _bare(number: str) -> str:
    """A spreadsheet takes the zeros before a number."""
    return re.sub(r"[^A-Z0-9]", "", number.upper()).lstrip("0")


def _likeness(words: Collection[str], person: Known) -> float:
    """How many words are nearly the person's; 0 below two, or where none is exact."""
    if words and not any(word in person.words for word in words):
        return 0
    scores = [max(fuzz.ratio(word, own) for own in person.words) for word in words]
    near = [score for score in scores if score >= NEAR]
    named = any(_near(words, person.given)) and any(_near(words, person.surnames))
    return sum(near) / 100 if len(near) >= 2 and named else 0


def _near(words: Collection[str], own: Collection[str]) -> Iterable[bool]:
    return (fuzz.ratio(word, one) >= NEAR for word in words for one in own)


def _is_slip(words: frozenset[str], person: Known) -> bool:
    """All words are the person's but for one letter in one surname of some length."""
    wrong = words - person.words
    if len(wrong) != 1 or not words & person.given:
        return False
    (word,) = wrong
    return any(
        len(own) >= 5
        and OSA.distance(word, own) == 1
        and word.rstrip(ENDINGS) != own.rstrip(ENDINGS)
        for own in person.surnames
    )
