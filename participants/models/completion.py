from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from courses.models import CohortModule, CompletionRule
from courses.models.checks import Check, one_of, percent
from participants.models.enrollments import Enrollment


class ModuleCompletion(models.Model):
    """A decision on a module: under which version of the rule, with which figures, by whom.

    The figures are what the decision saw; later marks or rules do not change them.
    """

    class Outcome(models.TextChoices):
        COMPLETED = "completed", _("completed")
        NOT_COMPLETED = "not_completed", _("not completed")

    class Override(models.TextChoices):
        MADE_UP = "made_up", _("made up what was missed")
        RECORD_FAULT = "record_fault", _("the register was incomplete or wrong")
        EQUIVALENT = "equivalent", _("equivalent earlier training")
        FORCE_MAJEURE = "force_majeure", _("force majeure")
        OTHER = "other", _("another reason")

    enrollment = models.ForeignKey(
        Enrollment,
        verbose_name=_("enrollment"),
        on_delete=models.PROTECT,
        related_name="completions",
    )
    cohort_module = models.ForeignKey(
        CohortModule,
        verbose_name=_("module of the cohort"),
        on_delete=models.PROTECT,
        related_name="completions",
    )
    rule = models.ForeignKey(
        CompletionRule,
        verbose_name=_("rule"),
        on_delete=models.PROTECT,
        related_name="completions",
    )
    outcome = models.CharField(
        _("outcome"), max_length=15, choices=Outcome, default=Outcome.COMPLETED
    )
    meets_rule = models.BooleanField(_("met the rule"))
    attendance_percent = models.PositiveSmallIntegerField(
        _("attendance (%)"),
        null=True,
        blank=True,
        help_text=_("Already certain, rounded down. Empty where no session counted."),
    )
    sessions_counted = models.PositiveSmallIntegerField(_("sessions that counted"))
    sessions_taken = models.PositiveSmallIntegerField(_("sessions with a mark"))
    override_reason = models.CharField(
        _("reason of the exception"), max_length=20, choices=Override, blank=True
    )
    override_note = models.CharField(
        _("note"),
        max_length=255,
        blank=True,
        help_text=_("Do not write names, ages, places or data of cases or patients."),
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    decided_at = models.DateTimeField(_("decided"))

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("module completion")
        verbose_name_plural = _("module completions")
        ordering = ["cohort_module", "enrollment"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "cohort_module"],
                name="modulecompletion_once",
                violation_error_message=_("This module is already decided for this person."),
            ),
            Check(
                at="override_reason",
                condition=Q(outcome="not_completed", meets_rule=False)
                | Q(outcome="completed", meets_rule=True)
                | ~Q(override_reason=""),
                name="modulecompletion_override_has_reason",
                violation_error_message=_("Choose the reason of the exception."),
            ),
            Check(
                at="sessions_taken",
                condition=Q(sessions_taken__lte=F("sessions_counted")),
                name="modulecompletion_taken_within_counted",
                violation_error_message=_("More sessions were taken than counted."),
            ),
            percent("modulecompletion", "attendance_percent"),
            one_of("modulecompletion", "outcome", ["completed", "not_completed"]),
            one_of(
                "modulecompletion",
                "override_reason",
                ["", "made_up", "record_fault", "equivalent", "force_majeure", "other"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment} · {self.cohort_module} · {self.get_outcome_display()}"

    def clean(self) -> None:
        super().clean()
        if not (self.enrollment_id and self.cohort_module_id and self.rule_id):
            return
        if self.enrollment.cohort_id != self.cohort_module.cohort_id:
            raise ValidationError(_("The person and the module are of different cohorts."))
        if self.rule.cohort_module_id != self.cohort_module_id:
            raise ValidationError(_("The rule is of another module."))
