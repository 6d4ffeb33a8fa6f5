"""The results of surveys as a table, hidden where they are hidden on the page."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

import xlsxwriter
from django.utils.translation import gettext as _

from participants.harmless_cells import harmless
from participants.survey_results import QuestionResult, SurveyResult

type Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class SurveyExport:
    """In the language in force: a row for each possible answer, and one for each text."""

    rows: list[list[Value]]

    @classmethod
    def of(cls, results: Iterable[SurveyResult]) -> "SurveyExport":
        rows: list[list[Value]] = [
            [
                *(_("Survey"), _("About"), _("Version"), _("First day"), _("Last day")),
                *(_("Invited"), _("Answers"), _("Response (%)")),
                *(_("Question"), _("Answered it"), _("Mean"), _("Answer"), _("Count"), "%"),
            ]
        ]
        for result in results:
            before = _before(result)
            if not result.is_shown:
                rows.append([*before, None, None, None, result.why_hidden, None, None])
            rows += [[*before, *row] for each in result.questions for row in _rows(each)]
        return cls(rows)

    def as_csv(self) -> bytes:
        """In UTF-8 with the mark by which spreadsheet programs know it."""
        text = io.StringIO()
        writer = csv.writer(text)
        for row in self.rows:
            writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
        return text.getvalue().encode("utf-8-sig")

    def as_xlsx(self) -> bytes:
        file = io.BytesIO()
        with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
            bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
            page = book.add_worksheet(_("Results"))
            page.set_column(0, 1, 32)
            page.set_column(8, 8, 48)
            page.freeze_panes(1, 0)
            for number, row in enumerate(self.rows):
                for column, cell in enumerate(row):
                    form = None if number else bold
                    if isinstance(cell, str):
                        # As a string even where it begins with “=”.
                        page.write_string(number, column, cell, form)
                    elif cell is not None:
                        page.write_number(number, column, cell, form)
            page.autofilter(0, 0, len(self.rows) - 1, len(self.rows[0]) - 1)
        return file.getvalue()


def _before(result: SurveyResult) -> list[Value]:
    survey = result.survey
    return [
        *(survey.get_purpose_display(), survey.title, survey.question_set.version),
        *(f"{survey.opens_on:%d/%m/%Y}", f"{survey.closes_on:%d/%m/%Y}"),
        *(result.invited, result.given, result.response_percent),
    ]


def _rows(result: QuestionResult) -> list[list[Value]]:
    head: list[Value] = [result.question.text, result.n]
    if not result.is_shown:
        return [[*head, None, _("fewer than 5 answers"), None, None]]
    mean = float(result.mean) if result.mean is not None else None
    shares: list[list[Value]] = [
        [*head, mean, share.label, share.count, share.percent] for share in result.shares
    ]
    return shares or [[*head, None, text, None, None] for text in result.texts]
