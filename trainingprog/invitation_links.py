"""A sheet of personal invitation links, for those whom a message reaches and a mail does not.

Whoever holds a link can enter as its person until the password is set: the taking is written down,
and no link is made for an account that may enter the administration.
"""

import datetime as dt
import io
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import xlsxwriter
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Cohort
from participants.enrolling import locked_cohort
from participants.harmless_cells import harmless
from trainingprog.account_states import account_state
from trainingprog.invitations import INVITATION_DAYS, has_password, invitation_url
from trainingprog.invitees import Invitee, Invitees
from trainingprog.models import User
from trainingprog.person_accounts import accounts_for


@dataclass(frozen=True, slots=True)
class LinkRow:
    """Without a link `reason` says why there is none."""

    invitee: Invitee
    link: str = ""
    whatsapp: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class InvitationLinks:
    rows: tuple[LinkRow, ...]
    good_until: dt.datetime

    @property
    def count(self) -> int:
        return sum(bool(row.link) for row in self.rows)

    @classmethod
    @transaction.atomic
    def make(cls, cohort: Cohort, *, by: User, at: dt.datetime) -> "InvitationLinks":
        """For everyone who has not entered and has no password; makes the missing accounts."""
        cohort = locked_cohort(cohort.pk)
        good_until = at + dt.timedelta(days=INVITATION_DAYS)
        waiting = Invitees.of(cohort, at=at).to_invite
        outcome = accounts_for([each.person for each in waiting], by=by)
        refused = {id(person): reason for person, reason in outcome.refused}
        rows = [_row(each, refused.get(id(each.person), ""), good_until) for each in waiting]
        return cls(tuple(rows), good_until)

    def as_xlsx(self) -> bytes:
        out = io.BytesIO()
        with xlsxwriter.Workbook(
            out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        ) as book:
            self._write(book)
        return out.getvalue()

    def _write(self, book: Any) -> None:
        page = book.add_worksheet(_("Links"))
        heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm", "align": "left"})
        headings = [
            _("Name"),
            _("Group"),
            _("Mobile"),
            _("Personal link"),
            _("Good until"),
            _("WhatsApp"),
        ]
        for column, text in enumerate(headings):
            page.write_string(0, column, text, heading)
        for column, width in enumerate((34, 22, 16, 48, 18, 48)):
            page.set_column(column, column, width)
        until = timezone.localtime(self.good_until).replace(tzinfo=None)
        for line, row in enumerate(self.rows, start=1):
            person = row.invitee.person
            texts = (person.sorting_name, row.invitee.place, person.mobile, row.link or row.reason)
            for column, text in enumerate(texts):
                page.write_string(line, column, harmless(text))
            if row.link:
                page.write_datetime(line, 4, until, moment)
            if row.whatsapp:
                page.write_url(line, 5, row.whatsapp)
        page.freeze_panes(1, 1)


def _row(invitee: Invitee, refusal: str, good_until: dt.datetime) -> LinkRow:
    user = invitee.user
    if user is None:
        return LinkRow(invitee, reason=refusal)
    if user.is_staff or user.is_superuser:
        return LinkRow(invitee, reason=_("Is invited by mail only: may enter the administration."))
    if has_password(user) or account_state(user) in ("entered", "inactive"):
        return LinkRow(invitee, reason=_("Has an account already, or it is deactivated."))
    link = invitation_url(user, by_hand=True)
    return LinkRow(invitee, link, _whatsapp(invitee, link, good_until))


def _whatsapp(invitee: Invitee, link: str, good_until: dt.datetime) -> str:
    """Opens the conversation with the text ready; empty without a mobile."""
    person = invitee.person
    if not person.mobile:
        return ""
    text = _(
        "Hello, %(name)s. This is your personal link to enter the training program: %(link)s It"
        " works once, until %(day)s. Please do not pass it on."
    ) % {
        "name": person.given_names.split(" ")[0],
        "link": link,
        "day": f"{timezone.localtime(good_until):%d/%m/%Y}",
    }
    return f"https://wa.me/{person.mobile.removeprefix('+')}?text={quote(text, safe='')}"
