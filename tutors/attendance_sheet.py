"""The attendance sheet on paper: the register's people in its order, to sign, 13 to a page.

What stands on paper cannot be called back: document numbers are masked, and the code that opens the
page to transcribe it works only for who may open the register.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst, slugify
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from courses.models import Group, Session
from courses.models.sessions import Modality
from courses.typesetting import qr_drawing, typeset
from participants.attendance_marks import MARKS
from participants.register import Register, Row
from tutors.guiding import Guides

PEOPLE_ON_A_PAGE = 13
GUEST_ROWS = 2
NO_PEOPLE: tuple[tuple[Row, ...], ...] = ((),)


@dataclass(frozen=True, slots=True)
class AttendanceSheet:
    """A session's register, one group's part or all groups', as it is now."""

    register: Register
    at: dt.datetime

    def pdf(self) -> bytes:
        return typeset("attendance_sheet.typ", self._data(), at=self.at)

    @property
    def file_name(self) -> str:
        session, group = self.register.session, self.register.group
        parts = [_("attendance"), session.cohort.code, f"{session.day:%Y-%m-%d}", str(group or "")]
        return f"{slugify(' '.join(parts))}.pdf"

    def _data(self) -> dict[str, Any]:
        session = self.register.session
        starts, ends = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
        parts = self.register.by_group or [(self.register.group, [])]
        known = [group.pk for group, _rows in parts if group is not None]
        guides = Guides.of(known)
        return {
            "language": (get_language() or settings.LANGUAGE_CODE).partition("-")[0],
            "title": f"{session.label} · {starts:%d/%m/%Y}",
            "program": session.cohort.program.title,
            "edition": session.cohort.code,
            "session": session.label,
            "when": f"{date_format(starts, 'l d/m/Y, H:i')}–{date_format(ends, 'H:i')}",
            "place": _place(session),
            "legend": " · ".join(f"{letter} = {word}" for letter, word in MARKS.values()),
            "words": _words(),
            "parts": [
                {
                    "group": str(group) if group else _("No group"),
                    "tutor": " / ".join(
                        str(each.tutor) for each in guides.on(group.pk, session.day)
                    )
                    if group
                    else "",
                    "qr": qr_drawing(_transcription_page(session, group, rows)),
                    "pages": self._pages(group, rows),
                }
                for group, rows in parts
            ],
        }

    def _pages(self, group: Group | None, rows: Sequence[Row]) -> list[dict[str, Any]]:
        pages = list(batched(rows, PEOPLE_ON_A_PAGE)) or NO_PEOPLE
        printed = date_format(timezone.localtime(self.at), "d/m/Y H:i")
        facts = {"list": list_code(rows), "printed": printed, "pages": len(pages)}
        return [
            {
                "rows": [
                    {
                        "number": number,
                        "name": row.enrollment.participant.sorting_name,
                        "document": _told_apart_by(row),
                    }
                    for number, row in enumerate(people, PEOPLE_ON_A_PAGE * index + 1)
                ],
                "guests": GUEST_ROWS if index + 1 == len(pages) else 0,
                "foot": _("List %(list)s, printed on %(printed)s · page %(page)d of %(pages)d")
                % {**facts, "page": index + 1},
            }
            for index, people in enumerate(pages)
        ]


def list_code(rows: Sequence[Row]) -> str:
    """Changes when other people, or the same in another order, are on the sheet."""
    people = ",".join(str(row.enrollment.pk) for row in rows)
    return hashlib.sha256(people.encode()).hexdigest()[:6]


def _told_apart_by(row: Row) -> str:
    document = row.enrollment.participant.masked_document
    if row.guest is None:
        return document
    guest = pgettext("attendance sheet", "guest")
    return " · ".join([document, guest, str(row.enrollment.group or _("No group"))])


def _transcription_page(session: Session, group: Group | None, rows: Sequence[Row]) -> str:
    args = [session.pk, group.pk] if group else [session.pk]
    page = reverse("tutors:transcribe", args=args)
    return f"{settings.SITE_URL}{page}?list={list_code(rows)}"


def _place(session: Session) -> str:
    modality = capfirst(session.get_modality_display())
    if session.modality == Modality.ONLINE or not session.venue:
        return modality
    return session.venue


def _words() -> dict[str, str]:
    return {
        "when": _("When"),
        "group": _("Group"),
        "place": _("Where"),
        "tutor": _("Tutor"),
        "scan": _("To transcribe it"),
        "number": _("No."),
        "name": _("Surnames and given names"),
        "signature": _("Signature"),
        "arrival": _("Arrival"),
        "mark": "/".join(str(letter) for letter, _word in MARKS.values()),
        "guest": pgettext("attendance sheet", "guest"),
    }
