"""Open the surveys that are due, invite, remind once, and delete who was asked of those over.

To be run every hour or once a day. Of its own a module's surveys open on the Monday after its last
teaching week, the follow-ups 3 and 6 months after the edition's last day. Safe to repeat, and to
run twice at once. The mails are sent by the task worker.
"""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from trainingprog.survey_mail import open_surveys


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        open_surveys(at=timezone.now())
