"""What makes the tutor's pages an application that opens without a network."""

import json
from hashlib import sha256
from http import HTTPStatus
from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from participants.register import Register
from participants.register_refusals import opens_at
from tutors.access import tutors_only
from tutors.offline import device_key, for_device, registers_to_keep
from tutors.register_form import SentRegister, Sheet
from tutors.scope import open_register
from tutors.views.register import context_of, status_of, store

# What a register's copy is made of; the pages themselves are kept by static/offline.js.
FILES = (
    "vendor/bootstrap.min.css",
    "app.css",
    "icons.svg",
    "favicon.svg",
    "vendor/htmx.min.js",
    "app.js",
    "outbox.js",
    "offline.js",
    "register.js",
)


@require_safe
@tutors_only
@never_cache
@ensure_csrf_cookie
def offline(request: HttpRequest) -> HttpResponse:
    """What waits on the device, and the registers that open without a network."""
    at = timezone.now()
    user = cast(AbstractBaseUser, request.user)
    context = _on_device(user) | {"registers": registers_to_keep(user, at=at)}
    return HttpResponse(render_to_string("tutors/offline.html", context))


@require_safe
@tutors_only
@never_cache
def register_copy(request: HttpRequest, pk: int, group_pk: int) -> HttpResponse:
    """The register as a device keeps it: names and marks only, and a form that waits for a line.

    A register that is not open yet has its form already: later there may be nobody to ask.
    """
    at = timezone.now()
    opened = open_register(request.user, pk, group_pk, day=timezone.localdate(at))
    later = max(at, opens_at(opened.session))
    sheet = Sheet.of(for_device(Register.of(opened.session, opened.group, at=later)))
    user = cast(AbstractBaseUser, request.user)
    context = context_of(opened, sheet) | _on_device(user) | {"is_copy": True, "at": at}
    return HttpResponse(render_to_string("tutors/register_copy.html", context))


def _on_device(user: AbstractBaseUser) -> dict[str, object]:
    """For a page that is rendered without the request, as it names nobody of the account."""
    return {"device_key": device_key(user), "keeps_registers": True, "is_demo": settings.DEMO}


@require_POST
@tutors_only
def register_sync(request: HttpRequest, pk: int, group_pk: int) -> HttpResponse:
    """What waited on a device: the register's own form, answered for a script.

    A device may send for whoever was logged in before: the form says whose marks they are.
    """
    user = cast(AbstractBaseUser, request.user)
    if request.POST.get("device") != device_key(user):
        return JsonResponse({"code": "other_user"}, status=HTTPStatus.FORBIDDEN)
    at = timezone.now()
    opened = open_register(user, pk, group_pk, day=timezone.localdate(at))
    if not opened.may_save:
        text = _("You can read this register but no longer change it.")
        return JsonResponse({"code": "closed", "text": text}, status=HTTPStatus.FORBIDDEN)
    try:
        outcome = store(opened, SentRegister.of(request.POST), by=user, at=at)
    except ValidationError as error:
        answer = {"code": getattr(error, "code", None) or "wrong", "text": " ".join(error.messages)}
        return JsonResponse(answer, status=status_of(error))
    asks = [conflict.enrollment.pk for conflict in outcome.conflicts]
    status = HTTPStatus.CONFLICT if asks else HTTPStatus.OK
    return JsonResponse({"saved": len(outcome.saved), "asks": asks}, status=status)


@login_not_required
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """Under the tutor's pages, so that it serves those alone. A new file makes a new version."""
    files = [static(name) for name in FILES]
    script = static("service-worker.js")
    kept = {
        "version": sha256("".join([*files, script]).encode()).hexdigest()[:12],
        "files": files,
        "outbox": static("outbox.js"),
        "list": reverse("tutors:offline"),
    }
    text = f"self.kept = {json.dumps(kept)};\nimportScripts(kept.outbox, {json.dumps(script)});\n"
    headers = {"Cache-Control": "no-cache"}
    return HttpResponse(text, content_type="text/javascript", headers=headers)


@login_not_required
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    icons = [
        {"src": static(f"icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
        for size in (192, 512)
    ]
    data = {
        "id": reverse("tutors:home"),
        "name": _("Training program") + " · ENSAP",
        "short_name": "ENSAP",
        "start_url": reverse("tutors:home"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#f4f7f7",
        "theme_color": "#0b5c6b",
        "icons": icons,
    }
    return JsonResponse(data, content_type="application/manifest+json")
