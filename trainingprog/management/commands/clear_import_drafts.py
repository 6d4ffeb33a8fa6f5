"""Delete uploaded sheets that were never confirmed and are older than a day. Safe to repeat."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from trainingprog.import_drafts import clear_drafts


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{clear_drafts(now=timezone.now())} drafts deleted.")
