"""The public pages of a call, for whoever has its address: no account is asked."""

from allauth.core.ratelimit import consume_or_429
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from courses.models import Cohort
from courses.models.cohorts import CohortQuerySet
from participants.application_form import chosen_facility
from participants.applying import start_application
from participants.facility_search import MOST, find_facilities
from participants.models import Application

# A cookie with the address of the last application begun in this browser. It lasts a day: the
# computers of a facility are shared.
BEGUN = "application"


def called_cohorts() -> CohortQuerySet:
    """Editions that have, had or will have a call; drafts are nobody's business."""
    return Cohort.objects.visible().filter(applications_open_at__isnull=False)


@login_not_required
@never_cache
@require_safe
def open_calls(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    cohorts = Cohort.objects.calling(now).select_related("program")
    calls = [(cohort, cohort.takes_applications(now)) for cohort in cohorts]
    return render(request, "calls/list.html", {"calls": calls})


@login_not_required
@never_cache
@require_safe
def call(request: HttpRequest, code: str) -> HttpResponse:
    cohort = get_object_or_404(called_cohorts().select_related("program"), code=code)
    context = call_context(cohort) | {"begun": _begun_here(request, cohort)}
    return render(request, "calls/call.html", context)


@login_not_required
@never_cache
@require_POST
def start(request: HttpRequest, code: str) -> HttpResponse:
    if (too_many := consume_or_429(request, action="application_start")) is not None:
        return too_many
    cohort = get_object_or_404(called_cohorts().select_related("program"), code=code)
    try:
        application = start_application(cohort, at=timezone.now())
    except ValidationError as error:
        context = call_context(cohort) | {"refusal": error.messages[0]}
        return render(request, "calls/call.html", context, status=409)
    response = redirect("calls:application", application.key)
    response.set_cookie(
        BEGUN,
        application.key,
        max_age=24 * 60 * 60,
        path=reverse("calls:list"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@login_not_required
@require_safe
def facilities(request: HttpRequest) -> HttpResponse:
    """A fragment: what the search finds, with the one chosen before kept."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("calls:list")
    chosen = chosen_facility(request.GET.get("facility", ""))
    context = facility_context(request.GET.get("facility_query", ""), chosen)
    return render(request, "calls/facilities.html", context)


def _begun_here(request: HttpRequest, cohort: Cohort) -> Application | None:
    """What was begun in this browser and is not confirmed: whoever lost its page finds it again."""
    key = request.COOKIES.get(BEGUN)
    if not key:
        return None
    return Application.objects.filter(
        key=key, cohort=cohort, status__in=Application.NOT_YET
    ).first()


def call_context(cohort: Cohort) -> dict[str, object]:
    now = timezone.now()
    modules = list(cohort.cohort_modules.select_related("module").order_by("first_week"))
    return {
        "cohort": cohort,
        "modules": modules,
        "hours": sum(each.module.academic_hours or 0 for each in modules),
        "is_open": cohort.takes_applications(now),
        "opens_later": cohort.status == Cohort.Status.OPEN and not cohort.has_opened(now),
    }


def facility_context(query: str, chosen: object) -> dict[str, object]:
    found = find_facilities(query)
    return {
        "chosen": chosen,
        "found": [facility for facility in found[:MOST] if facility != chosen],
        "has_more": len(found) > MOST,
        "has_searched": bool(query.strip()),
    }
