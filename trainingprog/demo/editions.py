"""The two editions of the demo, made by the same verbs that a coordinator's pages call."""

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from courses import scheduling
from courses.models import (
    Break,
    Cohort,
    CohortModule,
    CompletionRule,
    Group,
    Module,
    Program,
    SessionPattern,
)
from courses.timetable import BreakDates, teaching_weeks
from participants.facility_import import FacilityImport
from participants.roster_import import RosterImport
from participants.session_locks import sessions_in_use
from participants.sheet_import import SheetImport
from trainingprog.demo.competencies import make_competencies
from trainingprog.models import User
from tutors.grouping import Arrangement, form_groups, propose
from tutors.models import Tutor
from tutors.tutor_import import TutorImport

DATA = Path(__file__).parent / "data"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ONE_WEEK = dt.timedelta(weeks=1)


def first_edition_facts() -> dict[str, Any]:
    return tomllib.loads((DATA / "first-edition.toml").read_text(encoding="utf-8"))


def make_program(facts: dict[str, Any]) -> Program:
    program, _created = Program.objects.get_or_create(
        code=facts["program"]["code"],
        defaults={key: facts["program"][key] for key in ("title_es", "title_en")},
    )
    for module in facts["module"]:
        Module.objects.get_or_create(
            program=program,
            number=module["number"],
            defaults={key: module[key] for key in ("title_es", "title_en", "academic_hours")},
        )
    make_competencies(program)
    return program


def make_cohort(
    program: Program,
    facts: dict[str, Any],
    *,
    code: str,
    starts_on: dt.date,
    ends_on: dt.date,
    breaks: list[dict[str, Any]],
    capacity: int,
) -> Cohort:
    """An edition with the first one's policy, modules, rules and patterns, and its own dates."""
    policy = facts["cohort"]
    cohort = Cohort.objects.create(
        program=program,
        code=code,
        status=Cohort.Status.DRAFT,
        starts_on=starts_on,
        ends_on=ends_on,
        capacity=capacity,
        minimum_attendance_percent=policy["minimum_attendance_percent"],
        late_after_minutes=policy["late_after_minutes"],
        present_minimum_percent=policy["present_minimum_percent"],
        pass_mark=policy["pass_mark"],
        minutes_per_academic_hour=policy["minutes_per_academic_hour"],
        support_contact="apoyo@demo.example",
    )
    for row in facts["module"]:
        first, last = row["weeks"]
        cohort_module = CohortModule.objects.create(
            cohort=cohort,
            module=program.modules.get(number=row["number"]),
            first_week=first,
            last_week=last,
        )
        CompletionRule.objects.create(
            cohort=cohort,
            cohort_module=cohort_module,
            minimum_attendance_percent=policy["minimum_attendance_percent"],
            published_at=timezone.now(),
            effective_on=starts_on,
        )
    for row in breaks:
        Break.objects.create(
            cohort=cohort,
            starts_on=row["starts_on"],
            ends_on=row["ends_on"],
            kind=row["kind"],
            reason=row["reason_es"],
        )
    Group.objects.bulk_create(
        Group(
            cohort=cohort,
            number=number,
            meeting_link=f"https://reuniones.example/grupo-{number}",
        )
        for number in range(1, policy["groups"] + 1)
    )
    for row in facts["pattern"]:
        SessionPattern.objects.create(cohort=cohort, **_pattern(row))
    return cohort


def _pattern(row: dict[str, Any]) -> dict[str, Any]:
    workshop = row["modality"] == "hybrid"
    by_group = row["audience"] == "group"
    return {
        "title": "Tutoría" if by_group else "Taller" if workshop else "Plenaria",
        "audience": row["audience"],
        "weekday": WEEKDAYS.index(row["weekday"]),
        "starts_at": row["starts_at"],
        "minutes": row["minutes"],
        "every_weeks": row.get("every_weeks", 1),
        "first_week": row.get("first_week", 1),
        "weeks": row.get("weeks", []),
        "on_non_teaching_day": row["on_non_teaching_day"],
        "modality": row["modality"],
        "venue": "Escuela Nacional de Salud Pública, Lima" if workshop else "",
        "meeting_link": "" if by_group else "https://reuniones.example/plenaria",
    }


def dates_around(
    today: dt.date, *, week: int, weeks: int
) -> tuple[dt.date, dt.date, list[dict[str, Any]]]:
    """First day, last day and recesses of an edition of `weeks` that is in its `week` today.

    One recess lies behind (after the fourth teaching week), one ahead (after the fourteenth).
    """
    monday = today - dt.timedelta(days=today.weekday())
    starts_on = monday - week * ONE_WEEK
    ends_on = starts_on + (weeks + 2) * ONE_WEEK - dt.timedelta(days=3)
    breaks = [
        {
            "starts_on": start,
            "ends_on": start + dt.timedelta(days=6),
            "kind": "recess",
            "reason_es": reason,
        }
        for start, reason in (
            (starts_on + 4 * ONE_WEEK, "Receso de medio módulo"),
            (starts_on + 15 * ONE_WEEK, "Semana de recuperación"),
        )
    ]
    return starts_on, ends_on, breaks


def week_of(cohort: Cohort, day: dt.date) -> int | None:
    breaks = [BreakDates(row.starts_on, row.ends_on, row.reason) for row in cohort.breaks.all()]
    for week in teaching_weeks(cohort.starts_on, cohort.ends_on, breaks):
        if week.monday <= day <= week.sunday:
            return week.number
    return None


def import_sheet(kind: type[SheetImport], filename: str, *, by: User, **options: Any) -> None:
    """The whole sheet or none of it: the demo's own sheets have no row in error."""
    sheet = kind.open((DATA / filename).read_bytes(), filename)
    plan = kind(sheet, kind.find_columns(sheet), **options).apply(by=by)
    if plan.rejected:
        raise ValueError(f"{filename}: {len(plan.rejected)} rows were rejected.")


def import_facilities(*, today: dt.date, by: User) -> None:
    import_sheet(FacilityImport, "facilities.csv", today=today, by=by)


def import_tutors(*, today: dt.date, by: User) -> None:
    import_sheet(TutorImport, "tutors-10.xlsx", today=today, by=by)


def import_participants(cohort: Cohort, *, today: dt.date, by: User) -> None:
    import_sheet(RosterImport, "participants-132.xlsx", cohort=cohort, today=today, by=by)


@transaction.atomic
def fill_timetable(cohort: Cohort, *, by: User, at: dt.datetime) -> None:
    scheduling.apply(cohort, locked=sessions_in_use, by=by, at=at)


def fill_groups(cohort: Cohort, *, by: User) -> dict[int, User]:
    """Groups with a tutor each; returns group id → the tutor's account."""
    tutors = list(Tutor.objects.select_related("user").order_by("pk"))
    groups = list(cohort.groups.order_by("number"))
    plan = propose(cohort, len(groups), Arrangement.SPREAD)
    form_groups(
        cohort,
        plan.numbers,
        tutors={group.number: tutor.pk for group, tutor in zip(groups, tutors, strict=True)},
        by=by,
        on=cohort.starts_on,
    )
    return {group.pk: tutor.user for group, tutor in zip(groups, tutors, strict=True)}  # type: ignore[misc]
