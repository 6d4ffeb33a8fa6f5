"""The rows that were not taken, as a sheet to correct and send again."""

import datetime as dt
import io

import xlsxwriter
from django.utils.translation import gettext as _

from participants.harmless_cells import harmless
from participants.import_plan import Plan, PlannedRow, State
from participants.spreadsheets import Sheet


def rejected_sheet(plan: Plan, sheet: Sheet) -> bytes:
    """An .xlsx of the sheet's own header and the rejected rows, with their row and reason.

    The columns keep their order and names, so that the corrected sheet is read like the first;
    the two that are added stand at the end and are not read.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    page = book.add_worksheet(_("To correct"))
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    date = book.add_format({"num_format": "dd/mm/yyyy"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    headers = [*plan.columns.headers, _("Row in your file"), _("What to correct")]
    reason_at = len(headers) - 1
    for column, header in enumerate(headers):
        page.write_string(0, column, harmless(header), bold)
    page.set_column(0, reason_at - 1, 18)
    page.set_column(reason_at, reason_at, 70)
    page.freeze_panes(1, 0)
    for line, planned in enumerate(plan.rejected, start=1):
        for column, cell in enumerate(planned.row.cells[: len(plan.columns.headers)]):
            if isinstance(cell, bool) or cell is None:
                page.write(line, column, cell)
            elif isinstance(cell, dt.datetime | dt.date):
                page.write_datetime(line, column, cell, date)
            elif isinstance(cell, int | float) and abs(cell) < 1e15:
                page.write_number(line, column, cell)
            else:
                page.write_string(line, column, harmless(str(cell)))
        page.write_number(line, reason_at - 1, planned.number)
        page.write_string(line, reason_at, harmless(reason(planned)), wrapped)
    book.close()
    return out.getvalue()


def reason(planned: PlannedRow) -> str:
    """Why a row is not taken, in words, the column first."""
    if planned.state == State.DUPLICATE:
        return _("Row %(row)d has the same document; they differ in: %(columns)s.") % {
            "row": planned.of or 0,
            "columns": ", ".join(planned.differs),
        }
    return " · ".join(f"{error.column}: {error.message}" for error in planned.errors)
