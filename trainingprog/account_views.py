"""The pages around an account that allauth does not bring: invitation and privacy notice."""

from collections.abc import Callable
from functools import wraps
from typing import cast

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from trainingprog.invitations import accept_invitation, invited_user
from trainingprog.models import User
from trainingprog.privacy import (
    PRIVACY_NOTICE_VERSION,
    SESSION_KEY,
    accept_notice,
    has_accepted,
)

CLEARED = '"cache", "storage"'


def clears_device(
    view: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Around a log-out: nothing of the account stays in the browser, whatever its scripts did."""

    @wraps(view)
    def clearing(request: HttpRequest) -> HttpResponse:
        response = view(request)
        if request.method == "POST":  # the question itself clears nothing
            response.headers["Clear-Site-Data"] = CLEARED
        return response

    return clearing


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    user = invited_user(uid, token)
    if user is None:
        return render(request, "account/invitation_expired.html", status=410)
    form = SetPasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        accepted = accept_invitation(uid, token, form.cleaned_data["new_password1"])
        if accepted is None:
            return render(request, "account/invitation_expired.html", status=410)
        messages.success(request, _("Your password is set. From now on you log in with it."))
        return perform_login(request, accepted, email_verification="none")
    context = {"form": form, "invited": user}
    return render(request, "account/invitation.html", context, status=422 if form.errors else 200)


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy/page.html", _notice())


@require_http_methods(["GET", "HEAD", "POST"])
def privacy_accept(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    following = request.POST.get("next") or request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(following, {request.get_host()}, request.is_secure()):
        following = resolve_url(settings.LOGIN_REDIRECT_URL)
    if request.method == "POST" and request.POST.get("accept"):
        accept_notice(user, at=timezone.now())
    if has_accepted(user):
        request.session[SESSION_KEY] = PRIVACY_NOTICE_VERSION
        return HttpResponseRedirect(following)
    context = _notice() | {"next": following, "unticked": request.method == "POST"}
    return render(
        request, "privacy/accept.html", context, status=422 if context["unticked"] else 200
    )


def _notice() -> dict[str, object]:
    language = "en" if (get_language() or "").startswith("en") else "es"
    return {
        "version": PRIVACY_NOTICE_VERSION,
        "notice": f"privacy/notice_{PRIVACY_NOTICE_VERSION}_{language}.html",
        "contact": settings.PRIVACY_CONTACT,
    }
