import secrets

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def new_token() -> str:
    """256 random bits: an address that cannot be guessed is all that guards a calendar."""
    return secrets.token_urlsafe(32)


class CalendarAddress(models.Model):
    """The secret part of a person's calendar address. Kept readable, as its owner is shown it."""

    token = models.CharField(
        _("token"), max_length=64, unique=True, default=new_token, editable=False
    )
    renewed_at = models.DateTimeField(_("renewed"), default=timezone.now, editable=False)

    class Meta:
        abstract = True

    def renew(self) -> None:
        """A new address; the old one leads nowhere from now on."""
        self.token = new_token()
        self.renewed_at = timezone.now()
        self.save(update_fields=["token", "renewed_at"])
