"""The page on which a survey is answered, for whoever has its link: no account is asked."""

from http import HTTPStatus
from typing import Any

from allauth.core.ratelimit import consume_or_429
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from participants import survey_links
from participants.answered import has_answered
from participants.answering import take_answer
from participants.models import Enrollment, SurveyInvitation
from participants.own_surveys import PendingSurvey, pending_surveys
from participants.survey_form import SurveyForm
from participants.unlisted import unlisted


@login_not_required
@never_cache
@unlisted
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """No message and no session: nothing of who answered is kept on the way."""
    pk = survey_links.read(token)
    if pk is None:
        too_many = consume_or_429(request, action="survey_link", limit_get=True)
        if too_many is not None:
            return too_many
        raise Http404
    at = timezone.now()
    found = SurveyInvitation.objects.select_related(
        *("survey__question_set", "survey__cohort", "survey__cohort_module__module"),
        *("survey__group", "enrollment__participant"),
    )
    invitation = found.filter(pk=pk).first()
    if invitation is None or not invitation.survey.is_open(timezone.localdate(at)):
        is_cancelled = invitation is not None and invitation.survey.is_cancelled
        return _page(request, {"state": "cancelled" if is_cancelled else "closed"}, HTTPStatus.GONE)
    if has_answered(invitation):
        others = _others(request, invitation.enrollment, at)
        return _page(request, {"state": "answered", "invitation": invitation, "others": others})
    return _ask(request, invitation, at)


def _others(request: HttpRequest, enrollment: Enrollment, at: Any) -> list[PendingSurvey]:
    """A link may have been passed on: what carries the name is offered to its person alone."""
    participant = enrollment.participant
    is_own = request.user.is_authenticated and request.user.pk == participant.user_id
    waiting = pending_surveys(participant.pk, at=at)
    return [each for each in waiting if is_own or each.survey.is_anonymous]


def _ask(request: HttpRequest, invitation: SurveyInvitation, at: Any) -> HttpResponse:
    questions = invitation.survey.question_set.questions.all()
    form = SurveyForm(request.POST if request.method == "POST" else None, questions=questions)
    if request.method == "POST" and form.is_valid():
        try:
            take_answer(invitation, form.answers, at=at)
        except ValidationError:
            return _page(request, {"state": "closed"}, HTTPStatus.GONE)
        return redirect(survey_links.path_of(invitation))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return _page(request, {"state": "open", "invitation": invitation, "form": form}, status)


def _page(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, "participants/survey.html", context, status=status)
