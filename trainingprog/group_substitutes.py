"""The coordinator's page of a group's substitutes: who guides it between which two dates."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from courses.models import Group
from trainingprog.coordinator_pages import coordinator_page, render_task, user_of
from tutors.models import Tutor, TutorAssignment
from tutors.scope import SAVES_AFTER_END
from tutors.substituting import end_substitution, group_tutors, in_two_places, substitute

CLASHES_SHOWN = 3


class SubstituteForm(forms.Form):
    tutor = forms.ModelChoiceField(
        label=gettext_lazy("Substitute tutor"), queryset=Tutor.objects.all(), empty_label="—"
    )
    starts_on = forms.DateField(
        label=gettext_lazy("First day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    ends_on = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def save(self, group: Group, *, today: dt.date, by: Any) -> TutorAssignment:
        return substitute(group, today=today, by=by, **self.cleaned_data)


@coordinator_page("tutors.add_tutorassignment", "tutors.view_tutor")
@require_http_methods(["GET", "HEAD", "POST"])
def group_substitute(request: HttpRequest, pk: int) -> HttpResponse:
    group = get_object_or_404(Group.objects.select_related("cohort"), pk=pk)
    today = timezone.localdate()
    dates = {name: request.GET.get(name) for name in ("starts_on", "ends_on")}
    form = SubstituteForm(request.POST or None, initial=dates)
    if request.method == "POST" and form.is_valid():
        try:
            assignment = form.save(group, today=today, by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            _tell(request, assignment)
            return redirect("group_substitute", pk=group.pk)
    standings = group_tutors(group.cohort, today=today)
    context = {
        "group": group,
        "standing": next(each for each in standings if each.group == group),
        "form": form,
        "today": today,
        "saves_for": SAVES_AFTER_END.days,
        "can_end": request.user.has_perm("tutors.change_tutorassignment"),
    }
    title = _("Substitution: %(group)s") % {"group": group}
    status = 422 if request.method == "POST" else 200
    return render_task(
        request, "admin/group_substitute.html", group.cohort, title, context, status=status
    )


@coordinator_page("tutors.change_tutorassignment")
@require_POST
def substitution_end(request: HttpRequest, pk: int) -> HttpResponse:
    assignment = get_object_or_404(TutorAssignment.objects.select_related("group"), pk=pk)
    try:
        end_substitution(assignment, today=timezone.localdate(), by=user_of(request))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("The substitution is ended."))
    return redirect("group_substitute", pk=assignment.group_id)


def _tell(request: HttpRequest, assignment: TutorAssignment) -> None:
    told = _("%(tutor)s guides %(group)s from %(first)s to %(last)s.")
    messages.success(
        request,
        told
        % {
            "tutor": assignment.tutor,
            "group": assignment.group,
            "first": f"{assignment.starts_on:%d/%m/%Y}",
            "last": f"{assignment.ends_on:%d/%m/%Y}",
        },
    )
    for session, other in in_two_places(assignment)[:CLASHES_SHOWN]:
        clash = _("On %(day)s “%(session)s” meets “%(other)s”, which %(tutor)s guides as well.")
        messages.warning(
            request,
            clash
            % {
                "day": f"{session.day:%d/%m/%Y}",
                "session": session.label,
                "other": other.label,
                "tutor": assignment.tutor,
            },
        )
