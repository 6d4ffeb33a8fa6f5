from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participants.completing import ReviewRow, complete_all_meeting, decide
from participants.models import ModuleCompletion
from tutors.forms import DecisionForm
from tutors.module_review import OpenedReview, open_review


def _context(opened: OpenedReview, **more: Any) -> dict[str, Any]:
    review = opened.review
    return {
        "review": review,
        "group": opened.group,
        "cohort_module": review.cohort_module,
        "can_decide": opened.can_decide,
        "edition_is_closed": opened.edition_is_closed,
        "is_own": opened.is_own,
    } | more


@require_safe
def sign_off(request: HttpRequest, pk: int, module_pk: int) -> HttpResponse:
    opened = open_review(request.user, pk, module_pk, at=timezone.now())
    return render(request, "tutors/sign_off.html", _context(opened))


@require_POST
def sign_off_all(request: HttpRequest, pk: int, module_pk: int) -> HttpResponse:
    opened = open_review(request.user, pk, module_pk, at=timezone.now())
    if not opened.can_decide:
        raise PermissionDenied
    review = opened.review
    try:
        done = complete_all_meeting(
            review.cohort_module,
            opened.group,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
            as_tutor=opened.is_own,
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        _tell(request, done.completed)
    return redirect("tutors:sign_off", pk, module_pk)


def _tell(request: HttpRequest, completed: int) -> None:
    if not completed:
        messages.info(request, _("Nothing to complete: nobody new meets the rule."))
        return
    text = ngettext(
        "%(people)d person completed the module.",
        "%(people)d people completed the module.",
        completed,
    )
    messages.success(request, text % {"people": completed})


@require_http_methods(["GET", "HEAD", "POST"])
def decide_one(request: HttpRequest, pk: int, module_pk: int, enrollment_pk: int) -> HttpResponse:
    opened = open_review(request.user, pk, module_pk, at=timezone.now())
    row = opened.row_or_404(enrollment_pk)
    if not (opened.can_decide and row.enrollment.is_active):
        raise PermissionDenied
    form = DecisionForm(request.POST if request.method == "POST" else None, decision=row.decision)
    if request.method == "POST" and form.is_valid():
        try:
            completion = _decide(request, opened, row, form)
        except ValidationError as error:
            form.add_error(None, error)
            if getattr(error, "code", "") == "stale":
                form.show_again_after(row.decision)
        else:
            told = _("Decided: %(person)s.") % {"person": row.enrollment.participant}
            if completion.is_pending:
                told += " " + _("It counts once a second person approved it.")
            messages.success(request, told)
            return redirect("tutors:sign_off", pk, module_pk)
    context = _context(opened, row=row, form=form)
    return render(request, "tutors/decide.html", context, status=422 if form.errors else 200)


def _decide(
    request: HttpRequest, opened: OpenedReview, row: ReviewRow, form: DecisionForm
) -> ModuleCompletion:
    values = form.cleaned_data
    return decide(
        row.enrollment,
        opened.review.cohort_module,
        values["outcome"],
        override_reason=values["override_reason"],
        note=values["override_note"],
        based_on=values["based_on"],
        by=request.user,  # type: ignore[arg-type]
        at=timezone.now(),
        as_tutor=opened.is_own,
    )
