import datetime as dt
import io

import openpyxl

from participants.import_plan import State
from participants.rejected_rows import rejected_sheet
from participants.roster_import import RosterImport
from tests.sheets import HEADER, PERSON, TODAY, person, sheet_of


def plan_of(cohort, sheet):
    return RosterImport(
        sheet, RosterImport.find_columns(sheet), cohort=cohort, today=TODAY
    ).preview()


def test_rejected_sheet_holds_the_rejected_rows_with_the_reason_and_can_be_sent_again(cohort):
    born = dt.datetime(1990, 8, 25)
    header = (*HEADER, "Fecha de nacimiento")
    sheet = sheet_of(
        (*person(code=None, facility=None), born),
        (*person(code=None, facility=None, names="Ana"), born),
        (*person(code=None, facility=None, number=1234, surname="=cmd|x"), born),
        header=header,
        first=3,
    )
    plan = plan_of(cohort, sheet)
    content = rejected_sheet(plan, sheet)
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
    assert rows[0][: len(header)] == header
    assert [row[-2] for row in rows[1:]] == [5, 6]
    assert "Nombres" in rows[1][-1]
    assert rows[2][-1].startswith("N° de documento: ")
    assert "Apellido paterno" in rows[2][-1]
    assert rows[2][2] == "'=cmd|x"
    assert (rows[2][1], rows[2][12]) == (1234, born)

    again = RosterImport.open(content, "corregir.xlsx")
    states = [row.state for row in plan_of(cohort, again).rows]
    assert states == [State.NEW, State.ERROR]


def test_rejected_sheet_of_a_waiting_row_names_the_facility(cohort):
    sheet = sheet_of(PERSON)
    content = rejected_sheet(plan_of(cohort, sheet), sheet)
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
    assert rows[1][-1].startswith("Código IPRESS: ")
