"""The page that a tutor shows to the room: people check in by it, and are seen to arrive."""

import datetime as dt
from http import HTTPStatus
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from participants.arrivals import Arrivals
from participants.check_in_screen import Screen
from participants.checking_in import close_window, may_open, open_window, window_open_for
from participants.register_refusals import why_not
from tutors.scope import OpenedRegister, open_register


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check_in(request: HttpRequest, pk: int, group_pk: int | None = None) -> HttpResponse:
    at = timezone.now()
    opened = open_register(request.user, pk, group_pk, day=timezone.localdate(at))
    if request.method == "POST":
        return _act(request, opened, at=at)
    if request.htmx:  # type: ignore[attr-defined]
        return _live(request, opened, at=at)
    return _page(request, opened, at=at)


def _act(request: HttpRequest, opened: OpenedRegister, *, at: dt.datetime) -> HttpResponse:
    if not opened.may_save:
        raise PermissionDenied
    session, group = opened.session, opened.group
    if request.POST.get("action") == "close":
        if close_window(session, group, at=at):
            messages.success(request, _("Check-in is closed. Now mark who is missing."))
        return redirect(request.path)
    try:
        open_window(session, group, by=cast(AbstractBaseUser, request.user), at=at)
    except ValidationError as error:
        return _page(request, opened, at=at, refusal=error)
    return redirect(request.path)


def _live(request: HttpRequest, opened: OpenedRegister, *, at: dt.datetime) -> HttpResponse:
    """What changed since the page last asked; nothing where nothing did."""
    window = window_open_for(opened.session, opened.group, at=at)
    if window is None:
        return HttpResponseClientRefresh()
    screen = Screen.of(window, at=at, absolute=request.build_absolute_uri)
    arrivals = Arrivals.of(opened.session, opened.group)
    if request.GET.get("seen") == f"{screen.step}.{len(arrivals.rows)}":
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    context = {"screen": screen, "arrivals": arrivals, "session": opened.session}
    return render(request, "tutors/check_in_live.html", context)


def _page(
    request: HttpRequest,
    opened: OpenedRegister,
    *,
    at: dt.datetime,
    refusal: ValidationError | None = None,
) -> HttpResponse:
    session, group = opened.session, opened.group
    window = window_open_for(session, group, at=at)
    refusal = refusal or why_not(session, at=at)
    status = HTTPStatus.FORBIDDEN if request.method == "POST" else HTTPStatus.OK
    context = {
        "session": session,
        "group": group,
        "parts": opened.parts,
        "window": window,
        "screen": window and Screen.of(window, at=at, absolute=request.build_absolute_uri),
        "arrivals": Arrivals.of(session, group),
        "refusal": refusal,
        "can_open": opened.may_save and refusal is None and may_open(session, at=at),
        "may_save": opened.may_save,
    }
    return render(request, "tutors/check_in.html", context, status=status)
