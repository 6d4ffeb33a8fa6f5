"""Measure each page and verb at one edition and at ten. Only on an empty, migrated database.

It measures, and tells which aims are met; it ends with 0 also where one is missed.
"""

import gc
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.urls import reverse
from django.utils import timezone

from trainingprog.bench.aims import aims
from trainingprog.bench.browsing import Browser
from trainingprog.bench.cases import cases
from trainingprog.bench.editions import Edition, School, make_edition
from trainingprog.bench.measuring import Case, Measurement, UnexpectedAnswer, measure_all
from trainingprog.bench.report import Results, aim_lines, speed_table, weight_table
from trainingprog.bench.weight import Scale, Weight

# migrate itself fills these.
NOT_OWN_ROWS = (ContentType, Permission)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--runs", type=int, default=50, help="of each, after two to warm up")
        parser.add_argument("--editions", type=int, nargs="+", default=[1, 10], metavar="NUMBER")
        parser.add_argument("--only", default="", help="those whose name holds this text")
        parser.add_argument("--statements", action="store_true", help="print each one's SQL too")

    def handle(self, *args: Any, **options: Any) -> None:
        counts = sorted(set(options["editions"]))
        if counts[0] < 1 or options["runs"] < 1:
            raise CommandError("There is at least one edition and one run.")
        refuse_own_rows()
        at = timezone.now()
        school = School.make()
        editions: list[Edition] = []
        measurements: dict[int, dict[str, Measurement]] = {}
        weights: dict[str, Weight] = {}
        try:
            for count in counts:
                numbers = range(len(editions) + 1, count + 1)
                editions += [make_edition(school, number, at=at) for number in numbers]
                refresh_statistics()
                # The newest edition: its rows lie behind those of all others.
                todo = [case for case in cases(editions[-1]) if options["only"] in case.name]
                self.stderr.write(f"Measuring {len(todo)} pages and verbs, editions: {count}")
                # What making them left behind is not cleared away in the middle of a page.
                gc.collect()
                measurements[count] = measure_all(todo, options["runs"])
                weights = weigh(todo, measurements[count], Browser(school.coordinator))
        except UnexpectedAnswer as error:
            raise CommandError(str(error)) from error
        self.print_results(Results(measurements, weights), options)

    def print_results(self, results: Results, options: dict[str, Any]) -> None:
        runs, counts = options["runs"], " · ".join(map(str, results.editions))
        self.stdout.write(
            f"{connection.vendor}, medians of {runs}; editions: {counts}, 132 people each"
        )
        self.print_lines(speed_table(results))
        if results.weights:
            self.print_lines(weight_table(results))
        self.print_lines(aim_lines(aims(results)))
        if options["statements"]:
            for count, measured in results.measurements.items():
                for name, measurement in measured.items():
                    self.print_lines([f"{name}, editions: {count}", *measurement.statements])

    def print_lines(self, lines: Iterable[str]) -> None:
        self.stdout.write("")
        for line in lines:
            self.stdout.write(line)


def weigh(
    measured: Iterable[Case], measurements: dict[str, Measurement], browser: Browser
) -> dict[str, Weight]:
    scale, admin = Scale(browser), reverse("admin:index")
    return {
        case.name: scale.weigh(
            case.page(),
            measurements[case.name].sent_bytes,
            is_admin=case.path.startswith(admin),
        )
        for case in measured
        if case.page is not None
    }


def refuse_own_rows() -> None:
    """What is measured on is filled with invented people: never a database that someone uses."""
    try:
        for model in apps.get_models():
            if model not in NOT_OWN_ROWS and model._default_manager.exists():
                raise CommandError(
                    f"This database has rows of its own ({model._meta.verbose_name_plural})."
                    " The bench runs only on an empty one: give DATABASE_URL another."
                )
    except DatabaseError as error:
        raise CommandError(f"Run migrate on the empty database first: {error}") from error


def refresh_statistics() -> None:
    """What autovacuum would do on a running server soon after so many rows."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
