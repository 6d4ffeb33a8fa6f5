"""The mail that an excuse was answered: that it was, never how or why; once."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.tasks import task
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from participants.models import AbsenceRequest


@task
def tell_declined(request_pk: int) -> None:
    """Notes the mail before it is sent: of two tasks at once, one sends it."""
    declined = AbsenceRequest.objects.filter(pk=request_pk, status=AbsenceRequest.Status.DECLINED)
    if not declined.filter(mailed_at=None).update(mailed_at=timezone.now()):
        return
    try:
        _mail(declined.select_related("enrollment__participant", "session").get())
    except Exception:
        # The task fails and may be run again: it must not take the mail for sent.
        declined.update(mailed_at=None)
        raise


def _mail(request: AbsenceRequest) -> None:
    page = reverse("participants:session", args=[request.session_id])
    with override(settings.LANGUAGE_CODE):
        context = {"session": request.session, "url": f"{settings.SITE_URL}{page}"}
        EmailMessage(
            subject=render_to_string("mail/excuse_answered_subject.txt", context).strip(),
            body=render_to_string("mail/excuse_answered.txt", context).strip() + "\n",
            to=[request.enrollment.participant.email],
        ).send()
