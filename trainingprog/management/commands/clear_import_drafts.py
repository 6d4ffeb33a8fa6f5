"""Delete uploads that were never confirmed: sheets after a day, meeting reports after a week.

Safe to repeat.
"""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from participants.meeting_reports import drafts
from trainingprog.import_drafts import clear_drafts


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        deleted = clear_drafts(now=now) + drafts.clear_drafts(now=now)
        self.stdout.write(f"{deleted} drafts deleted.")
