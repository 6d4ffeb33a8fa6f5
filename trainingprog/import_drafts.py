"""A sheet that waits for its confirmation: stored, opened again, reduced and cleared."""

import datetime as dt
from typing import Any

from django.utils import timezone

from courses.models import Cohort
from participants.facility_import import FacilityImport
from participants.import_plan import Plan, State
from participants.roster_import import RosterImport
from participants.score_import import score_import
from participants.sheet_import import SheetImport
from participants.spreadsheets import CellProblem, Row, Sheet, Value
from trainingprog.models import ImportDraft, User
from tutors.tutor_import import TutorImport

# Long enough for a coordinator to ask about a facility and come back; the sheet is personal data.
KEPT = dt.timedelta(hours=24)
# In a draft's answers, and in the address of the page where a sheet is sent.
EDITION = "edition"
KINDS: dict[str, type[SheetImport]] = {
    ImportDraft.Kind.PARTICIPANTS: RosterImport,
    ImportDraft.Kind.FACILITIES: FacilityImport,
    ImportDraft.Kind.TUTORS: TutorImport,
}


def import_kind(kind: str, cohort: Cohort | None) -> type[SheetImport]:
    """That of scores has the columns of its edition."""
    if kind == ImportDraft.Kind.SCORES and cohort is not None:
        return score_import(cohort)
    return KINDS[kind]


def start_draft(
    sheet: Sheet,
    *,
    kind: str,
    user: User,
    filename: str,
    cohort: Cohort | None = None,
    enrolled_on: dt.date | None = None,
    edition: Cohort | None = None,
) -> ImportDraft:
    """`edition` is the one from whose page the coordinator came, to lead back there."""
    answers: dict[str, Any] = {"enrolled_on": enrolled_on.isoformat()} if enrolled_on else {}
    if edition is not None:
        answers[EDITION] = edition.pk
    return ImportDraft.objects.create(
        kind=kind,
        user=user,
        cohort=cohort,
        filename=filename[:255],
        sheet=pack_sheet(sheet),
        answers=answers,
    )


def clear_drafts(*, now: dt.datetime) -> int:
    """Delete the drafts that are older than KEPT, whoever's they are."""
    return ImportDraft.objects.filter(created_at__lt=now - KEPT).delete()[0]


def open_import(draft: ImportDraft) -> SheetImport:
    """The import of a draft, with everything that was answered so far."""
    kind, answers = import_kind(draft.kind, draft.cohort), draft.answers
    sheet = unpack_sheet(draft.sheet)
    columns = kind.find_columns(
        sheet, header_row=answers.get("header_row"), chosen=answers.get("chosen")
    )
    today = timezone.localdate()
    if draft.cohort is None or draft.kind == ImportDraft.Kind.SCORES:
        return kind(sheet, columns, today=today)
    enrolled_on = answers.get("enrolled_on")
    return RosterImport(
        sheet,
        columns,
        cohort=draft.cohort,
        today=today,
        enrolled_on=dt.date.fromisoformat(enrolled_on) if enrolled_on else None,
        facility_choices=answers.get("facilities"),
    )


def answer(draft: ImportDraft, **answers: Any) -> None:
    draft.answers = draft.answers | answers
    draft.save(update_fields=["answers"])


def keep_rejected(draft: ImportDraft, plan: Plan, importing: SheetImport) -> bool:
    """After the good rows are taken: keep no more than what is still to be settled or corrected.

    A repeated row that differs keeps the row that it repeats, so as not to look like a change.
    Returns False where nothing is left, and the draft is gone.
    """
    kept = {row.number for row in plan.rejected}
    if not kept:
        draft.delete()
        return False
    kept |= {row.of for row in plan.rejected if row.state == State.DUPLICATE and row.of}
    header = plan.columns.header_row
    sheet = importing.sheet
    rows = tuple(row for row in sheet.rows if row.number == header or row.number in kept)
    draft.sheet = pack_sheet(Sheet(sheet.name, rows))
    draft.answers = draft.answers | {
        "header_row": header,
        "chosen": {field: plan.columns.columns.get(field) for field in importing.names()},
    }
    draft.save(update_fields=["sheet", "answers"])
    return True


def pack_sheet(sheet: Sheet) -> dict[str, Any]:
    rows = [[row.number, [_pack(cell) for cell in row.cells]] for row in sheet.rows]
    return {"name": sheet.name, "rows": rows}


def unpack_sheet(packed: dict[str, Any]) -> Sheet:
    rows = (Row(number, tuple(map(_unpack, cells))) for number, cells in packed["rows"])
    return Sheet(packed["name"], tuple(rows))


def _pack(cell: Value) -> Any:
    if isinstance(cell, dt.datetime):
        return {"datetime": cell.isoformat()}
    if isinstance(cell, dt.date):
        return {"date": cell.isoformat()}
    if isinstance(cell, CellProblem):
        return {"shown": cell.shown, "message": cell.message}
    return cell


def _unpack(cell: Any) -> Value:
    if not isinstance(cell, dict):
        return cell
    if "datetime" in cell:
        return dt.datetime.fromisoformat(cell["datetime"])
    if "date" in cell:
        return dt.date.fromisoformat(cell["date"])
    return CellProblem(**cell)
