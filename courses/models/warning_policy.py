from django.db import models
from django.utils.translation import gettext_lazy as _


class WarningPolicy(models.Model):
    """Who is warned of what in an edition, and when. Empty hours: this mail is not sent."""

    warns_tutors = models.BooleanField(
        _("warn the tutor"),
        default=True,
        help_text=_(
            "When someone of the group can miss one more session, none, or no longer reaches the"
            " minimum."
        ),
    )
    participant_warned_after_hours = models.PositiveSmallIntegerField(
        _("warn the participant after (hours)"),
        default=48,
        null=True,
        blank=True,
        help_text=_(
            "The tutor knows first; what has mended by then is not told. Empty: not warned."
        ),
    )
    warns_coordinators = models.BooleanField(
        _("in the coordination's daily digest"),
        default=True,
        help_text=_("One mail a day to each coordinator, when there is something to tell."),
    )
    tutor_reminded_after_hours = models.PositiveSmallIntegerField(
        _("remind the tutor of a register after (hours)"),
        default=24,
        null=True,
        blank=True,
        help_text=_("From the end of the session. Empty: not reminded."),
    )
    coordinator_reminded_after_hours = models.PositiveSmallIntegerField(
        _("tell the coordination of a register after (hours)"),
        default=72,
        null=True,
        blank=True,
        help_text=_("In the daily digest. Empty: not told."),
    )

    class Meta:
        abstract = True
