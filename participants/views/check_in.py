"""Checking in oneself: by typing the code that is shown, or by scanning its QR."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, cast

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from courses.models import Session
from courses.models.sessions import Modality
from participants.access import participants_only
from participants.check_in_codes import (
    NO_CODE_OF_OURS,
    Begun,
    in_time,
    of_ticket,
    ticket_of,
    windows_with_sessions,
    with_link,
    with_typed,
)
from participants.checking_in import Standing, arrival_of, check_in
from participants.models import AttendanceRecord, Enrollment
from participants.own_sessions import own_session

# Codes of refusals. Whatever is not named is not to be changed: 403.
NOT_YET = {"not_open", "not_opened"}
NOT_OF_THE_REGISTER = {"left", "not_yet", "guest"}
STATUS_OF = {
    **dict.fromkeys(
        ("no_code", "wrong_code", "old_code", "no_mode"), HTTPStatus.UNPROCESSABLE_ENTITY
    ),
    "too_many": HTTPStatus.TOO_MANY_REQUESTS,
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@participants_only
def typed(request: HttpRequest, pk: int) -> HttpResponse:
    at = timezone.now()
    session, enrollment = own_session(request.user, pk, outside_dates=True)
    standing = Standing.of(enrollment, session, at=at)
    if request.method != "POST":
        return _page(request, session, standing)

    def begin() -> Begun:
        if standing.refusal is not None:
            raise standing.refusal
        return with_typed(standing.windows, request.POST.get("code", ""), at=at)

    return _send(request, session, enrollment, begin, at=at)


@login_not_required
@never_cache
@require_safe
def scan(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Where the QR leads. What was opened in time counts a minute longer: log-in comes after."""
    window = windows_with_sessions().filter(pk=pk).first()
    try:
        if window is None:
            raise ValidationError(NO_CODE_OF_OURS, code="wrong_code")
        ticket = ticket_of(with_link(window, code, at=timezone.now()), request.user.pk)
    except ValidationError as error:
        return _refuse(request, error, HTTPStatus.GONE)
    if request.user.is_authenticated:
        return scanned(request, ticket)
    return redirect("participants:scanned", ticket)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@participants_only
def scanned(request: HttpRequest, ticket: str) -> HttpResponse:
    at = timezone.now()
    try:
        begun = of_ticket(ticket, request.user.pk)
    except ValidationError as error:
        return _refuse(request, error, HTTPStatus.GONE)
    session = begun.window.session
    own = Enrollment.objects.for_participant(request.user)
    enrollment = own.filter(cohort=session.cohort_id).first()
    if enrollment is None:
        text = _("This check-in is of an edition in which you do not take part.")
        return _refuse(request, ValidationError(text), HTTPStatus.FORBIDDEN)
    if request.method == "POST":
        begin = partial(in_time, begun, at=at)
        return _send(request, session, enrollment, begin, at=at, ticket=ticket)
    try:
        standing = Standing.of(enrollment, session, at=at, begun=in_time(begun, at=at))
    except ValidationError as error:
        return _page(request, session, Standing.of(enrollment, session, at=at), error=error)
    return _page(request, session, standing, ticket=ticket)


def _send(
    request: HttpRequest,
    session: Session,
    enrollment: Enrollment,
    begin: Callable[[], Begun],
    *,
    at: dt.datetime,
    **context: Any,
) -> HttpResponse:
    user = cast(AbstractBaseUser, request.user)
    if arrival_of(enrollment, session) is not None:
        messages.info(request, _("You had checked in already: nothing was changed."))
        return redirect("participants:check_in", session.pk)
    try:
        if not consume(request, action="check_in", key=str(user.pk)):
            raise ValidationError(
                _("Too many attempts in a short time. Please wait a minute and try again."),
                code="too_many",
            )
        mode = request.POST.get("mode", "")
        check_in(enrollment, begin(), mode=mode, by=user, at=at)
    except ValidationError as error:
        code = getattr(error, "code", "")
        standing = Standing.of(enrollment, session, at=at)
        status = STATUS_OF.get(code, HTTPStatus.FORBIDDEN)
        if code == "old_code":
            context.pop("ticket", None)
        return _page(request, session, standing, error=error, status=status, **context)
    return redirect("participants:check_in", session.pk)


def _page(
    request: HttpRequest,
    session: Session,
    standing: Standing,
    *,
    error: ValidationError | None = None,
    status: int = HTTPStatus.OK,
    ticket: str = "",
) -> HttpResponse:
    refusal = standing.refusal
    if refusal is not None and refusal.code in NOT_OF_THE_REGISTER and status == HTTPStatus.OK:
        status = HTTPStatus.FORBIDDEN
    context = {
        "session": session,
        "arrival": standing.arrival,
        "error": error,
        "refusal": refusal,
        "is_waiting": refusal is not None and refusal.code in NOT_YET,
        "ticket": ticket,
        "code": request.POST.get("code", "")[:20],
        "modes": AttendanceRecord.Mode if session.modality == Modality.HYBRID else None,
    }
    return render(request, "participants/check_in.html", context, status=status)


def _refuse(request: HttpRequest, error: ValidationError, status: int) -> HttpResponse:
    return render(request, "participants/check_in.html", {"refusal": error}, status=status)
