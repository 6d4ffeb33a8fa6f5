import datetime as dt
import secrets

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from courses.models.checks import Check, Unique, one_of
from participants.models.enrollments import Enrollment


def new_offer_token() -> str:
    """256 random bits: the link is all that guards the answer."""
    return secrets.token_urlsafe(32)


class OfferQuerySet(models.QuerySet["Offer"]):
    def open(self) -> "OfferQuerySet":
        """Not answered and not passed on: each holds a place, also past its deadline."""
        return self.filter(answer="")

    def due(self, at: dt.datetime) -> "OfferQuerySet":
        return self.open().filter(expires_at__lte=at)


class Offer(models.Model):
    """A place offered to the next on the waiting list, who answers by a link until a deadline."""

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("not accepted")
        LAPSED = "lapsed", _("not answered in time")
        REVOKED = "revoked", _("taken back")

    enrollment = models.ForeignKey(
        Enrollment, verbose_name=_("enrollment"), on_delete=models.PROTECT, related_name="offers"
    )
    offered_at = models.DateTimeField(_("offered"))
    expires_at = models.DateTimeField(_("answer until"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=10, choices=Answer, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("answered by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        help_text=_("Empty where the person answered by the link, or nobody did."),
    )
    mailed_at = models.DateTimeField(_("mailed"), null=True, blank=True)
    token = models.CharField(
        _("token"), max_length=64, unique=True, default=new_offer_token, editable=False
    )

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer of a place")
        verbose_name_plural = _("offers of a place")
        ordering = ["offered_at", "id"]
        constraints = [
            Unique(
                at="enrollment",
                fields=["enrollment"],
                condition=Q(answer=""),
                name="offer_one_open",
                violation_error_message=_("This person already has an open offer."),
            ),
            Check(
                at="expires_at",
                condition=Q(expires_at__gt=F("offered_at")),
                name="offer_expires_after_it_is_made",
                violation_error_message=_("The deadline lies after the offer."),
            ),
            Check(
                at="answered_at",
                condition=Q(answer="", answered_at__isnull=True)
                | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="offer_answer_has_its_time",
                violation_error_message=_("An answer has its time, and no answer has none."),
            ),
            one_of("offer", "answer", ["", "accepted", "declined", "lapsed", "revoked"]),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment} · {self.offered_at:%d/%m/%Y}"
