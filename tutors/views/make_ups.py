"""The page on which a tutor, or a coordinator, assigns a make-up, notes it as done, cancels it."""

import datetime as dt
from http import HTTPStatus
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from courses.models import Session
from participants.making_up import assign, cancel, complete, hosts_for, why_not_assign
from participants.models import MakeUp
from tutors.make_ups import OpenedMakeUp, open_make_up

VERBS = {"done": complete, "cancel": cancel}
TASK_DAYS = dt.timedelta(days=7)
HOSTS_SHOWN = 9


class MakeUpForm(forms.Form):
    """`how` is a session's number or a task's code."""

    how = forms.ChoiceField(label=gettext_lazy("With what"), widget=forms.RadioSelect)
    due_on = forms.DateField(
        label=gettext_lazy("Last day, for a task"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(
        self, data: Any, *, hosts: list[Session], tasks_first: bool, today: dt.date
    ) -> None:
        super().__init__(data, initial={"due_on": today + TASK_DAYS}, label_suffix="")
        self.hosts = {str(host.pk): host for host in hosts}
        sessions = [(pk, _named(host)) for pk, host in self.hosts.items()]
        tasks = [(code, capfirst(word)) for code, word in MakeUp.Task.choices]
        choices = [*tasks, *sessions] if tasks_first else [*sessions, *tasks]
        cast(forms.ChoiceField, self.fields["how"]).choices = choices

    def chosen(self) -> dict[str, Any]:
        how = self.cleaned_data["how"]
        if host := self.hosts.get(how):
            return {"host": host}
        return {"task": how, "due_on": self.cleaned_data["due_on"]}


@require_http_methods(["GET", "HEAD", "POST"])
def make_up(request: HttpRequest, pk: int, enrollment_pk: int) -> HttpResponse:
    at = timezone.now()
    opened = open_make_up(request.user, pk, enrollment_pk, day=timezone.localdate(at))
    form = _form(request, opened, at)
    if request.method != "POST":
        return _show(request, opened, form, at)
    if not opened.register.may_save:
        raise PermissionDenied
    verb = VERBS.get(request.POST.get("action", ""))
    if verb is None and not form.is_valid():
        return _show(request, opened, form, at, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        told = _act(opened, form, verb, by=cast(AbstractBaseUser, request.user), at=at)
    except ValidationError as error:
        opened = open_make_up(request.user, pk, enrollment_pk, day=timezone.localdate(at))
        return _show(request, opened, form, at, error=error, status=HTTPStatus.CONFLICT)
    messages.success(request, told)
    return redirect(request.path)


def _act(
    opened: OpenedMakeUp, form: MakeUpForm, verb: Any, *, by: AbstractBaseUser, at: dt.datetime
) -> str:
    if verb is None:
        assign(opened.enrollment, opened.session, **form.chosen(), by=by, at=at)
        return _("The make-up is assigned: the person sees it on the home page.")
    if opened.own is None:
        raise ValidationError(_("There is no make-up here any more."))
    verb(opened.own.make_up, by=by, at=at)
    if verb is complete:
        return _("Noted as done: it counts in the attendance.")
    return _("The make-up is cancelled.")


def _form(request: HttpRequest, opened: OpenedMakeUp, at: dt.datetime) -> MakeUpForm:
    data = request.POST if request.method == "POST" and "action" not in request.POST else None
    hosts = list(hosts_for(opened.enrollment, like=opened.session, at=at)[:HOSTS_SHOWN])
    # No other group has what was missed in a session of the whole edition.
    is_plenary = opened.session.group_id is None
    return MakeUpForm(data, hosts=hosts, tasks_first=is_plenary, today=timezone.localdate(at))


def _show(
    request: HttpRequest,
    opened: OpenedMakeUp,
    form: MakeUpForm,
    at: dt.datetime,
    *,
    error: ValidationError | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    refusal = why_not_assign(opened.enrollment, opened.session, opened.mark, at=at)
    group = opened.register.group
    context = {
        "session": opened.session,
        "person": opened.enrollment.participant,
        "mark": opened.mark,
        "own": opened.own,
        "form": form,
        "refusal": refusal,
        "errors": error.messages if error else (),
        "can_save": opened.register.may_save,
        "back": reverse(
            "tutors:register", args=[opened.session.pk, group.pk] if group else [opened.session.pk]
        ),
        "today": timezone.localdate(at),
        "at": at,
    }
    return render(request, "tutors/make_up.html", context, status=status)


def _named(host: Any) -> str:
    starts = date_format(timezone.localtime(host.starts_at), "D d/m, H:i")
    text = f"{host.label} · {host.group} · {starts} · {host.get_modality_display()}"
    return f"{text} ({_('at the time of an own session')})" if host.clashes else text
