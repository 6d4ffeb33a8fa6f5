"""A score as people write it: 14, 14,5 or 14.5; NP for who did not sit it."""

import re
from decimal import Decimal

from django.utils.translation import gettext as _

from courses.models.assessments import HIGHEST_SCORE
from participants.normalising import fold

NUMBER = re.compile(r"[+-]?\d{1,9}(?:[.,]\d{1,15})?", re.ASCII)
NOT_SAT = frozenset({"np", "n p", "nsp", "no se presento", "no presento", "no rindio"})
FINEST = Decimal("0.01")


def is_not_sat(text: str) -> bool:
    return fold(text) in NOT_SAT


def read_score(text: str) -> Decimal | None:
    """The score; None for who did not sit it. Raises ValueError, with what is wrong, in words."""
    text = text.strip()
    if is_not_sat(text):
        return None
    if not NUMBER.fullmatch(text):
        raise ValueError(_("“%(text)s” is no score. Write 0 to 20, or NP.") % {"text": text[:40]})
    value = Decimal(text.replace(",", "."))
    if not 0 <= value <= HIGHEST_SCORE:
        raise ValueError(_("A score lies between 0 and 20."))
    if value != value.quantize(FINEST):
        raise ValueError(_("A score has two decimals at most."))
    return value


def looks_like_a_score(text: str) -> bool:
    """A number as scores are, right or wrong by a little; no document number and no name."""
    text = text.strip()
    return is_not_sat(text) or bool(re.fullmatch(r"[+-]?\d{1,3}(?:[.,]\d*)?", text, re.ASCII))
