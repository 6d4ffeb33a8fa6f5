"""The coordinator's checklist of an edition and its modules: what is open, closing, reopening."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from courses.models import Cohort, CohortModule
from participants.closing_checklist import EditionChecklist, ModuleChecklist, Point, Subject
from participants.edition_closing import close_edition, reopen_edition
from participants.module_closing import close_module, reopen_module, still_missing
from trainingprog.coordinator_pages import coordinator_page, render_task, user_of
from trainingprog.open_tasks import list_url


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("reason"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("It is kept in the history."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@coordinator_page("courses.change_cohort", "courses.change_cohortmodule")
@require_http_methods(["GET", "HEAD", "POST"])
def edition_closing(request: HttpRequest, pk: int) -> HttpResponse:
    """The checklist of the edition and of each module, each point with the way to where it is."""
    cohort = get_object_or_404(Cohort, pk=pk)
    at, form = timezone.now(), ReasonForm(request.POST or None)
    if _done(request, form, partial(close_edition, cohort, by=user_of(request), at=at)):
        messages.success(request, _("%(code)s is closed.") % {"code": cohort.code})
        return redirect("edition", cohort.pk)
    checklist = EditionChecklist.for_cohort(cohort, at=at)
    context = {
        "checklist": checklist,
        "modules": [(module, _linked(module, cohort)) for module in checklist.modules],
        "points": _linked(checklist, cohort),
        "first": _first(checklist.open_points),
        "is_closed": cohort.status == Cohort.Status.CLOSED,
        "is_draft": cohort.status == Cohort.Status.DRAFT,
        "form": form,
    }
    return _page(request, "admin/edition_closing.html", cohort, _("Closing"), context)


@coordinator_page("courses.change_cohort")
@require_http_methods(["GET", "HEAD", "POST"])
def edition_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    form = ReasonForm(request.POST or None)
    if _done(request, form, partial(reopen_edition, cohort, by=user_of(request))):
        messages.success(request, _("%(code)s is open again.") % {"code": cohort.code})
        return redirect("edition", cohort.pk)
    context = {"form": form}
    return _page(request, "admin/edition_reopen.html", cohort, _("Open an edition again"), context)


@coordinator_page("courses.change_cohortmodule")
@require_http_methods(["GET", "HEAD", "POST"])
def module_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows what is still missing; with a reason the module is closed all the same."""
    module = _module(pk)
    at, form = timezone.now(), ReasonForm(request.POST or None)
    if _done(request, form, partial(close_module, module, by=user_of(request), at=at)):
        messages.success(request, _("“%(module)s” is closed.") % {"module": module})
        return redirect("edition_closing", module.cohort_id)
    points = still_missing(module, at=at)
    missing = [(point, _where(point, module.cohort, module)) for point in points]
    context = {"module": module, "form": form, "missing": missing, "first": _first(points)}
    return _page(request, "admin/module_close.html", module.cohort, _("Close a module"), context)


@coordinator_page("courses.change_cohortmodule")
@require_http_methods(["GET", "HEAD", "POST"])
def module_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    module = _module(pk)
    form = ReasonForm(request.POST or None)
    if _done(request, form, partial(reopen_module, module, by=user_of(request))):
        messages.success(request, _("“%(module)s” is open again.") % {"module": module})
        return redirect("edition_closing", module.cohort_id)
    context = {"module": module, "form": form, "reopens": True}
    title = _("Open a module again")
    return _page(request, "admin/module_close.html", module.cohort, title, context)


def _done(request: HttpRequest, form: ReasonForm, act: Callable[..., object]) -> bool:
    """Whether a reason, or none, was sent and was enough: what `act` refuses stands at it."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        act(reason=form.cleaned_data["reason"])
    except ValidationError as error:
        form.add_error("reason", error.messages[-1])
        return False
    return True


def _first(points: Iterable[Point]) -> list[str]:
    return list(dict.fromkeys(point.first for point in points if point.first))


def _linked(
    checklist: EditionChecklist | ModuleChecklist, cohort: Cohort
) -> list[tuple[Point, str]]:
    module = checklist.cohort_module if isinstance(checklist, ModuleChecklist) else None
    return [(point, _where(point, cohort, module)) for point in checklist.points]


def _where(point: Point, cohort: Cohort, module: CohortModule | None) -> str:
    """The address of the page where this point is done."""
    match point.subject:
        case Subject.MODULES:
            return "#modules"
        case Subject.REGISTERS:
            return f"{reverse('edition', args=[cohort.pk])}#overdue"
        case Subject.SESSIONS:
            return list_url("courses.session", cohort__id__exact=cohort.pk)
        case Subject.EXCUSES:
            return list_url(
                "participants.absencerequest",
                enrollment__cohort__id__exact=cohort.pk,
                status__exact="asked",
            )
        case Subject.SCORES:
            return reverse("tutors:cohort_scores", args=[cohort.pk])
        case Subject.DECISIONS | Subject.APPROVALS if module is not None:
            return reverse("module_decisions", args=[module.pk])
        case Subject.OUTCOMES | Subject.OUTCOME_APPROVALS:
            return reverse("edition_decisions", args=[cohort.pk])
        case Subject.NAMES | Subject.CERTIFICATES:
            return reverse("edition_certificates", args=[cohort.pk])
        case Subject.UNFOUNDED:
            return reverse("issued_certificates", args=[cohort.pk])
    return ""


def _module(pk: int) -> CohortModule:
    return get_object_or_404(CohortModule.objects.select_related("cohort", "module"), pk=pk)


def _page(
    request: HttpRequest, template: str, cohort: Cohort, title: str, context: dict[str, Any]
) -> HttpResponse:
    status = 422 if context["form"].errors else 200
    return render_task(request, template, cohort, title, context, status=status)
