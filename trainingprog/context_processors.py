from functools import partial

from django.conf import settings
from django.http import HttpRequest

from trainingprog.navigation import links_for


def site(request: HttpRequest) -> dict[str, object]:
    return {"is_demo": settings.DEMO, "navigation": partial(links_for, request)}
