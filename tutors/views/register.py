import datetime as dt
from dataclasses import replace
from http import HTTPStatus
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from participants.checking_in import may_open
from participants.corrections import Correction, decisions_to_look_at
from participants.evidence import outdated
from participants.models import AttendanceRecord
from participants.notes import IS_NO_NUMBER
from participants.register import Register, RegisterOutcome, take_register
from participants.sharing import decide_shared
from tutors.attendance_sheet import list_code
from tutors.offline import device_key
from tutors.register_form import SentRegister, Sheet, changed_by_others
from tutors.scope import OpenedRegister, connections_to_confirm, open_register

# Of the refusals of a whole register; those of a single person are 422.
NOT_TO_BE_CHANGED = {"cancelled", "cohort_closed", "module_closed", "not_open"}
NAMES_SHOWN = 3


@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest, pk: int, group_pk: int | None = None) -> HttpResponse:
    at = timezone.now()
    opened = open_register(request.user, pk, group_pk, day=timezone.localdate(at))
    return _take(request, opened, at)


@require_http_methods(["GET", "HEAD", "POST"])
def transcribe(request: HttpRequest, pk: int, group_pk: int | None = None) -> HttpResponse:
    """The register with the numbers of the printed sheet; what is saved came from paper."""
    at = timezone.now()
    opened = open_register(request.user, pk, group_pk, day=timezone.localdate(at))
    return _take(request, replace(opened, source=AttendanceRecord.Source.PAPER), at)


def _take(request: HttpRequest, opened: OpenedRegister, at: dt.datetime) -> HttpResponse:
    """The register's page, or what was sent of it stored with the source of `opened`."""
    if request.method != "POST":
        return _show(request, opened, Sheet.of(Register.of(opened.session, opened.group, at=at)))
    user = cast(AbstractBaseUser, request.user)
    # A page that stayed open while someone else logged in sends nothing in that one's name.
    if not opened.may_save or request.POST.get("device") not in (None, device_key(user)):
        raise PermissionDenied
    sent = SentRegister.of(request.POST)
    if opened.is_paper:
        sent = sent.signed_in(opened.session)
    try:
        outcome = store(opened, sent, by=user, at=at)
    except ValidationError as error:
        sheet = Sheet.of(Register.of(opened.session, opened.group, at=at), sent, error=error)
        return _show(request, opened, sheet, status=status_of(error), correction=sent.correction)
    _tell(request, opened, outcome, sent)
    if not outcome.conflicts and not request.htmx:  # type: ignore[attr-defined]
        return redirect(request.path)
    sheet = Sheet.of(
        outcome.register.with_earlier().with_evidence(), sent, conflicts=outcome.conflicts
    )
    status = HTTPStatus.CONFLICT if outcome.conflicts else HTTPStatus.OK
    return _show(request, opened, sheet, status=status)


@transaction.atomic
def store(
    opened: OpenedRegister, sent: SentRegister, *, by: AbstractBaseUser, at: dt.datetime
) -> RegisterOutcome:
    """What was sent of the register, by its page or by a device. Raises as take_register.

    First, as it marks people too, what is said to a shared connection.
    """
    if sent.connection is not None:
        key, confirms = sent.connection
        connections = {row.pk: row for row in connections_to_confirm(opened)}
        if key in connections:
            decide_shared(connections[key], confirms=confirms, by=by, at=at)
    return take_register(
        opened.session,
        sent.changed,
        rest=sent.rest,
        by=by,
        at=at,
        source=opened.source,
        group=opened.group,
        correction=sent.correction if opened.may_correct else None,
    )


def status_of(error: ValidationError) -> HTTPStatus:
    closed = getattr(error, "code", None) in NOT_TO_BE_CHANGED
    return HTTPStatus.FORBIDDEN if closed else HTTPStatus.UNPROCESSABLE_ENTITY


def _show(
    request: HttpRequest,
    opened: OpenedRegister,
    sheet: Sheet,
    status: HTTPStatus = HTTPStatus.OK,
    correction: Correction | None = None,
) -> HttpResponse:
    part = request.htmx  # type: ignore[attr-defined]
    context = context_of(opened, sheet) | {
        "correction": correction,
        "is_part": part,
        "was_printed_before": _was_printed_before(request, opened, sheet),
    }
    template = "tutors/register_form.html" if part else "tutors/register.html"
    return render(request, template, context, status=status)


def context_of(opened: OpenedRegister, sheet: Sheet) -> dict[str, Any]:
    """`path` is where the form goes: the same, from wherever the register was opened."""
    refusal = sheet.register.refusal
    corrects = opened.may_correct and refusal is not None and refusal.code == "module_closed"
    context: dict[str, Any] = {
        "sheet": sheet,
        "session": opened.session,
        "group": opened.group,
        "parts": opened.parts,
        "is_whole": opened.group is None,
        "can_save": opened.may_save and (refusal is None or corrects),
        "can_check_in": opened.may_save
        and refusal is None
        and may_open(opened.session, at=timezone.now()),
        "refusal": refusal,
        "corrects": corrects,
        "is_no_number_label": IS_NO_NUMBER,
        "correction_reasons": AttendanceRecord.Correction.choices if corrects else (),
        "connections": connections_to_confirm(opened) if refusal is None else (),
        "outdated": len(outdated(sheet.register)) if refusal is None else 0,
        "is_paper": opened.is_paper,
    }
    for name in ("register", "sheet", "transcribe", "recalculate"):
        context[f"{name}_page"] = reverse(f"tutors:{name}", args=opened.address)
    path = context["transcribe_page" if opened.is_paper else "register_page"]
    return context | {"path": path}


def _was_printed_before(request: HttpRequest, opened: OpenedRegister, sheet: Sheet) -> bool:
    """Other people are on the register than were on the sheet: its numbers no longer hold."""
    printed = request.GET.get("list", "")
    if not (opened.is_paper and printed):
        return False
    return printed not in {list_code(rows) for _group, rows in sheet.register.by_group}


def _tell(
    request: HttpRequest, opened: OpenedRegister, outcome: RegisterOutcome, sent: SentRegister
) -> None:
    saved, left = len(outcome.saved), outcome.register.unmarked
    texts = []
    if saved:
        text = ngettext("%(count)d mark saved.", "%(count)d marks saved.", saved)
        texts.append(text % {"count": saved})
    elif not outcome.conflicts:
        texts.append(_("Nothing to save: the register is as it was."))
    if left:
        text = ngettext(
            "%(count)d person is still unmarked.", "%(count)d people are still unmarked.", left
        )
        texts.append(text % {"count": left})
    if texts:
        level = messages.SUCCESS if saved else messages.INFO
        messages.add_message(request, level, " ".join(texts))
    module = outcome.register.session.cohort_module
    is_closed = module is not None and module.closed_at is not None
    if is_closed and (text := decisions_to_look_at(opened.session, outcome.saved)):
        messages.warning(request, text)
    clashing = {conflict.enrollment.pk for conflict in outcome.conflicts}
    others = [
        row.enrollment.participant.sorting_name
        for row in changed_by_others(outcome.register, sent, request.user.pk)
        if row.enrollment.pk not in clashing
    ]
    if others:
        names = "; ".join(others[:NAMES_SHOWN]) + ("; …" if len(others) > NAMES_SHOWN else "")
        text = ngettext(
            "Someone else marked %(count)d person since you opened the register: %(names)s.",
            "Someone else marked %(count)d people since you opened the register: %(names)s.",
            len(others),
        )
        messages.info(request, text % {"count": len(others), "names": names})
