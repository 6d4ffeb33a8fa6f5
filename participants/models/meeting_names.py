import uuid
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models import Cohort, Session
from courses.models.checks import Unique
from participants.models.enrollments import Enrollment


class ShownName(models.Model):
    """That a name shown in meetings, or an address unknown otherwise, was confirmed as a person's.

    `name` is in lower case without accents, or an address. In an edition it is one person's.
    """

    cohort = models.ForeignKey(
        Cohort, verbose_name=_("cohort"), on_delete=models.CASCADE, related_name="shown_names"
    )
    enrollment = models.ForeignKey(
        Enrollment,
        verbose_name=_("enrollment"),
        on_delete=models.CASCADE,
        related_name="shown_names",
    )
    name = models.CharField(_("name shown"), max_length=254)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("confirmed by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    confirmed_at = models.DateTimeField(_("confirmed"))

    class Meta:
        verbose_name = _("name shown in meetings")
        verbose_name_plural = _("names shown in meetings")
        ordering = ["cohort", "name"]
        constraints = [
            Unique(
                at="name",
                fields=["cohort", "name"],
                name="shownname_one_person",
                violation_error_message=_("This name is already another person's in the edition."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.enrollment_id and self.enrollment.cohort_id != self.cohort_id:
            raise ValidationError({"enrollment": _("The person is not in this edition.")})


class ReportDraft(models.Model):
    """A meeting's report between its preview and its confirmation; later, what is still in doubt.

    Of the file only what was read of it is kept; participants/meeting_reports/drafts.py clears it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(
        Session, verbose_name=_("session"), on_delete=models.CASCADE, related_name="+"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("account"),
        on_delete=models.CASCADE,
        related_name="+",
    )
    digest = models.CharField(_("digest of the file"), max_length=64)
    report = models.JSONField[dict[str, Any]](_("report"))
    answers = models.JSONField[dict[str, Any]](_("answers"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("meeting report draft")
        verbose_name_plural = _("meeting report drafts")
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"{self.session} · {self.created_at:%d/%m/%Y %H:%M}"
