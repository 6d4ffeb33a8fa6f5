"""A sheet of scores: a person a row, by document number or else by name, an assessment a column."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import FETCH_RAISE
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.models import Assessment, Cohort
from participants.closed import why_closed
from participants.columns import ColumnMap, Field
from participants.import_plan import Change, PlannedRow, State
from participants.models import Enrollment, Score
from participants.models.scores import DID_NOT_SIT, written
from participants.normalising import text
from participants.score_grid import Column
from participants.score_paste import People
from participants.scoring import SCORED, Mark, record_scores
from participants.sheet_import import RowReader, SheetImport
from participants.spreadsheets import Sheet
from participants.written_scores import read_score

DOCUMENT = Field(
    "document_number",
    gettext_lazy("document number"),
    (
        *("número de documento", "documento de identidad", "número de documento de identidad"),
        *("documento", "número doc", "doc identidad", "dni", "número dni", "document number"),
    ),
    required=True,
    instead=(("name",),),
)
NAME = Field(
    "name",
    gettext_lazy("surnames and given names"),
    (
        *("apellidos y nombres", "nombres y apellidos", "nombre completo", "nombre"),
        *("participante", "alumno", "surnames and given names", "name"),
    ),
)


def columns_of(cohort: Cohort) -> list[Column]:
    """All that can be scored now, each attempt on its own. One query."""
    rows = (
        Assessment.objects.filter(cohort=cohort)
        .exclude(cohort_module__closed_at__isnull=False)
        .select_related("cohort_module__module")
        .fetch_mode(FETCH_RAISE)
    )
    return [Column(each, attempt) for each in rows for attempt in range(1, each.attempts + 1)]


def heading(column: Column) -> str:
    """Tells the columns of an edition apart, as the template writes it and the import reads it."""
    module = column.assessment.cohort_module
    start = f"M{module.module.number} " if module is not None else ""
    end = f" intento {column.attempt}" if column.assessment.attempts > 1 else ""
    return f"{start}{column.assessment.title}{end}"


class ScoreImport(SheetImport):
    """Scores of one edition. A blank cell states nothing; a person twice, otherwise, is refused at
    both rows. Made for its edition by `score_import`, which knows the columns."""

    name = "scores"
    identity = ("enrollment",)
    cohort: ClassVar[Cohort]
    scored: ClassVar[dict[str, Column]]

    def __init__(self, sheet: Sheet, columns: ColumnMap, *, today: dt.date) -> None:
        super().__init__(sheet, columns, today=today)
        self.here = [name for name in self.scored if name in columns.columns]
        headers = (row.width for row in sheet.rows if row.number == columns.header_row)
        self.width = next(headers, 0)

    def read_row(self, reader: RowReader) -> None:
        for name in ("document_number", "name"):
            reader.read(name, text)
        if not reader.values:
            reader.fail("document_number", _("This value is missing. Write it."))
        if self.here and reader.row.width > self.width > 0:
            # A comma torn in two would give 14 for 14,5, and its 5 to the next column.
            reader.fail(
                min(self.here, key=lambda name: self.columns.columns[name]),
                _(
                    "This row has more cells than the row of names. In a file separated by commas,"
                    " write 14.5, or “14,5” between quotation marks."
                ),
            )
            return
        for name in self.here:
            reader.read(name, read_mark)

    def load(self, rows: list[PlannedRow]) -> None:
        people = Enrollment.objects.for_cohort(self.cohort).filter(status__in=SCORED)
        self.people = People(people.select_related("participant").fetch_mode(FETCH_RAISE))
        scores = Score.objects.filter(assessment__cohort=self.cohort)
        self.scores = {(row.enrollment_id, row.assessment_id, row.attempt): row for row in scores}

    def judge(self, planned: PlannedRow) -> None:
        person = self._person(planned)
        if person is None:
            return
        planned.values["enrollment"] = person.pk
        planned.values["name"] = person.participant.sorting_name
        marks: dict[Column, Mark] = {}
        replaces = False
        for name in self.here:
            mark, column = planned.values.get(name), self.scored[name]
            if mark is None:
                continue
            score = self.scores.get((person.pk, column.assessment.pk, column.attempt))
            if score is not None and shown(mark) == score.result:
                continue
            marks[column] = Mark(mark.value, mark.did_not_sit, score.version if score else None)
            old = score.result if score else "—"
            planned.changes.append(Change(heading(column), old, shown(mark)))
            replaces = replaces or score is not None
        planned.instances = {"marks": marks}
        if marks:
            planned.state = State.CHANGED if replaces else State.NEW

    def _person(self, planned: PlannedRow) -> Enrollment | None:
        document, name = planned.values.get("document_number"), planned.values.get("name")
        field = "document_number" if document else "name"
        found = self.people.find(document or name or "")
        by_name = self.people.find(name) if document and name else []
        if len(found) > 1 and by_name:
            found = [each for each in found if each in by_name] or found
        if len(found) > 1:
            message = _("Several people are called so. Write the document number.")
        elif not found:
            message = _("This person has no place in the edition.")
        elif len(by_name) == 1 and by_name != found:
            message = _("The document number and the name are of two people.")
        else:
            return found[0]
        self.error(planned, field, message)
        return None

    def _mark_repeated(self, rows: Any) -> None:
        rows = list(rows)
        super()._mark_repeated(rows)
        by_number = {planned.number: planned for planned in rows}
        for planned in rows:
            if planned.state != State.DUPLICATE or not planned.differs:
                continue
            first = by_number[planned.of or 0]
            for each, other in ((planned, first), (first, planned)):
                message = _("Row %(row)d has the same person and other scores.")
                each.state, each.changes, each.differs, each.of = State.ERROR, [], [], None
                self.error(each, "name", message % {"row": other.number})

    def _differing(self, planned: PlannedRow, original: PlannedRow) -> Iterator[str]:
        for name in self.here:
            if planned.values.get(name) != original.values.get(name):
                yield self.columns.header(name)

    def refusals(self, rows: list[PlannedRow]) -> list[str]:
        if refusal := why_closed(self.cohort):
            return refusal.messages
        if not self.here:
            return [_("No column is named as an assessment. Download the sheet to fill in.")]
        return []

    def lock(self) -> None:
        """In one order, and not the keys: as `locked_assessment`, which holds one alone."""
        rows = Assessment.objects.filter(cohort=self.cohort).order_by("pk")
        list(rows.select_for_update(of=("self",), no_key=True).values_list("pk"))

    def write(self, rows: list[PlannedRow], *, by: AbstractBaseUser | None) -> None:
        at = timezone.now()
        for column in self.scored.values():
            marks = {
                row.values["enrollment"]: row.instances["marks"][column]
                for row in rows
                if column in row.instances["marks"]
            }
            if marks:
                record_scores(
                    column.assessment,
                    marks,
                    by=by,
                    at=at,
                    attempt=column.attempt,
                    source=Score.Source.IMPORT,
                )


def score_import(cohort: Cohort) -> type[ScoreImport]:
    """The import of one edition: its fields are the assessments that it has now. One query."""
    columns = columns_of(cohort)
    titles = [column.assessment.title for column in columns]
    scored = {f"s{column.assessment.pk}_{column.attempt}": column for column in columns}
    fields = [DOCUMENT, NAME]
    for name, column in scored.items():
        alone = titles.count(column.assessment.title) == 1
        names = (heading(column), *((column.assessment.title,) if alone else ()))
        fields.append(Field(name, heading(column), names))
    return type(
        "ScoreImport",
        (ScoreImport,),
        {"cohort": cohort, "scored": scored, "fields": tuple(fields)},
    )


def read_mark(cell: Any) -> Mark | None:
    """None where the cell is blank. Raises ValueError, with what is wrong, in words."""
    # A sheet's arithmetic leaves 14.500000000000002.
    content = text(round(cell, 6) if isinstance(cell, float) else cell)
    if not content:
        return None
    value = read_score(content)
    return Mark(value, did_not_sit=value is None)


def shown(mark: Mark) -> str:
    return DID_NOT_SIT if mark.value is None else written(mark.value)
