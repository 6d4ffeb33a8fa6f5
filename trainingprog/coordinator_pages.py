"""What the coordinator's own pages in the admin share: who may enter, and their frame."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from courses.models import Cohort
from trainingprog.models import User

type View = Callable[..., HttpResponseBase]


def coordinator_page(*permissions: str) -> Callable[[View], View]:
    """A view inside the admin: its policy of contents, its log-in, and 403 without permission."""

    def decorator(view: View) -> View:
        guarded = permission_required(permissions, raise_exception=True)(view)
        return wraps(view)(admin.site.admin_view(guarded))

    return decorator


def user_of(request: HttpRequest) -> User:
    """Who acts: inside the admin nobody is anonymous."""
    return cast(User, request.user)


def render_task(
    request: HttpRequest,
    template: str,
    cohort: Cohort | None,
    title: Any,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """Renders a page that extends admin/task_page.html, in the admin's frame."""
    frame = admin.site.each_context(request) | {"title": title, "cohort": cohort}
    return render(request, template, frame | context, status=status)
