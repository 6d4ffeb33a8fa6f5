"""The coordinator's page of an edition's invitations: who has none, who has not come in, again."""

from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from courses.models import Cohort
from participants.enrolling import locked_cohort
from participants.models import Person
from trainingprog.coordinator_pages import coordinator_page, render_task, user_of
from trainingprog.downloads import XLSX, file_response, write_down
from trainingprog.invitation_links import InvitationLinks
from trainingprog.invitations import INVITATION_DAYS
from trainingprog.invitees import Invitees
from trainingprog.inviting import give_accounts_and_invite

MAY_INVITE = ("trainingprog.add_user", "participants.view_participant", "tutors.view_tutor")


class InviteForm(forms.Form):
    """To whom: all that are `new`, those `chosen`, or `all` who have not entered."""

    send = forms.ChoiceField(choices=[("new", ""), ("chosen", ""), ("all", "")])
    people = forms.MultipleChoiceField(required=False)

    def __init__(self, *args: Any, invitees: Invitees, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitees = invitees
        choices = [(each.key, str(each.person)) for each in invitees.people]
        self.fields["people"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("send") == "chosen" and not data.get("people") and "people" not in self.errors:
            self.add_error("people", _("Choose at least one person."))
        return data

    def chosen(self) -> list[Person]:
        if self.cleaned_data["send"] == "new":
            return [each.person for each in self.invitees.new]
        found = self.invitees.to_invite
        if self.cleaned_data["send"] == "chosen":
            keys = set(self.cleaned_data["people"])
            found = tuple(each for each in self.invitees.people if each.key in keys)
        return [each.person for each in found]


@coordinator_page(*MAY_INVITE)
@require_http_methods(["GET", "HEAD", "POST"])
def edition_invitations(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    if request.method == "POST":
        return _send(request, cohort)
    invitees = Invitees.of(cohort, at=timezone.now())
    return _page(request, cohort, InviteForm(invitees=invitees), status=200)


@transaction.atomic
def _send(request: HttpRequest, cohort: Cohort) -> HttpResponse:
    """Two who send at once: the second finds nobody new."""
    cohort = locked_cohort(cohort.pk)
    form = InviteForm(request.POST, invitees=Invitees.of(cohort, at=timezone.now()))
    if not form.is_valid():
        return _page(request, cohort, form, status=422)
    give_accounts_and_invite(request, form.chosen())
    return redirect("edition_invitations", pk=cohort.pk)


@coordinator_page(*MAY_INVITE)
@require_POST
@transaction.atomic
def edition_invitation_links(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    at = timezone.now()
    links = InvitationLinks.make(cohort, by=user_of(request), at=at)
    told = ngettext(
        "Took the personal invitation links: %(people)d person.",
        "Took the personal invitation links: %(people)d people.",
        links.count,
    )
    write_down(user_of(request), cohort, told % {"people": links.count})
    name = f"invitaciones-{cohort.code}-{timezone.localdate(at):%Y-%m-%d}.xlsx"
    return file_response(links.as_xlsx(), name, XLSX)


def _page(request: HttpRequest, cohort: Cohort, form: InviteForm, *, status: int) -> HttpResponse:
    context = {
        "invitees": form.invitees,
        "form": form,
        "ticked": set(request.POST.getlist("people")),
        "days": INVITATION_DAYS,
    }
    return render_task(
        request, "admin/edition_invitations.html", cohort, _("Invitations"), context, status=status
    )
