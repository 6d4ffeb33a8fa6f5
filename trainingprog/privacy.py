"""The privacy notice (Law 29733, art. 18): its version, and that whoever is logged in has read it.

A change of meaning is a new version with texts of its own; everyone is then asked once more. The
older texts stay, as the acceptances of them do.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from trainingprog.models import PrivacyAcceptance, User

PRIVACY_NOTICE_VERSION = "2021-10"
SESSION_KEY = "privacy_notice_accepted"
# Where one gets by without it: to read it, to accept it, and to leave.
_EXEMPT = {"privacy", "privacy_accept", "account_logout", "set_language"}


def accept_notice(user: User, *, at: datetime) -> None:
    """Accepting again keeps the first date."""
    PrivacyAcceptance.objects.get_or_create(
        user=user, version=PRIVACY_NOTICE_VERSION, defaults={"accepted_at": at}
    )


def has_accepted(user: User) -> bool:
    return PrivacyAcceptance.objects.filter(user=user, version=PRIVACY_NOTICE_VERSION).exists()


class PrivacyNoticeMiddleware:
    """Leads whoever is logged in, coordinators too, to the notice until its version is accepted.

    Public pages stay public. The answer is kept in the session: one query a session, not one a
    request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponse | None:
        if not getattr(view_func, "login_required", True) or not request.user.is_authenticated:
            return None
        if request.resolver_match is not None and request.resolver_match.view_name in _EXEMPT:
            return None
        if request.session.get(SESSION_KEY) == PRIVACY_NOTICE_VERSION:
            return None
        if has_accepted(request.user):
            request.session[SESSION_KEY] = PRIVACY_NOTICE_VERSION
            return None
        return _to_notice(request)


def _to_notice(request: HttpRequest) -> HttpResponse:
    url = reverse("privacy_accept")
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(url)
    if request.method != "POST":
        url = f"{url}?{urlencode({'next': request.get_full_path()})}"
    return HttpResponseRedirect(url)
