"""What follows an absence: the excuse that is asked for, and the make-up that is assigned."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from courses.models import Cohort, Session
from courses.models.checks import Check, Unique, one_of
from participants.models.enrollments import Enrollment


class AbsenceRequestQuerySet(models.QuerySet["AbsenceRequest"]):
    def live(self) -> "AbsenceRequestQuerySet":
        """Of which a person has at most one in a session."""
        return self.filter(status__in=AbsenceRequest.LIVE)

    def to_decide(self) -> "AbsenceRequestQuerySet":
        """The oldest first. A cancelled session needs no excuse, and who has left has none."""
        return (
            self.filter(
                status=AbsenceRequest.Status.ASKED,
                enrollment__status__in=Enrollment.HOLDS_A_PLACE,
            )
            .exclude(session__status=Session.Status.CANCELLED)
            .exclude(session__cohort__status=Cohort.Status.CLOSED)
            .order_by("asked_at", "id")
        )


class AbsenceRequest(models.Model):
    """An excuse that a person asks for one session. Coded alone: no diagnosis and no file.

    It is asked, decided and withdrawn by the verbs of participants/excusing.py alone.
    """

    class Reason(models.TextChoices):
        SHIFT = "shift", _("shift or duty at work")
        ILLNESS = "illness", _("illness")
        CONNECTIVITY = "connectivity", _("no connection or equipment")
        PERSONAL = "personal", _("personal")
        OTHER = "other", _("another reason")

    class Status(models.TextChoices):
        ASKED = "asked", _("to be decided")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("not accepted")
        WITHDRAWN = "withdrawn", _("withdrawn by the person")

    LIVE = (Status.ASKED, Status.ACCEPTED)

    enrollment = models.ForeignKey(
        Enrollment,
        verbose_name=_("enrollment"),
        on_delete=models.PROTECT,
        related_name="absence_requests",
    )
    session = models.ForeignKey(
        Session,
        verbose_name=_("session"),
        on_delete=models.PROTECT,
        related_name="absence_requests",
    )
    reason = models.CharField(_("reason"), max_length=15, choices=Reason)
    asked_at = models.DateTimeField(_("asked"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ASKED)
    document_seen = models.BooleanField(
        _("document seen"),
        default=False,
        help_text=_("It was shown; it is neither sent nor kept."),
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    mailed_at = models.DateTimeField(_("mailed"), null=True, blank=True, editable=False)

    history = HistoricalRecords()
    objects = AbsenceRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("excuse")
        verbose_name_plural = _("excuses")
        ordering = ["-asked_at", "-id"]
        constraints = [
            Unique(
                at="session",
                fields=["enrollment", "session"],
                condition=Q(status__in=["asked", "accepted"]),
                name="absencerequest_one_live",
                violation_error_message=_("An excuse was already asked for this session."),
            ),
            Check(
                at="decided_at",
                condition=(Q(decided_at__isnull=True) & ~Q(status__in=["accepted", "declined"]))
                | (Q(decided_at__isnull=False) & ~Q(status="asked")),
                name="absencerequest_decided_has_its_time",
                violation_error_message=_("A decision has its time, and nothing else has one."),
            ),
            one_of(
                "absencerequest",
                "reason",
                ["shift", "illness", "connectivity", "personal", "other"],
            ),
            one_of("absencerequest", "status", ["asked", "accepted", "declined", "withdrawn"]),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment} · {self.session} · {self.get_status_display()}"

    def clean(self) -> None:
        super().clean()
        refuse_other_editions(self.enrollment, self.session)

    @property
    def is_live(self) -> bool:
        return self.status in self.LIVE

    @property
    def is_asked(self) -> bool:
        return self.status == self.Status.ASKED

    @property
    def is_accepted(self) -> bool:
        return self.status == self.Status.ACCEPTED

    @property
    def is_declined(self) -> bool:
        return self.status == self.Status.DECLINED


class MakeUp(models.Model):
    """What a person does in place of a session missed: another group's session, or a task.

    A session is made up by its own register, where the person is marked present or late as a guest;
    a task by whoever notes that it was done. Written by participants/making_up.py alone.
    """

    class Task(models.TextChoices):
        RECORDING = "recording", _("watch the recording and hand in a summary")
        READING = "reading", _("reading with questions")
        EXERCISE = "exercise", _("written exercise")
        INTERVIEW = "interview", _("talk over the topic with the tutor")

    enrollment = models.ForeignKey(
        Enrollment,
        verbose_name=_("enrollment"),
        on_delete=models.PROTECT,
        related_name="make_ups",
    )
    missed = models.ForeignKey(
        Session,
        verbose_name=_("session missed"),
        on_delete=models.PROTECT,
        related_name="make_ups",
    )
    host = models.ForeignKey(
        Session,
        verbose_name=_("session of another group"),
        on_delete=models.PROTECT,
        related_name="guests",
        null=True,
        blank=True,
    )
    task = models.CharField(_("task"), max_length=10, choices=Task, blank=True)
    due_on = models.DateField(_("due"), null=True, blank=True)
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assigned by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    assigned_at = models.DateTimeField(_("assigned"))
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("noted as done by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("cancelled by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("make-up")
        verbose_name_plural = _("make-ups")
        ordering = ["-assigned_at", "-id"]
        constraints = [
            Unique(
                at="missed",
                fields=["enrollment", "missed"],
                condition=Q(cancelled_at__isnull=True),
                name="makeup_one_live",
                violation_error_message=_("A make-up of this session is already assigned."),
            ),
            Unique(
                at="host",
                fields=["enrollment", "host"],
                condition=Q(cancelled_at__isnull=True, host__isnull=False),
                name="makeup_host_makes_up_for_one",
                violation_error_message=_("The person already makes up another session in it."),
            ),
            Check(
                at="task",
                condition=Q(host__isnull=False, task="")
                | (Q(host__isnull=True, due_on__isnull=False) & ~Q(task="")),
                name="makeup_session_or_task_with_its_day",
                violation_error_message=_(
                    "Choose a session of another group, or a task and until when it is done."
                ),
            ),
            Check(
                at="host",
                condition=Q(host__isnull=True) | ~Q(host=F("missed")),
                name="makeup_host_is_another_session",
                violation_error_message=_("No session makes up for itself."),
            ),
            Check(
                at="done_at",
                condition=Q(done_at__isnull=True) | Q(host__isnull=True),
                name="makeup_session_is_done_by_its_register",
                violation_error_message=_(
                    "The register of the other group says whether it is done."
                ),
            ),
            one_of("makeup", "task", ["", "recording", "reading", "exercise", "interview"]),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment} · {self.missed}"

    def clean(self) -> None:
        super().clean()
        refuse_other_editions(self.enrollment, self.missed)
        if self.host is None:
            return
        refuse_other_editions(self.enrollment, self.host)
        if self.host.group_id in (None, self.enrollment.group_id):
            raise ValidationError({"host": _("Choose a session of another group.")})


def refuse_other_editions(enrollment: Enrollment, session: Session) -> None:
    if enrollment.cohort_id != session.cohort_id:
        raise ValidationError(_("The person and the session are of different cohorts."))
