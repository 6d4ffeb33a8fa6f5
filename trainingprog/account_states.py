"""How an account stands, in a word: from none at all to one whose person has entered."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from trainingprog.models import User

ACCOUNT_STATES: Mapping[str, Promise] = {
    "none": _("no account"),
    "waiting": _("not invited"),
    "invited": _("invited, not yet in"),
    "entered": _("has entered"),
    "inactive": _("deactivated"),
}


def account_state(user: User | None) -> str:
    if user is None:
        return "none"
    if not user.is_active:
        return "inactive"
    if user.last_login is not None:
        return "entered"
    return "invited" if user.invited_at else "waiting"
