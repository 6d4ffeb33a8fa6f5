"""The coordinator's review of applications: the queue of an edition, one application, its letter
and the edition's quotas."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from courses.models import Cohort
from participants.applicants import differences, known_people
from participants.letters import CONTENT_TYPES
from participants.models import Application, Enrollment
from participants.places import places_left
from participants.quota_places import QuotaPlaces
from participants.review_places import short_of_a_place
from participants.review_queue import COUNTED, FILTERS, STATUSES, ReviewQueue, filtered, review_rows
from participants.reviewing import (
    Outcome,
    approve,
    decline_applications,
    waitlist_applications,
)
from trainingprog.coordinator_pages import coordinator_page, render_task, user_of
from trainingprog.review_forms import QuotaForm

TITLES: dict[str, Any] = {
    "approve": ngettext_lazy("Approve %(n)d application", "Approve %(n)d applications", "n"),
    "waitlist": ngettext_lazy(
        "Put %(n)d application on the waiting list",
        "Put %(n)d applications on the waiting list",
        "n",
    ),
    "decline": ngettext_lazy("Decline %(n)d application", "Decline %(n)d applications", "n"),
}
MOST_NAMED = 10
Status = Application.Status


@coordinator_page("participants.change_application")
@require_http_methods(["GET", "HEAD", "POST"])
def review_queue(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort.objects.select_related("program"), pk=pk)
    problem, chosen = "", _chosen(request, cohort)
    if request.method == "POST":
        response, problem = _decide(request, cohort, chosen)
        if response is not None:
            return response
    page = request.GET.get("page", "")
    queue = ReviewQueue.of(cohort, request.GET, page=int(page) if page.isdecimal() else 1)
    context = {
        "queue": queue,
        "filters": _filters(request),
        "q": request.GET.get("q", ""),
        "counts": [(label, queue.counts.get(value, 0)) for value, label in COUNTED],
        **_deciding(request, problem, chosen),
    }
    title = _("Applications")
    return render_task(
        request, "admin/review_queue.html", cohort, title, context, status=422 if problem else 200
    )


@coordinator_page("participants.change_application")
@require_http_methods(["GET", "HEAD", "POST"])
def application_review(request: HttpRequest, pk: int) -> HttpResponse:
    application = get_object_or_404(_received(), pk=pk)
    cohort, problem = application.cohort, ""
    if request.method == "POST":
        response, problem = _decide(request, cohort, [pk])
        if response is not None:
            return response
    [row] = review_rows(cohort, [application], QuotaPlaces.of(cohort))
    people = known_people([application])
    context = {
        "row": row,
        "application": application,
        "people": [(person, differences(application, person)) for person in people],
        "may_decide": application.status not in (Status.APPROVED, Status.WITHDRAWN),
        **_deciding(request, problem, [pk]),
    }
    title, status = application.sorting_name, 422 if problem else 200
    return render_task(request, "admin/application.html", cohort, title, context, status=status)


@coordinator_page("participants.change_application")
@require_safe
def application_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """As a download and never shown: what is in it was made by someone outside."""
    letter = get_object_or_404(_received(), pk=pk).letter
    if not letter or not letter.storage.exists(letter.name):
        raise Http404
    kind = str(letter.name).rpartition(".")[2]
    with letter.open() as file:
        response = HttpResponse(file.read(), content_type=CONTENT_TYPES[kind])
    disposition = content_disposition_header(as_attachment=True, filename=f"carta-{pk}.{kind}")
    response.headers["Content-Disposition"] = str(disposition)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@coordinator_page("participants.change_quota", "participants.change_application")
@require_http_methods(["GET", "HEAD", "POST"])
def edition_quotas(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    form = QuotaForm(request.POST or None, cohort=cohort)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The quotas are saved."))
        return redirect("review_queue", pk)
    status = 422 if form.errors else 200
    context = {"form": form, "has_quotas": bool(form.fields)}
    return render_task(
        request, "admin/edition_quotas.html", cohort, _("Quotas"), context, status=status
    )


def _received() -> Any:
    return Application.objects.received().select_related(
        "cohort__program", "facility", "decided_by", "participant"
    )


def _deciding(request: HttpRequest, problem: str, chosen: list[int]) -> dict[str, Any]:
    """What the buttons need: where one was refused, with what was ticked and chosen before."""
    return {
        "problem": problem,
        "chosen": chosen,
        "are_all": bool(request.POST.get("all")),
        "reasons": Application.Reason.choices,
        "reason": request.POST.get("reason", ""),
        "query": _query(request),
    }


def _decide(
    request: HttpRequest, cohort: Cohort, chosen: list[int]
) -> tuple[HttpResponse | None, str]:
    """Decides what was chosen, once it is confirmed; or says why not."""
    action, reason = request.POST.get("action", ""), request.POST.get("reason", "")
    if action not in TITLES:
        return None, _("Choose what to do.")
    if not chosen:
        return None, _("Choose at least one application.")
    if action != "approve" and reason not in Application.Reason.values:
        return None, _("Choose a reason: what you ticked is kept.")
    if not request.POST.get("confirmed"):
        return _confirmation(request, cohort, action, reason, chosen), ""
    try:
        outcome = _apply(request, cohort, action, reason, chosen)
    except ValidationError as error:
        return None, error.messages[0]
    _report(request, outcome)
    return redirect(f"{reverse('review_queue', args=[cohort.pk])}{_query(request)}"), ""


def _chosen(request: HttpRequest, cohort: Cohort) -> list[int]:
    """The rows ticked, or all that the filters show, on other pages too."""
    if request.POST.get("all"):
        return list(filtered(cohort, request.GET).values_list("pk", flat=True))
    return [int(pk) for pk in request.POST.getlist("application") if pk.isdecimal()]


def _confirmation(
    request: HttpRequest, cohort: Cohort, action: str, reason: str, chosen: list[int]
) -> HttpResponse:
    applications = list(_received().filter(cohort=cohort, pk__in=chosen).order_by("confirmed_at"))
    is_approval = action == "approve"
    context = {
        "action": action,
        "reason": reason,
        "reason_label": dict(Application.Reason.choices).get(reason, ""),
        "applications": applications,
        "is_approval": is_approval,
        "places_left": places_left(cohort),
        "waiting": Enrollment.objects.for_cohort(cohort).waiting().count(),
        "short": short_of_a_place(cohort, chosen) if is_approval else 0,
        "query": _query(request),
    }
    title = TITLES[action] % {"n": len(applications)}
    return render_task(request, "admin/review_confirm.html", cohort, title, context)


def _apply(
    request: HttpRequest, cohort: Cohort, action: str, reason: str, chosen: list[int]
) -> Outcome:
    at, by = timezone.now(), user_of(request)
    if action == "approve":
        outcome = approve(cohort, chosen, at=at, by=by)
    elif action == "waitlist":
        outcome = waitlist_applications(cohort, chosen, reason=reason, at=at, by=by)
    else:
        outcome = decline_applications(cohort, chosen, reason=reason, at=at, by=by)
    if outcome.decided:
        LogEntry.objects.log_actions(
            by.pk, outcome.decided, CHANGE, change_message=f"{action} {reason}".strip()
        )
    return outcome


def _report(request: HttpRequest, outcome: Outcome) -> None:
    told = []
    for applications, text in (
        (outcome.approved, ngettext("%(n)d approved.", "%(n)d approved.", len(outcome.approved))),
        (
            outcome.waitlisted,
            ngettext(
                "%(n)d on the waiting list.", "%(n)d on the waiting list.", len(outcome.waitlisted)
            ),
        ),
        (outcome.declined, ngettext("%(n)d declined.", "%(n)d declined.", len(outcome.declined))),
        (
            outcome.unchanged,
            ngettext("%(n)d was so already.", "%(n)d were so already.", len(outcome.unchanged)),
        ),
    ):
        if applications:
            told.append(text % {"n": len(applications)})
    if told:
        messages.success(request, " ".join(told))
    if outcome.short:
        text = ngettext(
            "No place was left for %(n)d, or its quota was full: it is on the waiting list.",
            "No place was left for %(n)d, or their quota was full: they are on the waiting list, in"
            " order.",
            len(outcome.short),
        )
        messages.warning(request, text % {"n": len(outcome.short)})
    for application, why in outcome.refused[:MOST_NAMED]:
        messages.error(request, f"{application.sorting_name}: {why}")
    if len(outcome.refused) > MOST_NAMED:
        more = len(outcome.refused) - MOST_NAMED
        text = ngettext("And %(n)d more was not decided.", "And %(n)d more were not decided.", more)
        messages.error(request, text % {"n": more})


def _filters(request: HttpRequest) -> list[dict[str, Any]]:
    """Each as the template shows it: its name, label, choices and the one chosen."""
    asked = {"status": (_("status"), "status", STATUSES), **FILTERS}
    return [
        {
            "name": name,
            "label": label,
            "chosen": request.GET.get(name, ""),
            "choices": choices,
            "has_all": name != "status",
        }
        for name, (label, _field, choices) in asked.items()
    ]


def _query(request: HttpRequest) -> str:
    """The filters as part of an address, without the page."""
    query = request.GET.copy()
    query.pop("page", None)
    return f"?{query.urlencode()}" if query else ""
