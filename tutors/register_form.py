"""The form of a register: what a browser sends of it, and what the page shows.

Each person's radio buttons are `s<enrollment>` and, in a hybrid session, `m<enrollment>`. What was
stored when the page was made goes along in `seen`, so that only what the person at the page has
changed is stored, and is known to rest on what version. What waited on a device comes with
`made_at`, when that was by the device's clock: it is told in the history and decides nothing.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from courses.models import Group, Session
from courses.models.sessions import Modality
from participants.attendance_marks import MARKS
from participants.corrections import Correction
from participants.deciding import set_by_hand
from participants.make_ups import MISSED
from participants.models import AttendanceRecord
from participants.models.attendance import CAME
from participants.register import Conflict, Mark, Register, Row
from participants.register_people import is_excused

FIELD = re.compile(r"s([1-9]\d{0,17})")
TAKEN = re.compile(r"([1-9]\d{0,17})\.(\w+)\.(\d{1,5})\.(\w*)", re.ASCII)
CONNECTION = re.compile(r"([1-9]\d{0,17})\.(yes|no)", re.ASCII)
SEEN = re.compile(r"([1-9]\d{0,17})\.(\d{1,9})\.(\w+)\.(\w*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class SentRegister:
    """`typed` and `seen` are by enrollment; `seen` has a version, a state and a mode.

    `connection` is a shared connection's key, and whether it is confirmed.
    """

    typed: Mapping[int, Mark]
    seen: Mapping[int, Mark]
    rest: Mark | None = None
    correction: Correction | None = None
    connection: tuple[int, bool] | None = None

    @classmethod
    def of(cls, data: QueryDict) -> "SentRegister":
        """What cannot be read of `seen` counts as not seen: it then overwrites nothing."""
        seen = {
            int(pk): Mark(state, mode=mode, based_on=int(version))
            for pk, version, state, mode in SEEN.findall(data.get("seen", ""))
        }
        typed = {}
        remark = _made_offline(data.get("made_at", ""))
        for name in data:
            if (match := FIELD.fullmatch(name)) and data[name]:
                pk, state = int(match[1]), str(data[name])
                mode = str(data.get(f"m{pk}", "")) if state in CAME else ""
                based_on = seen[pk].based_on if pk in seen else None
                typed[pk] = Mark(state, mode=mode, based_on=based_on, remark=remark)
        if match := TAKEN.fullmatch(data.get("take", "")):
            # What the evidence says, as it was shown, in the place of the mark against it.
            pk, state = int(match[1]), match[2]
            based_on = seen[pk].based_on if pk in seen else None
            minutes = int(match[3]) if state in CAME else None
            typed[pk] = Mark(state, mode=match[4], minutes=minutes, based_on=based_on)
        rest = Mark(AttendanceRecord.State.PRESENT) if "all_present" in data else None
        correction = None
        if "correction" in data:
            note = str(data.get("correction_note", "")).strip()
            correction = Correction(str(data["correction"]), note, "is_no_number" in data)
        match = CONNECTION.fullmatch(data.get("connection", ""))
        connection = (int(match[1]), match[2] == "yes") if match else None
        return cls(typed, seen, rest, correction, connection)

    def signed_in(self, session: Session) -> "SentRegister":
        """Of a sheet: who signed it was in the room, unless stored otherwise before."""
        if session.modality != Modality.HYBRID:
            return self
        in_person = AttendanceRecord.Mode.IN_PERSON
        nothing = Mark("")
        typed = {}
        for pk, mark in self.typed.items():
            seen = self.seen.get(pk, nothing)
            is_new = mark.state in CAME and mark.state != seen.state and not seen.mode
            typed[pk] = replace(mark, mode=in_person) if is_new else mark
        rest = self.rest and replace(self.rest, mode=in_person)
        return replace(self, typed=typed, rest=rest)

    @property
    def changed(self) -> dict[int, Mark]:
        """The marks that are not as they were seen."""
        return {
            pk: mark
            for pk, mark in self.typed.items()
            if pk not in self.seen
            or mark.state != self.seen[pk].state
            or (mark.mode and mark.mode != self.seen[pk].mode)
        }


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    letter: str
    word: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class SheetRow:
    row: Row
    state: str
    mode: str
    conflict: Conflict | None = None
    errors: tuple[str, ...] = ()
    opens_guests: bool = False

    @property
    def key(self) -> str:
        """As text: a page may write numbers with separators."""
        return str(self.row.enrollment.pk)

    @property
    def chosen(self) -> str:
        """Who has an accepted excuse is excused, unless marked otherwise."""
        excuse = self.row.excuse
        if self.state or excuse is None or not excuse.is_accepted:
            return self.state
        return AttendanceRecord.State.EXCUSED.value

    @property
    def choices(self) -> list[Choice]:
        return [
            Choice(value, str(letter), str(word), value == self.chosen)
            for value, (letter, word) in MARKS.items()
        ]

    @property
    def modes(self) -> list[Choice]:
        return [
            Choice(value, "", str(label), value == self.mode)
            for value, label in AttendanceRecord.Mode.choices
        ]

    @property
    def was_absent(self) -> bool:
        return self.row.guest is None and self.stored_state in MISSED

    @property
    def is_excused(self) -> bool:
        """Whom “the rest present” leaves out: a device that has no line has to know."""
        return is_excused(self.row.enrollment)

    @property
    def word(self) -> str:
        return _word(self.state)

    @property
    def said(self) -> str:
        """What the evidence says in one line: its sources, how long, and since when."""
        decision, evidence = self.row.decision, self.row.evidence
        if decision is None:
            return ""
        parts = [" + ".join(dict.fromkeys(str(each.get_kind_display()) for each in evidence))]
        if decision.source != AttendanceRecord.Source.CHECK_IN:
            parts.append(_("%(minutes)d min") % {"minutes": decision.minutes})
        if decision.arrived_at is not None:
            arrived = date_format(timezone.localtime(decision.arrived_at), "H:i")
            parts.append(_("since %(time)s") % {"time": arrived})
        if any(each.shared_with_id for each in evidence):
            parts.append(_("shared connection"))
        return " · ".join(parts)

    @property
    def by_evidence(self) -> bool:
        return self.row.record is not None and not set_by_hand(self.row.record)

    @property
    def evidence_word(self) -> str:
        return _word(self.row.decision.state) if self.row.decision else ""

    @property
    def evidence_value(self) -> str:
        """What taking the evidence's value sends."""
        decision = self.row.decision
        if decision is None:
            return ""
        return f"{self.key}.{decision.state}.{decision.minutes}.{decision.mode}"

    @property
    def stored_state(self) -> str:
        return self.row.record.state if self.row.record else ""

    @property
    def stored_word(self) -> str:
        return _word(self.stored_state)


@dataclass(frozen=True)
class Sheet:
    """A register as its page shows it; marks that could not be stored stay as they were typed."""

    register: Register
    sections: tuple[tuple[Group | None, tuple[SheetRow, ...]], ...]
    seen: str
    unmarked: int
    is_unsaved: bool
    errors: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    @classmethod
    def of(
        cls,
        register: Register,
        sent: SentRegister | None = None,
        *,
        conflicts: tuple[Conflict, ...] = (),
        error: ValidationError | None = None,
    ) -> "Sheet":
        """With an error all of `sent` is shown again; with conflicts those marks alone."""
        clashing = {conflict.enrollment.pk: conflict for conflict in conflicts}
        typed = {pk: conflict.mark for pk, conflict in clashing.items()}
        refused: dict[str, list[str]] = {}
        if error is not None:
            typed = dict(sent.typed) if sent else {}
            refused = (
                error.message_dict
                if hasattr(error, "error_dict")
                else {NON_FIELD_ERRORS: error.messages}
            )
        first_guest = next((row for row in register.rows if row.guest), None)
        shown = {
            row.enrollment.pk: cls._row(row, typed, clashing, refused, first_guest)
            for row in register.rows
        }
        sections = tuple(
            (group, tuple(shown[row.enrollment.pk] for row in rows))
            for group, rows in register.by_group
        )
        here = {str(pk) for pk in shown}
        elsewhere = [text for key, texts in refused.items() if key not in here for text in texts]
        return cls(
            register=register,
            sections=sections,
            seen=_seen(sent.seen if error is not None and sent else _stored(register)),
            unmarked=sum(not row.chosen for row in shown.values()),
            is_unsaved=bool(typed),
            errors=tuple(dict.fromkeys(elsewhere)),
            conflicts=conflicts,
        )

    @staticmethod
    def _row(
        row: Row,
        typed: Mapping[int, Mark],
        clashing: Mapping[int, Conflict],
        refused: Mapping[str, list[str]],
        first_guest: Row | None,
    ) -> SheetRow:
        pk = row.enrollment.pk
        if mark := typed.get(pk):
            state, mode = mark.state, mark.mode
        else:
            state, mode = (row.record.state, row.record.mode) if row.record else ("", "")
        errors = tuple(refused.get(str(pk), ()))
        return SheetRow(row, state, mode, clashing.get(pk), errors, row is first_guest)

    @property
    def is_hybrid(self) -> bool:
        return self.register.session.modality == Modality.HYBRID

    @property
    def is_untouched(self) -> bool:
        return self.unmarked == len(self.register.rows)


def _made_offline(made_at: str) -> str:
    """What cannot be read as a time is left out."""
    try:
        moment = timezone.localtime(dt.datetime.fromisoformat(made_at))
    except (ValueError, OverflowError):  # a time without its zone too
        return ""
    told = date_format(moment, "d/m/Y H:i")
    return _("taken without a network; the device's clock said %(time)s") % {"time": told}


def _word(state: str) -> str:
    return str(MARKS[state][1]) if state in MARKS else ""


def changed_by_others(register: Register, sent: SentRegister, user_pk: int | None) -> list[Row]:
    """Marks that someone else has stored since the page was opened."""
    return [
        row
        for row in register.rows
        if row.record
        and row.record.recorded_by_id != user_pk
        and row.version != (seen.based_on if (seen := sent.seen.get(row.enrollment.pk)) else None)
    ]


def _stored(register: Register) -> dict[int, Mark]:
    return {
        row.enrollment.pk: Mark(row.record.state, mode=row.record.mode, based_on=row.version)
        for row in register.rows
        if row.record
    }


def _seen(marks: Mapping[int, Mark]) -> str:
    return " ".join(f"{pk}.{mark.based_on}.{mark.state}.{mark.mode}" for pk, mark in marks.items())
