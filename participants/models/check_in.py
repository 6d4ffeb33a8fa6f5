import datetime as dt
import secrets

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from courses.models import Group, Session
from courses.models.checks import Unique, ends_after_start

# A window that nobody closes is closed by the clock, as long after the session's end.
CLOSES_AFTER = dt.timedelta(minutes=15)


def new_secret() -> str:
    return secrets.token_urlsafe(32)


class CheckInWindowQuerySet(models.QuerySet["CheckInWindow"]):
    def open(self, at: dt.datetime) -> "CheckInWindowQuerySet":
        return self.filter(
            closed_at__isnull=True, opened_at__lte=at, session__ends_at__gt=at - CLOSES_AFTER
        ).exclude(session__status=Session.Status.CANCELLED)

    def for_group(self, group_id: int | None) -> "CheckInWindowQuerySet":
        """Those that let the group's people in: its own and the whole session's.

        The window of a group's own session is for all of its register: guests come to it.
        """
        everyone = Q(group__isnull=True) | Q(group=F("session__group"))
        return self.filter(everyone if group_id is None else everyone | Q(group=group_id))


class CheckInWindow(models.Model):
    """From when to when the people of a session, or of one group in it, may check in themselves.

    `secret` makes its codes, which are stored nowhere.
    """

    session = models.ForeignKey(
        Session,
        verbose_name=_("session"),
        on_delete=models.CASCADE,
        related_name="check_in_windows",
    )
    group = models.ForeignKey(
        Group,
        verbose_name=_("group"),
        on_delete=models.CASCADE,
        related_name="check_in_windows",
        null=True,
        blank=True,
        help_text=_("Left empty, it is open to everyone of the session."),
    )
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("opened by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    secret = models.CharField(_("secret"), max_length=64, default=new_secret, editable=False)

    objects = CheckInWindowQuerySet.as_manager()

    class Meta:
        verbose_name = _("check-in window")
        verbose_name_plural = _("check-in windows")
        ordering = ["opened_at", "id"]
        constraints = [
            ends_after_start("checkinwindow", "opened_at", "closed_at"),
            Unique(
                at="group",
                fields=["session", "group"],
                condition=Q(closed_at__isnull=True, group__isnull=False),
                name="checkinwindow_one_open_per_group",
                violation_error_message=_("Check-in is already open for this group."),
            ),
            Unique(
                at="session",
                fields=["session"],
                condition=Q(closed_at__isnull=True, group__isnull=True),
                name="checkinwindow_one_open_for_everyone",
                violation_error_message=_("Check-in is already open for everyone."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session} · {self.group or _('everyone')}"

    def clean(self) -> None:
        super().clean()
        if self.session_id and self.group and self.group.cohort_id != self.session.cohort_id:
            raise ValidationError({"group": _("The group belongs to another cohort.")})

    @property
    def until(self) -> dt.datetime:
        """When it was closed, or the clock closes it. `session` is loaded."""
        by_clock = self.session.ends_at + CLOSES_AFTER
        return by_clock if self.closed_at is None else min(by_clock, self.closed_at)

    def is_open(self, at: dt.datetime) -> bool:
        """`session` is loaded."""
        return self.opened_at <= at < self.until and not self.session.is_cancelled
