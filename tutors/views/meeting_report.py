"""A video meeting's report in a session: sent, looked at, confirmed. What is in doubt waits."""

import datetime as dt
from http import HTTPStatus
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from participants.evidence import AppliedEvidence
from participants.meeting_reports.connections import Report
from participants.meeting_reports.drafts import clear_drafts, keep_questions, start_draft
from participants.meeting_reports.importing import StaleReport, apply_report
from participants.meeting_reports.placing import place
from participants.meeting_reports.planning import plan_report
from participants.models import ReportDraft
from participants.register_refusals import why_not
from tutors.report_forms import REST, AnswersForm, ClockForm, ReportForm, sent_answers
from tutors.scope import OpenedReport, open_report


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    at = timezone.now()
    opened = open_report(request.user, pk, day=timezone.localdate(at))
    refusal = why_not(opened.session, at=at)
    form = ReportForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        if not opened.may_save or refusal:
            raise PermissionDenied
        clear_drafts(now=at)
        if form.is_valid() and form.report is not None:
            draft = start_draft(
                form.report, digest=form.digest, session=opened.session, user=_user(request), at=at
            )
            return redirect("tutors:meeting_report_draft", pk, draft.pk)
    context = {
        "session": opened.session,
        "form": form,
        "refusal": refusal,
        "can_save": opened.may_save and not refusal,
        "drafts": ReportDraft.objects.filter(session=pk, user=request.user.pk),
    }
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    return render(request, "tutors/meeting_report.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, pk: int, draft_pk: UUID) -> HttpResponse:
    at = timezone.now()
    opened = open_report(request.user, pk, day=timezone.localdate(at))
    draft = _own_draft(request, pk, draft_pk)
    if request.method != "POST":
        return _show(request, opened, draft)
    if not opened.may_save or why_not(opened.session, at=at):
        raise PermissionDenied
    if "read" in request.POST:
        return _put_right(request, draft)
    return _save(request, opened, draft, at)


def _put_right(request: HttpRequest, draft: ReportDraft) -> HttpResponse:
    clock = ClockForm(request.POST)
    if clock.is_valid():
        draft.answers = draft.answers | clock.cleaned_data
        draft.save(update_fields=["answers"])
    return redirect(request.path)


def _save(
    request: HttpRequest, opened: OpenedReport, draft: ReportDraft, at: dt.datetime
) -> HttpResponse:
    read = _read(opened, draft)
    placement = place(read["report"], opened.session, order=read["order"], shift=read["shift"])
    answers = sent_answers(request.POST, placement)
    try:
        plan, applied = apply_report(
            **read,
            answers=answers,
            by=_user(request),
            at=at,
            expected=request.POST.get("fingerprint") or "-",
            marks_rest_absent=REST in request.POST,
        )
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
        status = HTTPStatus.CONFLICT if isinstance(error, StaleReport) else HTTPStatus.BAD_REQUEST
        return _show(request, opened, draft, status=status)
    _tell(request, applied)
    if keep_questions(draft, plan):
        return redirect(request.path)
    return redirect("tutors:register", opened.session.pk)


@require_POST
def discard(request: HttpRequest, pk: int, draft_pk: UUID) -> HttpResponse:
    open_report(request.user, pk, day=timezone.localdate())
    _own_draft(request, pk, draft_pk).delete()
    messages.info(request, _("The report was discarded. What was saved before stays."))
    return redirect("tutors:meeting_report", pk)


def _own_draft(request: HttpRequest, pk: int, draft_pk: UUID) -> ReportDraft:
    return get_object_or_404(ReportDraft, pk=draft_pk, session=pk, user=request.user.pk)


def _user(request: HttpRequest) -> AbstractBaseUser:
    return cast(AbstractBaseUser, request.user)


def _read(opened: OpenedReport, draft: ReportDraft) -> dict[str, Any]:
    return {
        "report": Report.unpack(draft.report),
        "session": opened.session,
        "digest": draft.digest,
        "groups": opened.groups,
        "order": draft.answers.get("order", ""),
        "shift": draft.answers.get("shift", 0),
    }


def _show(
    request: HttpRequest,
    opened: OpenedReport,
    draft: ReportDraft,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    plan = plan_report(**_read(opened, draft))
    refusal = why_not(opened.session, at=timezone.now())
    context = {
        "session": opened.session,
        "part": opened.part,
        "is_whole": opened.groups is None,
        "draft": draft,
        "plan": plan,
        "placement": plan.placement,
        "form": AnswersForm(request.POST or None, plan=plan),
        "refusal": refusal,
        "can_save": opened.may_save and not refusal and plan.can_apply,
        "orders": _orders(),
    }
    return render(request, "tutors/meeting_report_draft.html", context, status=status)


def _orders() -> list[tuple[str, str]]:
    return [
        ("day_first", _("Day first: 11/12 is 11 December")),
        ("month_first", _("Month first: 11/12 is 12 November")),
    ]


def _tell(request: HttpRequest, applied: AppliedEvidence) -> None:
    saved, standing = len(applied.saved), len(applied.contradicted)
    if saved:
        text = ngettext(
            "%(n)d mark saved from the report.", "%(n)d marks saved from the report.", saved
        )
        messages.success(request, text % {"n": saved})
    else:
        messages.info(request, _("Nothing to save: the register already says so."))
    if standing:
        text = ngettext(
            "%(n)d person was marked otherwise by hand: that mark stands.",
            "%(n)d people were marked otherwise by hand: those marks stand.",
            standing,
        )
        messages.info(request, text % {"n": standing})
