"""What evidence decided is decided anew: after the policy or the times changed, with a preview."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from participants.evidence import apply_evidence, outdated
from participants.register import Register
from tutors.scope import open_register


@require_http_methods(["GET", "HEAD", "POST"])
def recalculate(request: HttpRequest, pk: int, group_pk: int | None = None) -> HttpResponse:
    at = timezone.now()
    opened = open_register(request.user, pk, group_pk, day=timezone.localdate(at))
    register = Register.of(opened.session, opened.group, at=at)
    page = reverse("tutors:register", args=opened.address)
    if request.method == "POST":
        if not opened.may_save:
            raise PermissionDenied
        only = [row.enrollment.pk for row in register.rows]
        by = cast(AbstractBaseUser, request.user)
        try:
            applied = apply_evidence(opened.session, by=by, at=at, only=only)
        except ValidationError as error:
            raise PermissionDenied from error
        saved = len(applied.saved)
        text = ngettext("%(count)d mark recalculated.", "%(count)d marks recalculated.", saved)
        messages.success(request, text % {"count": saved})
        return redirect(page)
    context = {
        "session": opened.session,
        "group": opened.group,
        "rows": outdated(register),
        "refusal": register.refusal,
        "can_save": opened.may_save and register.refusal is None,
        "register_page": page,
    }
    return render(request, "tutors/recalculate.html", context)
