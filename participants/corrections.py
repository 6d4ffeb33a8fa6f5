"""A mark is corrected after its module was closed: by the coordination alone, and with a reason."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.models import Session
from participants.models import AttendanceRecord, ModuleCompletion
from participants.notes import NUMBER_WARNING, holds_document_number

LONGEST_NOTE = 100


@dataclass(frozen=True, slots=True)
class Correction:
    """Kept with each mark that it changes, and in its history.

    `is_no_number`: what looks like a document number in the note is none, says who wrote it.
    """

    reason: str
    note: str
    is_no_number: bool = False

    @property
    def warns(self) -> bool:
        return holds_document_number(self.note)

    def check(self) -> None:
        """Raises ValidationError at `correction` or `correction_note`."""
        errors = {}
        if self.reason not in AttendanceRecord.Correction.values:
            errors["correction"] = _("Choose why the mark is corrected.")
        if not self.note:
            errors["correction_note"] = _("Write in a few words what is corrected.")
        elif len(self.note) > LONGEST_NOTE:
            errors["correction_note"] = _("At the most %(most)d characters.") % {
                "most": LONGEST_NOTE
            }
        elif self.warns and not self.is_no_number:
            errors["correction_note"] = str(NUMBER_WARNING)
        if errors:
            raise ValidationError(errors)


def decisions_to_look_at(session: Session, corrected: Iterable[AttendanceRecord]) -> str:
    """That decisions taken before a correction may be others now, in words; empty where none is."""
    people = [record.enrollment_id for record in corrected]
    decided = ModuleCompletion.objects.filter(
        cohort_module=session.cohort_module_id, enrollment__in=people
    ).count()
    text = ngettext(
        "Whether %(count)d person completes the module was decided before this correction. The"
        " decision keeps its figures: look whether it is still right.",
        "Whether %(count)d people complete the module was decided before this correction. The"
        " decisions keep their figures: look whether they are still right.",
        decided,
    )
    return text % {"count": decided} if decided else ""
