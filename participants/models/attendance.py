from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from courses.models import Session
from courses.models.checks import Check, from_one, one_of
from participants.models.enrollments import Enrollment
from participants.notes import NOTE_HELP


class AttendanceRecord(models.Model):
    """The mark of an enrollment in a session. No row means not taken: neither present nor absent.

    `version` grows by one at each change, so that a stale form is known and changes nothing.
    """

    class State(models.TextChoices):
        PRESENT = "present", _("present")
        LATE = "late", _("late")
        EXCUSED = "excused", _("excused")
        ABSENT = "absent", _("absent")

    class Mode(models.TextChoices):
        IN_PERSON = "in_person", _("in person")
        ONLINE = "online", _("online")

    class Source(models.TextChoices):
        TUTOR = "tutor", _("tutor")
        COORDINATOR = "coordinator", _("coordinator")
        CHECK_IN = "check_in", _("check-in")
        MEETING = "meeting", _("video meeting")
        PAPER = "paper", _("paper")

    class Correction(models.TextChoices):
        FAULT = "fault", _("the register was incomplete or wrong")
        PROOF = "proof", _("proof came later")
        CLAIM = "claim", _("the person asked for it, and is right")
        OTHER = "other", _("another reason")

    enrollment = models.ForeignKey(
        Enrollment,
        verbose_name=_("enrollment"),
        on_delete=models.PROTECT,
        related_name="attendance",
    )
    session = models.ForeignKey(
        Session, verbose_name=_("session"), on_delete=models.PROTECT, related_name="attendance"
    )
    state = models.CharField(_("state"), max_length=10, choices=State)
    mode = models.CharField(_("mode"), max_length=10, choices=Mode, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=15, choices=Source, default=Source.TUTOR)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("recorded by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    recorded_at = models.DateTimeField(_("recorded"))
    correction = models.CharField(
        _("reason of the correction"),
        max_length=10,
        choices=Correction,
        blank=True,
        help_text=_("Of a mark changed after its module was closed."),
    )
    correction_note = models.CharField(
        _("note on the correction"), max_length=100, blank=True, help_text=NOTE_HELP
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("attendance record")
        verbose_name_plural = _("attendance records")
        ordering = ["session", "enrollment"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "session"],
                name="attendancerecord_once",
                violation_error_message=_("This person already has a mark in this session."),
            ),
            one_of("attendancerecord", "state", ["present", "late", "excused", "absent"]),
            one_of("attendancerecord", "mode", ["", "in_person", "online"]),
            one_of(
                "attendancerecord",
                "source",
                ["tutor", "coordinator", "check_in", "meeting", "paper"],
            ),
            one_of("attendancerecord", "correction", ["", "fault", "proof", "claim", "other"]),
            Check(
                at="correction_note",
                condition=Q(correction="") | ~Q(correction_note=""),
                name="attendancerecord_correction_has_its_note",
                violation_error_message=_("Write in a few words what is corrected."),
            ),
            from_one("attendancerecord", "version", _("Versions are numbered from 1.")),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment} · {self.session} · {self.get_state_display()}"

    def clean(self) -> None:
        super().clean()
        if (
            self.enrollment_id
            and self.session_id
            and self.enrollment.cohort_id != self.session.cohort_id
        ):
            raise ValidationError(_("The person and the session are of different cohorts."))


# Whoever came, on time or not.
CAME = (AttendanceRecord.State.PRESENT, AttendanceRecord.State.LATE)
