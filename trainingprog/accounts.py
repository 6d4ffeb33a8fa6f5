"""Who may log in, and how: by e-mail, no sign-up, both records of the person at hand."""

import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import Permission
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.tasks import task
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from trainingprog.models import User

logger = logging.getLogger(__name__)


class RoleBackend(AuthenticationBackend):
    """Loads the user with the tutor and the participant that it is, in the request's one query.

    Nobody has a permission of one's own: they come of the role, and one query tells them.
    """

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("tutor", "participant").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None

    def _get_user_permissions(self, user_obj: User) -> QuerySet[Permission]:
        return Permission.objects.none()


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The e-mail or the password is not right."),
        "too_many_login_attempts": _(
            "Too many failed attempts. Wait five minutes, or ask for a new password."
        ),
        "rate_limited": _("Too many attempts in a short time. Please wait a minute and try again."),
        "incorrect_code": _("The code is not right. Copy it from the latest mail."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Sent at once, not queued: a code or a link would lie readable in the queue.

        A mail server that is down costs a message on the page, not the page.
        """
        try:
            super().send_mail(template_prefix, email, context)
        except (SMTPException, OSError):
            logger.exception("A mail of the kind %s could not be sent.", template_prefix)
            messages.error(
                self.request,
                _("The mail could not be sent just now. Please try again in some minutes."),
            )


@transaction.atomic
def forget_earlier_address(user: User, earlier: str) -> None:
    """An address that was corrected opens the account no longer: allauth keeps those that it has
    seen, and would send a code or a new password to any of them.

    Whose account was entered with it is told there, as whoever changes an address could take the
    account over. Without an entry it may be a stranger's, mistyped.
    """
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    if user.last_login is not None and earlier.lower() != user.email.lower():
        tell_earlier_address.enqueue(earlier)


@task
def tell_earlier_address(earlier: str) -> None:
    """Says neither whose the account is nor the new address."""
    prefix = "account/email/address_changed"
    with override(settings.LANGUAGE_CODE):
        EmailMessage(
            subject=render_to_string(f"{prefix}_subject.txt").strip(),
            body=render_to_string(f"{prefix}_message.txt").strip() + "\n",
            to=[earlier],
        ).send()
