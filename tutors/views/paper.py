from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from participants.register import Register
from tutors.attendance_sheet import AttendanceSheet
from tutors.scope import open_register


@require_safe
def sheet(request: HttpRequest, pk: int, group_pk: int | None = None) -> HttpResponse:
    """The PDF to print, before the session or after it."""
    at = timezone.now()
    opened = open_register(request.user, pk, group_pk, day=timezone.localdate(at))
    if opened.session.is_cancelled:
        raise PermissionDenied
    printed = AttendanceSheet(Register.of(opened.session, opened.group, at=at), at)
    return HttpResponse(
        printed.pdf(),
        content_type="application/pdf",
        headers={
            "Content-Disposition": content_disposition_header(False, printed.file_name) or "",
            "Cache-Control": "private, no-store",
        },
    )
