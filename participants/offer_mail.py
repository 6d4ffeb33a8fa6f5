"""The mail of an offer of a place.

The mail says until when, and leads to our page; neither what the program is about nor of what
anyone suffers is in it. It is sent once, however often the task is run.
"""

from django.conf import settings
from django.core.mail import EmailMessage
from django.tasks import task
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from participants.models import Offer


def offer_url(offer: Offer) -> str:
    return f"{settings.SITE_URL}{reverse('participants:offer', args=[offer.token])}"


@task
def send_offer(offer_pk: int) -> None:
    """Notes the mail before it is sent: of two tasks at once, one sends it."""
    now = timezone.now()
    open_ones = Offer.objects.open().filter(pk=offer_pk, expires_at__gt=now)
    if not open_ones.filter(mailed_at=None).update(mailed_at=now):
        return
    try:
        _mail(open_ones.select_related("enrollment__participant", "enrollment__cohort").get())
    except Exception:
        # The task fails and may be run again: it must not take the mail for sent.
        Offer.objects.filter(pk=offer_pk).update(mailed_at=None)
        raise


def _mail(offer: Offer) -> None:
    with override(settings.LANGUAGE_CODE):
        context = {"offer": offer, "url": offer_url(offer)}
        EmailMessage(
            subject=render_to_string("mail/place_offer_subject.txt", context).strip(),
            body=render_to_string("mail/place_offer.txt", context).strip() + "\n",
            to=[offer.enrollment.participant.email],
        ).send()
