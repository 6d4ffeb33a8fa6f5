"""A person says with whom the session was followed from one device: of the own sessions alone."""

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from participants.access import participants_only
from participants.models import Enrollment
from participants.own_sessions import own_session
from participants.register_refusals import why_not
from participants.sharing import colleagues_of, connections_of, declare_shared


class ColleagueChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Enrollment) -> str:
        return obj.participant.sorting_name


class ColleagueForm(forms.Form):
    colleague = ColleagueChoice(
        queryset=Enrollment.objects.none(),
        label=gettext_lazy("Colleague of your facility"),
        widget=forms.RadioSelect,
        empty_label=None,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@participants_only
def shared_connection(request: HttpRequest, pk: int) -> HttpResponse:
    at = timezone.now()
    session, enrollment = own_session(request.user, pk)
    form = ColleagueForm(request.POST if request.method == "POST" else None, label_suffix="")
    form.fields["colleague"].queryset = colleagues_of(enrollment, session)  # type: ignore[attr-defined]
    refusal = why_not(session, at=at)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    if form.is_valid():
        try:
            declare_shared(enrollment, session, form.cleaned_data["colleague"], at=at)
        except ValidationError as error:
            refusal, status = error, HTTPStatus.FORBIDDEN
        else:
            messages.success(request, _("Declared. Your tutor confirms it on the register."))
            return redirect("participants:shared_connection", pk)
    context = {
        "session": session,
        "enrollment": enrollment,
        "form": form,
        "connections": connections_of(enrollment, session),
        "refusal": refusal,
        "at": at,
    }
    return render(request, "participants/shared_connection.html", context, status=status)
