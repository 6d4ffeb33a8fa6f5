import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.models import Cohort
from courses.models.checks import Check, Unique, one_of, refuse_another_cohort
from participants.letters import letter_name, letter_storage
from participants.models.people import (
    DocumentType,
    EmploymentRegime,
    LicenceBoard,
    Participant,
    PersonalData,
    Profession,
    Service,
    Sex,
    WorkData,
)


def new_key() -> str:
    """256 random bits: the address is all that guards what was typed."""
    return secrets.token_urlsafe(32)


class ApplicationQuerySet(models.QuerySet["Application"]):
    def received(self) -> "ApplicationQuerySet":
        """Confirmed by the person: what coordinators see."""
        return self.exclude(status__in=Application.NOT_YET)

    def in_force(self) -> "ApplicationQuerySet":
        """One a person and edition: each guards its document and its e-mail."""
        return self.filter(status__in=Application.IN_FORCE)


class Application(PersonalData, WorkData):
    """What someone sent to enter an edition. Its data become a participant's when it is accepted,
    and not before."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("e-mail not confirmed")
        CONFIRMED = "confirmed", _("to be reviewed")
        APPROVED = "approved", _("approved")
        WAITLISTED = "waitlisted", _("on the waiting list")
        DECLINED = "declined", pgettext_lazy("application", "declined")
        WITHDRAWN = "withdrawn", _("withdrawn by the person")
        DUPLICATE = "duplicate", _("repeated")

    class Reason(models.TextChoices):
        REQUIREMENTS = "requirements", _("does not meet the requirements")
        INCOMPLETE = "incomplete", _("data or letter missing")
        NO_PLACES = "no_places", _("no places left")
        QUOTA = "quota", _("the quota is full")
        REPEATED = "repeated", _("applied more than once")
        TRAINED = "trained", _("completed an earlier edition")
        OTHER = "other", _("another reason")

    NOT_YET = (Status.DRAFT, Status.SUBMITTED)
    IN_FORCE = (Status.CONFIRMED, Status.APPROVED, Status.WAITLISTED)
    DECIDED = (Status.APPROVED, Status.WAITLISTED, Status.DECLINED)

    cohort = models.ForeignKey(
        Cohort, verbose_name=_("cohort"), on_delete=models.PROTECT, related_name="applications"
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.DRAFT, editable=False
    )
    key = models.CharField(_("key"), max_length=64, unique=True, default=new_key, editable=False)
    # As typed, right or wrong; emptied when the person confirms.
    answers = models.JSONField(_("answers"), default=dict, blank=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    tab = models.CharField(_("tab"), max_length=32, blank=True, editable=False)
    facility_written = models.CharField(
        _("facility as written"),
        max_length=160,
        blank=True,
        help_text=_("Where it was not found in the list."),
    )
    letter = models.FileField(
        _("letter"), upload_to=letter_name, storage=letter_storage, blank=True, editable=False
    )
    notice_version = models.CharField(
        _("privacy notice accepted"), max_length=20, blank=True, editable=False
    )
    notice_accepted_at = models.DateTimeField(
        _("accepted at"), null=True, blank=True, editable=False
    )
    started_at = models.DateTimeField(_("started"), default=timezone.now, editable=False)
    saved_at = models.DateTimeField(_("saved"), default=timezone.now, editable=False, db_index=True)
    submitted_at = models.DateTimeField(_("sent"), null=True, blank=True, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True, editable=False)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
    )
    reason = models.CharField(
        _("reason"), max_length=15, choices=Reason, blank=True, editable=False
    )
    # The status of which the last mail told: each decision is told once.
    told = models.CharField(_("told"), max_length=10, blank=True, editable=False)
    participant = models.ForeignKey(
        Participant,
        verbose_name=_("participant"),
        on_delete=models.SET_NULL,
        related_name="applications",
        null=True,
        blank=True,
        editable=False,
    )

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ["confirmed_at", "id"]
        indexes = [models.Index(fields=["cohort", "status"], name="application_cohort_status")]
        constraints = [
            Unique(
                at="document_number",
                fields=["cohort", "document_type", "document_number"],
                condition=Q(status__in=["confirmed", "approved", "waitlisted"]),
                name="application_document_once",
                violation_error_message=_("Another application in force has this document."),
            ),
            Unique(
                "cohort",
                Lower("email"),
                at="email",
                condition=Q(status__in=["confirmed", "approved", "waitlisted"]),
                name="application_email_once",
                violation_error_message=_("Another application in force has this e-mail."),
            ),
            Check(
                at="document_number",
                condition=Q(status="draft")
                | ~Q(document_type="dni")
                | Q(document_number__regex=r"^[0-9]{8}$"),
                name="application_dni_8_digits",
                violation_error_message=_("A DNI has 8 digits."),
            ),
            Check(
                at="notice_accepted_at",
                condition=Q(status="draft")
                | (
                    Q(submitted_at__isnull=False)
                    & Q(notice_accepted_at__isnull=False)
                    & ~Q(notice_version="")
                ),
                name="application_sent_with_the_notice_accepted",
                violation_error_message=_("What is sent has its time and the notice's version."),
            ),
            Check(
                at="confirmed_at",
                condition=Q(status__in=["draft", "submitted"]) | Q(confirmed_at__isnull=False),
                name="application_confirmed_has_its_time",
                violation_error_message=_("What is confirmed has its time."),
            ),
            Check(
                at="decided_at",
                condition=~Q(status__in=["approved", "waitlisted", "declined"])
                | Q(decided_at__isnull=False),
                name="application_decided_has_its_time",
                violation_error_message=_("A decision has its time."),
            ),
            Check(
                at="reason",
                condition=~Q(status="declined") | ~Q(reason=""),
                name="application_declined_has_reason",
                violation_error_message=_("Choose why it is declined."),
            ),
            one_of(
                "application",
                "status",
                [
                    "draft",
                    "submitted",
                    "confirmed",
                    "approved",
                    "waitlisted",
                    "declined",
                    "withdrawn",
                    "duplicate",
                ],
            ),
            one_of(
                "application",
                "reason",
                [
                    "",
                    "requirements",
                    "incomplete",
                    "no_places",
                    "quota",
                    "repeated",
                    "trained",
                    "other",
                ],
            ),
            one_of("application", "document_type", DocumentType.values),
            one_of("application", "profession", Profession.values),
            one_of("application", "sex", Sex.values),
            one_of("application", "licence_board", ["", *LicenceBoard.values]),
            one_of("application", "employment_regime", EmploymentRegime.values),
            one_of("application", "service", Service.values),
        ]

    def __str__(self) -> str:
        return f"{self.sorting_name} · {self.cohort}"

    def clean(self) -> None:
        super().clean()
        refuse_another_cohort(self)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        letter = self.letter.name
        deleted = super().delete(*args, **kwargs)
        if letter:
            self.letter.storage.delete(letter)
        return deleted
