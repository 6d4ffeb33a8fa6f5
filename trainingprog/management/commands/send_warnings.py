"""Tell by mail who runs short of attendance and which registers are still to take; once each.

To be run every hour: the tutor is told at once, the participant after the edition's hours, the
coordination in the first digest from 7 o'clock. Safe to repeat, and to run twice at once. The mails
are sent by the task worker.
"""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from trainingprog.daily_digest import queue_digests
from trainingprog.warning_mail import note_open_editions, queue_mails


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        note_open_editions(at=at)
        mails, digests = queue_mails(at=at), queue_digests(at=at)
        if options["verbosity"]:
            self.stdout.write(f"{mails} mails and {digests} digests queued.")
