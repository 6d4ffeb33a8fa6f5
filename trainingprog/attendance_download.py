"""An edition's attendance as a file: who took it, and how much was in it, stays in its history."""

from django.contrib.admin.models import CHANGE, LogEntry
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from courses.models import Cohort
from participants.attendance_export import AttendanceExport
from trainingprog.coordinator_pages import coordinator_page

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@coordinator_page("participants.view_attendancerecord")
@require_GET
def edition_attendance_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    export = _logged_export(request, cohort, "xlsx")
    return _file(cohort, export.as_xlsx(), "xlsx", XLSX)


@coordinator_page("participants.view_attendancerecord")
@require_GET
def edition_attendance_csv(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    export = _logged_export(request, cohort, "csv")
    return _file(cohort, export.as_csv(), "csv", "text/csv; charset=utf-8")


def _logged_export(request: HttpRequest, cohort: Cohort, kind: str) -> AttendanceExport:
    with_documents = request.user.has_perm("participants.export_documents")
    export = AttendanceExport.of(cohort, at=timezone.now(), with_documents=with_documents)
    told = (
        _("Took the attendance as .%(kind)s with document numbers: %(people)d people.")
        if with_documents
        else _("Took the attendance as .%(kind)s: %(people)d people.")
    )
    LogEntry.objects.log_actions(
        user_id=str(request.user.pk),
        queryset=[cohort],
        action_flag=CHANGE,
        change_message=told % {"kind": kind, "people": len(export.people.rows)},
        single_object=True,
    )
    return export


def _file(cohort: Cohort, content: bytes, kind: str, content_type: str) -> HttpResponse:
    name = f"asistencia-{cohort.code}-{timezone.localdate():%Y-%m-%d}.{kind}"
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": content_disposition_header(True, name),
            "Cache-Control": "private, no-store",
        },
    )
