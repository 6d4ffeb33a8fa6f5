from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from courses.models.checks import Unique, from_one


class Titled(models.Model):
    """Something the school names in Spanish and may name in English."""

    title_es = models.CharField(_("title in Spanish"), max_length=255)
    title_en = models.CharField(_("title in English"), max_length=255, blank=True)

    class Meta:
        abstract = True

    @property
    def title(self) -> str:
        return (self.title_en if get_language() == "en" else "") or self.title_es


class Program(Titled):
    """The curriculum: modules, hours, competencies. It runs as cohorts."""

    code = models.CharField(
        _("code"), max_length=20, unique=True, help_text=_("Short, for example ATN.")
    )
    description_es = models.TextField(_("description in Spanish"), blank=True)
    description_en = models.TextField(_("description in English"), blank=True)

    class Meta:
        verbose_name = _("program")
        verbose_name_plural = _("programs")
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} · {self.title}"

    @property
    def description(self) -> str:
        return (self.description_en if get_language() == "en" else "") or self.description_es


class Module(Titled):
    """A unit of a program with its own completion rule in each cohort."""

    program = models.ForeignKey(
        Program, verbose_name=_("program"), on_delete=models.PROTECT, related_name="modules"
    )
    number = models.PositiveSmallIntegerField(_("number"), validators=[MinValueValidator(1)])
    academic_hours = models.PositiveSmallIntegerField(_("academic hours"), null=True, blank=True)

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")
        ordering: ClassVar[list[str]] = ["program", "number"]
        constraints = [
            Unique(
                at="number",
                fields=["program", "number"],
                name="module_number_unique_in_program",
                violation_error_message=_("The program already has a module of this number."),
            ),
            from_one("module", "number", _("Modules are numbered from 1.")),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    def clean(self) -> None:
        super().clean()
        if self._state.adding:
            return
        if self.cohort_modules.exclude(cohort__program=self.program_id).exists():
            raise ValidationError({"program": _("Editions of its present program use the module.")})
        if self.competencies.exclude(program=self.program_id).exists():
            raise ValidationError({"program": _("Competencies of its present program name it.")})
