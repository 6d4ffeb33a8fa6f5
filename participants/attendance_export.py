"""An edition's attendance as sheets: one row per person, and one row per mark."""

import csv
import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Cohort
from courses.schedule import school_today
from participants.attendance_grid import LETTERS, UNCONCERNED, UNTAKEN, AttendanceGrid, Column
from participants.attendance_grid import GridRow as Row
from participants.harmless_cells import harmless
from participants.make_ups import OwnMakeUp
from participants.models import AttendanceRecord, Enrollment, Region
from participants.progress import CohortProgress
from participants.rules_in_force import rules_in_force

SIGNS = LETTERS | {UNTAKEN: "·", UNCONCERNED: "–"}
# Ink on paper, as on the pages.
MARK_COLOURS = {
    "present": ("#17663A", "#E0F2E6"),
    "late": ("#7A4A00", "#FFF0D1"),
    "excused": ("#274C9B", "#E5ECFB"),
    "absent": ("#A3201F", "#FDE6E4"),
    "made_up": ("#084652", "#E2F0F2"),
}

type Value = str | int | dt.date | None
# A heading, and what stands under it for a person.
type SheetColumn = tuple[str, Callable[[Row], Value]]


@dataclass(frozen=True, slots=True)
class Sheet:
    title: str
    headings: list[str]
    rows: list[list[Value]]
    # The columns from one to before the other hold marks.
    marks: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class AttendanceExport:
    """In the language in force. Document numbers come only where asked for, notes never."""

    people: Sheet
    records: Sheet

    @classmethod
    def of(cls, cohort: Cohort, *, at: dt.datetime, with_documents: bool) -> "AttendanceExport":
        """Seven queries at most, for any number of people."""
        rules = rules_in_force([cohort], on=school_today(at))[cohort.pk]
        progress = CohortProgress.for_cohort(cohort, at=at, rules=rules)
        grid = AttendanceGrid.of(progress, at=at)
        before = _person_columns(cohort, with_documents=with_documents)
        sessions = [
            (_heading(column), partial(_sign, index)) for index, column in enumerate(grid.columns)
        ]
        columns: list[SheetColumn] = [
            *before,
            *sessions,
            *_rate_columns(),
            *_module_columns(grid),
        ]
        people = Sheet(
            _("Attendance"),
            [heading for heading, _value in columns],
            [[value(row) for _heading, value in columns] for row in grid.rows],
            (len(before), len(before) + len(sessions)),
        )
        return cls(people, _records(cohort, progress))

    def as_xlsx(self) -> bytes:
        file = io.BytesIO()
        with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
            for sheet in (self.people, self.records):
                _write(book, sheet)
        return file.getvalue()

    def as_csv(self) -> bytes:
        """The people's sheet, in UTF-8 with the mark by which spreadsheet programs know it."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow([_harmless(heading) for heading in self.people.headings])
        writer.writerows([_harmless(value) for value in row] for row in self.people.rows)
        return text.getvalue().encode("utf-8-sig")


def _person_columns(cohort: Cohort, *, with_documents: bool) -> list[SheetColumn]:
    facilities = {
        pk: (name, str(Region(region).label))
        for pk, name, region in Enrollment.objects.for_cohort(cohort)
        .filter(facility__isnull=False)
        .values_list("pk", "facility__name", "facility__region")
    }
    columns: list[tuple[str, Callable[[Enrollment], Value]]] = [
        (_("Group"), lambda e: e.group.number if e.group else None),
        (_("Surnames"), lambda e: e.participant.surnames),
        (_("Given names"), lambda e: e.participant.given_names),
    ]
    if with_documents:
        columns += [
            (_("Document type"), lambda e: e.participant.get_document_type_display()),
            (_("Document number"), lambda e: e.participant.document_number),
        ]
    columns += [
        (_("Status"), lambda e: e.get_status_display()),
        (_("Service"), lambda e: e.get_service_display()),
        (_("Profession"), lambda e: e.get_profession_display()),
        (_("Facility"), lambda e: facilities.get(e.pk, (None, None))[0]),
        (_("Region"), lambda e: facilities.get(e.pk, (None, None))[1]),
    ]
    return [(heading, partial(_of_enrollment, value)) for heading, value in columns]


def _of_enrollment(value: Callable[[Enrollment], Value], row: Row) -> Value:
    return value(row.progress.enrollment)


def _heading(column: Column) -> str:
    first, last = column.days
    days = f"{first:%d/%m/%Y}" if first == last else f"{first:%d/%m/%Y} – {last:%d/%m/%Y}"
    return f"{column.label} · {days}"


def _sign(index: int, row: Row) -> Value:
    return str(SIGNS.get(row.cells[index].state, ""))


def _rate_columns() -> list[SheetColumn]:
    return [
        (_("Present"), lambda row: row.progress.rate.present),
        (_("Late"), lambda row: row.progress.rate.late),
        (_("Excused"), lambda row: row.progress.rate.excused),
        (_("Absent"), lambda row: row.progress.rate.absent),
        (_("Made up"), lambda row: row.progress.rate.made_up),
        (_("Not taken"), lambda row: row.progress.rate.untaken),
        (_("To date (%)"), lambda row: row.progress.rate.to_date),
        (_("Best still possible (%)"), lambda row: row.progress.rate.best_possible),
        (_("Already certain (%)"), lambda row: row.progress.rate.certain),
        (_("Absences left"), lambda row: row.progress.rate.absences_left),
        (_("State"), lambda row: row.progress.rate.state_label),
    ]


def _module_columns(grid: AttendanceGrid) -> list[SheetColumn]:
    if not grid.rows:
        return []
    columns: list[SheetColumn] = []
    for index, module in enumerate(grid.rows[0].progress.modules):
        named = {"module": module.cohort_module.module.title}
        columns += [
            (_("%(module)s: already certain (%%)") % named, partial(_module_rate, index)),
            (_("%(module)s: outcome") % named, partial(_module_outcome, index)),
        ]
    return columns


def _module_rate(index: int, row: Row) -> Value:
    return row.progress.modules[index].rate.certain


def _module_outcome(index: int, row: Row) -> Value:
    completion = row.progress.modules[index].completion
    return completion.outcome_label if completion else None


def _records(cohort: Cohort, progress: CohortProgress) -> Sheet:
    sessions = {session.pk: session for session in progress.sessions}
    details: dict[tuple[int, int], list[Any]] = {
        (enrollment, session): values
        for enrollment, session, *values in AttendanceRecord.objects.filter(
            enrollment__cohort=cohort
        )
        .order_by()
        .values_list(
            "enrollment_id", "session_id", "state", "mode", "minutes", "source", "recorded_at"
        )
    }
    rows: list[list[Value]] = []
    for person in progress.rows:
        enrollment = person.enrollment
        group = enrollment.group.number if enrollment.group else None
        for key in person.marks:
            if (enrollment.pk, key) not in details:
                continue  # taken back between the two reads
            state, mode, minutes, source, recorded_at = details[enrollment.pk, key]
            rows.append(
                [
                    group,
                    enrollment.participant.surnames,
                    enrollment.participant.given_names,
                    sessions[key].label,
                    timezone.localtime(sessions[key].starts_at),
                    str(AttendanceRecord.State(state).label),
                    str(AttendanceRecord.Mode(mode).label) if mode else None,
                    minutes,
                    str(AttendanceRecord.Source(source).label),
                    timezone.localtime(recorded_at),
                    _make_up(person.make_ups.get(key)),
                ]
            )
    headings = [
        _("Group"),
        _("Surnames"),
        _("Given names"),
        _("Session"),
        _("Starts"),
        _("State"),
        _("Mode"),
        _("Minutes"),
        _("Source"),
        _("Recorded"),
        _("Make-up"),
    ]
    return Sheet(_("Marks"), headings, rows)


def _make_up(own: OwnMakeUp | None) -> str | None:
    if own is None:
        return None
    host = own.make_up.host
    what = str(host.group) if host else own.make_up.get_task_display()
    return f"{what}: {own.label}"


def _harmless(value: Value) -> Value:
    return harmless(value) if isinstance(value, str) else value


def _write(book: Any, sheet: Sheet) -> None:
    page = book.add_worksheet(sheet.title)
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm", "align": "left"})
    centred = book.add_format({"align": "center"})
    first, end = sheet.marks
    for number, text in enumerate(sheet.headings):
        is_mark = first <= number < end
        page.set_column(number, number, 11 if is_mark else 18, centred if is_mark else None)
        page.write_string(0, number, text, heading)
    for row_number, row in enumerate(sheet.rows, start=1):
        for number, value in enumerate(row):
            if isinstance(value, str):
                # As a string even where it begins with “=”.
                page.write_string(row_number, number, value)
            elif isinstance(value, dt.datetime):
                page.write_datetime(row_number, number, value.replace(tzinfo=None), moment)
            elif value is not None:
                page.write_number(row_number, number, value)
    page.freeze_panes(1, 3)
    if sheet.rows:
        page.autofilter(0, 0, len(sheet.rows), len(sheet.headings) - 1)
    if end > first and sheet.rows:
        for state, (ink, paper) in MARK_COLOURS.items():
            page.conditional_format(
                1,
                first,
                len(sheet.rows),
                end - 1,
                {
                    "type": "cell",
                    "criteria": "==",
                    "value": f'"{LETTERS[state]}"',
                    "format": book.add_format({"font_color": ink, "bg_color": paper}),
                },
            )
