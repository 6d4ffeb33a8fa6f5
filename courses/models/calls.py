import datetime as dt

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from courses.models.checks import Check, from_one, one_of


class Call(models.Model):
    """When and from whom an edition takes applications, and how its places are given."""

    class QuotaBy(models.TextChoices):
        NONE = "none", _("no quotas")
        REGION = "region", _("by region")
        SERVICE = "service", _("by service")

    applications_open_at = models.DateTimeField(
        _("applications open"),
        null=True,
        blank=True,
        help_text=_("Left empty, the edition has no public call."),
    )
    applications_close_at = models.DateTimeField(
        _("applications close"),
        null=True,
        blank=True,
        help_text=_("From this moment on nobody can apply. Left empty: until the edition runs."),
    )
    requirements_es = models.TextField(
        _("requirements in Spanish"), blank=True, help_text=_("One a line; shown on the call.")
    )
    requirements_en = models.TextField(_("requirements in English"), blank=True)
    offer_hours = models.PositiveSmallIntegerField(
        _("hours to accept a place"),
        default=72,
        validators=[MinValueValidator(1)],
        help_text=_("A place offered to who waits passes on to the next after these hours."),
    )
    quota_by = models.CharField(_("quotas"), max_length=10, choices=QuotaBy, default=QuotaBy.NONE)

    class Meta:
        abstract = True

    @property
    def requirements(self) -> tuple[str, ...]:
        text = (self.requirements_en if get_language() == "en" else "") or self.requirements_es
        return tuple(line.strip(" \t-*•") for line in text.splitlines() if line.strip(" \t-*•"))

    def has_opened(self, at: dt.datetime) -> bool:
        return self.applications_open_at is not None and self.applications_open_at <= at

    def takes_applications(self, at: dt.datetime) -> bool:
        """Between its opening and its closing, while the edition is open for them."""
        in_time = self.applications_close_at is None or at < self.applications_close_at
        return self.status == "open" and self.has_opened(at) and in_time  # type: ignore[attr-defined]


CALL_CONSTRAINTS = (
    Check(
        at="applications_close_at",
        condition=Q(applications_close_at__isnull=True)
        | Q(
            applications_open_at__isnull=False,
            applications_close_at__gt=F("applications_open_at"),
        ),
        name="cohort_applications_close_after_open",
        violation_error_message=_("Applications close after they open: write both, in order."),
    ),
    from_one("cohort", "offer_hours", _("Who is offered a place has at least 1 hour.")),
    one_of("cohort", "quota_by", Call.QuotaBy.values),
)
