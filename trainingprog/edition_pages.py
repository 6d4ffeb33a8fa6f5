"""The coordinator's page of an edition, from which each of its tasks starts."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.models import Cohort, CohortModule
from participants.models import Participant
from participants.module_closing import close_module, reopen_module, still_missing
from trainingprog.coordinator_pages import coordinator_page, render_task, user_of
from trainingprog.edition_overview import EditionOverview
from trainingprog.edition_tasks import edition_tasks
from tutors.models import Tutor


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("reason"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("It is kept in the module’s history."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class DocumentForm(forms.Form):
    """Not shown: it takes no more than a document number may be, and nothing PostgreSQL refuses."""

    document = forms.CharField(max_length=15)


@coordinator_page("courses.view_cohort", "participants.view_enrollment")
@require_safe
def edition(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort.objects.select_related("program"), pk=pk)
    overview = EditionOverview.for_cohort(cohort, at=timezone.now())
    context = {
        "overview": overview,
        "tasks": edition_tasks(overview),
        "can_change_module": request.user.has_perm("courses.change_cohortmodule"),
        "can_publish_rule": request.user.has_perm("courses.add_completionrule"),
        "can_see_attendance": request.user.has_perm("participants.view_attendancerecord"),
    }
    return render_task(request, "admin/edition.html", None, cohort.code, context)


@coordinator_page("courses.change_cohortmodule")
@require_http_methods(["GET", "HEAD", "POST"])
def module_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows what is still missing; with a reason the module is closed all the same."""
    module = _module(pk)
    at = timezone.now()
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            close_module(module, by=user_of(request), at=at, reason=form.cleaned_data["reason"])
        except ValidationError as error:
            form.add_error("reason", error.messages[-1])
        else:
            messages.success(request, _("“%(module)s” is closed.") % {"module": module})
            return redirect("edition", module.cohort_id)
    missing = still_missing(module, at=at)
    context = {"module": module, "form": form, "missing": missing}
    return _module_page(request, module, _("Close a module"), context)


@coordinator_page("courses.change_cohortmodule")
@require_http_methods(["GET", "HEAD", "POST"])
def module_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    module = _module(pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            reopen_module(module, by=user_of(request), reason=form.cleaned_data["reason"])
        except ValidationError as error:
            form.add_error("reason", error.messages)
        else:
            messages.success(request, _("“%(module)s” is open again.") % {"module": module})
            return redirect("edition", module.cohort_id)
    context = {"module": module, "form": form, "reopens": True}
    return _module_page(request, module, _("Open a module again"), context)


@coordinator_page("participants.view_participant")
@require_POST
def find_person(request: HttpRequest) -> HttpResponse:
    """By document number, which is posted so that it stands in no address."""
    form = DocumentForm(request.POST)
    number = form.cleaned_data["document"].upper() if form.is_valid() else ""
    person = (
        Participant.objects.filter(document_number=number).first()
        or Tutor.objects.filter(document_number=number).first()
        if number
        else None
    )
    if person is None:
        messages.error(request, _("Nobody has this document number."))
        return redirect("admin:index")
    opts = person._meta
    return redirect(f"admin:{opts.app_label}_{opts.model_name}_change", person.pk)


def _module(pk: int) -> CohortModule:
    return get_object_or_404(CohortModule.objects.select_related("cohort", "module"), pk=pk)


def _module_page(
    request: HttpRequest, module: CohortModule, title: str, context: dict[str, Any]
) -> HttpResponse:
    status = 422 if context["form"].errors else 200
    return render_task(
        request, "admin/module_close.html", module.cohort, title, context, status=status
    )
