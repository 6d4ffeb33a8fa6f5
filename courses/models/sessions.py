import datetime as dt
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from courses.models.checks import Check, from_one, one_of, refuse_another_cohort
from courses.models.cohorts import Cohort, CohortModule, Group

MEETING_OPENS_BEFORE = dt.timedelta(minutes=15)


class Modality(models.TextChoices):
    IN_PERSON = "in_person", _("in person")
    ONLINE = "online", _("online")
    HYBRID = "hybrid", _("hybrid")


def check_week_list(value: object) -> None:
    if not isinstance(value, list) or any(
        not isinstance(week, int) or isinstance(week, bool) or week < 1 for week in value
    ):
        raise ValidationError(_("Write the teaching weeks as numbers from 1, with commas."))


class SessionPattern(models.Model):
    """What generates sessions: a weekday and time, every n teaching weeks or in listed weeks."""

    class Audience(models.TextChoices):
        COHORT = "cohort", _("the whole cohort")
        GROUP = "group", _("each group")

    class NonTeachingDay(models.TextChoices):
        NEXT = "next", _("moves to the next teaching day")
        LEAVE_OUT = "leave_out", _("is left out")

    cohort = models.ForeignKey(
        Cohort, verbose_name=_("cohort"), on_delete=models.CASCADE, related_name="patterns"
    )
    title = models.CharField(_("title of its sessions"), max_length=120)
    audience = models.CharField(_("for"), max_length=10, choices=Audience, default=Audience.COHORT)
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Group.Weekday)
    starts_at = models.TimeField(_("starts at"))
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), validators=[MinValueValidator(1), MaxValueValidator(720)]
    )
    every_weeks = models.PositiveSmallIntegerField(
        _("every … teaching weeks"), default=1, validators=[MinValueValidator(1)]
    )
    first_week = models.PositiveSmallIntegerField(
        _("from teaching week"), default=1, validators=[MinValueValidator(1)]
    )
    weeks = models.JSONField(
        _("only in the teaching weeks"),
        default=list,
        blank=True,
        validators=[check_week_list],
        help_text=_("For example 4, 9, 14. Left empty, “every … teaching weeks” counts."),
    )
    on_non_teaching_day = models.CharField(
        _("on a non-teaching day, the session"),
        max_length=10,
        choices=NonTeachingDay,
        default=NonTeachingDay.NEXT,
    )
    modality = models.CharField(
        _("modality"), max_length=10, choices=Modality, default=Modality.ONLINE
    )
    venue = models.CharField(_("venue"), max_length=255, blank=True)
    meeting_link = models.URLField(_("meeting link"), max_length=500, blank=True)
    is_active = models.BooleanField(
        _("in use"),
        default=True,
        help_text=_(
            "A pattern not in use asks for no session: applying the timetable removes those that"
            " are still ahead, and keeps those held."
        ),
    )

    class Meta:
        verbose_name = _("pattern")
        verbose_name_plural = _("patterns")
        ordering = ["cohort", "id"]
        constraints = [
            one_of("sessionpattern", "weekday", range(7)),
            one_of("sessionpattern", "audience", ["cohort", "group"]),
            one_of("sessionpattern", "on_non_teaching_day", ["next", "leave_out"]),
            one_of("sessionpattern", "modality", Modality.values),
            Check(
                at="minutes",
                condition=Q(minutes__range=(1, 720)),
                name="sessionpattern_minutes_1_to_720",
                violation_error_message=_("A session lasts from 1 to 720 minutes."),
            ),
            from_one("sessionpattern", "every_weeks", _("At the most, every teaching week.")),
            from_one("sessionpattern", "first_week", _("Teaching weeks are numbered from 1.")),
        ]

    def __str__(self) -> str:
        return f"{self.title} · {self.get_weekday_display()} {self.starts_at:%H:%M}"

    def clean(self) -> None:
        super().clean()
        refuse_another_cohort(self)


def starting_between(first: dt.date | None, last: dt.date | None) -> Q:
    """Sessions that start from one day to another, both included, in the school's time zone."""
    zone = timezone.get_default_timezone()
    condition = Q()
    if first is not None:
        condition &= Q(starts_at__gte=dt.datetime.combine(first, dt.time.min, zone))
    if last is not None:
        after = last + dt.timedelta(days=1)
        condition &= Q(starts_at__lt=dt.datetime.combine(after, dt.time.min, zone))
    return condition


class SessionQuerySet(models.QuerySet["Session"]):
    def for_cohort(self, cohort: Cohort) -> "SessionQuerySet":
        return self.filter(cohort=cohort)

    def for_group(self, group: Group | None) -> "SessionQuerySet":
        """The whole cohort's sessions and the group's own."""
        own = Q(group__isnull=True)
        return self.filter(own | Q(group=group) if group is not None else own)

    def counted(self) -> "SessionQuerySet":
        return self.exclude(status=Session.Status.CANCELLED)

    def ended(self, at: dt.datetime) -> "SessionQuerySet":
        return self.filter(ends_at__lte=at)

    def not_ended(self, at: dt.datetime) -> "SessionQuerySet":
        return self.filter(ends_at__gt=at)

    def on_day(self, day: dt.date) -> "SessionQuerySet":
        """Sessions that start on the day, in the school's time zone."""
        return self.filter(starting_between(day, day))


class Session(models.Model):
    """One meeting, for the whole cohort or for one group.

    A generated session is known by (pattern, teaching week, group). `sequence` counts the changes
    of time, place and status that calendars must learn of (RFC 5545, 3.8.7.4).
    """

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", _("scheduled")
        HELD = "held", _("held")
        CANCELLED = "cancelled", _("cancelled")

    cohort = models.ForeignKey(
        Cohort, verbose_name=_("cohort"), on_delete=models.PROTECT, related_name="sessions"
    )
    cohort_module = models.ForeignKey(
        CohortModule,
        verbose_name=_("module of the cohort"),
        on_delete=models.PROTECT,
        related_name="sessions",
        null=True,
        blank=True,
    )
    group = models.ForeignKey(
        Group,
        verbose_name=_("group"),
        on_delete=models.PROTECT,
        related_name="sessions",
        null=True,
        blank=True,
        help_text=_("Left empty, the session is for the whole cohort."),
    )
    pattern = models.ForeignKey(
        SessionPattern,
        verbose_name=_("pattern"),
        on_delete=models.PROTECT,
        related_name="sessions",
        null=True,
        blank=True,
        editable=False,
    )
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    teaching_week = models.PositiveSmallIntegerField(
        _("teaching week"), validators=[MinValueValidator(1)]
    )
    number = models.PositiveSmallIntegerField(_("number"), null=True, blank=True)
    title = models.CharField(_("title"), max_length=120)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    moved_from = models.DateTimeField(_("moved from"), null=True, blank=True, editable=False)
    modality = models.CharField(
        _("modality"), max_length=10, choices=Modality, default=Modality.ONLINE
    )
    venue = models.CharField(_("venue"), max_length=255, blank=True)
    meeting_link = models.URLField(_("meeting link"), max_length=500, blank=True)
    lecturer = models.CharField(_("lecturer"), max_length=120, blank=True)
    is_sensitive = models.BooleanField(
        _("sensitive"),
        default=False,
        help_text=_("The contents may distress: a short absence is no fault, support is shown."),
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.SCHEDULED)
    cancellation_reason = models.CharField(_("reason of cancellation"), max_length=255, blank=True)
    is_fixed = models.BooleanField(
        _("set by hand"),
        default=False,
        help_text=_("The timetable leaves this session as it is."),
    )
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    history = HistoricalRecords(excluded_fields=["changed_at"])
    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["starts_at", "id"]
        indexes = [
            models.Index(fields=["cohort", "starts_at"], name="session_cohort_starts_at"),
            models.Index(fields=["group", "starts_at"], name="session_group_starts_at"),
        ]
        constraints = [
            Check(
                at="ends_at",
                condition=Q(ends_at__gt=F("starts_at")),
                name="session_ends_after_start",
                violation_error_message=_("The session must end after it starts."),
            ),
            models.UniqueConstraint(
                fields=["pattern", "teaching_week", "group"],
                condition=Q(pattern__isnull=False, group__isnull=False),
                name="session_once_per_pattern_week_group",
                violation_error_message=_("The group already has this pattern's session."),
            ),
            models.UniqueConstraint(
                fields=["pattern", "teaching_week"],
                condition=Q(pattern__isnull=False, group__isnull=True),
                name="session_once_per_pattern_week",
                violation_error_message=_("The week already has this pattern's session."),
            ),
            Check(
                at="cancellation_reason",
                condition=~Q(status="cancelled") | ~Q(cancellation_reason=""),
                name="session_cancelled_with_reason",
                violation_error_message=_("Write why the session is cancelled."),
            ),
            from_one("session", "teaching_week", _("Teaching weeks are numbered from 1.")),
            one_of("session", "status", ["scheduled", "held", "cancelled"]),
            one_of("session", "modality", Modality.values),
        ]

    def __str__(self) -> str:
        return f"{self.label} · {timezone.localtime(self.starts_at):%d/%m/%Y %H:%M}"

    @property
    def label(self) -> str:
        return f"{self.title} {self.number}" if self.number else self.title

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def day(self) -> dt.date:
        return timezone.localtime(self.starts_at).date()

    @property
    def is_cancelled(self) -> bool:
        return self.status == self.Status.CANCELLED

    @property
    def meeting_opens_at(self) -> dt.datetime:
        return self.starts_at - MEETING_OPENS_BEFORE

    def meeting_is_open(self, at: dt.datetime) -> bool:
        return bool(
            self.meeting_link
            and not self.is_cancelled
            and self.meeting_opens_at <= at <= self.ends_at + MEETING_OPENS_BEFORE
        )

    def clean(self) -> None:
        super().clean()
        refuse_another_cohort(self)
        errors: dict[str, Any] = {}
        if self.cohort_id and self.starts_at and self.ends_at:
            last = timezone.localtime(self.ends_at).date()
            if self.day < self.cohort.starts_on or last > self.cohort.ends_on:
                errors["starts_at"] = _(
                    "The session lies outside the cohort's dates, %(first)s to %(last)s."
                ) % {
                    "first": f"{self.cohort.starts_on:%d/%m/%Y}",
                    "last": f"{self.cohort.ends_on:%d/%m/%Y}",
                }
        if self.cohort_id and self.group and self.group.cohort_id != self.cohort_id:
            errors["group"] = _("The group belongs to another cohort.")
        if self.cohort_id and self.cohort_module and self.cohort_module.cohort_id != self.cohort_id:
            errors["cohort_module"] = _("The module belongs to another cohort.")
        if errors:
            raise ValidationError(errors)
