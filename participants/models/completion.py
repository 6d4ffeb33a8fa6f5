from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from courses.models import CohortModule, CompletionRule
from courses.models.checks import Check, one_of, percent
from participants.models.enrollments import Enrollment


class Override(models.TextChoices):
    """Why a decision goes against the rule."""

    MADE_UP = "made_up", _("made up what was missed")
    RECORD_FAULT = "record_fault", _("the register was incomplete or wrong")
    EQUIVALENT = "equivalent", _("equivalent earlier training")
    FORCE_MAJEURE = "force_majeure", _("force majeure")
    OTHER = "other", _("another reason")


class Decided(models.Model):
    """What a decision saw, who took it, and who approved it where it goes against the rule.

    The figures are what the decision saw; later marks, scores or rules do not change them.
    """

    meets_rule = models.BooleanField(_("met the rule"))
    attendance_percent = models.PositiveSmallIntegerField(
        _("attendance (%)"),
        null=True,
        blank=True,
        help_text=_("Already certain, rounded down. Empty where no session counted."),
    )
    sessions_counted = models.PositiveSmallIntegerField(_("sessions that counted"))
    sessions_taken = models.PositiveSmallIntegerField(_("sessions with a mark"))
    average = models.DecimalField(
        _("average"),
        max_digits=4,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(20)],
        help_text=_("Already certain. Empty where nothing is scored."),
    )
    figures = models.JSONField(
        _("requirements as they stood"), default=list, blank=True, editable=False
    )
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
    needs_approval = models.BooleanField(
        _("needs a second person"),
        default=False,
        help_text=_("An exception that counts once a second person approved it."),
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("approved by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            Check(
                at="sessions_taken",
                condition=Q(sessions_taken__lte=F("sessions_counted")),
                name="%(class)s_taken_within_counted",
                violation_error_message=_("More sessions were taken than counted."),
            ),
            percent("%(class)s", "attendance_percent"),
            Check(
                at="average",
                condition=Q(average__isnull=True) | Q(average__range=(0, 20)),
                name="%(class)s_average_0_to_20",
                violation_error_message=_("A score lies between 0 and 20."),
            ),
            one_of("%(class)s", "override_reason", ["", *Override.values]),
            Check(
                at="approved_by",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("decided_by")),
                name="%(class)s_approved_by_another",
                violation_error_message=_("A second person approves, not who decided."),
            ),
            Check(
                at="approved_at",
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False, needs_approval=True),
                name="%(class)s_approved_by_whom_and_when",
                violation_error_message=_("An approval says who gave it, and when."),
            ),
            Check(
                at="needs_approval",
                condition=Q(needs_approval=False) | ~Q(override_reason=""),
                name="%(class)s_approval_is_of_exceptions",
                violation_error_message=_("Only an exception needs a second person."),
            ),
        ]

    @property
    def is_pending(self) -> bool:
        """It waits for a second person, and counts for nothing until then."""
        return self.needs_approval and self.approved_at is None


class ModuleCompletion(Decided):
    """A decision on a module: under which version of the rule, with which figures, by whom."""

    class Outcome(models.TextChoices):
        COMPLETED = "completed", _("completed")
        NOT_COMPLETED = "not_completed", _("not completed")

    Override = Override

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

    history = HistoricalRecords()

    class Meta(Decided.Meta):
        abstract = False
        verbose_name = _("module completion")
        verbose_name_plural = _("module completions")
        ordering = ["cohort_module", "enrollment"]
        constraints = [
            *Decided.Meta.constraints,
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
            one_of("modulecompletion", "outcome", ["completed", "not_completed"]),
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


class EditionOutcome(Decided):
    """How the edition ended for a person: under which version of its rule, with which figures.

    The enrollment's status follows it, by the same verb; while it waits for a second person, the
    person is enrolled. Who withdrew is measured by no rule.
    """

    class Outcome(models.TextChoices):
        COMPLETED = "completed", _("completed")
        NOT_COMPLETED = "not_completed", _("not completed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    enrollment = models.OneToOneField(
        Enrollment,
        verbose_name=_("enrollment"),
        on_delete=models.PROTECT,
        related_name="edition_outcome",
    )
    rule = models.ForeignKey(
        CompletionRule,
        verbose_name=_("rule"),
        on_delete=models.PROTECT,
        related_name="outcomes",
        null=True,
        blank=True,
    )
    outcome = models.CharField(_("outcome"), max_length=15, choices=Outcome)

    history = HistoricalRecords()

    class Meta(Decided.Meta):
        abstract = False
        verbose_name = _("outcome of the edition")
        verbose_name_plural = _("outcomes of the edition")
        ordering = ["enrollment"]
        constraints = [
            *Decided.Meta.constraints,
            Check(
                at="override_reason",
                condition=Q(outcome="not_completed", meets_rule=False)
                | Q(outcome="completed", meets_rule=True)
                | Q(outcome="withdrawn")
                | ~Q(override_reason=""),
                name="editionoutcome_override_has_reason",
                violation_error_message=_("Choose the reason of the exception."),
            ),
            Check(
                at="rule",
                condition=Q(outcome="withdrawn") | Q(rule__isnull=False),
                name="editionoutcome_by_a_rule",
                violation_error_message=_("A decision names the rule under which it was taken."),
            ),
            one_of("editionoutcome", "outcome", ["completed", "not_completed", "withdrawn"]),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment} · {self.get_outcome_display()}"

    def clean(self) -> None:
        super().clean()
        if not (self.enrollment_id and self.rule_id and self.rule):
            return
        if (self.rule.cohort_id, self.rule.cohort_module_id) != (self.enrollment.cohort_id, None):
            raise ValidationError({"rule": _("The rule is not this edition’s.")})
