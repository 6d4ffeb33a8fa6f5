"""The coordinator's page on which a session is cancelled, with the reason that people read."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from courses.models import Session
from courses.rescheduling import cancel
from participants.session_locks import sessions_with_attendance
from trainingprog.coordinator_pages import coordinator_page, render_task, user_of
from trainingprog.models import User


class CancellationForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("reason of cancellation"),
        max_length=255,
        help_text=gettext_lazy("Participants and tutors read it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@coordinator_page("courses.change_session")
@require_http_methods(["GET", "POST"])
def session_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    session = get_object_or_404(Session.objects.select_related("cohort", "group"), pk=pk)
    form = CancellationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _cancel(session, form.cleaned_data["reason"], by=user_of(request))
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("The session is cancelled. Its people are told."))
            return redirect("admin:courses_session_change", session.pk)
    context = {"session": session, "form": form}
    status = 422 if form.errors else 200
    title = _("Cancel a session")
    return render_task(
        request, "admin/session_cancel.html", session.cohort, title, context, status=status
    )


def _cancel(session: Session, reason: str, *, by: User) -> None:
    cancel(session, reason=reason, locked=sessions_with_attendance, by=by)
