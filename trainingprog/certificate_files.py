"""Certificates as files for the school: all PDFs of an edition, and a year's register."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from participants.certificate_answer import file_name
from participants.certificate_pdf import certificate_pdf
from participants.harmless_cells import harmless
from participants.models import Certificate, Recipient


class Archive(io.RawIOBase):
    """What a zip is written into, handed on bit by bit: zipfile asks for no way back."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._written.append(bytes(content))
        return len(content)

    def taken(self) -> bytes:
        written, self._written = b"".join(self._written), []
        return written


def archived(certificates: Iterable[Certificate], archive: Archive) -> Iterator[bytes]:
    """The designs come with them. Not compressed: a PDF is already."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as book:
        for certificate in certificates:
            moment = timezone.localtime(certificate.issued_at).timetuple()[:6]
            entry = zipfile.ZipInfo(file_name(certificate), date_time=moment)
            book.writestr(entry, certificate_pdf(certificate))
            yield archive.taken()
    yield archive.taken()


@dataclass(frozen=True, slots=True)
class RegisterSheet:
    """Every number of the year in its order: revoked ones too, as none is ever taken out."""

    headings: list[str]
    rows: list[list[Any]]

    @classmethod
    def of(cls, year: int) -> "RegisterSheet":
        found = Certificate.objects.filter(year=year).order_by("number")
        headings = [
            *(_("Number"), _("Kind"), _("For"), _("Name"), _("Document"), _("Program")),
            *(_("Edition"), _("First day"), _("Last day"), _("Academic hours"), _("Issued")),
            *(_("Issued by"), _("Code"), _("State"), _("Revoked on"), _("Reason")),
            *(_("Note"), _("Replaced by")),
        ]
        rows = found.select_related("issued_by", "replaced_by")
        return cls(headings, [_row(certificate) for certificate in rows])

    def as_xlsx(self) -> bytes:
        file = io.BytesIO()
        with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
            sheet = book.add_worksheet(pgettext("certificates", "Register"))
            bold = book.add_format({"bold": True})
            for column, heading in enumerate(self.headings):
                sheet.write_string(0, column, heading, bold)
            for index, row in enumerate(self.rows, 1):
                for column, value in enumerate(row):
                    if isinstance(value, int):
                        sheet.write_number(index, column, value)
                    else:
                        sheet.write_string(index, column, harmless(str(value)))
            sheet.freeze_panes(1, 1)
            sheet.set_column(0, 0, 12)
            sheet.set_column(3, 5, 34)
        return file.getvalue()


def _row(certificate: Certificate) -> list[Any]:
    facts = certificate.facts
    is_tutors = facts["recipient"] == Recipient.TUTORS
    revoked = certificate.revoked_at
    return [
        certificate.full_number,
        certificate.get_kind_display(),
        Recipient.TUTORS.label if is_tutors else Recipient.PARTICIPANTS.label,
        facts["name"],
        facts["document"],
        facts["program"],
        facts["edition"],
        facts["starts_on"],
        facts["ends_on"],
        facts["hours"],
        f"{timezone.localtime(certificate.issued_at):%Y-%m-%d %H:%M}",
        certificate.issued_by.get_full_name() if certificate.issued_by else "",
        facts["code"],
        _("revoked") if revoked else _("in force"),
        f"{timezone.localtime(revoked):%Y-%m-%d %H:%M}" if revoked else "",
        certificate.get_revocation_display(),
        certificate.revocation_note,
        certificate.replaced_by.full_number if certificate.replaced_by else "",
    ]
