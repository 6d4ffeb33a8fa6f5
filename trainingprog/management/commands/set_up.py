"""Give an installation what it begins with: the roles, what surveys ask, designs of certificates.

To be run at each deployment, after migrate. Safe to repeat: permissions are set anew, question sets
are added only for what is asked by none, and designs only where there never was one.
"""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from participants.standard_certificate_designs import install_certificate_designs
from participants.standard_question_sets import install_question_sets


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("sync_roles", verbosity=options["verbosity"])
        installed = install_question_sets(at=timezone.now())
        designs = install_certificate_designs()
        if options["verbosity"]:
            self.stdout.write(f"Question sets: {len(installed)} added.")
            self.stdout.write(f"Designs of certificates: {len(designs)} added.")
