import datetime as dt

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from courses.calendar_answer import file_response
from courses.meetings import enter
from courses.models import Cohort, Session
from courses.schedule import Line, Week, lines_for, opens_soon, school_today
from courses.schedule import schedule as weeks_of
from participants.checking_in import may_open
from tutors.access import tutors_only
from tutors.models import TutorAssignment
from tutors.own_sessions import own_assignments, sessions_guided


@require_safe
@tutors_only
def schedule(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Of one edition; `pk` is the cohort's."""
    at = timezone.now()
    assignments = own_assignments(request.user)
    cohorts = list(dict.fromkeys(each.group.cohort for each in assignments))
    if not cohorts and pk is None:
        return render(request, "tutors/no_groups.html")
    cohort = next((each for each in cohorts if pk is None or each.pk == pk), None)
    if cohort is None:
        raise Http404
    own = [each for each in assignments if each.group.cohort_id == cohort.pk]
    context = {
        "cohort": cohort,
        "cohorts": cohorts,
        "groups": list(dict.fromkeys(each.group for each in own)),
        "weeks": _weeks(cohort, own, at),
        "at": at,
    }
    return render(request, "tutors/schedule.html", context)


@require_safe
@tutors_only
def session(request: HttpRequest, pk: int) -> HttpResponse:
    at = timezone.now()
    found = _own_session(request, pk)
    context = {
        "line": Line(found, at),
        "at": at,
        "polls": opens_soon(found, at),
        "can_check_in": may_open(found, at=at),
        "can_take_register": not found.is_cancelled and found.starts_at <= at,
    }
    return render(request, "tutors/session.html", context)


@require_safe
@tutors_only
def session_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    page = request.build_absolute_uri(reverse("tutors:session", args=[pk]))
    return file_response(_own_session(request, pk), page=page)


@require_safe
@tutors_only
def join(request: HttpRequest, pk: int) -> HttpResponse:
    if entered := enter(_own_session(request, pk), at=timezone.now()):
        return entered
    messages.info(request, _("The meeting is not open now. Below it says when it opens."))
    return redirect("tutors:session", pk=pk)


def _own_session(request: HttpRequest, pk: int) -> Session:
    sessions = sessions_guided(own_assignments(request.user))
    return get_object_or_404(
        sessions.select_related("cohort", "group", "cohort_module__module"), pk=pk
    )


def _weeks(cohort: Cohort, assignments: list[TutorAssignment], at: dt.datetime) -> tuple[Week, ...]:
    sessions = sessions_guided(assignments).select_related("group", "cohort_module__module")
    today = school_today(at)
    return weeks_of(cohort, lines_for(sessions, at=at), cohort.breaks.all(), today=today)
