from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from courses.models import Competency, Level
from courses.models.checks import one_of
from participants.models.enrollments import Enrollment


class CompetencyRating(models.Model):
    """A competency's level in one person, as the person or the tutor sees it at one moment.

    Written by participants/competencies.py alone; it may be changed until the edition is closed.
    """

    class Moment(models.TextChoices):
        BASELINE = "baseline", _("baseline")
        END = "end", _("end")

    class Rater(models.TextChoices):
        SELF = "self", _("the person")
        TUTOR = "tutor", _("the tutor")

    enrollment = models.ForeignKey(
        Enrollment,
        verbose_name=_("enrollment"),
        on_delete=models.PROTECT,
        related_name="competency_ratings",
    )
    competency = models.ForeignKey(
        Competency,
        verbose_name=_("competency"),
        on_delete=models.PROTECT,
        related_name="ratings",
    )
    moment = models.CharField(_("moment"), max_length=10, choices=Moment)
    rater = models.CharField(_("rated by"), max_length=10, choices=Rater)
    level = models.PositiveSmallIntegerField(_("level"), choices=Level)
    rated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    rated_at = models.DateTimeField(_("rated"))

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("competency rating")
        verbose_name_plural = _("competency ratings")
        ordering = ["enrollment", "competency", "moment", "rater"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "competency", "moment", "rater"],
                name="competencyrating_once",
                violation_error_message=_("This competency is already rated for this person."),
            ),
            one_of("competencyrating", "moment", ["baseline", "end"]),
            one_of("competencyrating", "rater", ["self", "tutor"]),
            one_of("competencyrating", "level", [1, 2, 3, 4]),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment} · {self.competency} · {self.get_moment_display()}: {self.level}"

    def clean(self) -> None:
        super().clean()
        if not (self.enrollment_id and self.competency_id):
            return
        if self.enrollment.cohort.program_id != self.competency.program_id:
            raise ValidationError({"competency": _("The competency is of another program.")})
