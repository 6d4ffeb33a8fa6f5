from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from courses.models import Session
from courses.models.checks import Check, Unique, ends_after_start, one_of
from participants.models.attendance import AttendanceRecord
from participants.models.enrollments import Enrollment


class MeetingReport(models.Model):
    """That a meeting's report was read into a session. Of the file only its digest is kept."""

    class Format(models.TextChoices):
        ZOOM = "zoom", "Zoom"
        TEAMS = "teams", "Microsoft Teams"
        MEET = "meet", "Google Meet"

    session = models.ForeignKey(
        Session,
        verbose_name=_("session"),
        on_delete=models.PROTECT,
        related_name="meeting_reports",
    )
    format = models.CharField(_("format"), max_length=10, choices=Format)
    digest = models.CharField(_("digest of the file"), max_length=64)
    rows = models.PositiveIntegerField(_("rows"))
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("imported by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    imported_at = models.DateTimeField(_("imported"))

    class Meta:
        verbose_name = _("meeting report")
        verbose_name_plural = _("meeting reports")
        ordering = ["session", "imported_at"]
        constraints = [
            Unique(
                at="digest",
                fields=["session", "digest"],
                name="meetingreport_once",
                violation_error_message=_("This file was already read into this session."),
            ),
            one_of("meetingreport", "format", ["zoom", "teams", "meet"]),
        ]

    def __str__(self) -> str:
        return f"{self.session} · {self.get_format_display()}"


class AttendanceEvidence(models.Model):
    """What a source said of a person in a session; never changed, only said in addition.

    A moment has only a start, an interval has an end too, and a source that knows no times gives
    minutes alone. Neither an address of the network, nor a device, nor a picture is kept.
    """

    class Kind(models.TextChoices):
        CHECK_IN = "check_in", _("check-in")
        MEETING = "meeting", _("video meeting")
        PAPER = "paper", _("paper")
        TUTOR = "tutor", _("tutor")

    enrollment = models.ForeignKey(
        Enrollment,
        verbose_name=_("enrollment"),
        on_delete=models.PROTECT,
        related_name="evidence",
    )
    session = models.ForeignKey(
        Session, verbose_name=_("session"), on_delete=models.PROTECT, related_name="evidence"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    mode = models.CharField(_("mode"), max_length=10, choices=AttendanceRecord.Mode, blank=True)
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True)
    code_age = models.PositiveSmallIntegerField(
        _("age of the code (seconds)"),
        null=True,
        blank=True,
        help_text=_("Since it was last shown; empty where it was on the screen, or there is none."),
    )
    report = models.ForeignKey(
        MeetingReport,
        verbose_name=_("meeting report"),
        on_delete=models.PROTECT,
        related_name="evidence",
        null=True,
        blank=True,
    )
    shared_with = models.ForeignKey(
        Enrollment,
        verbose_name=_("over the connection of"),
        on_delete=models.PROTECT,
        related_name="evidence_shared",
        null=True,
        blank=True,
    )
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("reported by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    reported_at = models.DateTimeField(_("reported"))

    class Meta:
        verbose_name = _("evidence of attendance")
        verbose_name_plural = _("evidence of attendance")
        ordering = ["session", "enrollment", "id"]
        constraints = [
            Unique(
                at="enrollment",
                fields=["enrollment", "session"],
                condition=Q(kind="check_in", shared_with__isnull=True),
                name="attendanceevidence_one_check_in",
                violation_error_message=_("This person has already checked in to this session."),
            ),
            ends_after_start("attendanceevidence", "starts_at", "ends_at"),
            Check(
                at="ends_at",
                condition=Q(ends_at__isnull=True) | Q(starts_at__isnull=False),
                name="attendanceevidence_end_has_its_start",
                violation_error_message=_("An end has its start."),
            ),
            Check(
                at="starts_at",
                condition=Q(starts_at__isnull=False) | Q(minutes__isnull=False),
                name="attendanceevidence_says_something",
                violation_error_message=_("Evidence has a moment, an interval or minutes."),
            ),
            Check(
                at="shared_with",
                condition=Q(shared_with__isnull=True) | ~Q(shared_with=F("enrollment")),
                name="attendanceevidence_shared_with_another",
                violation_error_message=_("A connection is shared with someone else."),
            ),
            one_of("attendanceevidence", "kind", ["check_in", "meeting", "paper", "tutor"]),
            one_of("attendanceevidence", "mode", ["", "in_person", "online"]),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment} · {self.session} · {self.get_kind_display()}"

    def clean(self) -> None:
        super().clean()
        if (
            self.enrollment_id
            and self.session_id
            and self.enrollment.cohort_id != self.session.cohort_id
        ):
            raise ValidationError(_("The person and the session are of different cohorts."))
