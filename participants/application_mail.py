"""The mails about an application: neutral subjects, no reasons, links to our pages alone."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.tasks import task
from django.template.loader import render_to_string
from django.utils.translation import override

from participants.application_links import CONFIRM_DAYS, application_url, confirmation_url
from participants.models import Application


@task
def send_confirmation(application_id: int) -> None:
    """The link that confirms the address, and the one to what was typed."""
    waiting = Application.objects.filter(
        pk=application_id, status=Application.Status.SUBMITTED
    ).select_related("cohort")
    for application in waiting:
        context = {"url": confirmation_url(application), "days": CONFIRM_DAYS}
        send_mail(application, "application_confirm", context)


def send_mail(application: Application, name: str, context: dict[str, Any]) -> None:
    with override(settings.LANGUAGE_CODE):
        context = {
            "application": application,
            "cohort": application.cohort,
            "application_url": application_url(application),
            **context,
        }
        EmailMessage(
            subject=render_to_string(f"mail/{name}_subject.txt", context).strip(),
            body=render_to_string(f"mail/{name}.txt", context).strip() + "\n",
            to=[application.email],
        ).send()
