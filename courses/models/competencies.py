from collections.abc import Collection
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import OuterRef, Subquery
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from courses.models.checks import Unique
from courses.models.cohorts import Cohort, CohortModule
from courses.models.programs import Module, Program, Titled


class Level(models.IntegerChoices):
    INITIAL = 1, _("initial")
    DEVELOPING = 2, _("developing")
    PROFICIENT = 3, _("proficient")
    REFERENT = 4, _("a reference for others")


class CompetencyQuerySet(models.QuerySet["Competency"]):
    def of_cohort(self, cohort: Cohort | int | OuterRef) -> "CompetencyQuerySet":
        """Those that the edition's modules name, with its `last_week` in the edition."""
        here = CohortModule.objects.filter(cohort=cohort, module__competencies=OuterRef("pk"))
        last_week = here.order_by("-last_week").values("last_week")[:1]
        return self.annotate(last_week=Subquery(last_week)).filter(last_week__isnull=False)


class Competency(Titled):
    """What the program builds, on four levels. An edition asks for those that its modules name."""

    program = models.ForeignKey(
        Program, verbose_name=_("program"), on_delete=models.PROTECT, related_name="competencies"
    )
    code = models.CharField(
        _("code"),
        max_length=10,
        help_text=_("Short, for example C1. They are listed in the order of their codes."),
    )
    modules = models.ManyToManyField(
        Module,
        verbose_name=_("modules that build it"),
        related_name="competencies",
        blank=True,
        help_text=_("While no module names it, nobody is asked for it."),
    )
    level_1_es = models.TextField(_("level 1 in Spanish"), max_length=300)
    level_1_en = models.TextField(_("level 1 in English"), max_length=300, blank=True)
    level_2_es = models.TextField(_("level 2 in Spanish"), max_length=300)
    level_2_en = models.TextField(_("level 2 in English"), max_length=300, blank=True)
    level_3_es = models.TextField(_("level 3 in Spanish"), max_length=300)
    level_3_en = models.TextField(_("level 3 in English"), max_length=300, blank=True)
    level_4_es = models.TextField(_("level 4 in Spanish"), max_length=300)
    level_4_en = models.TextField(_("level 4 in English"), max_length=300, blank=True)

    last_week: int  # where `of_cohort` found it

    history = HistoricalRecords()
    objects = CompetencyQuerySet.as_manager()

    class Meta:
        verbose_name = _("competency")
        verbose_name_plural = _("competencies")
        ordering: ClassVar[list[str]] = ["program", "code"]
        constraints = [
            Unique(
                at="code",
                fields=["program", "code"],
                name="competency_code_unique_in_program",
                violation_error_message=_("The program already has a competency of this code."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}. {self.title}"

    def clean(self) -> None:
        super().clean()
        if not self._state.adding and self.program_id:
            refuse_modules_of_others(self.program_id, self.modules.all())

    def descriptor(self, level: int) -> str:
        english: str = getattr(self, f"level_{level}_en") if get_language() == "en" else ""
        return english or getattr(self, f"level_{level}_es")

    @property
    def descriptors(self) -> list[tuple[Level, str]]:
        return [(level, self.descriptor(level)) for level in Level]


def refuse_modules_of_others(program_id: int, modules: Collection[Module]) -> None:
    """For whoever sets a competency's modules: they hang on a table that has no `clean()`."""
    if any(module.program_id != program_id for module in modules):
        raise ValidationError({"modules": _("Choose modules of the competency's own program.")})
