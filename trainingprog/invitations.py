"""Invitations: a mail with a link at which the person sets the first password.

The link is signed, lasts INVITATION_DAYS, and is spent by the password that is set with it; only a
POST spends it, as mail scanners open every link. It is made where the mail is sent, so that no
working link waits in the queue of tasks. One that is passed on by hand says nothing about whose the
address is: it sets the password and leaves the address unconfirmed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.core import signing
from django.core.mail import EmailMessage
from django.db import transaction
from django.tasks import task
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import override

from trainingprog.models import User

INVITATION_DAYS = 14
# Two clicks, or two coordinators at once, are one mail.
AGAIN_AFTER = timedelta(minutes=10)
_SALT = "trainingprog.invitations"
_SALT_BY_HAND = "trainingprog.invitations.by_hand"


@dataclass(frozen=True)
class InvitationResult:
    invited: list[User]
    # They have a password already: an invitation would tell them to set another.
    already_in: list[User]
    inactive: list[User]
    just_invited: list[User]


@transaction.atomic
def invite(
    users: Iterable[User], *, by: User | None, at: datetime | None = None
) -> InvitationResult:
    """Mails each account that has no password yet a link to set one; asked again after some
    minutes, a new link.

    Links sent earlier stay good until one of them is used or they expire. The mails are queued
    and go out once the transaction is committed. `by` is who is shown in the admin's history.
    """
    at = at or timezone.now()
    result = InvitationResult(invited=[], already_in=[], inactive=[], just_invited=[])
    wanted = list(users)
    locked = User.objects.select_for_update().filter(pk__in=[user.pk for user in wanted])
    mailed = dict(locked.order_by("pk").values_list("pk", "invited_at"))
    for user in wanted:
        if not user.is_active:
            result.inactive.append(user)
        elif has_password(user):
            result.already_in.append(user)
        elif (last := mailed.get(user.pk)) is not None and abs(at - last) < AGAIN_AFTER:
            result.just_invited.append(user)
        else:
            result.invited.append(user)
    User.objects.filter(pk__in=[user.pk for user in result.invited]).update(invited_at=at)
    if by is not None and result.invited:
        LogEntry.objects.log_actions(by.pk, result.invited, CHANGE, change_message=_("Invited."))
    for user in result.invited:
        send_invitation.enqueue(user.pk)
    return result


@task
def send_invitation(user_id: int) -> None:
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or has_password(user):
        return
    with override(settings.LANGUAGE_CODE):
        context = {"user": user, "url": invitation_url(user), "days": INVITATION_DAYS}
        EmailMessage(
            subject=render_to_string("account/email/invitation_subject.txt", context).strip(),
            body=render_to_string("account/email/invitation_message.txt", context).strip() + "\n",
            to=[user.email],
        ).send()


def has_password(user: User) -> bool:
    return bool(user.password) and user.has_usable_password()


def invitation_url(user: User, *, by_hand: bool = False) -> str:
    path = reverse(
        "invitation",
        args=[urlsafe_base64_encode(str(user.pk).encode()), make_token(user, by_hand=by_hand)],
    )
    return f"{settings.SITE_URL}{path}"


def make_token(user: User, *, by_hand: bool = False) -> str:
    return signing.dumps(_fingerprint(user), salt=_SALT_BY_HAND if by_hand else _SALT)


def invited_user(uid: str, token: str) -> User | None:
    """The account that the link was made for, or None where it is wrong, expired or spent."""
    try:
        user = User.objects.get(pk=int(urlsafe_base64_decode(uid)), is_active=True)
    except (User.DoesNotExist, ValueError, OverflowError):
        return None
    made_for = _made_for(token, _SALT) or _made_for(token, _SALT_BY_HAND)
    return user if constant_time_compare(made_for, _fingerprint(user)) else None


@transaction.atomic
def accept_invitation(uid: str, token: str, password: str) -> User | None:
    """Sets the password, and takes the address for confirmed where the link came by it. Two at
    once: the second finds the link spent."""
    user = invited_user(uid, token)
    if user is None:
        return None
    locked = User.objects.select_for_update().get(pk=user.pk)
    if not constant_time_compare(_fingerprint(locked), _fingerprint(user)):
        return None
    locked.set_password(password)
    locked.save(update_fields=["password"])
    came_by_mail = {"verified": True} if _made_for(token, _SALT) else {}
    EmailAddress.objects.update_or_create(
        user=locked, email=locked.email, defaults={"primary": True} | came_by_mail
    )
    return locked


def _made_for(token: str, salt: str) -> str:
    """The fingerprint in the token; empty where it expired or was not made with this salt."""
    try:
        return str(signing.loads(token, salt=salt, max_age=INVITATION_DAYS * 24 * 60 * 60))
    except signing.BadSignature:
        return ""


def _fingerprint(user: User) -> str:
    """Changes with the password, which spends the link, and with the address, which voids it."""
    return salted_hmac(
        _SALT, f"{user.pk}|{user.password}|{user.email}", algorithm="sha256"
    ).hexdigest()
