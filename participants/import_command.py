"""What the commands that import a sheet share: their options and what they print."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from participants.columns import ColumnMap
from participants.import_plan import Plan, State
from participants.sheet_import import SheetImport
from participants.spreadsheets import Sheet, SheetError


class ImportCommand(BaseCommand):
    """Takes the good rows of a sheet and prints the others with the reason."""

    kind: type[SheetImport]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="An .xlsx, .xls, .ods or .csv file.")
        parser.add_argument("--dry-run", action="store_true", help="Write nothing.")
        parser.add_argument("--format", choices=["text", "json"], default="text")
        parser.add_argument("--header-row", type=int, help="Where several rows look like it.")

    def build(
        self, sheet: Sheet, columns: ColumnMap, today: dt.date, options: dict[str, Any]
    ) -> SheetImport:
        return self.kind(sheet, columns, today=today)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            content = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        try:
            sheet = self.kind.open(content, options["file"].name)
            columns = self.kind.find_columns(sheet, header_row=options["header_row"])
            importing = self.build(sheet, columns, timezone.localdate(), options)
            plan = importing.preview() if options["dry_run"] else importing.apply(by=None)
        except SheetError as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if plan.refusals:
            raise CommandError(" ".join(plan.refusals))
        if options["format"] == "json":
            self.stdout.write(json.dumps(plan.as_json(), ensure_ascii=False, indent=1))
        else:
            self.print_text(plan, options["dry_run"])

    def print_text(self, plan: Plan, is_dry_run: bool) -> None:
        for row in plan.in_state(State.ERROR, State.WAITING):
            for error in row.errors:
                self.stdout.write(
                    f"{row.number:>6}  {error.column}: {error.value}  {error.message}"
                )
        for row in plan.in_state(State.DUPLICATE):
            differs = f" ({', '.join(row.differs)})" if row.differs else ""
            self.stdout.write(f"{row.number:>6}  = {row.of}{differs}")
        counts = ", ".join(f"{plan.count(state)} {state.label}" for state in State)
        self.stdout.write(("(--dry-run) " if is_dry_run else "") + counts)
