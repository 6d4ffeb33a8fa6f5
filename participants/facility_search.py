"""Facilities found by what people type: code, name, district or region, with accents or without."""

import re

from django.db.models import Q

from participants.models import Facility, Region
from participants.normalising import fold

SHORTEST = 3
MOST = 8
MOST_WORDS = 8
# What a folded letter may stand for: neither database compares without accents by itself.
_LETTERS = {
    "a": "aáàäâÁÀÄÂ",
    "e": "eéèëêÉÈËÊ",
    "i": "iíìïîÍÌÏÎ",
    "o": "oóòöôÓÒÖÔ",
    "u": "uúùüûÚÙÜÛ",
    "n": "nñÑ",
    "c": "cçÇ",
}
_LITTLE = {"de", "del", "la", "las", "el", "los", "y"}
# As people call it, and as the register of facilities writes it.
_SHORT_FOR = {
    "csmc": "centro salud mental comunitario",
    "cs": "centro salud",
    "ps": "puesto salud",
    "hosp": "hospital",
    "mamis": "hospital",  # a unit inside one
}
_REGIONS = [(code, fold(label)) for code, label in Region.choices]


def find_facilities(typed: str, *, most: int = MOST) -> list[Facility]:
    """Those of which every word is in the name, the district or the region, or in the code; none
    for fewer than 3 letters. One more than `most` is returned where there are more."""
    words = [word for word in fold(typed)[:80].split() if word not in _LITTLE]
    if len("".join(words)) < SHORTEST:
        return []
    found = Q()
    for word in words[:MOST_WORDS]:
        found &= _has(word)
    return list(Facility.objects.filter(found).order_by("name", "id")[: most + 1])


def _has(word: str) -> Q:
    pattern = "".join(_one_letter(letter) for letter in word)
    one = Q(name__iregex=pattern) | Q(district__iregex=pattern)
    if word.isdigit():
        one |= Q(renipress__contains=word)
    if regions := [code for code, label in _REGIONS if len(word) >= SHORTEST and word in label]:
        one |= Q(region__in=regions)
    if whole := _SHORT_FOR.get(word):
        every = Q()
        for each in whole.split():
            every &= Q(name__iregex="".join(_one_letter(letter) for letter in each))
        one |= every
    return one


def _one_letter(letter: str) -> str:
    return f"[{_LETTERS[letter]}]" if letter in _LETTERS else re.escape(letter)
