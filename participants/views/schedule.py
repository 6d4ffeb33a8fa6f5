from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from courses.calendar_answer import file_response
from courses.meetings import enter
from courses.schedule import Line, opens_soon
from participants.access import participants_only
from participants.checking_in import sessions_to_check_in
from participants.home import Home, own_enrollments, own_schedule, what_there_is
from participants.make_ups import make_ups_in
from participants.models import Enrollment
from participants.own_excuses import excuse_for
from participants.own_sessions import own_session
from participants.register_refusals import why_not
from participants.sharing import may_share


@require_safe
@participants_only
def home(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    at = timezone.now()
    enrollments = own_enrollments(request.user, at=at, also=what_there_is(at))
    if not enrollments and pk is None:
        return render(request, "participants/no_edition.html")
    enrollment = _chosen(enrollments, pk)
    context = {
        "enrollment": enrollment,
        "enrollments": enrollments,
        "home": Home.of(enrollment, at=at),
        "at": at,
    }
    return render(request, "participants/home.html", context)


@require_safe
@participants_only
def schedule(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    at = timezone.now()
    enrollments = own_enrollments(request.user, at=at)
    if not enrollments and pk is None:
        return render(request, "participants/no_edition.html")
    enrollment = _chosen(enrollments, pk)
    context = {
        "enrollment": enrollment,
        "enrollments": enrollments,
        "weeks": own_schedule(enrollment, at=at),
        "at": at,
    }
    return render(request, "participants/schedule.html", context)


@require_safe
@participants_only
def session(request: HttpRequest, pk: int) -> HttpResponse:
    at = timezone.now()
    found, enrollment = own_session(request.user, pk)
    excuse = excuse_for(enrollment, found, at=at)
    context = {
        "line": Line(found, at, excuse.mark),
        "excuse": excuse,
        "make_ups": make_ups_in(enrollment, found),
        "enrollment": enrollment,
        "at": at,
        "polls": opens_soon(found, at),
        "can_check_in": not excuse.mark and bool(sessions_to_check_in(enrollment, [found], at=at)),
        "can_share": may_share(enrollment, found) and why_not(found, at=at) is None,
    }
    return render(request, "participants/session.html", context)


@require_safe
@participants_only
def session_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    found, _enrollment = own_session(request.user, pk)
    page = request.build_absolute_uri(reverse("participants:session", args=[pk]))
    return file_response(found, page=page)


@require_safe
@participants_only
def join(request: HttpRequest, pk: int) -> HttpResponse:
    """A GET: it changes nothing, and the link may be kept in a calendar or a bookmark."""
    found, _enrollment = own_session(request.user, pk)
    if entered := enter(found, at=timezone.now()):
        return entered
    messages.info(request, _("The meeting is not open now. Below it says when it opens."))
    return redirect("participants:session", pk=pk)


def _chosen(enrollments: list[Enrollment], pk: int | None) -> Enrollment:
    chosen = next((each for each in enrollments if pk is None or each.pk == pk), None)
    if chosen is None:
        raise Http404
    return chosen
