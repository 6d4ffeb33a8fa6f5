from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models import Cohort
from courses.models.checks import Unique, one_of
from participants.models.facilities import Region
from participants.models.people import Service


class Quota(models.Model):
    """The most people of one region, or of one service, that an edition takes. What has none is
    limited by the edition's capacity alone."""

    cohort = models.ForeignKey(
        Cohort, verbose_name=_("cohort"), on_delete=models.CASCADE, related_name="quotas"
    )
    value = models.CharField(
        _("region or service"), max_length=10, choices=[*Region.choices, *Service.choices]
    )
    places = models.PositiveSmallIntegerField(_("places"))

    class Meta:
        verbose_name = _("quota")
        verbose_name_plural = _("quotas")
        ordering = ["cohort", "value"]
        constraints = [
            Unique(
                at="value",
                fields=["cohort", "value"],
                name="quota_once_per_value",
                violation_error_message=_("The edition already has a quota for this."),
            ),
            one_of("quota", "value", [*Region.values, *Service.values]),
        ]

    def __str__(self) -> str:
        return f"{self.get_value_display()}: {self.places}"

    def clean(self) -> None:
        super().clean()
        if not self.cohort_id:
            return
        by = self.cohort.quota_by
        known = {"region": Region.values, "service": Service.values}.get(by, [])
        if self.value and self.value not in known:
            raise ValidationError(
                {"value": _("The edition has its quotas by something else: see “quotas”.")}
            )
