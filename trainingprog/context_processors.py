from functools import partial

from django.conf import settings
from django.http import HttpRequest

from trainingprog.navigation import links_for
from tutors.offline import device_key


def site(request: HttpRequest) -> dict[str, object]:
    return {
        "is_demo": settings.DEMO,
        "navigation": partial(links_for, request),
        "device_key": partial(_device_key, request),
        "keeps_registers": partial(_keeps_registers, request),
    }


def _device_key(request: HttpRequest) -> str:
    user = getattr(request, "user", None)
    return device_key(user) if user is not None and user.is_authenticated else ""


def _keeps_registers(request: HttpRequest) -> bool:
    """Costs no query: the log-in backend loads the user's tutor with it."""
    return getattr(getattr(request, "user", None), "tutor", None) is not None
