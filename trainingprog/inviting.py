"""Making accounts and inviting their people, and telling the coordinator what came of it."""

from collections.abc import Iterable
from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext

from participants.models import Person
from trainingprog.invitations import AGAIN_AFTER, invite
from trainingprog.models import User
from trainingprog.person_accounts import accounts_for


def may_invite(request: HttpRequest) -> bool:
    return request.user.has_perm("trainingprog.add_user")


def invite_and_tell(request: HttpRequest, users: Iterable[User]) -> None:
    """Sends the invitations and says how many go out, and to whom none does and why."""
    result = invite(users, by=request.user if isinstance(request.user, User) else None)
    if count := len(result.invited):
        text = ngettext(
            "%(count)d invitation is on its way.", "%(count)d invitations are on their way.", count
        )
        messages.success(request, text % {"count": count})
    if count := len(result.already_in):
        text = ngettext(
            "%(count)d person has a password already and got no invitation.",
            "%(count)d people have a password already and got no invitation.",
            count,
        )
        messages.info(request, text % {"count": count})
    if count := len(result.just_invited):
        text = ngettext(
            "%(count)d person was mailed less than %(minutes)d minutes ago and is not mailed again"
            " yet.",
            "%(count)d people were mailed less than %(minutes)d minutes ago and are not mailed"
            " again yet.",
            count,
        )
        minutes = AGAIN_AFTER // timedelta(minutes=1)
        messages.info(request, text % {"count": count, "minutes": minutes})
    if result.inactive:
        text = gettext("Deactivated accounts get no invitation: %(accounts)s.")
        names = ", ".join(user.email for user in result.inactive)
        messages.warning(request, text % {"accounts": names})


def give_accounts_and_invite(request: HttpRequest, people: Iterable[Person]) -> None:
    """Who is among them as tutor and as participant gets one mail."""
    by = request.user if isinstance(request.user, User) else None
    outcome = accounts_for(people, by=by)
    if outcome.created:
        text = ngettext(
            "%(count)d person now has an account.",
            "%(count)d people now have an account.",
            outcome.created,
        )
        messages.success(request, text % {"count": outcome.created})
    for person, reason in outcome.refused:
        messages.error(request, f"{person}: {reason}")
    if outcome.users:
        invite_and_tell(request, dict.fromkeys(outcome.users))
