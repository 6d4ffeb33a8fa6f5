"""What a free-text note may not hold: the subject is sensitive, and notes are read by many."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

NOTE_HELP = gettext_lazy("Do not write names, ages, places or data of cases or patients.")

# A DNI, also as 40.123.456 or 40 123 456, and the longer numbers of other documents and of mobiles.
# A date as 02/03/2026 or 02-03-2026 is none.
DOCUMENT_NUMBER = re.compile(r"(?<!\d)(?:\d{8,12}|\d{2}[ .]\d{3}[ .]\d{3})(?!\d)")


def refuse_document_numbers(field: str, note: str) -> None:
    """Raises ValidationError at the field for what looks like a document number."""
    if DOCUMENT_NUMBER.search(note):
        raise ValidationError(
            {
                field: ValidationError(
                    _("This looks like a document number or a telephone. Take it out of the note."),
                    code="document_number",
                )
            }
        )
