"""Take the attendance report of a video meeting (Zoom, Teams, Meet) into a session's register."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from courses.models import Session
from participants.meeting_reports.connections import ReportError
from participants.meeting_reports.importing import apply_report, digest_of
from participants.meeting_reports.planning import ReportPlan, plan_report
from participants.meeting_reports.reading import read_report
from participants.meeting_reports.written_times import DAY_FIRST, MONTH_FIRST
from participants.spreadsheets import MAX_BYTES

ORDERS = {"day-first": DAY_FIRST, "month-first": MONTH_FIRST}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="A .csv or .xlsx file of one meeting.")
        parser.add_argument("--cohort", required=True, help="The edition's code.")
        parser.add_argument(
            "--session-start",
            required=True,
            type=dt.datetime.fromisoformat,
            help="When the session starts: 2021-11-10T18:00, in Lima's time if no zone is given.",
        )
        parser.add_argument("--group", type=int, help="Its number, if several groups meet then.")
        parser.add_argument("--date-order", choices=ORDERS, help="If the report's dates fit both.")
        parser.add_argument(
            "--shift-hours", type=int, default=0, help="Hours to add to the report's clock."
        )
        parser.add_argument(
            "--mark-rest-absent",
            action="store_true",
            help="Mark as absent who is not in the report and has no mark yet.",
        )
        parser.add_argument("--dry-run", action="store_true", help="Write nothing.")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        session = find_session(options["cohort"], options["session_start"], options["group"])
        try:
            with options["file"].open("rb") as file:
                content = file.read(MAX_BYTES + 1)
            plan = self._import(content, session, options)
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        except ReportError as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        for warning in _warnings(plan):
            self.stderr.write(warning)
        if options["format"] == "json":
            told = plan.as_json()
            if options["mark_rest_absent"]:
                told["rest"] = [
                    {"email": person.participant.email, "status": state}
                    for person, state in plan.rest_states
                ]
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=1))
        else:
            self._print_text(plan, options)

    @staticmethod
    def _import(content: bytes, session: Session, options: dict[str, Any]) -> ReportPlan:
        report = read_report(content, options["file"].name)
        answers: dict[str, Any] = {
            "digest": digest_of(content),
            "order": ORDERS.get(options["date_order"], ""),
            "shift": options["shift_hours"],
        }
        if not options["dry_run"]:
            answers["marks_rest_absent"] = options["mark_rest_absent"]
            return apply_report(report, session, by=None, at=timezone.now(), **answers)[0]
        plan = plan_report(report, session, **answers)
        if plan.placement.asks_order:
            raise CommandError("The dates fit day first and month first: give --date-order.")
        if plan.placement.refusal:
            offered = plan.placement.offered_shift
            hint = f" --shift-hours={offered} would set its clock right." if offered else ""
            raise CommandError(plan.placement.refusal + hint)
        return plan

    def _print_text(self, plan: ReportPlan, options: dict[str, Any]) -> None:
        for line in plan.lines:
            name = line.enrollment.participant.sorting_name
            decision = line.decision
            self.stdout.write(f"{decision.minutes:>5}  {decision.state:<8} {name}  ({line.by})")
        rest = plan.rest_states if options["mark_rest_absent"] else []
        for person, state in rest:
            name = person.participant.sorting_name
            self.stdout.write(f"{'':>5}  {state:<8} {name}  (not in the report)")
        told = plan.as_json()
        for each in told["review"]:
            people = ", ".join(each["candidates"])
            self.stdout.write(f"{each['minutes']:>5}  ?        {each['shown_name']}: {people}")
        for each in told["unmatched"]:
            self.stdout.write(f"{each['minutes']:>5}  -        {each['shown_name']}")
        counts = ", ".join(f"{len(told[key])} {key}" for key in ("matched", "review", "unmatched"))
        if options["mark_rest_absent"]:
            counts += f", {len(rest)} not in the report"
        self.stdout.write(("(--dry-run) " if options["dry_run"] else "") + counts)


def find_session(code: str, start: dt.datetime, group: int | None) -> Session:
    if timezone.is_naive(start):
        start = timezone.make_aware(start, timezone.get_default_timezone())
    sessions = Session.objects.select_related("cohort", "cohort_module", "group").filter(
        cohort__code=code, starts_at=start
    )
    if group is not None:
        sessions = sessions.filter(group__number=group)
    found = list(sessions[:2])
    if not found:
        raise CommandError(f"Edition {code} has no session that starts at {start.isoformat()}.")
    if len(found) > 1:
        raise CommandError("Several groups meet at that time: give --group with its number.")
    return found[0]


def _warnings(plan: ReportPlan) -> list[str]:
    placement = plan.placement
    warnings = [*placement.notes, *([plan.warning] if plan.warning else [])]
    warnings += [f"{each.row}: {each.shown_name}: {each.message}" for each in placement.problems]
    if placement.offered_shift:
        warnings.append(
            f"The clock seems to be wrong: --shift-hours={placement.offered_shift} would set it "
            "right."
        )
    if plan.imported_before is not None:
        warnings.append("This file was already read into this session.")
    return warnings
