from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from courses.models import Assessment
from courses.models.assessments import HIGHEST_SCORE
from courses.models.checks import Check, from_one, one_of
from participants.models.enrollments import Enrollment

# As every Peruvian register of marks writes it: «no se presentó».
DID_NOT_SIT = "NP"


class Score(models.Model):
    """The result of one attempt at an assessment: a value from 0 to 20, or that the person did not
    sit it, which is not 0. No row means not scored yet.

    `version` grows by one at each change, so that a stale form is known and changes nothing.
    """

    class Source(models.TextChoices):
        TUTOR = "tutor", _("tutor")
        COORDINATOR = "coordinator", _("coordinator")
        IMPORT = "import", _("imported sheet")

    enrollment = models.ForeignKey(
        Enrollment,
        verbose_name=_("enrollment"),
        on_delete=models.PROTECT,
        related_name="scores",
    )
    assessment = models.ForeignKey(
        Assessment,
        verbose_name=_("assessment"),
        on_delete=models.PROTECT,
        related_name="scores",
    )
    attempt = models.PositiveSmallIntegerField(
        _("attempt"), default=1, validators=[MinValueValidator(1)]
    )
    value = models.DecimalField(
        _("score"),
        max_digits=4,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(HIGHEST_SCORE)],
    )
    did_not_sit = models.BooleanField(_("did not sit"), default=False)
    source = models.CharField(_("source"), max_length=15, choices=Source, default=Source.TUTOR)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("recorded by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    recorded_at = models.DateTimeField(_("recorded"))
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        ordering = ["assessment", "enrollment", "attempt"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "assessment", "attempt"],
                name="score_once_per_attempt",
                violation_error_message=_("This attempt already has its score."),
            ),
            Check(
                at="value",
                condition=Q(value__isnull=False, did_not_sit=False)
                | Q(value__isnull=True, did_not_sit=True),
                name="score_value_or_did_not_sit",
                violation_error_message=_("Either a score, or that the person did not sit it."),
            ),
            Check(
                at="value",
                condition=Q(value__isnull=True) | Q(value__range=(0, HIGHEST_SCORE)),
                name="score_value_0_to_20",
                violation_error_message=_("A score lies between 0 and 20."),
            ),
            from_one("score", "attempt", _("Attempts are numbered from 1.")),
            from_one("score", "version", _("Versions are numbered from 1.")),
            one_of("score", "source", ["tutor", "coordinator", "import"]),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment} · {self.assessment} · {self.result}"

    def clean(self) -> None:
        super().clean()
        if (
            self.enrollment_id
            and self.assessment_id
            and self.enrollment.cohort_id != self.assessment.cohort_id
        ):
            raise ValidationError(_("The person and the assessment are of different cohorts."))

    @property
    def result(self) -> str:
        """As it is typed and read: “14,5”, or NP."""
        return DID_NOT_SIT if self.value is None else written(self.value)


def written(value: Decimal) -> str:
    """Without needless zeros, with a comma as in Peruvian marks: 14, 14,5, 14,25."""
    return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")
