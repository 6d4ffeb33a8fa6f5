from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import F, OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses.calendar_answer import answer
from courses.models import Cohort, Session
from courses.subscribing import Subscription
from participants.access import own_participant, participants_only
from participants.models import Enrollment, ParticipantCalendar
from participants.own_sessions import sessions_of


@login_not_required
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """For calendar programs, which do not log in. Guessed, renewed and withdrawn are all 404."""
    latest = Enrollment.history.filter(id=OuterRef("pk")).order_by("-history_id")
    enrollments = list(
        Enrollment.objects.active()
        .filter(participant__calendar_address__token=token, participant__user__is_active=True)
        .exclude(cohort__status=Cohort.Status.DRAFT)
        .annotate(
            renewed_at=F("participant__calendar_address__renewed_at"),
            changed_at=Subquery(latest.values("history_date")[:1]),
        )
        .order_by("pk")
    )
    if not enrollments:
        raise Http404
    scope = [
        (each.pk, each.group_id, each.group_since, each.enrolled_on, each.ended_on)
        for each in enrollments
    ]
    return answer(
        request,
        sessions_of(enrollments),
        cohorts={each.cohort_id for each in enrollments},
        scope=scope,
        changed=[date for each in enrollments for date in (each.renewed_at, each.changed_at)],
        page_of=lambda session: _page(request, session),
    )


@require_safe
@participants_only
def subscribe(request: HttpRequest) -> HttpResponse:
    address, _created = ParticipantCalendar.objects.get_or_create(
        participant=own_participant(request)
    )
    path = reverse("participants:calendar_feed", args=[address.token])
    context = {"subscription": Subscription(request.build_absolute_uri(path))}
    return render(request, "participants/subscribe.html", context)


@require_POST
@participants_only
def renew_calendar(request: HttpRequest) -> HttpResponse:
    address, _created = ParticipantCalendar.objects.get_or_create(
        participant=own_participant(request)
    )
    address.renew()
    messages.success(
        request, _("Your calendar has a new address. Subscribe again; the old one is closed.")
    )
    return redirect("participants:subscribe")


def _page(request: HttpRequest, session: Session) -> str:
    return request.build_absolute_uri(reverse("participants:session", args=[session.pk]))
