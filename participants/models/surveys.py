"""Surveys, who is asked, and what was answered.

Nothing joins an anonymous answer to a person: neither has a column for the other, the answer has
a random key and a date, the invitation has no time at all, and neither keeps history. What the
rows' order and the database's own book-keeping would tell is removed in participants/answering.py.
"""

import datetime as dt
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.models import Cohort, CohortModule, Group
from courses.models.checks import Check, Unique, ends_after_start, one_of
from participants.models.enrollments import Enrollment
from participants.models.question_sets import QuestionSet

FOLLOW_UPS = [str(purpose) for purpose in QuestionSet.FOLLOW_UPS]


class SurveyQuerySet(models.QuerySet["Survey"]):
    def live(self) -> "SurveyQuerySet":
        """All that were not cancelled."""
        return self.filter(cancelled_at=None)

    def open_on(self, day: dt.date) -> "SurveyQuerySet":
        return self.live().filter(invited__isnull=False, opens_on__lte=day, closes_on__gte=day)

    def closed_on(self, day: dt.date) -> "SurveyQuerySet":
        """Over and no longer to be answered: results are shown of these alone."""
        return self.live().filter(invited__isnull=False, closes_on__lt=day)


class Survey(models.Model):
    """A version of a question set, opened for an edition, a module of it, or a group's tutor in
    that module, from one day to another."""

    class Cancellation(models.TextChoices):
        MISTAKE = "mistake", _("it was opened by mistake")
        TOO_EARLY = "too_early", _("it was opened too early")
        QUESTIONS = "questions", _("its questions are wrong")
        PEOPLE = "people", _("it asks the wrong people or about the wrong person")
        OTHER = "other", _("another reason")

    cohort = models.ForeignKey(
        Cohort, verbose_name=_("cohort"), on_delete=models.PROTECT, related_name="surveys"
    )
    question_set = models.ForeignKey(
        QuestionSet,
        verbose_name=_("question set"),
        on_delete=models.PROTECT,
        related_name="surveys",
    )
    purpose = models.CharField(_("purpose"), max_length=10, choices=QuestionSet.Purpose)
    cohort_module = models.ForeignKey(
        CohortModule,
        verbose_name=_("module of the cohort"),
        on_delete=models.PROTECT,
        related_name="surveys",
        null=True,
        blank=True,
    )
    group = models.ForeignKey(
        Group,
        verbose_name=_("group"),
        on_delete=models.PROTECT,
        related_name="surveys",
        null=True,
        blank=True,
    )
    about = models.CharField(
        _("about"), max_length=200, blank=True, help_text=_("The tutor, as shown to who answers.")
    )
    opens_on = models.DateField(_("first day"))
    closes_on = models.DateField(_("last day"))
    invited = models.PositiveSmallIntegerField(
        _("invited"), null=True, blank=True, help_text=_("Empty until it opens.")
    )
    told_at = models.DateTimeField(_("mailed"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("reminded"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    cancellation = models.CharField(
        _("reason of cancellation"), max_length=10, choices=Cancellation, blank=True
    )

    objects = SurveyQuerySet.as_manager()

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        ordering = ["cohort", "opens_on", "id"]
        constraints = [
            Unique(
                at="cohort_module",
                fields=["cohort_module"],
                condition=Q(purpose="module", cancelled_at=None),
                name="survey_once_per_module",
                violation_error_message=_("The module already has its survey."),
            ),
            Unique(
                at="group",
                fields=["cohort_module", "group"],
                condition=Q(purpose="tutor", cancelled_at=None),
                name="survey_once_per_module_and_group",
                violation_error_message=_("The group already has its survey of this module."),
            ),
            Unique(
                at="purpose",
                fields=["cohort", "purpose"],
                condition=Q(purpose__in=FOLLOW_UPS, cancelled_at=None),
                name="survey_once_per_follow_up",
                violation_error_message=_("The edition already has this follow-up."),
            ),
            Check(
                at="purpose",
                condition=(
                    Q(purpose__in=FOLLOW_UPS, cohort_module__isnull=True)
                    | (~Q(purpose__in=FOLLOW_UPS) & Q(cohort_module__isnull=False))
                )
                & (
                    Q(purpose="tutor", group__isnull=False)
                    | (~Q(purpose="tutor") & Q(group__isnull=True))
                ),
                name="survey_is_of_what_its_purpose_asks",
                violation_error_message=_(
                    "A module's survey has its module, a tutor's also the group, others neither."
                ),
            ),
            ends_after_start("survey", "opens_on", "closes_on"),
            one_of("survey", "purpose", ["module", "tutor", "months_3", "months_6"]),
            one_of(
                "survey",
                "cancellation",
                ["", "mistake", "too_early", "questions", "people", "other"],
            ),
            Check(
                at="cancellation",
                condition=Q(cancelled_at=None, cancellation="")
                | Q(cancelled_at__isnull=False) & ~Q(cancellation=""),
                name="survey_cancelled_with_reason",
                violation_error_message=_("Choose why it is cancelled."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cohort} · {self.title}"

    @property
    def title(self) -> str:
        """Whom or what it is about."""
        if self.purpose == QuestionSet.Purpose.TUTOR:
            return f"{self.about or self.group} · {self.cohort_module}"
        return str(self.cohort_module or self.get_purpose_display())

    @property
    def is_anonymous(self) -> bool:
        return self.question_set.is_anonymous

    @property
    def given(self) -> models.QuerySet[Any]:
        """The answers: rows without a person, or with one where that was said."""
        model = AnonymousAnswer if self.is_anonymous else NamedAnswer
        return model._default_manager.filter(survey=self)

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_at is not None

    def is_open(self, day: dt.date) -> bool:
        is_live = self.invited is not None and not self.is_cancelled
        return is_live and self.opens_on <= day <= self.closes_on

    def is_closed(self, day: dt.date) -> bool:
        return self.invited is not None and not self.is_cancelled and self.closes_on < day

    def clean(self) -> None:
        super().clean()
        if self.question_set_id and self.question_set.purpose != self.purpose:
            raise ValidationError({"question_set": _("The set is for another purpose.")})
        if self.question_set_id and not self.question_set.is_published:
            raise ValidationError({"question_set": _("A draft is published before it is asked.")})
        for name in ("cohort_module", "group"):
            part = getattr(self, name)
            if part is not None and part.cohort_id != self.cohort_id:
                raise ValidationError({name: _("It belongs to another edition.")})


class SurveyInvitation(models.Model):
    """That an enrollment is asked, and nothing else: whether it answered, only the site's key can
    tell (`participants/answered.py`).

    It is deleted once the survey is over: then not even this is known.
    """

    survey = models.ForeignKey(
        Survey, verbose_name=_("survey"), on_delete=models.CASCADE, related_name="invitations"
    )
    enrollment = models.ForeignKey(
        Enrollment,
        verbose_name=_("enrollment"),
        on_delete=models.CASCADE,
        related_name="survey_invitations",
    )

    class Meta:
        verbose_name = _("invitation to a survey")
        verbose_name_plural = _("invitations to surveys")
        ordering = ["survey", "id"]
        constraints = [
            Unique(
                at="enrollment",
                fields=["survey", "enrollment"],
                name="surveyinvitation_once",
                violation_error_message=_("This person is already asked."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.survey)


class AnsweredMark(models.Model):
    """That one of those who are asked has answered; which one is sealed with the site's key."""

    mark = models.CharField(_("mark"), max_length=64, primary_key=True, editable=False)
    survey = models.ForeignKey(
        Survey, verbose_name=_("survey"), on_delete=models.CASCADE, related_name="answered_marks"
    )

    class Meta:
        verbose_name = _("mark of an answer")
        verbose_name_plural = _("marks of answers")
        ordering = ["mark"]

    def __str__(self) -> str:
        return str(self.survey)


class SurveyAnswer(models.Model):
    """By the question's number what was answered, on a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    answers = models.JSONField(_("answers"))
    answered_on = models.DateField(_("answered on"))

    class Meta:
        abstract = True
        ordering = ["id"]


class AnonymousAnswer(SurveyAnswer):
    """It has no place where a person, a link or a time could stand."""

    survey = models.ForeignKey(
        Survey, verbose_name=_("survey"), on_delete=models.PROTECT, related_name="anonymous_answers"
    )

    class Meta(SurveyAnswer.Meta):
        verbose_name = _("anonymous answer")
        verbose_name_plural = _("anonymous answers")

    def __str__(self) -> str:
        return str(self.survey)


class NamedAnswer(SurveyAnswer):
    """Of a survey that says before that the answer carries a name."""

    survey = models.ForeignKey(
        Survey, verbose_name=_("survey"), on_delete=models.PROTECT, related_name="named_answers"
    )
    enrollment = models.ForeignKey(
        Enrollment,
        verbose_name=_("enrollment"),
        on_delete=models.PROTECT,
        related_name="survey_answers",
    )

    class Meta(SurveyAnswer.Meta):
        verbose_name = _("answer with a name")
        verbose_name_plural = _("answers with a name")
        constraints = [
            Unique(
                at="enrollment",
                fields=["survey", "enrollment"],
                name="namedanswer_once",
                violation_error_message=_("This person has already answered."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.survey} · {self.enrollment}"
