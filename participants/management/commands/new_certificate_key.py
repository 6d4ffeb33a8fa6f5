"""Make a key to sign certificates with. Print it, keep it as a secret, and set it in the server's
environment; what is printed second is public and stays published for ever.
"""

from typing import Any

from django.core.management.base import BaseCommand

from participants.certificate_signing import new_key


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        private, public = new_key()
        self.stdout.write(f"CERTIFICATE_SIGNING_KEY={private}")
        self.stdout.write(f"For CERTIFICATE_EARLIER_KEYS, once another takes its place: {public}")
