"""A person rates the own competencies at baseline and end, and sees how they grew."""

from http import HTTPStatus
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from participants.access import participants_only
from participants.competencies import rate_competencies, why_not_rate_oneself
from participants.competency_growth import Competencies
from participants.level_form import LevelForm
from participants.models import CompetencyRating, Enrollment

SELF = CompetencyRating.Rater.SELF


@require_safe
@participants_only
def competencies(request: HttpRequest, pk: int) -> HttpResponse:
    enrollment = _own(request, pk)
    own = Competencies.of(enrollment)
    day = timezone.localdate()
    moments = [
        (moment, own.moments.opens_on(moment), own.missing(moment))
        for moment in CompetencyRating.Moment
        if enrollment.is_active and own.rows and not own.moments.is_closed
    ]
    context = {"enrollment": enrollment, "own": own, "moments": moments, "today": day}
    return render(request, "participants/competencies.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@participants_only
def rate(request: HttpRequest, pk: int, moment: str) -> HttpResponse:
    enrollment = _own(request, pk)
    own = Competencies.of(enrollment)
    stored = {row.competency.pk: row.level(SELF, moment) for row in own.rows}
    form = LevelForm(request.POST if request.method == "POST" else None, stored=stored)
    refusal = why_not_rate_oneself(enrollment, own.moments, moment, day=timezone.localdate())
    if request.method != "POST":
        return _show(request, enrollment, own, moment, form, refusal)
    if not form.is_valid():
        return _show(
            request, enrollment, own, moment, form, refusal, HTTPStatus.UNPROCESSABLE_ENTITY
        )
    by, levels = cast(AbstractBaseUser, request.user), form.chosen()
    try:
        rated = rate_competencies(
            enrollment, moment, SELF, levels, by=by, at=timezone.now(), seen=form.seen()
        )
    except ValidationError as error:
        return _show(request, enrollment, own, moment, form, error, HTTPStatus.FORBIDDEN)
    if _told(request, missing=len(stored) - len(levels), conflicts=len(rated.conflicts)):
        return redirect("participants:competencies", enrollment.pk)
    return redirect("participants:rate", enrollment.pk, moment)


def _show(
    request: HttpRequest,
    enrollment: Enrollment,
    own: Competencies,
    moment: str,
    form: LevelForm,
    refusal: ValidationError | None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    context = {
        "enrollment": enrollment,
        "moment": moment,
        "moments": own.moments,
        "is_late": own.moments.is_late(moment, timezone.localdate()),
        "refusal": refusal,
        "rows": list(zip(own.rows, form.rows(), strict=True)),
    }
    return render(request, "participants/rate.html", context, status=status)


def _told(request: HttpRequest, *, missing: int, conflicts: int) -> bool:
    """Whether all is done."""
    if conflicts:
        text = ngettext(
            "%(count)d competency was rated otherwise meanwhile, on another device, and stays so.",
            "%(count)d competencies were rated otherwise meanwhile, on another device,"
            " and stay so.",
            conflicts,
        )
        messages.warning(request, text % {"count": conflicts})
    if missing:
        text = ngettext(
            "Saved. %(count)d competency still has no level.",
            "Saved. %(count)d competencies still have no level.",
            missing,
        )
        messages.warning(request, text % {"count": missing})
    elif not conflicts:
        messages.success(request, _("Your rating is saved. Thank you."))
    return not (missing or conflicts)


def _own(request: HttpRequest, pk: int) -> Enrollment:
    enrollments = Enrollment.objects.for_participant(request.user)
    return get_object_or_404(enrollments.select_related("cohort__program"), pk=pk)
