import datetime as dt
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from courses.models.calls import CALL_CONSTRAINTS, Call
from courses.models.checks import (
    Check,
    Unique,
    ends_after_start,
    from_one,
    one_of,
    percent,
    refuse_another_cohort,
)
from courses.models.programs import Module, Program
from courses.models.score_policy import ScorePolicy
from courses.models.warning_policy import WarningPolicy

PERCENT = [MaxValueValidator(100)]


class CohortQuerySet(models.QuerySet["Cohort"]):
    def running(self) -> "CohortQuerySet":
        return self.filter(status=Cohort.Status.RUNNING)

    def visible(self) -> "CohortQuerySet":
        """What tutors and participants may see: all but drafts."""
        return self.exclude(status=Cohort.Status.DRAFT)

    def calling(self, at: dt.datetime) -> "CohortQuerySet":
        """Open for applications now, or with a day on which they open."""
        open_end = Q(applications_close_at__isnull=True) | Q(applications_close_at__gt=at)
        return self.filter(
            open_end, status=Cohort.Status.OPEN, applications_open_at__isnull=False
        ).order_by("applications_open_at", "code")


class Cohort(Call, WarningPolicy, ScorePolicy):
    """One dated run of a program, with the policy that its attendance and scores follow."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        OPEN = "open", _("open for applications")
        RUNNING = "running", _("running")
        CLOSED = "closed", _("closed")

    class Base(models.TextChoices):
        SESSIONS = "sessions", _("sessions")
        MINUTES = "minutes", _("minutes")

    class Excused(models.TextChoices):
        LEFT_OUT = "left_out", _("left out of the base")
        PRESENT = "present", _("as present")
        ABSENT = "absent", _("as absent")

    class MakeUpCounts(models.TextChoices):
        PRESENT = "present", _("as present")
        LATE = "late", _("as late")
        EXCUSED = "excused", _("as excused")

    program = models.ForeignKey(
        Program, verbose_name=_("program"), on_delete=models.PROTECT, related_name="cohorts"
    )
    code = models.CharField(
        _("code"), max_length=30, unique=True, help_text=_("For example ATN-2021-1.")
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.DRAFT, db_index=True
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    capacity = models.PositiveSmallIntegerField(
        _("capacity"), validators=[MinValueValidator(1)], help_text=_("Most people enrolled.")
    )

    minimum_attendance_percent = models.PositiveSmallIntegerField(
        _("minimum attendance (%)"), default=80, validators=PERCENT
    )
    attendance_base = models.CharField(
        _("attendance is counted in"), max_length=10, choices=Base, default=Base.SESSIONS
    )
    late_after_minutes = models.PositiveSmallIntegerField(
        _("late after (minutes)"), default=15, help_text=_("Minutes after the session's start.")
    )
    late_counts_percent = models.PositiveSmallIntegerField(
        _("a late arrival counts (%)"),
        default=100,
        validators=PERCENT,
        help_text=_("100: as present. 0: as absent."),
    )
    excused_counts = models.CharField(
        _("an excused absence counts"),
        max_length=10,
        choices=Excused,
        default=Excused.LEFT_OUT,
    )
    excuse_days = models.PositiveSmallIntegerField(
        _("an excuse is asked until (days after)"),
        default=3,
        help_text=_("Days after the session's day. 0: until the end of that day."),
    )
    make_up_counts = models.CharField(
        _("a make-up done counts"), max_length=10, choices=MakeUpCounts, default="present"
    )
    present_minimum_percent = models.PositiveSmallIntegerField(
        _("present from (% of the session)"),
        default=75,
        validators=PERCENT,
        help_text=_("Share of a session's minutes that a meeting report must show."),
    )
    sensitive_absence_minutes = models.PositiveSmallIntegerField(
        _("short absence in a sensitive session (minutes)"),
        default=15,
        help_text=_("Being away as long at a time costs no attendance there."),
    )
    pass_mark = models.DecimalField(
        _("pass mark"),
        max_digits=4,
        decimal_places=2,
        default=14,
        validators=[MinValueValidator(0), MaxValueValidator(20)],
        help_text=_("Of 20."),
    )
    overrides_need_approval = models.BooleanField(
        _("an exception needs a second person"),
        default=False,
        help_text=_("A decision against the rule counts once another coordinator approved it."),
    )
    minutes_per_academic_hour = models.PositiveSmallIntegerField(
        _("minutes per academic hour"), default=45, validators=[MinValueValidator(1)]
    )
    names_until = models.DateField(
        _("names for certificates are confirmed until"),
        null=True,
        blank=True,
        help_text=_(
            "After this day a certificate is issued also with a name that nobody confirmed. Left"
            " empty: each is confirmed first."
        ),
    )
    support_contact = models.CharField(
        _("contact for support"),
        max_length=255,
        blank=True,
        help_text=_("Shown to participants: whom to write to or call."),
    )

    history = HistoricalRecords()
    objects = CohortQuerySet.as_manager()

    class Meta:
        verbose_name = _("cohort")
        verbose_name_plural = _("cohorts")
        ordering = ["-starts_on", "code"]
        constraints = [
            ends_after_start("cohort", "starts_on", "ends_on"),
            percent("cohort", "minimum_attendance_percent"),
            percent("cohort", "late_counts_percent"),
            percent("cohort", "present_minimum_percent"),
            Check(
                at="pass_mark",
                condition=Q(pass_mark__range=(0, 20)),
                name="cohort_pass_mark_0_to_20",
                violation_error_message=_("The pass mark lies between 0 and 20."),
            ),
            from_one("cohort", "capacity", _("The capacity is at least 1.")),
            from_one(
                "cohort",
                "minutes_per_academic_hour",
                _("An academic hour has at least 1 minute."),
            ),
            one_of("cohort", "status", ["draft", "open", "running", "closed"]),
            one_of("cohort", "attendance_base", ["sessions", "minutes"]),
            one_of("cohort", "excused_counts", ["left_out", "present", "absent"]),
            one_of("cohort", "make_up_counts", ["present", "late", "excused"]),
            one_of("cohort", "score_rounding", ["whole", "tenths", "hundredths"]),
            one_of("cohort", "attempts_count", ["best", "last"]),
            *CALL_CONSTRAINTS,
        ]

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        super().clean()
        if self._state.adding:
            return
        errors: dict[str, Any] = {}
        if (
            self.program_id
            and self.cohort_modules.exclude(module__program=self.program_id).exists()
        ):
            errors["program"] = _("The edition already has modules of its present program.")
        if self.starts_on and self.ends_on:
            zone = timezone.get_default_timezone()
            first = dt.datetime.combine(self.starts_on, dt.time.min, zone)
            after = dt.datetime.combine(self.ends_on + dt.timedelta(days=1), dt.time.min, zone)
            sessions = self.sessions.exclude(status="cancelled")
            message = _("A session of this edition lies outside these dates. Move it first.")
            if sessions.filter(starts_at__lt=first).exists():
                errors["starts_on"] = message
            if sessions.filter(ends_at__gt=after).exists():
                errors["ends_on"] = message
        if errors:
            raise ValidationError(errors)


class CohortModule(models.Model):
    """A module in one cohort: its teaching weeks, and when it was closed."""

    cohort = models.ForeignKey(
        Cohort, verbose_name=_("cohort"), on_delete=models.CASCADE, related_name="cohort_modules"
    )
    module = models.ForeignKey(
        Module, verbose_name=_("module"), on_delete=models.PROTECT, related_name="cohort_modules"
    )
    first_week = models.PositiveSmallIntegerField(
        _("first teaching week"), validators=[MinValueValidator(1)]
    )
    last_week = models.PositiveSmallIntegerField(_("last teaching week"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    sent_together: tuple[int, ...] = ()  # rows of the same form: it compares them as they become

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("module of the cohort")
        verbose_name_plural = _("modules of the cohort")
        ordering = ["cohort", "first_week"]
        constraints = [
            Unique(
                at="module",
                fields=["cohort", "module"],
                name="cohortmodule_unique",
                violation_error_message=_("The cohort already has this module."),
            ),
            ends_after_start("cohortmodule", "first_week", "last_week"),
            from_one("cohortmodule", "first_week", _("Teaching weeks are numbered from 1.")),
        ]

    def __str__(self) -> str:
        return str(self.module)

    def clean(self) -> None:
        super().clean()
        refuse_another_cohort(self)
        if self.module_id and self.cohort_id and self.module.program_id != self.cohort.program_id:
            raise ValidationError({"module": _("The module belongs to another program.")})
        if self.cohort_id and self.first_week and self.last_week:
            overlapping = CohortModule.objects.filter(
                cohort=self.cohort_id,
                first_week__lte=self.last_week,
                last_week__gte=self.first_week,
            ).exclude(pk__in=[self.pk, *self.sent_together])
            if other := overlapping.select_related("module").first():
                raise ValidationError(
                    {
                        "first_week": _("These weeks overlap those of “%(module)s”.")
                        % {"module": other}
                    }
                )


class Break(models.Model):
    """Days of a cohort on which nothing is taught. Public holidays need no row: they are known."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", _("holiday")
        GOVERNMENT = "government", _("government day off")
        RECESS = "recess", _("recess")

    cohort = models.ForeignKey(
        Cohort, verbose_name=_("cohort"), on_delete=models.CASCADE, related_name="breaks"
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.RECESS)
    reason = models.CharField(_("reason"), max_length=255)

    class Meta:
        verbose_name = _("break")
        verbose_name_plural = _("breaks")
        ordering = ["starts_on"]
        constraints = [
            ends_after_start("break", "starts_on", "ends_on"),
            one_of("break", "kind", ["holiday", "government", "recess"]),
        ]

    def __str__(self) -> str:
        return f"{self.reason} ({self.starts_on:%d/%m/%Y} – {self.ends_on:%d/%m/%Y})"

    def clean(self) -> None:
        super().clean()
        if not (self.cohort_id and self.starts_on and self.ends_on):
            return
        if self.ends_on < self.starts_on:
            return  # the constraint says so, in its own words
        if self.ends_on < self.cohort.starts_on or self.starts_on > self.cohort.ends_on:
            raise ValidationError({"starts_on": _("The break lies outside the cohort's dates.")})


class Group(models.Model):
    """The part of a cohort that one tutor guides."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    cohort = models.ForeignKey(
        Cohort, verbose_name=_("cohort"), on_delete=models.CASCADE, related_name="groups"
    )
    number = models.PositiveSmallIntegerField(_("number"), validators=[MinValueValidator(1)])
    name = models.CharField(_("name"), max_length=80, blank=True)
    weekday = models.PositiveSmallIntegerField(
        _("own weekday"),
        choices=Weekday,
        null=True,
        blank=True,
        help_text=_("Left empty, the group meets when the pattern says."),
    )
    starts_at = models.TimeField(_("own time"), null=True, blank=True)
    venue = models.CharField(_("venue"), max_length=255, blank=True)
    meeting_link = models.URLField(_("meeting link"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering: ClassVar[list[str]] = ["cohort", "number"]
        constraints = [
            Unique(
                at="number",
                fields=["cohort", "number"],
                name="group_number_unique_in_cohort",
                violation_error_message=_("The cohort already has a group of this number."),
            ),
            from_one("group", "number", _("Groups are numbered from 1.")),
            one_of("group", "weekday", range(7)),
        ]

    def __str__(self) -> str:
        label = gettext("Group %(number)d") % {"number": self.number}
        return f"{label} · {self.name}" if self.name else label

    def clean(self) -> None:
        super().clean()
        refuse_another_cohort(self)
