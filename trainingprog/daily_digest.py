"""The coordination's daily digest: counts by edition, and the way to their pages; none if empty.

A coordinator has one mail a day, with what has fallen due since the last one. No name is in it.
"""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, QuerySet
from django.tasks import task
from django.utils import timezone

from courses.models import Cohort
from participants.models import AttendanceWarning, Audience, RegisterReminder
from participants.warning import TOLD_OF
from trainingprog.models import Digest, User
from trainingprog.roles import COORDINATOR
from trainingprog.warning_mail import note_open_editions, page, send_mail

# Who has had no digest yet is told of so many days.
FIRST_DIGEST = dt.timedelta(days=1)


@dataclass(slots=True)
class EditionDigest:
    """How many people came to each kind of warning, of the edition and of each module by its
    number, and how many registers were not taken."""

    cohort: Cohort
    kinds: Counter[str]
    modules: dict[int, Counter[str]]
    registers: int = 0

    @property
    def url(self) -> str:
        return page("edition", self.cohort.pk)


def queue_digests(*, at: dt.datetime) -> int:
    """One task for each coordinator who has something to be told."""
    latest = max(
        (found for rows in _rows(at) if (found := rows.aggregate(due=Max("due_at"))["due"])),
        default=None,
    )
    if latest is None:
        return 0
    due = [user for user in coordinators() if latest > _since(user, at)]
    for user in due:
        send_digest.enqueue(user.pk)
    return len(due)


def coordinators() -> QuerySet[Any]:
    """With the moment of their last digest."""
    return User.objects.filter(groups__name=COORDINATOR, is_active=True, is_staff=True).annotate(
        told_at=Max("digests__sent_at")
    )


@task
def send_digest(pk: int) -> None:
    """Noted before it is sent, so that of two at once one sends it."""
    at = timezone.now()
    note_open_editions(at=at)
    user = coordinators().filter(pk=pk).first()
    if user is None or not (editions := editions_to_tell(_since(user, at), at=at)):
        return
    digest, is_own = Digest.objects.get_or_create(
        user=user, day=timezone.localdate(at), defaults={"sent_at": at}
    )
    if not is_own:
        return
    try:
        send_mail("daily_digest", {"editions": editions}, user.email)
    except Exception:
        digest.delete()
        raise
    for rows in _rows(at):
        rows.filter(sent_at=None).update(sent_at=at)


def editions_to_tell(since: dt.datetime, *, at: dt.datetime) -> list[EditionDigest]:
    warnings, reminders = (rows.filter(due_at__gt=since) for rows in _rows(at))
    kinds: dict[int, dict[int | None, Counter[str]]] = {}
    module = "cohort_module__module__number"
    people = warnings.values_list("enrollment__cohort", module, "kind").annotate(Count("pk"))
    for cohort, number, kind, count in people.order_by(module):
        kinds.setdefault(cohort, {}).setdefault(number, Counter())[kind] = count
    registers = dict(
        reminders.values_list("session__cohort").annotate(count=Count("pk")).order_by()
    )
    cohorts = Cohort.objects.filter(pk__in={*kinds, *registers}, status__in=TOLD_OF)
    found = []
    for each in cohorts.order_by("starts_on", "code"):
        of_modules = {n: k for n, k in kinds.get(each.pk, {}).items() if n is not None}
        of_edition = kinds.get(each.pk, {}).get(None, Counter())
        found.append(EditionDigest(each, of_edition, of_modules, registers.get(each.pk, 0)))
    return found


def _rows(at: dt.datetime) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """What is for the coordination and has fallen due."""
    due = {"audience": Audience.COORDINATOR, "due_at__lte": at}
    return AttendanceWarning.objects.filter(**due), RegisterReminder.objects.filter(**due)


def _since(user: Any, at: dt.datetime) -> dt.datetime:
    return user.told_at or at - FIRST_DIGEST
