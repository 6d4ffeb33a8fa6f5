"""What applying an edition's patterns would do, and who or what would be in two places at once."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from courses.clashes import Clash, Occupied, Resource, clashes, occupied
from courses.models import Cohort, Session
from courses.occupancy import GroupMember, People, group_resource, occupied_by, others_in_the_way
from courses.scheduling import Locked, Timetable, existing_session
from courses.timetable import Key, LeftOut, LeftOutReason, PlannedSession, TeachingWeek
from courses.timetable_difference import Change, Difference, ExistingSession, FieldChange, Kept

ACTIONS: Mapping[str, str | Promise] = {
    "create": pgettext_lazy("session", "new"),
    "move": pgettext_lazy("session", "moves"),
    "change": pgettext_lazy("session", "changes"),
    "remove": pgettext_lazy("session", "is removed"),
    "keep": pgettext_lazy("session", "stays as it is"),
    "left_out": pgettext_lazy("session", "is left out"),
}
LEFT_OUT: Mapping[LeftOutReason, str | Promise] = {
    LeftOutReason.BREAK: gettext_lazy("The day lies in a break."),
    LeftOutReason.HOLIDAY: gettext_lazy("The day is a public holiday."),
    LeftOutReason.BEFORE_START: gettext_lazy("The day lies before the edition's first day."),
    LeftOutReason.AFTER_END: gettext_lazy("The day lies after the edition's last day."),
    LeftOutReason.NO_DAY_LEFT: gettext_lazy("No teaching day is left to move it to."),
    LeftOutReason.NO_SUCH_WEEK: gettext_lazy("The edition has no such teaching week."),
    LeftOutReason.NO_GROUP: gettext_lazy("The edition has no groups yet."),
}


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A line of the preview, in words. `day` is known where `starts_at` is not: left out."""

    action: str
    label: str
    group: str
    teaching_week: int
    day: dt.date | None
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    was_at: dt.datetime | None
    note: str

    @property
    def action_label(self) -> str:
        return str(ACTIONS[self.action])


@dataclass(frozen=True, slots=True)
class TimetablePreview:
    weeks: tuple[TeachingWeek, ...]
    difference: Difference
    left_out: tuple[LeftOut, ...]
    clashes: tuple[Clash, ...]
    rows: tuple[PreviewRow, ...]

    @property
    def fingerprint(self) -> str:
        return self.difference.fingerprint()

    @property
    def changes_anything(self) -> bool:
        return bool(self.difference)


def preview(
    cohort: Cohort,
    *,
    locked: Locked,
    at: dt.datetime,
    members: Iterable[GroupMember] = (),
    busy: Iterable[Occupied] = (),
    holidays: Mapping[dt.date, str] | None = None,
) -> TimetablePreview:
    """What `scheduling.apply` would do at this moment, with the clashes there would then be.

    Sessions of other editions at the same time are found here; give the `members` of their groups
    too, so that a tutor or participant of two editions is noticed. `busy` is anything else.
    """
    timetable = Timetable.read(
        cohort,
        Session.objects.filter(cohort=cohort),
        locked=locked,
        at=at,
        holidays=holidays,
    )
    own_groups = {group.pk: group_resource(group) for group in timetable.groups.values()}
    people = People.of_edition(members, cohort, own_groups.keys())
    sessions = tuple(_own_sessions(timetable, people, own_groups))
    zone = timezone.get_default_timezone()
    first = dt.datetime.combine(cohort.starts_on, dt.time.min, zone)
    last = dt.datetime.combine(cohort.ends_on, dt.time.max, zone)
    in_the_way = others_in_the_way(cohort, people, first, last)
    others = tuple(occupied_by(in_the_way, people, cohort))
    rows = sorted(
        (*_rows(timetable), *_left_out_rows(timetable)),
        key=lambda row: (row.day is None, row.day or dt.date.min, row.teaching_week),
    )
    return TimetablePreview(
        timetable.plan.weeks,
        timetable.difference,
        timetable.plan.left_out,
        clashes(sessions, (*others, *busy)),
        tuple(rows),
    )


def _own_sessions(
    timetable: Timetable, people: People, groups: Mapping[int, Resource]
) -> Iterator[Occupied]:
    found = timetable.difference
    manual = [
        existing_session(session)
        for session in timetable.sessions.values()
        if session.pattern_id is None
    ]

    def take(session: PlannedSession | ExistingSession) -> Occupied:
        label = " · ".join(
            filter(None, (_label(session), _group_label(session.group_key, timetable)))
        )
        return occupied(session, people.on(session.starts_at, timetable.cohort, groups), label)

    yield from map(take, found.create)
    for change in found.move:
        yield replace(take(change.planned), key=change.existing.key)
    for existing in (*found.unchanged, *(each.existing for each in found.kept), *manual):
        if not timetable.sessions[int(existing.key)].is_cancelled:
            yield take(existing)


def _rows(timetable: Timetable) -> Iterator[PreviewRow]:
    found = timetable.difference
    for planned in found.create:
        yield _row("create", planned, timetable, note=_moved_note(planned))
    for change in found.move:
        moves = change.changes_times
        yield _row(
            "move" if moves else "change",
            change.planned,
            timetable,
            was_at=change.existing.starts_at if moves else None,
            note=_change_note(change, _why_it_moves(change, timetable) if moves else ""),
        )
    for existing in found.remove:
        yield _row("remove", existing, timetable, note=_why_removed(existing, timetable))
    for kept in found.kept:
        yield _row("keep", kept.existing, timetable, note=_kept_note(kept, timetable))


def _row(
    action: str,
    session: PlannedSession | ExistingSession,
    timetable: Timetable,
    *,
    was_at: dt.datetime | None = None,
    note: str = "",
) -> PreviewRow:
    return PreviewRow(
        action=action,
        label=_label(session),
        group=_group_label(session.group_key, timetable),
        teaching_week=session.teaching_week or 0,
        day=timezone.localtime(session.starts_at).date(),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        was_at=was_at,
        note=note,
    )


def _left_out_rows(timetable: Timetable) -> Iterator[PreviewRow]:
    for each in timetable.plan.left_out:
        yield PreviewRow(
            action="left_out",
            label=timetable.patterns[int(each.pattern_key)].title,
            group=_group_label(each.group_key, timetable),
            teaching_week=each.teaching_week,
            day=each.due_on,
            starts_at=None,
            ends_at=None,
            was_at=None,
            note=_left_out_note(each),
        )


def _group_label(key: Key | None, timetable: Timetable) -> str:
    return "" if key is None else str(timetable.groups[int(key)])


def _label(session: PlannedSession | ExistingSession) -> str:
    return f"{session.title} {session.number}" if session.number else session.title


def _moved_note(planned: PlannedSession) -> str:
    if planned.moved_from is None:
        return ""
    day = date_format(timezone.localtime(planned.moved_from), "SHORT_DATE_FORMAT")
    if not planned.moved_because:
        return _("Due on %(day)s.") % {"day": day}
    return _("Due on %(day)s: %(reason)s.") % {"day": day, "reason": planned.moved_because}


def _change_note(change: Change, why: str) -> str:
    return " ".join(filter(None, (why, _field_names(change.fields))))


def _why_it_moves(change: Change, timetable: Timetable) -> str:
    """The day it was due on, the break it lay in, its week's new dates, or its pattern."""
    if note := _moved_note(change.planned):
        return note
    day = timezone.localtime(change.existing.starts_at).date()
    for each in timetable.breaks:
        if each.starts_on <= day <= each.ends_on:
            return _("That day is not taught: %(reason)s.") % {"reason": each.reason}
    week = timetable.plan.weeks[change.planned.teaching_week - 1]
    if not week.monday <= day <= week.sunday:
        return _("Teaching week %(number)d is now from %(first)s to %(last)s.") % {
            "number": week.number,
            "first": date_format(week.monday, "SHORT_DATE_FORMAT"),
            "last": date_format(week.sunday, "SHORT_DATE_FORMAT"),
        }
    if change.existing.moved_from == change.planned.starts_at:
        return _("The day on which it was first due is taught again.")
    return _("Its pattern or its group asks for this time.")


def _why_removed(existing: ExistingSession, timetable: Timetable) -> str:
    pattern = timetable.patterns.get(int(existing.pattern_key or 0))
    if pattern is not None and not pattern.is_active:
        return _("Its pattern is out of use.")
    for each in timetable.plan.left_out:
        if (each.pattern_key, each.teaching_week, each.group_key) == existing.identity:
            return _left_out_note(each)
    if existing.teaching_week and existing.teaching_week > len(timetable.plan.weeks):
        return str(LEFT_OUT[LeftOutReason.NO_SUCH_WEEK])
    return _("The patterns no longer ask for it.")


def _left_out_note(each: LeftOut) -> str:
    reason = str(LEFT_OUT[each.reason])
    return f"{reason} ({each.because})" if each.because else reason


def _field_names(fields: Collection[FieldChange]) -> str:
    """The fields beside the time, which the row shows itself."""
    titles = {field.name: str(field.verbose_name) for field in Session._meta.fields}
    shown = [
        titles[name]
        for field in fields
        if (name := "cohort_module" if field.name == "module_key" else field.name)
        not in ("starts_at", "ends_at", "moved_from")
    ]
    return _("Changed: %(fields)s.") % {"fields": ", ".join(shown)} if shown else ""


def _kept_note(kept: Kept, timetable: Timetable) -> str:
    why = timetable.locks[int(kept.existing.key)]
    if kept.planned is None:
        return f"{why} " + _("The patterns no longer ask for it.")
    if kept.planned.starts_at != kept.existing.starts_at:
        due = timezone.localtime(kept.planned.starts_at)
        return f"{why} " + _("The patterns ask for it on %(day)s.") % {
            "day": date_format(due, "SHORT_DATETIME_FORMAT")
        }
    return " ".join(filter(None, (why, _field_names(kept.fields))))
