"""An edition's attendance as a file: who took it, and how much was in it, stays in its history."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from courses.models import Cohort
from participants.attendance_export import AttendanceExport
from trainingprog.coordinator_pages import coordinator_page, user_of
from trainingprog.downloads import CSV, XLSX, file_response, write_down


@coordinator_page("participants.view_attendancerecord")
@require_GET
def edition_attendance_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    export = _logged_export(request, cohort, "xlsx")
    return file_response(export.as_xlsx(), _name(cohort, "xlsx"), XLSX)


@coordinator_page("participants.view_attendancerecord")
@require_GET
def edition_attendance_csv(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    export = _logged_export(request, cohort, "csv")
    return file_response(export.as_csv(), _name(cohort, "csv"), CSV)


def _logged_export(request: HttpRequest, cohort: Cohort, kind: str) -> AttendanceExport:
    with_documents = request.user.has_perm("participants.export_documents")
    export = AttendanceExport.of(cohort, at=timezone.now(), with_documents=with_documents)
    told = (
        _("Took the attendance as .%(kind)s with document numbers: %(people)d people.")
        if with_documents
        else _("Took the attendance as .%(kind)s: %(people)d people.")
    )
    write_down(user_of(request), cohort, told % {"kind": kind, "people": len(export.people.rows)})
    return export


def _name(cohort: Cohort, kind: str) -> str:
    return f"asistencia-{cohort.code}-{timezone.localdate():%Y-%m-%d}.{kind}"
