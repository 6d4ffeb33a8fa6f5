"""What a survey asks: sets of questions in versions. What was published never changes again."""

import datetime as dt
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from courses.models.checks import Check, Unique, from_one, one_of
from courses.models.programs import Titled

MOST_CHOICES = 10
LONGEST_TEXT = 500


class QuestionSetQuerySet(models.QuerySet["QuestionSet"]):
    def published(self) -> "QuestionSetQuerySet":
        return self.filter(published_at__isnull=False)

    def in_force(self, purpose: str) -> "QuestionSet | None":
        """The newest published version."""
        return self.newest().get(purpose)

    def newest(self) -> "dict[str, QuestionSet]":
        """By purpose the version in force. One query."""
        return {each.purpose: each for each in self.published().order_by("version")}


class QuestionSet(Titled):
    """A version of what is asked for one purpose, and what is promised to who answers.

    A draft becomes a version in force by `participants/question_sets.py: publish`.
    """

    class Purpose(models.TextChoices):
        MODULE = "module", _("satisfaction with a module")
        TUTOR = "tutor", _("satisfaction with the tutor")
        MONTHS_3 = "months_3", _("follow-up after 3 months")
        MONTHS_6 = "months_6", _("follow-up after 6 months")

    # Months after the edition's end.
    FOLLOW_UPS: ClassVar[dict[str, int]] = {Purpose.MONTHS_3: 3, Purpose.MONTHS_6: 6}

    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    introduction_es = models.TextField(_("introduction in Spanish"), blank=True)
    introduction_en = models.TextField(_("introduction in English"), blank=True)
    is_anonymous = models.BooleanField(
        _("anonymous"),
        default=True,
        help_text=_("What is promised to who answers. Unmarked, an answer carries its name."),
    )
    days_open = models.PositiveSmallIntegerField(_("days that it is open"), default=14)
    reminder_after_days = models.PositiveSmallIntegerField(
        _("remind after (days)"),
        default=7,
        null=True,
        blank=True,
        help_text=_("Once, who has not answered. Empty: not reminded."),
    )
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

    objects = QuestionSetQuerySet.as_manager()

    class Meta:
        verbose_name = _("question set")
        verbose_name_plural = _("question sets")
        ordering = ["purpose", "-version"]
        constraints = [
            Unique(
                at="version",
                fields=["purpose", "version"],
                name="questionset_version_unique",
                violation_error_message=_("This purpose already has this version."),
            ),
            Unique(
                at="purpose",
                fields=["purpose"],
                condition=Q(published_at__isnull=True),
                name="questionset_one_draft",
                violation_error_message=_("This purpose already has a draft: go on with it."),
            ),
            from_one("questionset", "version", _("Versions are numbered from 1.")),
            from_one("questionset", "days_open", _("A survey is open for at least 1 day.")),
            Check(
                at="reminder_after_days",
                condition=Q(reminder_after_days__isnull=True)
                | Q(reminder_after_days__gte=1, reminder_after_days__lt=F("days_open")),
                name="questionset_reminder_while_open",
                violation_error_message=_("The reminder goes out while the survey is open."),
            ),
            one_of("questionset", "purpose", ["module", "tutor", "months_3", "months_6"]),
        ]

    def __str__(self) -> str:
        return f"{self.title} · v{self.version}"

    @property
    def introduction(self) -> str:
        return (self.introduction_en if get_language() == "en" else "") or self.introduction_es

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    def last_day(self, opens_on: dt.date) -> dt.date:
        """Of a survey that opens on this day and is open as long as the set says."""
        return opens_on + dt.timedelta(days=self.days_open - 1)

    def clean(self) -> None:
        super().clean()
        refuse_published(self.pk)


class Question(models.Model):
    """One question of a set. Its number is the key of its answers."""

    class Kind(models.TextChoices):
        SCALE = "scale", _("scale from 1 to 5")
        YES_NO = "yes_no", _("yes or no")
        CHOICE = "choice", _("one of several")
        TEXT = "text", _("short text")

    class Measure(models.TextChoices):
        IN_POST = "in_post", _("still in post")
        APPLIED = "applied", _("applied what was learned")
        TAUGHT = "taught", _("taught others")

    question_set = models.ForeignKey(
        QuestionSet,
        verbose_name=_("question set"),
        on_delete=models.CASCADE,
        related_name="questions",
    )
    number = models.PositiveSmallIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.SCALE)
    text_es = models.CharField(
        _("question in Spanish"),
        max_length=255,
        help_text=_("On the scale it is a statement: 1 is not at all, 5 is fully agreed."),
    )
    text_en = models.CharField(_("question in English"), max_length=255, blank=True)
    choices_es = models.TextField(_("choices in Spanish"), blank=True, help_text=_("One a line."))
    choices_en = models.TextField(_("choices in English"), blank=True, help_text=_("One a line."))
    is_required = models.BooleanField(_("has to be answered"), default=True)
    measures = models.CharField(
        _("measures"),
        max_length=10,
        choices=Measure,
        blank=True,
        help_text=_("Of the follow-up: what a yes says."),
    )

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["question_set", "number"]
        constraints = [
            Unique(
                at="number",
                fields=["question_set", "number"],
                name="question_number_unique_in_set",
                violation_error_message=_("The set already has a question of this number."),
            ),
            from_one("question", "number", _("Questions are numbered from 1.")),
            Check(
                at="choices_es",
                condition=(Q(kind="choice") & ~Q(choices_es=""))
                | (~Q(kind="choice") & Q(choices_es="", choices_en="")),
                name="question_choices_of_its_kind",
                violation_error_message=_("A choice has its choices, other questions have none."),
            ),
            Check(
                at="measures",
                condition=Q(measures="") | Q(kind="yes_no"),
                name="question_measures_by_yes",
                violation_error_message=_("Only a question of yes or no measures this."),
            ),
            one_of("question", "kind", ["scale", "yes_no", "choice", "text"]),
            one_of("question", "measures", ["", "in_post", "applied", "taught"]),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.text}"

    @property
    def text(self) -> str:
        return (self.text_en if get_language() == "en" else "") or self.text_es

    @property
    def choices(self) -> list[str]:
        """What can be chosen; an answer keeps the place in this list, from 1."""
        english = lines(self.choices_en)
        return english if english and get_language() == "en" else lines(self.choices_es)

    def takes(self, value: object) -> bool:
        """Whether the value is an answer to this question."""
        match self.kind:
            case self.Kind.SCALE:
                return type(value) is int and 1 <= value <= 5
            case self.Kind.YES_NO:
                return type(value) is bool
            case self.Kind.CHOICE:
                return type(value) is int and 1 <= value <= len(lines(self.choices_es))
        return isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT

    def in_words(self, value: object) -> str:
        """What was answered; empty where nothing was."""
        if isinstance(value, bool):
            return gettext("Yes") if value else gettext("No")
        if isinstance(value, int) and self.kind == self.Kind.CHOICE:
            return self.choices[value - 1]
        return "" if value is None else str(value)

    def clean(self) -> None:
        super().clean()
        refuse_published(self.question_set_id)
        if self.kind != self.Kind.CHOICE:
            return
        offered = lines(self.choices_es)
        if not 2 <= len(offered) <= MOST_CHOICES:
            raise ValidationError(
                {"choices_es": _("Write from 2 to %(most)d choices.") % {"most": MOST_CHOICES}}
            )
        if self.choices_en.strip() and len(lines(self.choices_en)) != len(offered):
            raise ValidationError(
                {"choices_en": _("Write as many choices as in Spanish, in the same order.")}
            )


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def refuse_published(pk: int | None) -> None:
    """Answers keep the version to which they were given: a published one stays as it is."""
    if pk is not None and QuestionSet.objects.published().filter(pk=pk).exists():
        raise ValidationError(
            _("What is published does not change: make the next version."), code="published"
        )
