"""Which registers are still to take: of a session that has ended, someone active has no mark."""

import datetime as dt
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q
from django.db.models.functions import TruncDate

from courses.models import Group, Session
from participants.models import AttendanceRecord, Enrollment
from participants.progress import CohortProgress


@dataclass(frozen=True, slots=True)
class OverdueRegister:
    """One group's part of a session; `group` is None for who is in no group.

    `can_be_taken` is False where the module was closed without these marks.
    """

    session: Session
    group: Group | None
    people: int
    unmarked: int
    can_be_taken: bool


def overdue_registers(progress: CohortProgress, *, at: dt.datetime) -> list[OverdueRegister]:
    """Oldest first, by group. No query: the progress has what concerns whom, and every mark."""
    asked: Counter[tuple[int, int | None]] = Counter()
    unmarked: Counter[tuple[int, int | None]] = Counter()
    groups: dict[int | None, Group | None] = {}
    closed = set()
    for row in progress.rows:
        if not row.enrollment.is_active:
            continue
        groups[row.enrollment.group_id] = row.enrollment.group
        closed |= {m.cohort_module.pk for m in row.modules if m.cohort_module.closed_at}
        for session in row.sessions:
            if session.ends_at <= at:
                key = (session.pk, row.enrollment.group_id)
                asked[key] += 1
                unmarked[key] += session.pk not in row.marks
    sessions = {session.pk: session for session in progress.sessions}
    found = [
        OverdueRegister(
            session=sessions[pk],
            group=groups[group],
            people=asked[pk, group],
            unmarked=count,
            can_be_taken=sessions[pk].cohort_module_id not in closed,
        )
        for (pk, group), count in unmarked.items()
        if count
    ]
    return sorted(
        found, key=lambda o: (o.session.starts_at, o.group.number if o.group else 0, o.session.pk)
    )


def overdue_count_by_cohort(cohorts: Collection[int], *, at: dt.datetime) -> dict[int, int]:
    """How many of these registers there are, of many editions in one query.

    The database tells the same as `overdue_registers` would, edition by edition: a test holds the
    two together.
    """
    ended = Q(cohort__sessions__ends_at__lte=at) & ~Q(
        cohort__sessions__status=Session.Status.CANCELLED
    )
    # Named once and then used by name: asked for again, the relation would be joined again.
    marked = AttendanceRecord.objects.filter(enrollment=OuterRef("pk"), session=OuterRef("due_pk"))
    missing = (
        Enrollment.objects.active()
        .filter(cohort__in=cohorts)
        .annotate(due=FilteredRelation("cohort__sessions", condition=ended))
        .annotate(
            due_pk=F("due__pk"), due_group=F("due__group_id"), day=TruncDate("due__starts_at")
        )
        .filter(due_pk__isnull=False)
        .filter(Q(due_group__isnull=True) | Q(due_group=F("group")))
        .filter(Q(ended_on__isnull=True) | Q(ended_on__gte=F("day")), enrolled_on__lte=F("day"))
        .filter(
            Q(due_group__isnull=True) | Q(group_since__isnull=True) | Q(group_since__lte=F("day"))
        )
        .filter(~Exists(marked))
    )
    registers = missing.order_by().values_list("cohort", "due_pk", "group").distinct()
    return dict(Counter(cohort for cohort, _session, _group in registers))
