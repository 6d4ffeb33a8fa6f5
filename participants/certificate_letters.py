"""What the committed typefaces can draw: a name with anything else is not printed with gaps."""

from functools import cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from courses.typesetting import FOLDER


def undrawable(text: str) -> list[str]:
    """The characters of the text that the typefaces lack, each once."""
    known = _drawn()
    return [each for each in dict.fromkeys(text) if ord(each) not in known]


def refuse_undrawable(text: str) -> None:
    """Raises ValidationError, "undrawable", which names the characters."""
    if missing := undrawable(text):
        named = ", ".join(f"{each} (U+{ord(each):04X})" for each in missing)
        raise ValidationError(
            _("The certificate's typeface has no sign for: %(characters)s.")
            % {"characters": named},
            code="undrawable",
        )


@cache
def _drawn() -> frozenset[int]:
    """Read from a list beside the fonts, of which a test holds that it is theirs."""
    found: set[int] = set()
    for line in (FOLDER / "fonts" / "characters.txt").read_text(encoding="ascii").split():
        first, _dash, last = line.partition("-")
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(found)
