"""The admin with its own, wider Content-Security-Policy."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.views.decorators.csp import csp_override
from unfold.sites import UnfoldAdminSite


class AdminSite(UnfoldAdminSite):
    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        return csp_override(settings.ADMIN_CSP)(super().admin_view(view, cacheable))
