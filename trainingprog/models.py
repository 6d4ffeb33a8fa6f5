import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tasks_db.models import DBTaskResult

from courses.models import Cohort
from courses.models.checks import Check, Unique, one_of


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Exactly, as addresses are stored in lower case: so the index answers."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """Someone who logs in, by e-mail. What the person may do follows from being in the
    Coordinator group, from a Tutor record and from a Participant record."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    is_staff = models.BooleanField(
        _("enters the administration"),
        default=False,
        help_text=_("Coordinators do; tutors and participants do not."),
    )
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("Unmark this instead of deleting the account: its history stays."),
    )
    date_joined = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    invited_at = models.DateTimeField(_("invited"), null=True, blank=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["email"]
        constraints = [
            Unique(
                Lower("email"),
                at="email",
                name="user_email_unique_in_any_case",
                violation_error_message=_("Another account already has this e-mail."),
            )
        ]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.strip().lower()
        super().save(*args, **kwargs)

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email


class PrivacyAcceptance(models.Model):
    """That a person accepted one version of the privacy notice, and when (Law 29733, art. 18)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("account"),
        on_delete=models.CASCADE,
        related_name="privacy_acceptances",
    )
    version = models.CharField(_("version"), max_length=20)
    accepted_at = models.DateTimeField(_("accepted"))

    class Meta:
        verbose_name = _("acceptance of the privacy notice")
        verbose_name_plural = _("acceptances of the privacy notice")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "version"],
                name="privacy_accepted_once_per_version",
                violation_error_message=_("This version is already accepted."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.version}"


class SessionNotice(models.Model):
    """That a person was told, by mail, of one change of a session (`sequence` counts them).

    Known by the session's uid and not by a foreign key: a record of what was told outlives a
    session that the timetable drops.
    """

    session_uid = models.UUIDField(_("session"), editable=False)
    sequence = models.PositiveIntegerField(_("change number"), editable=False)
    email = models.EmailField(_("e-mail"), editable=False)
    sent_at = models.DateTimeField(_("sent"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("notice of a session's change")
        verbose_name_plural = _("notices of sessions' changes")
        constraints = [
            models.UniqueConstraint(
                fields=["session_uid", "sequence", "email"],
                name="sessionnotice_told_once",
                violation_error_message=_("This person was already told of this change."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.session_uid} · {self.sequence} · {self.email}"


class Digest(models.Model):
    """That a coordinator was sent the summary of a day."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("account"),
        on_delete=models.CASCADE,
        related_name="digests",
    )
    day = models.DateField(_("day"))
    sent_at = models.DateTimeField(_("sent"))

    class Meta:
        verbose_name = _("daily digest")
        verbose_name_plural = _("daily digests")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "day"],
                name="digest_once_a_day",
                violation_error_message=_("The digest of this day was already sent."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.day:%d/%m/%Y}"


TASKS = {
    "send_invitation": _("invitation by mail"),
    "tell": _("whom a change of sessions is told"),
    "tell_earlier_address": _("notice of a changed address by mail"),
    "send_notice": _("notice of a session by mail"),
    "send_offer": _("offer of a place by mail"),
    "tell_tutor": _("warnings and reminders to a tutor by mail"),
    "warn_participant": _("warning to a participant by mail"),
    "send_digest": _("daily digest by mail"),
    "invite_to_surveys": _("invitations to a survey by mail"),
    "remind_of_surveys": _("reminders of a survey by mail"),
    "tell_declined": _("answer to an excuse by mail"),
    "issue_next": _("certificates of participants, many at once"),
    "issue_next_to_tutors": _("certificates of tutors, many at once"),
    "tell_issued": _("certificates of participants by mail"),
    "tell_tutors_issued": _("certificates of tutors by mail"),
    "pass_on_lapsed_offers": _("places of offers not answered, to the next"),
}


class BackgroundTask(DBTaskResult):
    """A task of the queue under the product's own name, for whoever looks why a mail did not go."""

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = _("background task")
        verbose_name_plural = _("background tasks")

    def __str__(self) -> str:
        name = self.task_path.rpartition(".")[2]
        return str(TASKS.get(name, _("another task")))


INTO_AN_EDITION = ["participants", "scores"]


class ImportDraft(models.Model):
    """An uploaded sheet between its preview and its confirmation, and what was answered of it.

    Kept in the database, as any worker may serve the next request; cleared by import_drafts.py.
    """

    class Kind(models.TextChoices):
        PARTICIPANTS = "participants", _("participants")
        FACILITIES = "facilities", _("facilities")
        TUTORS = "tutors", _("tutors")
        SCORES = "scores", _("scores")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("account"),
        on_delete=models.CASCADE,
        related_name="+",
    )
    kind = models.CharField(_("kind"), max_length=15, choices=Kind)
    cohort = models.ForeignKey(
        Cohort,
        verbose_name=_("cohort"),
        on_delete=models.CASCADE,
        related_name="+",
        null=True,
        blank=True,
    )
    filename = models.CharField(_("file"), max_length=255)
    sheet = models.JSONField(_("sheet"))
    answers = models.JSONField(_("answers"), default=dict)
    created_at = models.DateTimeField(_("created"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("import draft")
        verbose_name_plural = _("import drafts")
        constraints = [
            one_of("importdraft", "kind", ["participants", "facilities", "tutors", "scores"]),
            Check(
                at="cohort",
                condition=models.Q(kind__in=INTO_AN_EDITION, cohort__isnull=False)
                | (~models.Q(kind__in=INTO_AN_EDITION) & models.Q(cohort__isnull=True)),
                name="importdraft_cohort_of_what_goes_into_one",
                violation_error_message=_(
                    "Participants and scores alone are imported into an edition."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.filename
