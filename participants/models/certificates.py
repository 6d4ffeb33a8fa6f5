import json
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from courses.models import Cohort
from courses.models.checks import Check, Unique, from_one, one_of
from participants.models.certificate_designs import CertificateDesign, CertificateKind
from participants.models.enrollments import Enrollment
from participants.notes import NOTE_HELP

LONGEST_NAME = 242  # given names and both surnames, with the spaces between


class CertificateRegister(models.Model):
    """The last number given in a year. Its row is locked by whoever enters a certificate, in the
    same transaction: no number is given twice, and none is given to what was not entered."""

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    last_number = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("register of certificates")
        verbose_name_plural = _("registers of certificates")
        ordering: ClassVar[list[str]] = ["-year"]

    def __str__(self) -> str:
        return str(self.year)


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def live(self) -> "CertificateQuerySet":
        return self.filter(revoked_at__isnull=True)

    def for_cohort(self, cohort: Cohort) -> "CertificateQuerySet":
        return self.filter(cohort=cohort)


class Certificate(models.Model):
    """What was certified, word by word, with its place in the register and its signature.

    Of a participant it has the enrollment; of a tutor, tutors.TutorCertificate points at it. Only
    its revocation (certifying.py) and when it was mailed of ever change; it is never deleted.
    """

    class Revocation(models.TextChoices):
        NAME = "name", _("the name was wrong")
        DATA = "data", _("other data were wrong")
        DESIGN = "design", _("it is issued in another design")
        DECISION = "decision", _("the decision on the edition was changed")
        DOUBLE = "double", _("the person had two")
        REPLACED = "replaced", _("the certificate was issued in place of the constancia")
        FRAUD = "fraud", _("it was obtained by deceit")
        OTHER = "other", _("another reason")

    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveIntegerField(_("number"))
    code = models.CharField(_("code"), max_length=16, unique=True)
    kind = models.CharField(_("kind"), max_length=15, choices=CertificateKind)
    cohort = models.ForeignKey(
        Cohort, verbose_name=_("cohort"), on_delete=models.PROTECT, related_name="certificates"
    )
    enrollment = models.ForeignKey(
        Enrollment,
        verbose_name=_("enrollment"),
        on_delete=models.PROTECT,
        related_name="certificates",
        null=True,
        blank=True,
        help_text=_("Empty where it is a tutor's."),
    )
    design = models.ForeignKey(
        CertificateDesign,
        verbose_name=_("design"),
        on_delete=models.PROTECT,
        related_name="certificates",
    )
    facts_text = models.TextField(
        _("facts"), help_text=_("Canonical JSON: exactly what was signed.")
    )
    signature = models.CharField(_("signature"), max_length=88)
    issued_at = models.DateTimeField(_("issued"))
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("issued by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    mailed_at = models.DateTimeField(_("told by mail"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("revoked by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    revocation = models.CharField(
        _("reason of the revocation"), max_length=10, choices=Revocation, blank=True
    )
    revocation_note = models.CharField(_("note"), max_length=255, blank=True, help_text=NOTE_HELP)
    replaced_by = models.ForeignKey(
        "self",
        verbose_name=_("replaced by"),
        on_delete=models.PROTECT,
        related_name="replaces",
        null=True,
        blank=True,
    )

    history = HistoricalRecords()
    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering: ClassVar[list[str]] = ["-year", "-number"]
        constraints = [
            Unique(
                at="number",
                fields=["year", "number"],
                name="certificate_number_unique",
                violation_error_message=_("The register already has this number."),
            ),
            Unique(
                at="enrollment",
                fields=["enrollment"],
                condition=Q(revoked_at__isnull=True),
                name="certificate_one_in_force",
                violation_error_message=_("This person already has one in force."),
            ),
            from_one("certificate", "number", _("Certificates are numbered from 1.")),
            Check(
                at="revocation",
                condition=Q(revoked_at__isnull=True, revocation="", revocation_note="")
                | (Q(revoked_at__isnull=False) & ~Q(revocation="")),
                name="certificate_revocation_has_time_and_reason",
                violation_error_message=_("A revocation has its time and its reason."),
            ),
            Check(
                at="revoked_by",
                condition=Q(revoked_by__isnull=True) | Q(revoked_at__isnull=False),
                name="certificate_revoked_by_of_a_revoked_one",
                violation_error_message=_("It is not revoked."),
            ),
            Check(
                at="replaced_by",
                condition=Q(replaced_by__isnull=True)
                | (Q(revoked_at__isnull=False) & ~Q(replaced_by=F("id"))),
                name="certificate_replaced_by_of_a_revoked_one",
                violation_error_message=_("Only a revoked one is replaced, and by another."),
            ),
            one_of("certificate", "kind", ["certificate", "constancia"]),
            one_of(
                "certificate",
                "revocation",
                [
                    "",
                    *("name", "data", "design", "decision", "double", "replaced", "fraud", "other"),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.full_number}"

    def clean(self) -> None:
        super().clean()
        if self.enrollment and self.enrollment.cohort_id != self.cohort_id:
            raise ValidationError({"enrollment": _("The person is in another edition.")})

    @property
    def full_number(self) -> str:
        """As it is printed, for example 0042-2026."""
        return f"{self.number:04}-{self.year}"

    @property
    def is_revoked(self) -> bool:
        return self.revoked_at is not None

    @property
    def asks_for_a_reason(self) -> bool:
        """Whether the person is issued another one only by name and with a reason."""
        return self.revocation == self.Revocation.FRAUD and self.replaced_by_id is None

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What `certificate_facts.py` wrote down; "name", "program", "hours" and so on."""
        return json.loads(self.facts_text)


class CertificateLookup(models.Model):
    """How often one visitor asked in one minute: counted here, so that all workers count together.

    `visitor` is a seal of the address of the network, never the address itself.
    """

    visitor = models.CharField(_("visitor"), max_length=64)
    minute = models.PositiveIntegerField(_("minute"), help_text=_("Since 1970."))
    count = models.PositiveIntegerField(_("count"))

    class Meta:
        verbose_name = _("certificates looked up")
        verbose_name_plural = _("certificates looked up")
        ordering: ClassVar[list[str]] = ["-minute"]
        constraints = [
            Unique(
                at="visitor",
                fields=["visitor", "minute"],
                name="certificatelookup_counted_once",
                violation_error_message=_("This visitor is counted in this minute already."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.count)


class NameConfirmation(models.Model):
    """The name as it will be printed: as the person confirmed it, or asks for it to be corrected.

    Without a row it is the participant's own, unconfirmed (printed_names.py).
    """

    class State(models.TextChoices):
        CONFIRMED = "confirmed", _("confirmed")
        ASKED = "asked", _("a correction is asked for")
        CORRECTED = "corrected", _("corrected as asked")
        REFUSED = "refused", _("correction refused")

    enrollment = models.OneToOneField(
        Enrollment,
        verbose_name=_("enrollment"),
        on_delete=models.PROTECT,
        related_name="name_confirmation",
    )
    state = models.CharField(_("state"), max_length=10, choices=State)
    name = models.CharField(_("name as printed"), max_length=LONGEST_NAME)
    wished = models.CharField(_("name asked for"), max_length=LONGEST_NAME, blank=True)
    was_settled = models.BooleanField(
        _("the name was settled before another was asked for"), default=False
    )
    said_at = models.DateTimeField(_("confirmed or asked"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("answered by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("name to be printed")
        verbose_name_plural = _("names to be printed")
        ordering: ClassVar[list[str]] = ["enrollment"]
        constraints = [
            Check(
                at="name",
                condition=~Q(name=""),
                name="nameconfirmation_has_a_name",
                violation_error_message=_("Write the name."),
            ),
            Check(
                at="wished",
                condition=Q(state="confirmed", wished="") | (~Q(state="confirmed") & ~Q(wished="")),
                name="nameconfirmation_wished_where_asked",
                violation_error_message=_("Write the name asked for, and only where it is asked."),
            ),
            Check(
                at="answered_at",
                condition=Q(answered_at__isnull=True) & ~Q(state__in=["corrected", "refused"])
                | Q(answered_at__isnull=False) & ~Q(state__in=["confirmed", "asked"]),
                name="nameconfirmation_answer_has_its_time",
                violation_error_message=_("An answer has its time, and no answer has none."),
            ),
            Check(
                at="was_settled",
                condition=Q(was_settled=False) | Q(state__in=["asked", "refused"]),
                name="nameconfirmation_was_settled_where_another_is_asked",
                violation_error_message=_("No other name is asked for."),
            ),
            one_of("nameconfirmation", "state", ["confirmed", "asked", "corrected", "refused"]),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def settled_name(self) -> str:
        """As confirmed or corrected last: a wish that waits or was refused leaves it as it is."""
        settled = self.was_settled or self.state in (self.State.CONFIRMED, self.State.CORRECTED)
        return self.name if settled else ""

    @property
    def is_settled(self) -> bool:
        """Whether it may be printed."""
        return bool(self.settled_name) and self.state != self.State.ASKED


class IssueRun(models.Model):
    """Many certificates asked for at once, made by the task queue bit by bit.

    `waiting` are the keys of those still to do: enrollments, or tutors for a tutors' design.
    `failed` are {"holder": key, "name", "code", "message"}.
    """

    cohort = models.ForeignKey(
        Cohort, verbose_name=_("cohort"), on_delete=models.CASCADE, related_name="issue_runs"
    )
    design = models.ForeignKey(
        CertificateDesign,
        verbose_name=_("design"),
        on_delete=models.PROTECT,
        related_name="issue_runs",
    )
    total = models.PositiveIntegerField(_("people"))
    waiting = models.JSONField(_("still to do"), default=list, blank=True)
    done = models.PositiveIntegerField(_("issued"), default=0)
    failed = models.JSONField(_("not issued"), default=list, blank=True)
    started_at = models.DateTimeField(_("started"))
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("started by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("issue of many certificates")
        verbose_name_plural = _("issues of many certificates")
        ordering: ClassVar[list[str]] = ["-started_at", "-id"]
        constraints = [
            Unique(
                at="design",
                fields=["cohort", "design"],
                condition=Q(finished_at__isnull=True),
                name="issuerun_one_at_a_time",
                violation_error_message=_("They are being issued already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cohort} · {self.design}"

    @property
    def handled(self) -> int:
        """How many of `total` are done with, issued or not."""
        return self.total - len(self.waiting)

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None
