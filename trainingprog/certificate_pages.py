"""The coordinator's page of an edition's certificates: what they wait for, and issuing them all."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from courses.models import Cohort
from participants.models import CertificateDesign, Enrollment
from participants.printed_names import answer_name, set_names_until
from trainingprog.certificate_overview import CertificateOverview, latest_runs
from trainingprog.certificate_previews import preview_pdf
from trainingprog.coordinator_pages import coordinator_page, render_task, user_of

PDF = "application/pdf"


class NamesUntilForm(forms.Form):
    names_until = forms.DateField(
        label=gettext_lazy("Names can be confirmed until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


@coordinator_page("participants.view_certificate")
@require_safe
def edition_certificates(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = _cohort(pk)
    return _page(request, CertificateOverview.for_cohort(cohort, at=timezone.now()))


@coordinator_page("participants.add_certificate")
@require_POST
def certificates_issue(request: HttpRequest, pk: int) -> HttpResponse:
    """All who are ready, in the designs chosen; while runs are under way, only those go on."""
    at, by = timezone.now(), user_of(request)
    overview = CertificateOverview.for_cohort(_cohort(pk), at=at, chosen=request.POST.dict())
    lines = [line for line in overview.lines if line.ready]
    if not lines and not overview.is_running:
        return _page(request, overview, problem=_nobody(overview), status=HTTPStatus.CONFLICT)
    try:
        if overview.is_running:
            overview.go_on()
            messages.info(request, _("They are being issued already: below you see how far it is."))
            return redirect("edition_certificates", pk)
        count = sum(line.start(overview.cohort, by=by, at=at).total for line in lines)
    except ValidationError as error:
        problem = error.messages[0]
        return _page(request, overview, problem=problem, status=HTTPStatus.CONFLICT)
    told = ngettext(
        "%(count)d is being issued. You may leave this page.",
        "%(count)d are being issued. You may leave this page.",
        count,
    )
    messages.success(request, told % {"count": count})
    return redirect("edition_certificates", pk)


@coordinator_page("participants.view_certificate")
@require_safe
def certificates_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """A fragment, asked for again while one runs; then the whole page is loaded anew."""
    cohort = _cohort(pk)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("edition_certificates", pk)
    runs = latest_runs(cohort)
    is_running = any(not run.is_finished for run in runs)
    context = {"cohort": cohort, "runs": runs, "is_running": is_running}
    response = render(request, "admin/certificates_progress.html", context)
    if not is_running:
        response.headers["HX-Refresh"] = "true"
    return response


@coordinator_page("participants.change_nameconfirmation")
@require_POST
def name_answer(request: HttpRequest, pk: int) -> HttpResponse:
    enrollment = get_object_or_404(Enrollment, pk=pk)
    try:
        answer_name(
            enrollment,
            wished=request.POST.get("wished", ""),
            accept=request.POST.get("answer") == "accept",
            by=user_of(request),
            at=timezone.now(),
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("Answered; the person sees it on the own page."))
    return redirect("edition_certificates", enrollment.cohort_id)


@coordinator_page("courses.change_cohort")
@require_POST
def names_until(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = _cohort(pk)
    form = NamesUntilForm(request.POST)
    if form.is_valid():
        set_names_until(cohort, form.cleaned_data["names_until"], by=user_of(request))
        messages.success(request, _("Saved."))
    else:
        messages.error(request, str(form.errors["names_until"][0]))
    return redirect("edition_certificates", pk)


@coordinator_page("participants.view_certificate")
@require_safe
def certificate_preview(request: HttpRequest, pk: int, design_pk: int) -> HttpResponse:
    """How it would look for one person of the edition; its code is none, and it is kept nowhere."""
    cohort = _cohort(pk)
    designs = CertificateDesign.objects.for_cohort(cohort)
    design = get_object_or_404(designs, pk=design_pk)
    try:
        content = preview_pdf(cohort, design, at=timezone.now())
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("edition_certificates", pk)
    headers = {"Content-Disposition": "inline", "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type=PDF, headers=headers)


def _nobody(overview: CertificateOverview) -> str:
    if not overview.module_count:
        return _("Nothing was issued: the edition has no modules.")
    if overview.open_modules:
        numbers = ", ".join(str(each.module.number) for each in overview.open_modules)
        return _("Nothing was issued: close the modules first. Still open: %(modules)s.") % {
            "modules": numbers
        }
    return _("Nothing was issued: nobody is ready. Below it says what is missing for each.")


def _cohort(pk: int) -> Cohort:
    return get_object_or_404(Cohort.objects.select_related("program"), pk=pk)


def _page(
    request: HttpRequest,
    overview: CertificateOverview,
    *,
    problem: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    cohort = overview.cohort
    context: dict[str, Any] = {
        "overview": overview,
        "runs": overview.runs,
        "is_running": overview.is_running,
        "problem": problem,
        "form": NamesUntilForm(initial={"names_until": cohort.names_until}),
        "today": timezone.localdate(),
        "may_write_designs": request.user.has_perm("participants.add_certificatedesign"),
        "can_issue": request.user.has_perm("participants.add_certificate"),
    }
    title = _("Certificates")
    return render_task(request, "admin/certificates.html", cohort, title, context, status=status)
