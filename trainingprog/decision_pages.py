"""The coordinator's pages of decisions: an edition's outcomes, a module's, one person's."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.models import Cohort, CohortModule
from participants import completing, finishing
from participants.completing import ModuleReview
from participants.edition_standing import PersonStanding
from participants.finishing import EditionReview, FinishRow
from participants.models import EditionOutcome, Enrollment, ModuleCompletion
from trainingprog.coordinator_pages import coordinator_page, render_task, user_of
from trainingprog.decision_filter import DecisionFilter
from tutors.forms import DecisionForm

VIEW = ("participants.view_editionoutcome", "participants.view_modulecompletion")
OUTCOME = "participants.change_editionoutcome"
COMPLETION = "participants.change_modulecompletion"


class AgainForm(forms.Form):
    """`expected` are the enrollments whose outcome was said to change."""

    reason = forms.CharField(label=gettext_lazy("reason"), max_length=100, required=False)
    expected = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_expected(self) -> list[int]:
        parts = self.cleaned_data["expected"].split(",")
        # No id is longer, and int() refuses thousands of digits.
        return [int(part) for part in parts if part.isdecimal() and len(part) < 20]


class SeenForm(forms.Form):
    """When the decision was taken that the page showed, and why it is taken back."""

    based_on = forms.DateTimeField(widget=forms.HiddenInput)
    reason = forms.CharField(label=gettext_lazy("reason"), max_length=100, required=False)


@coordinator_page(*VIEW)
@require_safe
def edition_decisions(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    review = EditionReview.for_edition(cohort, at=timezone.now())
    shown = DecisionFilter(request.GET.get("estado", ""), review.rows)
    context = {
        "review": review,
        "states": shown.states,
        "sections": shown.sections_of_edition(review),
        "waiting": _waiting(EditionOutcome.objects.all(), review.pending),
        "modules_waiting": _waiting(
            ModuleCompletion.objects.select_related("cohort_module__module"),
            review.pending_in_modules,
        ),
        "can_decide": _is_open(cohort) and request.user.has_perm(OUTCOME),
        "can_approve_modules": _is_open(cohort) and request.user.has_perm(COMPLETION),
        "again": AgainForm(initial={"expected": _expected(review)}),
    }
    title = _("Outcomes of the edition")
    return render_task(request, "admin/edition_decisions.html", cohort, title, context)


@coordinator_page(OUTCOME)
@require_POST
def edition_decide_all(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    shown = request.POST.get("fingerprint", "")
    try:
        done = finishing.decide_all(
            cohort, fingerprint=shown, by=user_of(request), at=timezone.now()
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        told = _(
            "Decided: %(completed)d completed, %(not_completed)d not completed,"
            " %(withdrawn)d withdrawn. Left open: %(left_open)d."
        )
        messages.success(request, told % {name: getattr(done, name) for name in done.__slots__})
    return redirect("edition_decisions", cohort.pk)


@coordinator_page(OUTCOME)
@require_POST
def edition_decide_again(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    _again(request, lambda **how: finishing.decide_again(cohort, **how))
    return redirect("edition_decisions", cohort.pk)


@coordinator_page(*VIEW)
@require_safe
def module_decisions(request: HttpRequest, pk: int) -> HttpResponse:
    module = get_object_or_404(CohortModule.objects.select_related("cohort", "module"), pk=pk)
    review = ModuleReview.for_edition(module, at=timezone.now())
    shown = DecisionFilter(request.GET.get("estado", ""), review.rows)
    is_open = _is_open(module.cohort) and module.closed_at is None
    context = {
        "module": module,
        "groups": sorted(
            {row.enrollment.group for row in review.rows if row.enrollment.group},
            key=lambda group: group.number,
        ),
        "review": review,
        "states": shown.states,
        "sections": shown.sections_of_module(review),
        "can_decide": is_open and request.user.has_perm(COMPLETION),
        "again": AgainForm(initial={"expected": _expected(review)}),
    }
    title = _("Decisions · %(module)s") % {"module": module.module.title}
    return render_task(request, "admin/module_decisions.html", module.cohort, title, context)


@coordinator_page(COMPLETION)
@require_POST
def module_decide_again(request: HttpRequest, pk: int) -> HttpResponse:
    module = get_object_or_404(CohortModule, pk=pk)
    _again(request, lambda **how: completing.decide_again(module, **how))
    return redirect("module_decisions", module.pk)


@coordinator_page(OUTCOME)
@require_http_methods(["GET", "HEAD", "POST"])
def enrollment_outcome(request: HttpRequest, pk: int) -> HttpResponse:
    """One person before the edition's rule: what is missing, and the decision."""
    people = Enrollment.objects.select_related("participant", "cohort", "group", "edition_outcome")
    enrollment = get_object_or_404(people, pk=pk)
    row = FinishRow(PersonStanding.for_enrollment(enrollment, at=timezone.now()))
    posted = request.POST if request.method == "POST" else None
    form = DecisionForm(posted, decision=row.decision)
    if posted is not None and form.is_valid() and _decided(request, row, form):
        return redirect("edition_decisions", enrollment.cohort_id)
    context = {
        "enrollment": enrollment,
        "row": row,
        "form": form,
        "seen": _seen(row.decision),
        "can_decide": _is_open(enrollment.cohort) and enrollment.is_active and row.person.rule,
    }
    title, status = _("Outcome of a person"), 422 if form.errors else 200
    return render_task(
        request, "admin/enrollment_outcome.html", enrollment.cohort, title, context, status=status
    )


@coordinator_page(OUTCOME)
@require_POST
def outcome_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Approves an exception, or takes a decision back with a reason."""
    outcome = get_object_or_404(EditionOutcome.objects.select_related("enrollment"), pk=pk)
    _answer(request, finishing.approve, _take_back_outcome, outcome)
    return redirect("edition_decisions", outcome.enrollment.cohort_id)


@coordinator_page(COMPLETION)
@require_POST
def completion_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """As `outcome_answer`, of a module."""
    rows = ModuleCompletion.objects.select_related("cohort_module")
    completion = get_object_or_404(rows, pk=pk)
    _answer(request, completing.approve, _take_back_completion, completion)
    return redirect("edition_decisions", completion.cohort_module.cohort_id)


def _take_back_outcome(outcome: EditionOutcome, **how: Any) -> None:
    finishing.take_back(outcome, **how)


def _take_back_completion(completion: ModuleCompletion, *, at: Any, **how: Any) -> None:
    completing.take_back(completion, **how)


def _answer(request: HttpRequest, approve: Any, take_back: Any, row: Any) -> None:
    form = SeenForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Look at the decision again."))
        return
    how = {"based_on": form.cleaned_data["based_on"], "by": user_of(request), "at": timezone.now()}
    try:
        if "approve" in request.POST:
            approve(row, **how)
        else:
            take_back(row, reason=form.cleaned_data["reason"], **how)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        approved = "approve" in request.POST
        messages.success(
            request,
            _("The exception counts now.") if approved else _("The decision is taken back."),
        )


def _again(request: HttpRequest, decide_again: Any) -> None:
    form = AgainForm(request.POST)
    try:
        if not form.is_valid():
            raise ValidationError(_("Look at the decisions again."))
        number = decide_again(**form.cleaned_data, by=user_of(request), at=timezone.now())
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return
    text = ngettext(
        "%(count)d person is decided again under the version in force.",
        "%(count)d people are decided again under the version in force.",
        number,
    )
    messages.success(request, text % {"count": number})


def _decided(request: HttpRequest, row: FinishRow, form: DecisionForm) -> bool:
    values = form.cleaned_data
    try:
        finishing.decide(
            row.enrollment,
            values["outcome"],
            override_reason=values["override_reason"],
            note=values["override_note"],
            based_on=values["based_on"],
            by=user_of(request),
            at=timezone.now(),
        )
    except ValidationError as error:
        form.add_error(None, error)
        if getattr(error, "code", "") == "stale":
            form.show_again_after(row.decision)
        return False
    told = {"person": row.enrollment.participant}
    messages.success(request, _("Decided: %(person)s.") % told)
    return True


def _seen(decision: EditionOutcome | None) -> SeenForm | None:
    return SeenForm(initial={"based_on": decision.decided_at.isoformat()}) if decision else None


def _waiting(decisions: QuerySet[Any], pending: Iterable[Any]) -> QuerySet[Any]:
    """With who decided them. Where none is pending nothing is asked of the database."""
    return decisions.filter(pk__in=[each.pk for each in pending]).select_related(
        "enrollment__participant", "decided_by"
    )


def _expected(review: EditionReview | ModuleReview) -> str:
    return ",".join(str(row.enrollment.pk) for row in review.changing)


def _is_open(cohort: Cohort) -> bool:
    return cohort.status != Cohort.Status.CLOSED
