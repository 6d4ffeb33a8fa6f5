"""Paired results of two tests as a sheet for whoever pays: no names, and nothing that is hidden."""

import csv
import io
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import xlsxwriter
from django.utils.translation import gettext as _

from participants.harmless_cells import harmless
from participants.paired_results import PairedSummary
from participants.pre_post import PrePost

type Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class PrePostSheet:
    """In the language in force: what it is of, and one row for everyone and for each category."""

    about: list[tuple[str, Value]]
    headings: list[str]
    rows: list[list[Value]]

    @classmethod
    def of(cls, results: PrePost) -> "PrePostSheet":
        rows: list[list[Value]] = [
            [
                *(_("Everyone"), None),
                *_figures(results.summary if results.is_shown else None, results.summary.missing),
            ]
        ]
        for breakdown in results.breakdowns:
            rows += [
                [breakdown.title, each.label, *_figures(each.summary, each.missing)]
                for each in breakdown.categories
            ]
        return cls(_about(results), _headings(), rows)

    def as_xlsx(self) -> bytes:
        file = io.BytesIO()
        with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
            heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
            decimals = book.add_format({"num_format": "0.00"})
            page = book.add_worksheet(_("Results"))
            page.set_column(0, 1, 24)
            page.set_column(2, len(self.headings) - 1, 12)
            for column, text in enumerate(self.headings):
                page.write_string(0, column, text, heading)
            page.freeze_panes(1, 2)
            notes = book.add_worksheet(_("About the results"))
            notes.set_column(0, 0, 40)
            notes.set_column(1, 1, 80)
            for sheet, first, rows in ((page, 1, self.rows), (notes, 0, self.about)):
                for number, row in enumerate(rows, start=first):
                    for column, value in enumerate(row):
                        if isinstance(value, str):
                            sheet.write_string(number, column, value)
                        elif isinstance(value, float):
                            sheet.write_number(number, column, value, decimals)
                        elif value is not None:
                            sheet.write_number(number, column, value)
        return file.getvalue()

    def as_csv(self) -> bytes:
        """The rows, in UTF-8 with the mark by which spreadsheet programs know it; a decimal point
        in any language, for other programs."""
        text = io.StringIO()
        writer = csv.writer(text)
        rows: list[list[Value]] = [[*self.headings], *self.rows]
        for row in rows:
            writer.writerow([harmless(value) if isinstance(value, str) else value for value in row])
        return text.getvalue().encode("utf-8-sig")


def _headings() -> list[str]:
    return [
        _("Breakdown"),
        _("Category"),
        _("Pairs (n)"),
        _("Without both tests"),
        _("Mean before"),
        _("Mean after"),
        _("Median before"),
        _("Median after"),
        _("Mean difference"),
        _("Interval (95 %), from"),
        _("Interval (95 %), to"),
        _("Effect size (Cohen’s d_z)"),
        _("Corrected (Hedges’ g_z)"),
        _("Improved (%)"),
        _("Same (%)"),
        _("Lower (%)"),
    ]


def _figures(summary: PairedSummary | None, missing: int | None) -> list[Value]:
    """Two decimals, as on the page: more would tell more than it shows."""
    without: Value = _("not shown") if missing is None else missing
    if summary is None:
        return [_("not shown"), without]
    low, high = summary.interval or (None, None)
    figures = (
        summary.pre_mean,
        summary.post_mean,
        summary.pre_median,
        summary.post_median,
        summary.mean_difference,
        low,
        high,
        summary.effect_size,
        summary.corrected_effect_size,
        summary.improved_percent,
        summary.same_percent,
        summary.lower_percent,
    )
    return [summary.n, without, *map(_rounded, figures)]


def _rounded(figure: float | None) -> float | None:
    """Half a hundredth goes up, as on the page."""
    if figure is None:
        return None
    return float(Decimal(str(figure)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def _about(results: PrePost) -> list[tuple[str, Value]]:
    test, summary = results.post_test, results.summary
    module = str(test.cohort_module.module) if test.cohort_module else _("the edition as a whole")
    return [
        (_("Edition"), test.cohort.code),
        (_("Tests of"), module),
        (_("Pre-test"), str(test.pre_test)),
        (_("Post-test"), str(test)),
        (_("People who were in the edition"), summary.people),
        (_("Without both tests"), summary.missing),
        (_("Only the pre-test"), summary.only_pre),
        (_("Only the post-test"), summary.only_post),
        (_("Neither"), summary.neither),
        (_("Of the missing: did not sit (NP)"), summary.did_not_sit),
        (_("Of the missing: left the edition"), results.left),
        (
            _("How it is made"),
            _(
                "Only who has both tests counts. Scores go from 0 to 20. The interval is of the "
                "mean difference, by Student’s t. The effect size is the mean difference over the "
                "standard deviation of the differences."
            ),
        ),
        (
            _("What is not shown"),
            _(
                "Categories of fewer than 5 people, and what would let them be worked out from "
                "the total."
            ),
        ),
    ]
