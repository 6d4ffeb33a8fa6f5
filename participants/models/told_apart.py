from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from courses.models.checks import Check, Unique
from participants.models.people import Participant


class ToldApart(models.Model):
    """Two participants who are alike and not one person, as a coordinator said; `reasons` are what
    was alike then. Something else that is alike later is asked again."""

    one = models.ForeignKey(
        Participant, verbose_name=_("participant"), on_delete=models.CASCADE, related_name="+"
    )
    two = models.ForeignKey(
        Participant,
        verbose_name=_("the other participant"),
        on_delete=models.CASCADE,
        related_name="+",
    )
    reasons = models.CharField(_("alike in"), max_length=100, blank=True)
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("said by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    said_at = models.DateTimeField(_("said at"))

    class Meta:
        verbose_name = _("pair that is not one person")
        verbose_name_plural = _("pairs that are not one person")
        constraints = [
            Unique(
                at="two",
                fields=["one", "two"],
                name="toldapart_once",
                violation_error_message=_("These two are told apart already."),
            ),
            Check(
                at="two",
                condition=Q(two__gt=F("one")),
                name="toldapart_older_record_first",
                violation_error_message=_("Two different people, the older record first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.one} · {self.two}"
