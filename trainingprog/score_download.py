"""An edition's scores as a file: who took it, and of how many people, stays in its history."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from courses.models import Cohort
from participants.score_sheet import score_sheet
from trainingprog.coordinator_pages import coordinator_page, user_of
from trainingprog.downloads import XLSX, file_response, write_down


@coordinator_page("participants.view_score")
@require_GET
def edition_scores_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    with_documents = request.user.has_perm("participants.export_documents")
    content, people = score_sheet(cohort, with_documents=with_documents)
    told = (
        _("Took the scores as .xlsx with document numbers: %(people)d people.")
        if with_documents
        else _("Took the scores as .xlsx: %(people)d people.")
    )
    write_down(user_of(request), cohort, told % {"people": people})
    return file_response(content, f"notas-{cohort.code}-{timezone.localdate():%Y-%m-%d}.xlsx", XLSX)
