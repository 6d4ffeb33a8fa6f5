"""The page on which the tutor, or a coordinator, decides an excuse."""

from http import HTTPStatus
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from participants.excusing import decide
from participants.models import AbsenceRequest, AttendanceRecord
from participants.models.attendance import CAME
from participants.register_refusals import why_not
from tutors.excuses import open_excuse
from tutors.scope import OpenedRegister

ANSWERS = {"accept": True, "decline": False}


@require_http_methods(["GET", "HEAD", "POST"])
def excuse(request: HttpRequest, pk: int) -> HttpResponse:
    """`?registro` in the address: one came from the register, and goes back to it."""
    at = timezone.now()
    found, opened = open_excuse(request.user, pk, day=timezone.localdate(at))
    answer = ANSWERS.get(request.POST.get("answer", ""))
    if request.method != "POST" or answer is None:
        return _show(request, found, opened)
    if not opened.may_save:
        raise PermissionDenied
    try:
        decided = decide(
            found,
            accepts=answer,
            document_seen="document_seen" in request.POST,
            by=cast(AbstractBaseUser, request.user),
            at=at,
            source=opened.source,
        )
    except ValidationError as error:
        found, opened = open_excuse(request.user, pk, day=timezone.localdate(at))
        return _show(request, found, opened, refusal=error, status=HTTPStatus.CONFLICT)
    messages.success(request, _told(decided))
    return redirect(_way_back(request, opened))


def _show(
    request: HttpRequest,
    found: AbsenceRequest,
    opened: OpenedRegister,
    refusal: ValidationError | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    at = timezone.now()
    record = AttendanceRecord.objects.filter(
        enrollment=found.enrollment_id, session=found.session_id
    ).first()
    closed = why_not(opened.session, at=at)
    context = {
        "excuse": found,
        "session": opened.session,
        "person": found.enrollment.participant,
        "record": record,
        "came": record is not None and record.state in CAME,
        "can_decide": opened.may_save and found.is_asked,
        "closed": closed if closed and closed.code != "not_open" else None,
        "refusal": refusal.messages[0] if refusal else "",
        "back": _way_back(request, opened),
        "at": at,
    }
    return render(request, "tutors/excuse.html", context, status=status)


def _told(excuse: AbsenceRequest) -> str:
    name = {"name": excuse.enrollment.participant.sorting_name}
    if not excuse.is_accepted:
        return _("Not accepted: %(name)s is told by mail.") % name
    mark = excuse.enrollment.attendance.filter(session=excuse.session_id).first()
    if mark is None:
        return _("Accepted: %(name)s comes out excused when the register is taken.") % name
    if mark.state in CAME:
        return _("Accepted, but %(name)s is marked as having been there: that mark stands.") % name
    return _("Accepted: %(name)s is excused.") % name


def _way_back(request: HttpRequest, opened: OpenedRegister) -> str:
    if "registro" in request.GET:
        parts = [opened.group.pk] if opened.group else []
        return reverse("tutors:register", args=[opened.session.pk, *parts])
    if opened.source == AttendanceRecord.Source.COORDINATOR:
        return reverse("admin:participants_absencerequest_changelist") + "?status__exact=asked"
    return reverse("tutors:home")
