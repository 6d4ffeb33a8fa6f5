from django.db import models
from django.utils.translation import gettext_lazy as _


class ScorePolicy(models.Model):
    """How an edition's scores count. Scores themselves are never rounded, averages are."""

    class ScoreRounding(models.TextChoices):
        WHOLE = "whole", _("to whole points")
        TENTHS = "tenths", _("to tenths")
        HUNDREDTHS = "hundredths", _("to hundredths")

    class AttemptsCount(models.TextChoices):
        BEST = "best", _("the best one")
        LAST = "last", _("the last one")

    score_rounding = models.CharField(
        _("averages are rounded"),
        max_length=10,
        choices=ScoreRounding,
        default=ScoreRounding.HUNDREDTHS,
        help_text=_("Half a step goes up: to whole points, 13.5 is 14."),
    )
    attempts_count = models.CharField(
        _("of several attempts counts"),
        max_length=10,
        choices=AttemptsCount,
        default=AttemptsCount.BEST,
    )

    class Meta:
        abstract = True
