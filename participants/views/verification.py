"""The public page that says of a certificate whether it is in force: no account is asked."""

from http import HTTPStatus
from typing import Any

from allauth.core.ratelimit import respond_429
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participants.certificate_codes import grouped, read_code
from participants.certificate_lookups import asks_too_often, public_facts
from participants.unlisted import unlisted


@login_not_required
@never_cache
@unlisted
@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """A form, sent by GET: nothing is changed by it."""
    if "codigo" not in request.GET:
        return _page(request, {})
    if asks_too_often(request):
        return respond_429(request)
    typed = request.GET["codigo"][:80]
    try:
        return redirect("certificates:certificate", grouped(read_code(typed)))
    except ValidationError as error:
        context = {"state": "mistyped", "typed": typed, "error": error}
        return _page(request, context, HTTPStatus.UNPROCESSABLE_ENTITY)


@login_not_required
@never_cache
@unlisted
@require_safe
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    if asks_too_often(request):
        return respond_429(request)
    try:
        read = read_code(code)
    except ValidationError as error:
        context = {"state": "mistyped", "typed": code, "error": error}
        return _page(request, context, HTTPStatus.NOT_FOUND)
    facts = public_facts(read)
    if facts is None:
        return _page(request, {"state": "unknown", "code": grouped(read)}, HTTPStatus.NOT_FOUND)
    state = "revoked" if facts.is_revoked else "valid"
    return _page(request, {"state": state, "code": grouped(read), "facts": facts})


def _page(
    request: HttpRequest, context: dict[str, Any], status: int = HTTPStatus.OK
) -> HttpResponse:
    return render(request, "certificates/verify.html", context, status=status)
