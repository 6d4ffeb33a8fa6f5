"""What is to be told of attendance by mail: noted once, and taken back where it no longer holds.

A person is warned of the state that the attendance is in when this is asked: at one absence left,
at none, or when the minimum is out of reach. So it is with the minimum of the edition's rule, or
where none in force asks for attendance of its policy; and from no absence left with that of a
module's own rule: a module is short, and one left is where it begins.
Each is told once to the tutor, to the participant some hours later and to the coordination in the
next digest. A register that nobody took is told to the tutor and later to the coordination. Whether
a mail was sent is in `sent_at`; to send them is the affair of a higher package.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from courses.models import Cohort
from participants.attendance_rates import AttendanceRate
from participants.models import AttendanceWarning, Audience, Enrollment, RegisterReminder
from participants.overdue import overdue_registers
from participants.progress import CohortProgress, EnrollmentProgress
from participants.rules_in_force import RulesOf, rules_in_force

Kind = AttendanceWarning.Kind
TOLD_OF = (Cohort.Status.OPEN, Cohort.Status.RUNNING)
DIGEST_AT = dt.time(7)


def kind_of(rate: AttendanceRate) -> str:
    """What there is to warn of; empty where nothing was lost yet or more than one is left, and
    where no session is to come: what only registers lack is nothing that one can still miss."""
    if rate.state == "impossible":
        return Kind.IMPOSSIBLE
    if rate.state != "at_risk" or not rate.future:
        return ""
    return Kind.ONE_LEFT if rate.absences_left else Kind.NONE_LEFT


def note(cohorts: Collection[Cohort], *, at: dt.datetime) -> None:
    """Of drafts and closed editions nothing is told. A fixed number of queries for all of them.

    Two at once note the same once: the database refuses the second. What was sent meanwhile is not
    taken back.
    """
    open_ones = [cohort for cohort in cohorts if cohort.status in TOLD_OF]
    rules = rules_in_force(open_ones, on=timezone.localdate(at)) if open_ones else {}
    found = CohortProgress.for_cohorts(open_ones, at=at, rules=rules) if open_ones else {}
    warnings: dict[tuple[Any, ...], dt.datetime] = {}
    reminders: dict[tuple[Any, ...], dt.datetime] = {}
    for cohort in open_ones:
        progress = found[cohort.pk]
        dues = _dues(cohort, at)
        for row in progress.rows:
            for module, kind in _warned_of(row, rules[cohort.pk]):
                warnings |= {(row.enrollment.pk, module, kind, to): due for to, due in dues.items()}
        reminders |= _reminders(cohort, progress, at)
    of_these = [cohort.pk for cohort in cohorts]
    _keep(
        AttendanceWarning.objects.filter(enrollment__cohort__in=of_these),
        ("enrollment_id", "cohort_module_id", "kind", "audience"),
        warnings,
    )
    _keep(
        RegisterReminder.objects.filter(session__cohort__in=of_these),
        ("session_id", "group_id", "audience"),
        reminders,
    )


def warnings_of_people(enrollments: QuerySet[Enrollment]) -> dict[int, AttendanceWarning]:
    """By enrollment, the last of the edition that was sent to the person or is about to be. One
    query."""
    to_people = AttendanceWarning.objects.filter(
        audience=Audience.PARTICIPANT, cohort_module__isnull=True
    )
    found = to_people.filter(enrollment__in=enrollments).order_by("due_at", "id")
    return {warning.enrollment_id: warning for warning in found}


def next_digest(at: dt.datetime) -> dt.datetime:
    """The next moment, after this one, at which the coordination's day is summed up."""
    local = timezone.localtime(at)
    today = dt.datetime.combine(local.date(), DIGEST_AT, local.tzinfo)
    return today if today > local else today + dt.timedelta(days=1)


def _warned_of(row: EnrollmentProgress, rules: RulesOf) -> Iterator[tuple[int | None, str]]:
    """By the module's id, None of the edition. Who has left, or has an outcome, is not warned; nor
    is anyone of a module that is closed, decided or without a rule of its own."""
    if row.enrollment.status != Enrollment.Status.ENROLLED:
        return
    if kind := kind_of(row.rate):
        yield None, kind
    for module in row.modules:
        pk = module.cohort_module.pk
        if pk not in rules or module.completion or module.cohort_module.closed_at:
            continue
        if (kind := kind_of(module.rate)) and kind != Kind.ONE_LEFT:
            yield pk, kind


def _dues(cohort: Cohort, at: dt.datetime) -> dict[Audience, dt.datetime]:
    dues = {}
    if cohort.warns_tutors:
        dues[Audience.TUTOR] = at
    if cohort.participant_warned_after_hours is not None:
        wait = dt.timedelta(hours=cohort.participant_warned_after_hours)
        dues[Audience.PARTICIPANT] = at + wait
    if cohort.warns_coordinators:
        dues[Audience.COORDINATOR] = next_digest(at)
    return dues


def _reminders(
    cohort: Cohort, progress: CohortProgress, at: dt.datetime
) -> dict[tuple[Any, ...], dt.datetime]:
    found: dict[tuple[Any, ...], dt.datetime] = {}
    to_tutor = cohort.tutor_reminded_after_hours
    to_coordinator = cohort.coordinator_reminded_after_hours if cohort.warns_coordinators else None
    for register in overdue_registers(progress, at=at):
        if not register.can_be_taken:
            continue
        since = at - register.session.ends_at
        group = register.group.pk if register.group else None
        if to_tutor is not None and group is not None and since >= dt.timedelta(hours=to_tutor):
            found[register.session.pk, group, Audience.TUTOR] = at
        if to_coordinator is not None and since >= dt.timedelta(hours=to_coordinator):
            found[register.session.pk, group, Audience.COORDINATOR] = next_digest(at)
    return found


def _keep(
    rows: QuerySet[Any], names: Sequence[str], wanted: Mapping[tuple[Any, ...], dt.datetime]
) -> None:
    """Notes what is wanted and not noted yet, and takes back what is neither wanted nor sent."""
    stored = rows.values_list("pk", "sent_at", *names)
    known = {tuple(key): (pk, sent) for pk, sent, *key in stored}
    rows.model.objects.bulk_create(
        [
            rows.model(due_at=due, **dict(zip(names, key, strict=True)))
            for key, due in wanted.items()
            if key not in known
        ],
        ignore_conflicts=True,
    )
    gone = [pk for key, (pk, sent) in known.items() if sent is None and key not in wanted]
    if gone:
        rows.model.objects.filter(pk__in=gone, sent_at=None).delete()
