"""What the lists of people and of accounts share: making accounts and inviting their people."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext

from participants.models import Person
from trainingprog.invitations import invite
from trainingprog.models import User
from trainingprog.person_accounts import accounts_for


def may_invite(request: HttpRequest) -> bool:
    return request.user.has_perm("trainingprog.add_user")


def invite_and_tell(
    model_admin: ModelAdmin[Any], request: HttpRequest, users: Iterable[User]
) -> None:
    """Sends the invitations and says how many go out, and to whom none does and why."""
    result = invite(users, by=request.user if isinstance(request.user, User) else None)
    if count := len(result.invited):
        text = ngettext(
            "%(count)d invitation is on its way.", "%(count)d invitations are on their way.", count
        )
        model_admin.message_user(request, text % {"count": count}, messages.SUCCESS)
    if count := len(result.already_in):
        text = ngettext(
            "%(count)d person has a password already and got no invitation.",
            "%(count)d people have a password already and got no invitation.",
            count,
        )
        model_admin.message_user(request, text % {"count": count}, messages.INFO)
    if result.inactive:
        text = gettext("Deactivated accounts get no invitation: %(accounts)s.")
        names = ", ".join(user.email for user in result.inactive)
        model_admin.message_user(request, text % {"accounts": names}, messages.WARNING)


def give_accounts_and_invite(
    model_admin: ModelAdmin[Any], request: HttpRequest, people: Iterable[Person]
) -> None:
    by = request.user if isinstance(request.user, User) else None
    outcome = accounts_for(people, by=by)
    if outcome.created:
        text = ngettext(
            "%(count)d person now has an account.",
            "%(count)d people now have an account.",
            outcome.created,
        )
        model_admin.message_user(request, text % {"count": outcome.created}, messages.SUCCESS)
    for person, reason in outcome.refused:
        model_admin.message_user(request, f"{person}: {reason}", messages.ERROR)
    if outcome.users:
        invite_and_tell(model_admin, request, outcome.users)
