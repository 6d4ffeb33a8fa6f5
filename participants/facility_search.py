"""Facilities found by what a person types of them: code, name or district, accents or none."""

import re

from django.db.models import Q

from participants.models import Facility
from participants.normalising import fold

SHORTEST = 3
MOST = 8
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


def find_facilities(typed: str, *, most: int = MOST) -> list[Facility]:
    """Those of which every word is in the name or the district, or begins the code; none for
    fewer than 3 letters. One more than `most` is returned where there are more."""
    words = fold(typed)[:80].split()[:6]
    if len("".join(words)) < SHORTEST:
        return []
    found = Q()
    for word in words:
        pattern = "".join(_one_letter(letter) for letter in word)
        one = Q(name__iregex=pattern) | Q(district__iregex=pattern)
        if word.isdigit():
            one |= Q(renipress__contains=word)
        found &= one
    return list(Facility.objects.filter(found).order_by("name", "id")[: most + 1])


def _one_letter(letter: str) -> str:
    return f"[{_LETTERS[letter]}]" if letter in _LETTERS else re.escape(letter)
