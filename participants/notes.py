"""What a free-text note should not hold: the subject is sensitive, and notes are read by many."""

import re

from django.utils.translation import gettext_lazy

NOTE_HELP = gettext_lazy("Do not write names, ages, places or data of cases or patients.")
NUMBER_WARNING = gettext_lazy(
    "This looks like a document number or a telephone. Take it out of the note, or tick below that"
    " it is none."
)
IS_NO_NUMBER = gettext_lazy("It is nobody's document number or telephone: save the note as it is.")

# A DNI, also as 40.123.456 or 40 123 456, and the longer numbers of other documents and of mobiles.
# A date as 02/03/2026 or 02-03-2026 is none.
DOCUMENT_NUMBER = re.compile(r"(?<!\d)(?:\d{8,12}|\d{2}[ .]\d{3}[ .]\d{3})(?!\d)")


def holds_document_number(note: str) -> bool:
    """Whether something in it looks like one. It warns and does not refuse: it may be a file's."""
    return DOCUMENT_NUMBER.search(note) is not None
