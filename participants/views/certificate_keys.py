"""The public keys of certificates, for whoever wants to verify without asking us."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from participants.certificate_signing import pem, public_keys


@login_not_required
@require_safe
def certificate_keys(request: HttpRequest) -> HttpResponse:
    """The one that signs now comes first; OpenSSL skips the lines between."""
    keys = [f"# {name}\n{pem(key)}" for name, key in public_keys().items()]
    return HttpResponse("\n".join(keys), content_type="text/plain; charset=utf-8")
