"""An edition's scores as a sheet, as they stand: to fill in and send again, or to keep."""

import io

import xlsxwriter
from django.db.models import FETCH_RAISE
from django.utils.translation import gettext as _

from courses.models import Assessment, Cohort
from participants.harmless_cells import harmless
from participants.models import Enrollment, Score
from participants.models.scores import DID_NOT_SIT
from participants.score_grid import Column
from participants.score_import import DOCUMENT, NAME, heading
from participants.scoring import SCORED


def score_sheet(cohort: Cohort, *, with_documents: bool) -> tuple[bytes, int]:
    """An .xlsx, and of how many people it is. Three queries.

    Of several attempts the next to be made is the last column, as in the grid.
    """
    assessments = (
        Assessment.objects.filter(cohort=cohort)
        .select_related("cohort_module__module")
        .fetch_mode(FETCH_RAISE)
    )
    rows = Enrollment.objects.for_cohort(cohort).filter(status__in=SCORED)
    found = rows.select_related("participant", "group").fetch_mode(FETCH_RAISE)
    people = sorted(found, key=lambda each: (each.participant.sorting_key, each.pk))
    scores = {
        (person, assessment, attempt): value
        for person, assessment, attempt, value in Score.objects.filter(
            assessment__cohort=cohort
        ).values_list("enrollment_id", "assessment_id", "attempt", "value")
    }
    used: dict[int, int] = {}
    for _person, pk, attempt in scores:
        used[pk] = max(used.get(pk, 0), attempt)
    columns = [
        Column(each, attempt)
        for each in assessments
        for attempt in range(1, min(each.attempts, used.get(each.pk, 0) + 1) + 1)
    ]
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    page = book.add_worksheet(_("Scores"))
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    first = [*([str(DOCUMENT.label)] if with_documents else []), str(NAME.label), _("Group")]
    for place, title in enumerate([*first, *(heading(column) for column in columns)]):
        page.write_string(
            0, place, harmless(title).capitalize() if place < len(first) else title, bold
        )
    page.set_column(0, len(first) - 2, 32)
    page.set_column(len(first) - 1, len(first) + len(columns), 16)
    page.freeze_panes(1, len(first))
    for line, person in enumerate(people, start=1):
        known = [person.participant.sorting_name, str(person.group.number) if person.group else ""]
        if with_documents:
            known.insert(0, person.participant.document_number)
        for place, cell in enumerate(known):
            page.write_string(line, place, harmless(cell))
        for place, column in enumerate(columns, start=len(first)):
            key = (person.pk, column.assessment.pk, column.attempt)
            if key not in scores:
                continue
            value = scores[key]
            if value is None:
                page.write_string(line, place, DID_NOT_SIT)
            else:
                page.write_number(line, place, float(value))
    book.close()
    return out.getvalue(), len(people)
