"""The link that proves the right to answer: made of the invitation, and stored nowhere.

It is made where it is shown or mailed, so that no working link waits in the queue of tasks.
"""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from participants.models import SurveyInvitation

_SIGNER = signing.Signer(salt="participants.survey", sep=".")


def token_of(invitation: SurveyInvitation) -> str:
    return _SIGNER.sign(str(invitation.pk))


def path_of(invitation: SurveyInvitation) -> str:
    return reverse("surveys:answer", args=[token_of(invitation)])


def url_of(invitation: SurveyInvitation) -> str:
    return f"{settings.SITE_URL}{path_of(invitation)}"


def read(token: str) -> int | None:
    """The invitation's number, which may be deleted by now; None where the link is not ours."""
    try:
        return int(_SIGNER.unsign(token))
    except signing.BadSignature:
        return None
