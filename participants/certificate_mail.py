"""The mail that a certificate is there: it leads to the own page and attaches nothing; once.

Who issues by hand for the past, as the demo does, queues none.
"""

from collections.abc import Callable, Iterable

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.mail import EmailMessage
from django.tasks import task
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from participants.models import Certificate


@task
def tell_issued(pks: list[int]) -> None:
    rows = Certificate.objects.live().filter(pk__in=pks, enrollment__isnull=False)
    rows = rows.select_related("enrollment__participant__user")
    tell_each(rows, _tell)


def tell_each(rows: Iterable[Certificate], tell: Callable[[Certificate], None]) -> None:
    """One that fails keeps no other from its mail; the task fails then, and may be run again."""
    failed = []
    for certificate in rows:
        try:
            tell(certificate)
        except Exception as error:
            failed.append(error)
    if failed:
        raise ExceptionGroup("Some mails were not sent.", failed)


def tell_once(
    certificate: Certificate, *, email: str, user: AbstractBaseUser | None, page: str
) -> None:
    """Notes the mail before it is sent: of two tasks at once, one sends it. Who has a closed
    account is not written to."""
    if user is not None and not user.is_active:
        return
    unsent = Certificate.objects.filter(pk=certificate.pk, mailed_at=None)
    if not unsent.update(mailed_at=timezone.now()):
        return
    try:
        with override(settings.LANGUAGE_CODE):
            context = {"certificate": certificate, "url": f"{settings.SITE_URL}{page}"}
            EmailMessage(
                subject=render_to_string("mail/certificate_issued_subject.txt", context).strip(),
                body=render_to_string("mail/certificate_issued.txt", context).strip() + "\n",
                to=[email],
            ).send()
    except Exception:
        Certificate.objects.filter(pk=certificate.pk).update(mailed_at=None)
        raise


def _tell(certificate: Certificate) -> None:
    if (enrollment := certificate.enrollment) is None:
        return
    person = enrollment.participant
    page = reverse("participants:edition", args=[enrollment.pk])
    tell_once(certificate, email=person.email, user=person.user, page=page)
