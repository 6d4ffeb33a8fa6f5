"""The two addresses of an application: of what was typed, and of the confirmation of the e-mail.

The second is made where its mail is sent, so that no working link waits in the queue of tasks.
"""

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from participants.models import Application

CONFIRM_DAYS = 7
_SALT = "participants.applying"


def application_url(application: Application) -> str:
    return f"{settings.SITE_URL}{reverse('calls:application', args=[application.key])}"


def confirmation_url(application: Application) -> str:
    path = reverse("calls:confirm", args=[confirmation_token(application)])
    return f"{settings.SITE_URL}{path}"


def confirmation_token(application: Application) -> str:
    return signing.dumps([application.pk, _fingerprint(application)], salt=_SALT)


def to_confirm(token: str) -> Application | None:
    """The application that the link was made for, confirmed by now or not; None where the link is
    wrong, too old, or went to an address that was corrected since."""
    pk, _made_for = _read(token)
    application = Application.objects.select_related("cohort").filter(pk=pk).first()
    return application if application and is_made_for(token, application) else None


def is_made_for(token: str, application: Application) -> bool:
    pk, made_for = _read(token)
    is_sent = application.status != Application.Status.DRAFT
    return (
        is_sent
        and pk == application.pk
        and constant_time_compare(made_for, _fingerprint(application))
    )


def _read(token: str) -> tuple[int, str]:
    try:
        pk, made_for = signing.loads(token, salt=_SALT, max_age=CONFIRM_DAYS * 24 * 60 * 60)
    except signing.BadSignature:
        return 0, ""
    return int(pk), str(made_for)


def _fingerprint(application: Application) -> str:
    """Changes with the address, so that a link to the wrong one confirms nothing."""
    text = f"{application.pk}|{application.email}"
    return salted_hmac(_SALT, text, algorithm="sha256").hexdigest()
