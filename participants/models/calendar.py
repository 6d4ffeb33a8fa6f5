from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models import CalendarAddress
from participants.models.people import Participant


class ParticipantCalendar(CalendarAddress):
    """Where a participant's calendar program fetches the own sessions."""

    participant = models.OneToOneField(
        Participant,
        verbose_name=_("participant"),
        on_delete=models.CASCADE,
        related_name="calendar_address",
    )

    class Meta:
        verbose_name = _("participant's calendar address")
        verbose_name_plural = _("participants' calendar addresses")

    def __str__(self) -> str:
        return str(self.participant)
