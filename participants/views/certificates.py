"""A participant's own certificate: the name as it will be printed, and the file."""

import datetime as dt
from http import HTTPStatus
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from participants.access import participants_only
from participants.certificate_answer import pdf_answer
from participants.models import Certificate, Enrollment
from participants.own_certificates import own_name
from participants.printed_names import ask_name, confirm_name

STATUS_OF = {"stale": HTTPStatus.CONFLICT, "issued": HTTPStatus.CONFLICT}


class WishedNameForm(forms.Form):
    wished = forms.CharField(
        label=gettext_lazy("How it should read"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@participants_only
def printed_name(request: HttpRequest, pk: int) -> HttpResponse:
    at = timezone.now()
    own = Enrollment.objects.for_participant(request.user)
    enrollment = get_object_or_404(
        own.select_related("participant", "cohort", "name_confirmation"), pk=pk
    )
    name = own_name(enrollment, at=at)
    wishes = request.method == "POST" and request.POST.get("action") != "confirm"
    form = WishedNameForm(
        request.POST if wishes else None, initial={"wished": name.printed}, label_suffix=""
    )
    issued = Certificate.objects.live().filter(enrollment=enrollment).first()
    context: dict[str, Any] = {"enrollment": enrollment, "name": name, "certificate": issued}
    context["form"] = form
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    if request.method == "POST" and (form.is_valid() or not wishes):
        try:
            return _say(request, enrollment, form, at=at)
        except ValidationError as error:
            status = STATUS_OF.get(getattr(error, "code", ""), HTTPStatus.UNPROCESSABLE_ENTITY)
            context["error"] = error
    return render(request, "participants/printed_name.html", context, status=status)


@require_safe
@participants_only
def certificate_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    own = Certificate.objects.filter(
        enrollment__in=Enrollment.objects.for_participant(request.user)
    )
    certificate = get_object_or_404(own.select_related("design"), pk=pk)
    if certificate.is_revoked:
        raise PermissionDenied(
            _("This certificate is revoked. A new one, if any, is on your page.")
        )
    return pdf_answer(certificate)


def _say(
    request: HttpRequest, enrollment: Enrollment, form: WishedNameForm, *, at: dt.datetime
) -> HttpResponse:
    by = cast(AbstractBaseUser, request.user)
    if form.is_bound:
        ask_name(enrollment, form.cleaned_data["wished"], by=by, at=at)
        messages.success(request, _("Asked for. The coordination answers, and you see it here."))
    else:
        confirm_name(enrollment, request.POST.get("name", ""), by=by, at=at)
        messages.success(request, _("Confirmed. That is how your name will be printed."))
    return redirect("participants:edition", enrollment.pk)
