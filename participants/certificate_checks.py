"""Production without a key to sign with issues no certificate: said before it is deployed."""

from typing import Any

from django.conf import settings
from django.core.checks import Tags, Warning, register


@register(Tags.security, deploy=True)
def check_signing_key(**kwargs: Any) -> list[Warning]:
    if settings.CERTIFICATE_SIGNING_KEY:
        return []
    return [
        Warning(
            "CERTIFICATE_SIGNING_KEY is not set: no certificate can be issued.",
            hint="manage.py new_certificate_key makes one.",
            id="participants.W001",
        )
    ]
