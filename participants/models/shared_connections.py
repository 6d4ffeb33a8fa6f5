from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least
from django.utils.translation import gettext_lazy as _

from courses.models import Session
from courses.models.checks import Check, Unique, one_of
from participants.models.enrollments import Enrollment


class SharedConnection(models.Model):
    """Two colleagues followed a session from one device: one says so, the tutor confirms it.

    What is then known of the one counts for the other too. It is no offence.
    """

    class Status(models.TextChoices):
        DECLARED = "declared", _("declared")
        CONFIRMED = "confirmed", _("confirmed")
        DECLINED = "declined", _("not confirmed")

    session = models.ForeignKey(
        Session,
        verbose_name=_("session"),
        on_delete=models.PROTECT,
        related_name="shared_connections",
    )
    enrollment = models.ForeignKey(
        Enrollment,
        verbose_name=_("declared by"),
        on_delete=models.PROTECT,
        related_name="shared_connections",
    )
    colleague = models.ForeignKey(
        Enrollment,
        verbose_name=_("colleague"),
        on_delete=models.PROTECT,
        related_name="connections_shared",
    )
    declared_at = models.DateTimeField(_("declared at"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DECLARED)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        verbose_name = _("shared connection")
        verbose_name_plural = _("shared connections")
        ordering = ["session", "declared_at"]
        constraints = [
            Unique(
                F("session"),
                Least("enrollment", "colleague"),
                Greatest("enrollment", "colleague"),
                at="colleague",
                name="sharedconnection_once_per_pair",
                violation_error_message=_("It is already declared for you two in this session."),
            ),
            Check(
                at="colleague",
                condition=~Q(colleague=F("enrollment")),
                name="sharedconnection_with_another",
                violation_error_message=_("A connection is shared with someone else."),
            ),
            Check(
                at="decided_at",
                condition=Q(status="declared", decided_at__isnull=True)
                | (~Q(status="declared") & Q(decided_at__isnull=False)),
                name="sharedconnection_decided_has_its_time",
                violation_error_message=_("A decision has its time, and no decision has none."),
            ),
            one_of("sharedconnection", "status", ["declared", "confirmed", "declined"]),
        ]

    def __str__(self) -> str:
        return f"{self.session} · {self.enrollment} · {self.colleague}"

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.DECLARED

    def clean(self) -> None:
        super().clean()
        if not (self.enrollment_id and self.colleague_id and self.session_id):
            return
        cohorts = {self.session.cohort_id, self.enrollment.cohort_id, self.colleague.cohort_id}
        if len(cohorts) > 1:
            raise ValidationError(_("The person and the session are of different cohorts."))
