from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses.calendar_answer import answer
from courses.models import Cohort, Session
from courses.subscribing import Subscription
from tutors.access import own_tutor, tutors_only
from tutors.models import TutorAssignment, TutorCalendar
from tutors.own_sessions import sessions_guided


@login_not_required
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """For calendar programs, which do not log in. A tutor without groups has an empty calendar."""
    address = get_object_or_404(TutorCalendar, token=token, tutor__user__is_active=True)
    latest = TutorAssignment.history.filter(id=OuterRef("pk")).order_by("-history_id")
    assignments = list(
        TutorAssignment.objects.filter(tutor=address.tutor_id)
        .exclude(group__cohort__status=Cohort.Status.DRAFT)
        .select_related("group")
        .annotate(changed_at=Subquery(latest.values("history_date")[:1]))
        .order_by("pk")
    )
    return answer(
        request,
        sessions_guided(assignments),
        cohorts={each.group.cohort_id for each in assignments},
        scope=[(each.pk, each.group_id, each.starts_on, each.ends_on) for each in assignments],
        changed=[address.renewed_at, *(each.changed_at for each in assignments)],
        page_of=lambda session: _page(request, session),
    )


@require_safe
@tutors_only
def subscribe(request: HttpRequest) -> HttpResponse:
    address, _created = TutorCalendar.objects.get_or_create(tutor=own_tutor(request))
    path = reverse("tutors:calendar_feed", args=[address.token])
    context = {"subscription": Subscription(request.build_absolute_uri(path))}
    return render(request, "tutors/subscribe.html", context)


@require_POST
@tutors_only
def renew_calendar(request: HttpRequest) -> HttpResponse:
    address, _created = TutorCalendar.objects.get_or_create(tutor=own_tutor(request))
    address.renew()
    messages.success(
        request, _("Your calendar has a new address. Subscribe again; the old one is closed.")
    )
    return redirect("tutors:subscribe")


def _page(request: HttpRequest, session: Session) -> str:
    return request.build_absolute_uri(reverse("tutors:session", args=[session.pk]))
