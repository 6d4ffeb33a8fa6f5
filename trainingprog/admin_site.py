"""The admin with its own, wider Content-Security-Policy, showing what this project registers."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csp import csp_override
from unfold.sites import UnfoldAdminSite

from courses.models import CohortModule, Group
from trainingprog.account_views import CLEARED

OWN = "trainingprog.admin."


class RowLookup(AutocompleteJsonView):
    """Groups and modules of an edition bear the same names in each: the edition is said too."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        result: dict[str, str] = super().serialize_result(obj, to_field_name)
        if isinstance(obj, Group | CohortModule):
            result["text"] = f"{obj.cohort} · {obj}"
        return result


class AdminSite(UnfoldAdminSite):
    index_title = _("Summary")

    def register(
        self, model_or_iterable: Any, admin_class: type[Any] | None = None, **options: Any
    ) -> None:
        """Only classes of trainingprog.admin: what other apps register of themselves is either
        shown there in this product's way, or of no use to a coordinator."""
        if admin_class is not None and f"{admin_class.__module__}.".startswith(OWN):
            super().register(model_or_iterable, admin_class, **options)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        response: HttpResponseBase = super().logout(request, extra_context)
        response.headers["Clear-Site-Data"] = CLEARED
        return response

    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:
        return RowLookup.as_view(admin_site=self)(request)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """Who is logged in and may not enter is told so; Django would send to the log-in and the
        log-in back, round and round."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            return inner(request, *args, **kwargs)

        return csp_override(settings.ADMIN_CSP)(guarded)
