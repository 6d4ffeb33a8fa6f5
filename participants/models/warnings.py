"""What is told by mail of attendance, each once: to whom, from when, and when it was sent.

Written by participants/warning.py; sent by trainingprog/warning_mail.py and daily_digest.py. What
was not sent yet and no longer holds is deleted, so that it is told should it come again.
"""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.models import CohortModule, Group, Session
from courses.models.checks import one_of
from participants.models.enrollments import Enrollment


class Audience(models.TextChoices):
    TUTOR = "tutor", _("tutor")
    PARTICIPANT = "participant", _("participant")
    COORDINATOR = "coordinator", _("coordination")


class ToTellQuerySet(models.QuerySet["ToTell"]):
    def due(self, at: dt.datetime) -> Self:
        return self.filter(sent_at__isnull=True, due_at__lte=at)


class ToTell(models.Model):
    due_at = models.DateTimeField(_("due"), db_index=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    objects = ToTellQuerySet.as_manager()

    class Meta:
        abstract = True


class AttendanceWarning(ToTell):
    """That an enrollment has few absences left, or can no longer reach the minimum: of the edition,
    or of a module as its rule counts."""

    class Kind(models.TextChoices):
        ONE_LEFT = "one_left", _("one absence left")
        NONE_LEFT = "none_left", _("no absence left")
        IMPOSSIBLE = "impossible", _("minimum out of reach")

    enrollment = models.ForeignKey(
        Enrollment,
        verbose_name=_("enrollment"),
        on_delete=models.CASCADE,
        related_name="attendance_warnings",
    )
    cohort_module = models.ForeignKey(
        CohortModule,
        verbose_name=_("module of the cohort"),
        on_delete=models.CASCADE,
        related_name="attendance_warnings",
        null=True,
        blank=True,
    )
    kind = models.CharField(_("warning"), max_length=15, choices=Kind)
    audience = models.CharField(_("to whom"), max_length=15, choices=Audience)

    class Meta:
        verbose_name = _("attendance warning")
        verbose_name_plural = _("attendance warnings")
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "kind", "audience"],
                condition=Q(cohort_module__isnull=True),
                name="attendancewarning_told_once",
                violation_error_message=_("This is already told, or about to be."),
            ),
            models.UniqueConstraint(
                fields=["enrollment", "cohort_module", "kind", "audience"],
                name="attendancewarning_told_once_of_a_module",
                violation_error_message=_("This is already told, or about to be."),
            ),
            one_of("attendancewarning", "kind", ["one_left", "none_left", "impossible"]),
            one_of("attendancewarning", "audience", ["tutor", "participant", "coordinator"]),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment} · {self.get_kind_display()} · {self.get_audience_display()}"


class RegisterReminder(ToTell):
    """That a group's part of a session's register is still to be taken; of people in no group,
    `group` is None."""

    session = models.ForeignKey(
        Session,
        verbose_name=_("session"),
        on_delete=models.CASCADE,
        related_name="register_reminders",
    )
    group = models.ForeignKey(
        Group,
        verbose_name=_("group"),
        on_delete=models.CASCADE,
        related_name="register_reminders",
        null=True,
        blank=True,
    )
    audience = models.CharField(
        _("to whom"),
        max_length=15,
        choices=[(each.value, each.label) for each in (Audience.TUTOR, Audience.COORDINATOR)],
    )

    class Meta:
        verbose_name = _("reminder of a register")
        verbose_name_plural = _("reminders of registers")
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "group", "audience"],
                condition=Q(group__isnull=False),
                name="registerreminder_told_once",
                violation_error_message=_("This is already told, or about to be."),
            ),
            models.UniqueConstraint(
                fields=["session", "audience"],
                condition=Q(group__isnull=True),
                name="registerreminder_told_once_without_group",
                violation_error_message=_("This is already told, or about to be."),
            ),
            one_of("registerreminder", "audience", ["tutor", "coordinator"]),
        ]

    def __str__(self) -> str:
        return f"{self.session} · {self.group or '—'} · {self.get_audience_display()}"
