"""How an edition's competencies grew, as a sheet without names: a row for each and who rated."""

import io
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from participants.competency_growth import CohortCompetencies, Pairs
from participants.models import CompetencyRating
from participants.small_cells import LEAST


def as_xlsx(sheet: CohortCompetencies) -> bytes:
    """In the language in force. Of fewer than five people no figure is in it."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet(_("Competencies"))
        heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        mean, share = book.add_format({"num_format": "0.00"}), book.add_format({"num_format": "0"})
        formats = [None] * 7 + [mean, mean, mean, share]
        page.write_row(0, 0, _headings(), heading)
        for number, row in enumerate(_rows(sheet), start=1):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    # As a string even where it begins with “=”.
                    page.write_string(number, column, value)
                elif value is not None:
                    page.write_number(number, column, value, formats[column])
        page.set_column(0, 0, 8)
        page.set_column(1, 1, 60)
        page.set_column(2, len(formats) - 1, 16)
        page.freeze_panes(1, 2)
    return file.getvalue()


def _headings() -> list[str]:
    return [
        _("Code"),
        _("Competency"),
        _("Rated by"),
        _("People with a baseline"),
        _("of which late"),
        _("People with an end"),
        _("People with both"),
        _("Mean at the baseline"),
        _("Mean at the end"),
        _("Mean difference"),
        _("Rose (%)"),
    ]


def _rows(sheet: CohortCompetencies) -> list[list[Any]]:
    return [
        [row.competency.code, row.competency.title, str(rater.label), *_figures(pairs)]
        for row in sheet.growth
        for rater, pairs in (
            (CompetencyRating.Rater.SELF, row.own),
            (CompetencyRating.Rater.TUTOR, row.observed),
        )
    ]


def _figures(pairs: Pairs) -> list[Any]:
    both = _("under %(least)d") % {"least": LEAST} if pairs.is_hidden else pairs.n
    return [
        pairs.baselines,
        pairs.late,
        pairs.ends,
        both,
        pairs.baseline_mean,
        pairs.end_mean,
        pairs.difference,
        pairs.rose_percent,
    ]
