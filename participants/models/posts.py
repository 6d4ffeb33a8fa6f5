from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models.checks import Unique, one_of
from participants.models.enrollments import Enrollment
from participants.models.facilities import Facility
from participants.models.people import EmploymentRegime, Profession, Service


class EarlierPost(models.Model):
    """Where and as what someone worked until a day of the edition; since then as the enrollment
    says, or as the next of these. Written when a change is made, so that a report of an earlier
    day stays as it was."""

    enrollment = models.ForeignKey(
        Enrollment,
        verbose_name=_("enrollment"),
        on_delete=models.PROTECT,
        related_name="earlier_posts",
    )
    until = models.DateField(_("last day"))
    facility = models.ForeignKey(
        Facility,
        verbose_name=_("facility"),
        on_delete=models.PROTECT,
        related_name="earlier_posts",
        null=True,
        blank=True,
    )
    service = models.CharField(_("service"), max_length=10, choices=Service, default=Service.OTHER)
    profession = models.CharField(
        _("profession"), max_length=30, choices=Profession, default=Profession.OTHER
    )
    employment_regime = models.CharField(
        _("employment regime"),
        max_length=10,
        choices=EmploymentRegime,
        default=EmploymentRegime.OTHER,
    )

    class Meta:
        verbose_name = _("earlier post")
        verbose_name_plural = _("earlier posts")
        ordering = ["enrollment", "until"]
        constraints = [
            Unique(
                at="until",
                fields=["enrollment", "until"],
                name="earlierpost_once_per_day",
                violation_error_message=_("A change from this day is already written."),
            ),
            one_of("earlierpost", "service", Service.values),
            one_of("earlierpost", "profession", Profession.values),
            one_of("earlierpost", "employment_regime", EmploymentRegime.values),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment} · {self.until:%d/%m/%Y}"
