"""Form the groups of a cohort, balanced to within one person."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from courses.models import Cohort
from tutors.grouping import Arrangement, form_groups, propose
from tutors.models import Tutor


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cohort", required=True, metavar="CODE")
        parser.add_argument("--groups", type=int, help="as many as there are groups, if left out")
        parser.add_argument(
            "--arrangement", choices=Arrangement.values, default=Arrangement.SPREAD.value
        )
        parser.add_argument(
            "--tutors",
            nargs="*",
            default=[],
            metavar="EMAIL",
            help="the tutor of each group, in the order of the groups' numbers",
        )
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            cohort = Cohort.objects.get(code=options["cohort"])
        except Cohort.DoesNotExist:
            raise CommandError(f"There is no cohort {options['cohort']!r}.") from None
        tutors = self.tutors(options["tutors"])
        count = options["groups"] or cohort.groups.count() or len(tutors)
        try:
            plan = propose(cohort, count, Arrangement(options["arrangement"]))
            for number in range(1, plan.group_count + 1):
                self.stdout.write(f"{number}: {len(plan.members_of(number))}")
            if options["dry_run"]:
                return
            changed = form_groups(
                cohort, plan.numbers, tutors=tutors, by=None, on=timezone.localdate()
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"{changed} people changed group.")

    def tutors(self, emails: list[str]) -> dict[int, int]:
        known = {tutor.email: tutor.pk for tutor in Tutor.objects.filter(email__in=emails)}
        if missing := [email for email in emails if email not in known]:
            raise CommandError(f"There is no tutor with the e-mail {', '.join(missing)}.")
        return {number: known[email] for number, email in enumerate(emails, 1)}
