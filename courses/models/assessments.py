from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from courses.models.checks import Check, Unique, one_of, refuse_another_cohort
from courses.models.cohorts import Cohort, CohortModule

# Scores are vigesimal everywhere: the scale is Peru's, no school's choice.
HIGHEST_SCORE = 20
MOST_WEIGHT = 100
MOST_ATTEMPTS = 10


class Assessment(models.Model):
    """What is scored from 0 to 20 in an edition: in one of its modules, or in it as a whole.

    It goes with its module: the scores given in it protect both. A pre-test never counts towards
    the average; a post-test names the pre-test that it is compared with.
    """

    class Kind(models.TextChoices):
        PRE_TEST = "pre_test", _("pre-test")
        POST_TEST = "post_test", _("post-test")
        ASSIGNMENT = "assignment", _("assignment")
        EXAM = "exam", _("exam")
        PARTICIPATION = "participation", _("participation")

    cohort = models.ForeignKey(
        Cohort, verbose_name=_("cohort"), on_delete=models.CASCADE, related_name="assessments"
    )
    cohort_module = models.ForeignKey(
        CohortModule,
        verbose_name=_("module of the cohort"),
        on_delete=models.CASCADE,
        related_name="assessments",
        null=True,
        blank=True,
        help_text=_("Left empty: of the edition as a whole."),
    )
    kind = models.CharField(_("kind"), max_length=15, choices=Kind, default=Kind.ASSIGNMENT)
    title = models.CharField(_("title"), max_length=120)
    weight = models.PositiveSmallIntegerField(
        _("weight"),
        default=1,
        validators=[MaxValueValidator(MOST_WEIGHT)],
        help_text=_("In the average, beside the others' weights. 0: it does not count."),
    )
    due_on = models.DateField(_("due date"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(
        _("attempts"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_ATTEMPTS)],
    )
    pre_test = models.OneToOneField(
        "self",
        verbose_name=_("its pre-test"),
        on_delete=models.SET_NULL,
        related_name="post_test",
        null=True,
        blank=True,
        help_text=_("Of a post-test: the pre-test that it is compared with."),
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        # Those of the edition as a whole come last; both databases are told where NULL goes.
        ordering = [
            "cohort",
            F("cohort_module__first_week").asc(nulls_last=True),
            F("due_on").asc(nulls_last=True),
            "id",
        ]
        constraints = [
            Unique(
                at="title",
                fields=["cohort", "cohort_module", "title"],
                name="assessment_title_unique_in_module",
                violation_error_message=_("The module already has an assessment of this title."),
            ),
            Unique(
                at="title",
                fields=["cohort", "title"],
                condition=Q(cohort_module=None),
                name="assessment_title_unique_in_edition",
                violation_error_message=_("The edition already has an assessment of this title."),
            ),
            Check(
                at="weight",
                condition=Q(weight__range=(0, MOST_WEIGHT)),
                name="assessment_weight_0_to_100",
                violation_error_message=_("The weight lies between 0 and 100."),
            ),
            Check(
                at="weight",
                condition=~Q(kind="pre_test") | Q(weight=0),
                name="assessment_pre_test_has_no_weight",
                violation_error_message=_("A pre-test does not count: its weight is 0."),
            ),
            Check(
                at="pre_test",
                condition=Q(pre_test=None) | Q(kind="post_test"),
                name="assessment_pre_test_of_a_post_test",
                violation_error_message=_("Only a post-test names a pre-test."),
            ),
            Check(
                at="attempts",
                condition=Q(attempts__range=(1, MOST_ATTEMPTS)),
                name="assessment_attempts_1_to_10",
                violation_error_message=_("There are 1 to 10 attempts."),
            ),
            one_of(
                "assessment",
                "kind",
                ["pre_test", "post_test", "assignment", "exam", "participation"],
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        super().clean()
        refuse_another_cohort(self)
        errors: dict[str, Any] = {}
        module, pre_test = self.cohort_module, self.pre_test
        if module is not None and module.cohort_id != self.cohort_id:
            errors["cohort_module"] = _("This module is of another edition.")
        if pre_test is not None and pre_test.cohort_id != self.cohort_id:
            errors["pre_test"] = _("This pre-test is of another edition.")
        elif pre_test is not None and pre_test.kind != self.Kind.PRE_TEST:
            errors["pre_test"] = _("This is no pre-test.")
        if (
            not self._state.adding
            and self.kind != self.Kind.PRE_TEST
            and Assessment.objects.filter(pre_test=self.pk).exists()
        ):
            errors["kind"] = _("A post-test names it as its pre-test. Take that back first.")
        if errors:
            raise ValidationError(errors)
