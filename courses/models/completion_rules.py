from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from courses.models.checks import Check, from_one, percent
from courses.models.cohorts import PERCENT, CohortModule


class CompletionRuleQuerySet(models.QuerySet["CompletionRule"]):
    def in_force(self) -> "CompletionRuleQuerySet":
        """Of each module, its newest version."""
        newer = CompletionRule.objects.filter(
            cohort_module=OuterRef("cohort_module"), version__gt=OuterRef("version")
        )
        return self.filter(~Exists(newer))


class CompletionRule(models.Model):
    """What completes a module of a cohort. A change is a new version; a decision keeps its own.

    It goes with its module: what was decided under it protects both.
    """

    cohort_module = models.ForeignKey(
        CohortModule,
        verbose_name=_("module of the cohort"),
        on_delete=models.CASCADE,
        related_name="rules",
    )
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    minimum_attendance_percent = models.PositiveSmallIntegerField(
        _("minimum attendance (%)"),
        default=80,
        validators=PERCENT,
        help_text=_("Of the module's sessions. 0: attendance is not asked for."),
    )
    requires_sign_off = models.BooleanField(
        _("the tutor signs off"),
        default=True,
        help_text=_("Unmarked, the coordinator may complete the module without the tutor."),
    )
    reason = models.CharField(_("reason of the change"), max_length=255, blank=True)
    published_at = models.DateTimeField(_("published"), auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("published by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
    )

    objects = CompletionRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("completion rule")
        verbose_name_plural = _("completion rules")
        ordering = ["cohort_module", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["cohort_module", "version"],
                name="completionrule_version_unique",
                violation_error_message=_("The module already has this version of its rule."),
            ),
            percent("completionrule", "minimum_attendance_percent"),
            from_one("completionrule", "version", _("Versions are numbered from 1.")),
            Check(
                at="reason",
                condition=Q(version=1) | ~Q(reason=""),
                name="completionrule_change_has_reason",
                violation_error_message=_("Write why the rule changes."),
            ),
        ]

    def __str__(self) -> str:
        return gettext("version %(number)d: at least %(percent)d %% attendance") % {
            "number": self.version,
            "percent": self.minimum_attendance_percent,
        }
