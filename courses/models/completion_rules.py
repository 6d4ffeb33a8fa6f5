import datetime as dt
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from courses.models.assessments import HIGHEST_SCORE, Assessment
from courses.models.checks import Check, Unique, from_one, one_of, percent, refuse_another_cohort
from courses.models.cohorts import PERCENT, Cohort, CohortModule


class CompletionRuleQuerySet(models.QuerySet["CompletionRule"]):
    def published(self) -> "CompletionRuleQuerySet":
        return self.filter(published_at__isnull=False)

    def drafts(self) -> "CompletionRuleQuerySet":
        return self.filter(published_at__isnull=True)

    def of(self, cohort: Cohort, cohort_module: CohortModule | None) -> "CompletionRuleQuerySet":
        """Of that module; without one, of the edition as a whole."""
        return self.filter(cohort=cohort, cohort_module=cohort_module)

    def in_force(self, on: dt.date) -> "CompletionRuleQuerySet":
        """Of each module and of the edition, the newest version that holds on that day."""
        newer = (
            CompletionRule.objects.published()
            .alias(module=Coalesce("cohort_module_id", 0))
            .filter(
                cohort=OuterRef("cohort"),
                module=Coalesce(OuterRef("cohort_module_id"), 0),
                version__gt=OuterRef("version"),
                effective_on__lte=on,
            )
        )
        return self.published().filter(~Exists(newer), effective_on__lte=on)


class CompletionRule(models.Model):
    """What completes a module of a cohort, or the cohort as a whole. A change is a new version.

    A version is a draft until it is published, and never changes afterwards: a decision keeps its
    own. It goes with its module or cohort: what was decided under it protects both.
    """

    class Base(models.TextChoices):
        EDITION = "edition", _("as the edition counts")
        SESSIONS = "sessions", _("sessions")
        MINUTES = "minutes", _("minutes")

    # What a version asks for, beside the scores and the modules that it names.
    ASKS = (
        "minimum_attendance_percent",
        "attendance_base",
        "minimum_average",
        "requires_sign_off",
        "requires_make_ups",
        "requires_competency_ratings",
    )

    cohort = models.ForeignKey(
        Cohort, verbose_name=_("cohort"), on_delete=models.CASCADE, related_name="rules"
    )
    cohort_module = models.ForeignKey(
        CohortModule,
        verbose_name=_("module of the cohort"),
        on_delete=models.CASCADE,
        related_name="rules",
        null=True,
        blank=True,
        help_text=_("Left empty: of the edition as a whole."),
    )
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    minimum_attendance_percent = models.PositiveSmallIntegerField(
        _("minimum attendance (%)"),
        default=80,
        validators=PERCENT,
        help_text=_("Of the sessions that count. 0: attendance is not asked for."),
    )
    attendance_base = models.CharField(
        _("attendance is counted in"), max_length=10, choices=Base, default=Base.EDITION
    )
    minimum_average = models.DecimalField(
        _("minimum average"),
        max_digits=4,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(HIGHEST_SCORE)],
        help_text=_("Of 20. Empty: no average is asked for."),
    )
    requires_sign_off = models.BooleanField(
        _("the tutor signs off"),
        default=True,
        help_text=_("Unmarked, the coordinator may complete the module without the tutor."),
    )
    requires_make_ups = models.BooleanField(
        _("the make-ups assigned are done"),
        default=False,
        help_text=_("Every session for which a make-up was assigned is made up."),
    )
    requires_competency_ratings = models.BooleanField(
        _("the competencies are rated"),
        default=False,
        help_text=_("By the person, at the beginning and at the end."),
    )
    prerequisites = models.ManyToManyField(
        CohortModule,
        verbose_name=_("modules to complete"),
        related_name="required_by",
        blank=True,
    )
    reason = models.CharField(_("reason of the change"), max_length=255, blank=True)
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("published by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
    )
    effective_on = models.DateField(
        _("in force from"),
        null=True,
        blank=True,
        help_text=_("Until then the version before decides."),
    )

    objects = CompletionRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("completion rule")
        verbose_name_plural = _("completion rules")
        ordering = ["cohort", "cohort_module", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["cohort_module", "version"],
                name="completionrule_version_unique",
                violation_error_message=_("The module already has this version of its rule."),
            ),
            Unique(
                at="version",
                fields=["cohort", "version"],
                condition=Q(cohort_module__isnull=True),
                name="completionrule_version_unique_of_edition",
                violation_error_message=_("The edition already has this version of its rule."),
            ),
            Unique(
                at="cohort_module",
                fields=["cohort_module"],
                condition=Q(published_at__isnull=True),
                name="completionrule_one_draft",
                violation_error_message=_("The module already has a draft of its rule."),
            ),
            Unique(
                at="cohort",
                fields=["cohort"],
                condition=Q(published_at__isnull=True, cohort_module__isnull=True),
                name="completionrule_one_draft_of_edition",
                violation_error_message=_("The edition already has a draft of its rule."),
            ),
            percent("completionrule", "minimum_attendance_percent"),
            Check(
                at="minimum_average",
                condition=Q(minimum_average__isnull=True)
                | Q(minimum_average__range=(0, HIGHEST_SCORE)),
                name="completionrule_minimum_average_0_to_20",
                violation_error_message=_("A score lies between 0 and 20."),
            ),
            from_one("completionrule", "version", _("Versions are numbered from 1.")),
            Check(
                at="reason",
                condition=Q(version=1) | Q(published_at__isnull=True) | ~Q(reason=""),
                name="completionrule_change_has_reason",
                violation_error_message=_("Write why the rule changes."),
            ),
            Check(
                at="effective_on",
                condition=Q(published_at__isnull=True) | Q(effective_on__isnull=False),
                name="completionrule_published_from_a_day",
                violation_error_message=_("Write from which day on the rule holds."),
            ),
            Check(
                at="requires_sign_off",
                condition=Q(cohort_module__isnull=False) | Q(requires_sign_off=False),
                name="completionrule_sign_off_is_of_modules",
                violation_error_message=_(
                    "The tutor signs off modules; the edition asks for the modules."
                ),
            ),
            one_of("completionrule", "attendance_base", ["edition", "sessions", "minutes"]),
        ]

    def __str__(self) -> str:
        if self.is_draft:
            return gettext("draft of version %(number)d") % {"number": self.version}
        return gettext("version %(number)d: at least %(percent)d %% attendance") % {
            "number": self.version,
            "percent": self.minimum_attendance_percent,
        }

    @property
    def is_draft(self) -> bool:
        return self.published_at is None

    def clean(self) -> None:
        super().clean()
        refuse_another_cohort(self)
        errors: dict[str, Any] = {}
        if self.cohort_module is not None and self.cohort_module.cohort_id != self.cohort_id:
            errors["cohort_module"] = _("This module is of another edition.")
        if errors:
            raise ValidationError(errors)
        stored = CompletionRule.objects.published().filter(pk=self.pk).first()
        if stored is not None and any(
            getattr(stored, each.attname) != getattr(self, each.attname)
            for each in self._meta.concrete_fields
        ):
            raise ValidationError(
                _("A published version does not change: write the next one."), code="published"
            )


class RuleScore(models.Model):
    """The least score in one assessment that a rule asks for."""

    rule = models.ForeignKey(
        CompletionRule,
        verbose_name=_("rule"),
        on_delete=models.CASCADE,
        related_name="score_minimums",
    )
    assessment = models.ForeignKey(
        Assessment,
        verbose_name=_("assessment"),
        on_delete=models.RESTRICT,
        related_name="minimums",
    )
    minimum = models.DecimalField(
        _("minimum"),
        max_digits=4,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(HIGHEST_SCORE)],
        help_text=_("Of 20."),
    )

    class Meta:
        verbose_name = _("minimum of an assessment")
        verbose_name_plural = _("minimums of assessments")
        ordering = ["rule", "assessment"]
        constraints = [
            Unique(
                at="assessment",
                fields=["rule", "assessment"],
                name="rulescore_once_per_assessment",
                violation_error_message=_("The rule already has a minimum of this assessment."),
            ),
            Check(
                at="minimum",
                condition=Q(minimum__range=(0, HIGHEST_SCORE)),
                name="rulescore_minimum_0_to_20",
                violation_error_message=_("A score lies between 0 and 20."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment}: {self.minimum}"

    def clean(self) -> None:
        super().clean()
        if not (self.rule_id and self.assessment_id):
            return
        if self.assessment.cohort_id != self.rule.cohort_id:
            raise ValidationError({"assessment": _("This assessment is of another edition.")})
        # The edition's own rule may ask for a minimum in any of them.
        module = self.rule.cohort_module_id
        if module is not None and self.assessment.cohort_module_id != module:
            raise ValidationError({"assessment": _("This assessment is of another module.")})
