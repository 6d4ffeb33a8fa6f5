"""Verify the PDF of a certificate by its signature alone; it needs no database and no network.

Whether it was revoked since only the public page knows. Ends with 1 where it is not genuine.
"""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from participants.certificate_files import CertificateFile, keys_in
from participants.certificate_pdf import FACTS_FILE, SIGNATURE_FILE
from participants.certificate_signing import public_keys


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the PDF")
        parser.add_argument("--keys", type=Path, help="public keys as the site publishes them")
        parser.add_argument("--extract", type=Path, help="a folder for what the PDF carries")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            keys = keys_in(options["keys"].read_text()) if options["keys"] else public_keys()
            if not keys:
                raise CommandError("There is no public key to verify with.")
            carried = CertificateFile.of_pdf(options["file"].read_bytes())
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        if folder := options["extract"]:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / FACTS_FILE).write_text(carried.facts_text, encoding="utf-8")
            (folder / SIGNATURE_FILE).write_text(carried.signature, encoding="ascii")
        if not carried.is_genuine(keys):
            self.stderr.write("NOT GENUINE: none of the keys made this signature of these facts.")
            sys.exit(1)
        self.stdout.write("Genuine.")
        for name in ("kind", "number", "name", "program", "starts_on", "ends_on", "hours"):
            self.stdout.write(f"{name}: {carried.facts[name]}")
