"""End the offers of places that were not answered in time; the places go to the next on the list.

Safe to repeat: to be run every hour or so where no task worker does it at each deadline.
"""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from participants.waiting_list import lapse_offers


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        ended = lapse_offers(at=timezone.now())
        if options["verbosity"]:
            self.stdout.write(f"{ended} offers lapsed.")
