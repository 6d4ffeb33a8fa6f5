"""The admin with its own, wider Content-Security-Policy, showing what this project registers."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.views.decorators.csp import csp_override
from unfold.sites import UnfoldAdminSite

OWN = "trainingprog.admin."


class AdminSite(UnfoldAdminSite):
    def register(
        self, model_or_iterable: Any, admin_class: type[Any] | None = None, **options: Any
    ) -> None:
        """Only classes of trainingprog.admin: what other apps register of themselves is either
        shown there in this product's way, or of no use to a coordinator."""
        if admin_class is not None and f"{admin_class.__module__}.".startswith(OWN):
            super().register(model_or_iterable, admin_class, **options)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        return csp_override(settings.ADMIN_CSP)(super().admin_view(view, cacheable))
