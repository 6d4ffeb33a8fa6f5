"""An edition's timetable from its rows: what applying its patterns would do, and doing it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from courses.models import Break, Cohort, Group, Session, SessionPattern
from courses.timetable import (
    BreakDates,
    GroupSlot,
    Key,
    Pattern,
    Plan,
    PlannedSession,
    peruvian_holidays,
    plan,
)
from courses.timetable_difference import (
    GENERATED,
    Change,
    Difference,
    ExistingSession,
    Kept,
    difference,
)

type Locked = Callable[[Cohort], Collection[int]]
"""The ids of a cohort's sessions that must stay because of what other apps hold on them.

A function and not a set: it is asked again once the sessions' rows are locked.
"""


@dataclass(frozen=True, slots=True)
class Timetable:
    """A cohort's sessions beside its plan. `locks` says of each locked session why it is."""

    cohort: Cohort
    groups: Mapping[int, Group]
    patterns: Mapping[int, SessionPattern]
    breaks: tuple[Break, ...]
    sessions: Mapping[int, Session]
    plan: Plan
    locks: Mapping[int, str]
    difference: Difference

    @classmethod
    def read(
        cls,
        cohort: Cohort,
        sessions: Iterable[Session],
        *,
        locked: Locked,
        at: dt.datetime,
        holidays: Mapping[dt.date, str] | None = None,
    ) -> "Timetable":
        """Without `holidays`, Peru's. `at` is now: what has begun stays, except in a draft."""
        by_id = {session.pk: session for session in sessions}
        groups = {group.pk: group for group in cohort.groups.all()}
        patterns = {pattern.pk: pattern for pattern in cohort.patterns.all()}
        breaks = tuple(cohort.breaks.all())
        locks = _locks(cohort, by_id.values(), locked(cohort), at)
        staying = [session for session in by_id.values() if session.pk in locks]
        planned = _plan(cohort, groups.values(), patterns.values(), breaks, holidays, staying)
        existing = [existing_session(session) for session in by_id.values()]
        found = difference(planned.sessions, existing, locks.keys())
        return cls(cohort, groups, patterns, breaks, by_id, planned, locks, found)


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done. `moved` have a new time or place, `changed` another field only."""

    created: tuple[Session, ...]
    moved: tuple[Session, ...]
    changed: tuple[Session, ...]
    removed: tuple[Session, ...]
    kept: tuple[Kept, ...]

    @property
    def counts(self) -> dict[str, int]:
        return {
            "created": len(self.created),
            "moved": len(self.moved),
            "changed": len(self.changed),
            "removed": len(self.removed),
            "kept": len(self.kept),
        }


@transaction.atomic
def apply(
    cohort: Cohort,
    *,
    locked: Locked,
    by: AbstractBaseUser | None,
    at: dt.datetime,
    fingerprint: str | None = None,
    holidays: Mapping[dt.date, str] | None = None,
) -> Applied:
    """Make the cohort's sessions those of its patterns; locked ones never move or vanish.

    Everything is computed anew behind the cohort's lock, in a constant number of queries. With the
    `fingerprint` of a preview, anything else than what was previewed is refused: ValidationError,
    code "stale". A closed edition's is refused: code "cohort_closed".
    """
    # Without its key: who holds a session's row, waited for below, may write what names the cohort.
    cohort = Cohort.objects.select_for_update(no_key=True).get(pk=cohort.pk)
    if cohort.status == Cohort.Status.CLOSED:
        raise ValidationError(
            _("The edition %(code)s is closed.") % {"code": cohort.code}, code="cohort_closed"
        )
    # A register that is being saved holds its session's row: it is waited for, then counted.
    sessions = list(Session.objects.select_for_update().filter(cohort=cohort).order_by("pk"))
    timetable = Timetable.read(cohort, sessions, locked=locked, at=at, holidays=holidays)
    found = timetable.difference
    if fingerprint is not None and fingerprint != found.fingerprint():
        raise ValidationError(
            _(
                "The timetable changed since you looked at it, and nothing was applied."
                " Look at the difference again."
            ),
            code="stale",
        )
    removed = tuple(timetable.sessions[int(gone.key)] for gone in found.remove)
    _remove(removed, by=by, at=at)
    _update([_updated(timetable.sessions, change, at) for change in found.move], by=by, at=at)
    created = [_new_session(cohort, planned) for planned in found.create]
    if created:
        bulk_create_with_history(created, Session, default_user=by, default_date=at)
    moved = [change for change in found.move if change.changes_appointment]
    changed = [change for change in found.move if not change.changes_appointment]
    return Applied(
        tuple(created),
        tuple(timetable.sessions[int(change.existing.key)] for change in moved),
        tuple(timetable.sessions[int(change.existing.key)] for change in changed),
        removed,
        found.kept,
    )


def existing_session(session: Session) -> ExistingSession:
    return ExistingSession(
        key=session.pk,
        pattern_key=session.pattern_id,
        teaching_week=session.teaching_week,
        group_key=session.group_id,
        module_key=session.cohort_module_id,
        **{name: getattr(session, name) for name in GENERATED if name != "module_key"},
    )


def _plan(
    cohort: Cohort,
    groups: Iterable[Group],
    patterns: Iterable[SessionPattern],
    breaks: Iterable[Break],
    holidays: Mapping[dt.date, str] | None,
    staying: Iterable[Session],
) -> Plan:
    if holidays is None:
        holidays = peruvian_holidays(cohort.starts_on, cohort.ends_on)
    numbers: dict[tuple[Key, Key | None], dict[int, int | None]] = defaultdict(dict)
    for session in staying:
        if session.pattern_id is not None:
            weeks = numbers[session.pattern_id, session.group_id]
            weeks[session.teaching_week] = session.number
    return plan(
        starts_on=cohort.starts_on,
        ends_on=cohort.ends_on,
        patterns=[
            Pattern(
                key=row.pk,
                weekday=row.weekday,
                starts_at=row.starts_at,
                minutes=row.minutes,
                every_weeks=row.every_weeks,
                first_week=row.first_week,
                weeks=tuple(row.weeks),
                audience="group" if row.audience == row.Audience.GROUP else "cohort",
                on_non_teaching_day=(
                    "next" if row.on_non_teaching_day == row.NonTeachingDay.NEXT else "leave_out"
                ),
                title=row.title,
                modality=row.modality,
                venue=row.venue,
                meeting_link=row.meeting_link,
            )
            for row in patterns
            if row.is_active
        ],
        groups=[
            GroupSlot(row.pk, row.weekday, row.starts_at, row.venue, row.meeting_link)
            for row in groups
        ],
        breaks=[
            BreakDates(row.starts_on, row.ends_on, row.reason, row.kind != Break.Kind.HOLIDAY)
            for row in breaks
        ],
        holidays=holidays,
        tz=timezone.get_default_timezone(),
        module_of_week=_module_of_week(cohort),
        staying=numbers,
    )


def _module_of_week(cohort: Cohort) -> dict[int, Key]:
    return {
        week: row.pk
        for row in cohort.cohort_modules.all()
        for week in range(row.first_week, row.last_week + 1)
    }


def _locks(
    cohort: Cohort, sessions: Iterable[Session], locked: Collection[int], at: dt.datetime
) -> dict[int, str]:
    locks: dict[int, str] = {}
    is_draft = cohort.status == Cohort.Status.DRAFT
    for session in sessions:
        if session.is_cancelled:
            locks[session.pk] = _("It is cancelled.")
        elif session.pk in locked:
            locks[session.pk] = _("It has attendance, an excuse, a guest, a check-in or a report.")
        elif session.status == Session.Status.HELD:
            locks[session.pk] = _("It was held.")
        elif session.is_fixed:
            locks[session.pk] = _("It was set by hand.")
        elif session.starts_at <= at and not is_draft:
            locks[session.pk] = _("It has begun.")
    return locks


def _new_session(cohort: Cohort, planned: PlannedSession) -> Session:
    session = Session(
        cohort=cohort,
        pattern_id=planned.pattern_key,
        teaching_week=planned.teaching_week,
        group_id=planned.group_key,
    )
    for name in GENERATED:
        setattr(session, _model_field(name), getattr(planned, name))
    return session


def _updated(sessions: Mapping[int, Session], change: Change, at: dt.datetime) -> Session:
    session = sessions[int(change.existing.key)]
    for field in change.fields:
        setattr(session, _model_field(field.name), field.new)
    if change.changes_appointment:
        session.sequence += 1
    session.changed_at = at  # bulk_update does not know of auto_now
    return session


def _update(sessions: list[Session], *, by: AbstractBaseUser | None, at: dt.datetime) -> None:
    if sessions:
        fields = [*map(_model_field, GENERATED), "sequence", "changed_at"]
        bulk_update_with_history(sessions, Session, fields, default_user=by, default_date=at)


def _remove(sessions: Collection[Session], *, by: AbstractBaseUser | None, at: dt.datetime) -> None:
    if not sessions:
        return
    history = Session.history.model
    history.objects.bulk_create(
        history(
            history_date=at,
            history_user=by,
            history_type="-",
            **{field.attname: getattr(each, field.attname) for field in history.tracked_fields},
        )
        for each in sessions
    )
    # delete() would have simple-history write a row for each session by a query of its own. What
    # the database still holds on one of them refuses the whole, as it would there.
    rows = Session.objects.filter(pk__in=[each.pk for each in sessions])
    rows._raw_delete(rows.db)


def _model_field(name: str) -> str:
    return "cohort_module_id" if name == "module_key" else name
