"""A person asks for an excuse, and withdraws it: of the own sessions alone."""

from http import HTTPStatus
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from participants.access import participants_only
from participants.excusing import ask, withdraw
from participants.models import AbsenceRequest
from participants.own_excuses import excuse_for
from participants.own_sessions import own_session


class ReasonForm(forms.Form):
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=lambda: [(code, capfirst(word)) for code, word in AbsenceRequest.Reason.choices],
        widget=forms.RadioSelect,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@participants_only
def excuse(request: HttpRequest, pk: int) -> HttpResponse:
    at = timezone.now()
    session, enrollment = own_session(request.user, pk)
    form = ReasonForm(request.POST if request.method == "POST" else None, label_suffix="")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    if request.method == "POST" and form.is_valid():
        reason, by = form.cleaned_data["reason"], cast(AbstractBaseUser, request.user)
        try:
            ask(enrollment, session, reason=reason, by=by, at=at)
        except ValidationError:
            status = HTTPStatus.FORBIDDEN  # the page says why
        else:
            messages.success(request, _("Asked. Your tutor or the coordination will decide."))
            return redirect("participants:session", pk)
    context: dict[str, Any] = {
        "session": session,
        "enrollment": enrollment,
        "excuse": excuse_for(enrollment, session, at=at),
        "form": form,
        "at": at,
    }
    return render(request, "participants/excuse.html", context, status=status)


@require_POST
@participants_only
def withdraw_excuse(request: HttpRequest, pk: int) -> HttpResponse:
    session, enrollment = own_session(request.user, pk)
    live = AbsenceRequest.objects.live().filter(enrollment=enrollment, session=session).first()
    if live is None:
        messages.info(request, _("There is no excuse to withdraw."))
        return redirect("participants:session", pk)
    try:
        withdraw(live, by=cast(AbstractBaseUser, request.user), at=timezone.now())
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("The excuse is withdrawn."))
    return redirect("participants:session", pk)
