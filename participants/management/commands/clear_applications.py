"""Delete application drafts and unconfirmed applications untouched for 30 days. Safe to repeat."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from participants.applying import clear_unconfirmed


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{clear_unconfirmed(now=timezone.now())} applications deleted.")
