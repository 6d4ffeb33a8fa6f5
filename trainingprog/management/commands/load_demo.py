"""Load invented people in three editions, and say how to log in. Safe to repeat."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from trainingprog.demo.accounts import COORDINATOR, PASSWORD, log_ins
from trainingprog.demo.loading import load
from trainingprog.models import User


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This is not a demo: DEMO=1 is not set. Nothing was loaded.")
        if not User.objects.filter(email=COORDINATOR).exists():
            if User.objects.exists():
                raise CommandError(
                    "This database has accounts of its own and is not a demo. Nothing was loaded;"
                    " name an empty one in DATABASE_URL."
                )
            self.stdout.write("Loading three editions of invented people. This takes a moment.")
            load(today=timezone.localdate())
        self.stdout.write(f"\n  {settings.SITE_URL}/   (datos ficticios)\n\n")
        for role, email, page in log_ins():
            self.stdout.write(f"  {role:<27}{email:<32}{settings.SITE_URL}{page}")
        self.stdout.write(f"  {'Anyone':<27}{'':<32}{settings.SITE_URL}/convocatorias/")
        self.stdout.write(f"\n  Password of all: {PASSWORD}\n\n")
