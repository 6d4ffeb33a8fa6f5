"""The coordinator's steps with one enrollment, each on a page that first says what it means."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from participants.enrolling import reinstate, transfer, withdraw
from participants.models import Enrollment
from participants.posts import change_post
from participants.timeline import Timeline
from participants.waiting_list import waitlist
from trainingprog.coordinator_pages import coordinator_page, render_task, user_of
from trainingprog.enrollment_forms import (
    GroupForm,
    PostForm,
    ReinstateForm,
    StepForm,
    TransferForm,
    WaitlistForm,
    WithdrawForm,
)
from trainingprog.enrollment_previews import (
    TransferPreview,
    group_means,
    post_means,
    reinstate_means,
    transfer_means,
    waitlist_means,
    withdraw_means,
)
from trainingprog.models import User
from tutors.grouping import move

Status = Enrollment.Status
WAITING = (Status.APPLIED, *Enrollment.ON_THE_LIST)


@dataclass(frozen=True, slots=True)
class StepPage:
    """`starts_from` are the statuses in which the step makes sense; elsewhere the page says so."""

    name: str
    title: Any
    button: Any
    done: Any
    starts_from: tuple[str, ...]
    form: type[StepForm]
    means: Callable[[Enrollment, dt.datetime], list[str]]
    take: Callable[[Enrollment, dict[str, Any], User, dt.datetime], object]
    is_grave: bool = False
    previews: bool = False


def _take_transfer(enrollment: Enrollment, data: dict[str, Any], by: User, at: dt.datetime) -> None:
    transfer(enrollment, data["to_cohort"], on=data["on"], by=by, at=at)


def _take_post(enrollment: Enrollment, data: dict[str, Any], by: User, at: dt.datetime) -> None:
    change_post(enrollment, **data, by=by, at=at)


WITHDRAW = StepPage(
    "enrollment_withdraw",
    gettext_lazy("Withdraw a person"),
    gettext_lazy("Withdraw"),
    gettext_lazy("%(person)s no longer has a place in %(code)s."),
    (Status.ENROLLED, *WAITING),
    WithdrawForm,
    withdraw_means,
    lambda enrollment, data, by, at: withdraw(enrollment, **data, by=by, at=at),
    is_grave=True,
)
REINSTATE = StepPage(
    "enrollment_reinstate",
    gettext_lazy("Reinstate a person"),
    gettext_lazy("Reinstate"),
    gettext_lazy("%(person)s is back in %(code)s."),
    Enrollment.LEFT,
    ReinstateForm,
    reinstate_means,
    lambda enrollment, data, by, at: reinstate(enrollment, **data, by=by),
)
TRANSFER = StepPage(
    "enrollment_transfer",
    gettext_lazy("Transfer to another edition"),
    gettext_lazy("Transfer"),
    gettext_lazy("%(person)s is transferred from %(code)s."),
    (Status.ENROLLED,),
    TransferForm,
    transfer_means,
    _take_transfer,
    is_grave=True,
    previews=True,
)
POST = StepPage(
    "enrollment_post",
    gettext_lazy("Change facility, service, profession or regime"),
    gettext_lazy("Save the change"),
    gettext_lazy("The post of %(person)s in %(code)s is changed."),
    Enrollment.HOLDS_A_PLACE,
    PostForm,
    post_means,
    _take_post,
)
GROUP = StepPage(
    "enrollment_group",
    gettext_lazy("Change group"),
    gettext_lazy("Change group"),
    gettext_lazy("%(person)s changed group in %(code)s."),
    Enrollment.HOLDS_A_PLACE,
    GroupForm,
    group_means,
    lambda enrollment, data, by, at: move(enrollment, data["group"], on=data["on"], by=by),
)
WAITLIST = StepPage(
    "enrollment_waitlist",
    gettext_lazy("Put on the waiting list"),
    gettext_lazy("Put on the list"),
    gettext_lazy("%(person)s waits for a place in %(code)s."),
    (Status.APPLIED, Status.DECLINED),
    WaitlistForm,
    waitlist_means,
    lambda enrollment, data, by, at: waitlist(
        enrollment.participant, enrollment.cohort, at=at, by=by
    ),
)
STEPS = (GROUP, POST, WITHDRAW, TRANSFER, REINSTATE, WAITLIST)


def _page(step: StepPage) -> Callable[..., HttpResponseBase]:
    @coordinator_page("participants.change_enrollment")
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        enrollment, at = _enrollment(pk), timezone.now()
        data = request.POST if request.method == "POST" else None
        form = step.form(data, enrollment=enrollment, today=timezone.localdate(at))
        preview = None
        if form.is_bound and form.is_valid():
            if step.previews and not _is_confirmed(form, request):
                preview = TransferPreview.of(enrollment, form.cleaned_data)
            elif _taken(step, form, request, at):
                return redirect("enrollment_timeline", enrollment.pk)
        context = {
            "step": step,
            "enrollment": enrollment,
            "form": form,
            "preview": preview,
            "fits": enrollment.status in step.starts_from,
            "means": step.means(enrollment, at),
        }
        status = 422 if form.errors else 200
        return _render(
            request, enrollment, "admin/enrollment_step.html", step.title, context, status
        )

    return view


enrollment_withdraw = _page(WITHDRAW)
enrollment_reinstate = _page(REINSTATE)
enrollment_transfer = _page(TRANSFER)
enrollment_post = _page(POST)
enrollment_group = _page(GROUP)
enrollment_waitlist = _page(WAITLIST)


@coordinator_page("participants.view_enrollment")
@require_safe
def enrollment_timeline(request: HttpRequest, pk: int) -> HttpResponse:
    enrollment = _enrollment(pk)
    steps = [
        {"title": step.title, "url": reverse(step.name, args=[pk])}
        for step in STEPS
        if enrollment.status in step.starts_from
    ]
    if enrollment.is_active:
        outcome = {
            "title": _("Decide the outcome"),
            "url": reverse("enrollment_outcome", args=[pk]),
        }
        steps.append(outcome)
    context = {
        "enrollment": enrollment,
        "timeline": Timeline.of(enrollment),
        "steps": steps if request.user.has_perm("participants.change_enrollment") else [],
    }
    title = _("Timeline of the person")
    return _render(request, enrollment, "admin/enrollment_timeline.html", title, context)


def _enrollment(pk: int) -> Enrollment:
    rows = Enrollment.objects.select_related("participant", "cohort", "group", "facility")
    return get_object_or_404(rows.select_related("transferred_to__cohort"), pk=pk)


def _is_confirmed(form: StepForm, request: HttpRequest) -> bool:
    """Confirmed is the edition that was looked at, not another chosen since."""
    return request.POST.get("confirm") == str(form.cleaned_data["to_cohort"].pk)


def _taken(step: StepPage, form: StepForm, request: HttpRequest, at: dt.datetime) -> bool:
    """Whether the step was taken; if not, the form says which rule refuses it."""
    enrollment = form.enrollment
    try:
        step.take(enrollment, form.cleaned_data, user_of(request), at)
    except ValidationError as error:
        by_field = error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}
        for name, found in by_field.items():
            form.add_error(name if name in form.fields else None, found)
        return False
    told = {"person": enrollment.participant.full_name, "code": enrollment.cohort.code}
    messages.success(request, step.done % told)
    return True


def _render(
    request: HttpRequest,
    enrollment: Enrollment,
    template: str,
    title: Any,
    context: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    return render_task(request, template, enrollment.cohort, title, context, status=status)
