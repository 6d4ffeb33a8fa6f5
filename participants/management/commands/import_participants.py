"""Import a sheet of participants into an edition; facilities must be known before."""

import datetime as dt
from typing import Any

from django.core.management.base import CommandError, CommandParser

from courses.models import Cohort
from participants.columns import ColumnMap
from participants.import_command import ImportCommand
from participants.roster_import import RosterImport
from participants.spreadsheets import Sheet


class Command(ImportCommand):
    help = __doc__
    kind = RosterImport

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--cohort", required=True, help="The edition's code.")
        parser.add_argument(
            "--enrolled-on",
            type=dt.date.fromisoformat,
            help="From which day they take part; by default the edition's first.",
        )

    def build(
        self, sheet: Sheet, columns: ColumnMap, today: dt.date, options: dict[str, Any]
    ) -> RosterImport:
        cohort = Cohort.objects.filter(code=options["cohort"]).first()
        if cohort is None:
            raise CommandError(f"There is no edition {options['cohort']}.")
        return RosterImport(
            sheet, columns, cohort=cohort, today=today, enrolled_on=options["enrolled_on"]
        )
