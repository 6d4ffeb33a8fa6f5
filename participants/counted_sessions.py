"""The sessions of an edition, as attendance counts them: of a group and of a person."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db.models import FETCH_RAISE, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from courses.models import Cohort, Session
from courses.nested_rows import NestedRows
from participants.attendance_rates import Policy
from participants.models import AttendanceRecord, Enrollment

# Of one person, by session: the state and the minutes.
Marks = dict[int, tuple[str, int | None]]


@dataclass(frozen=True, slots=True)
class Slot:
    pk: int
    day: dt.date
    group_id: int | None
    module_id: int | None
    minutes: int
    ended: bool
    is_cancelled: bool
    session: Session


@dataclass(slots=True)
class Timetable:
    """The sessions of a cohort, by the group that they concern, and the marks by enrollment."""

    policy: Policy
    slots: list[Slot] = field(default_factory=list)
    marks: dict[int, Marks] = field(default_factory=lambda: defaultdict(dict))
    _of_group: dict[int | None, list[Slot]] = field(default_factory=dict)

    @classmethod
    def of_each(
        cls,
        cohorts: Iterable[Cohort],
        records: QuerySet[AttendanceRecord],
        *,
        at: dt.datetime,
        groups: Iterable[int] | None = None,
    ) -> dict[int, "Timetable"]:
        """By the cohort's id, in one query, with those of the `records` that are of its sessions.

        With `groups` only the sessions of these and of all, and those in which there is a record:
        most of a cohort's sessions are those of other groups.
        """
        found = {cohort.pk: cls(Policy.of(cohort)) for cohort in cohorts}
        zone = timezone.get_default_timezone()
        own = records.filter(session=OuterRef("pk"))
        sessions = Session.objects.filter(cohort__in=found).order_by("starts_at", "id")
        if groups is not None:
            sessions = sessions.filter(Q(group=None) | Q(group__in=groups) | Exists(own))
        sessions = sessions.annotate(marks=NestedRows(own, "enrollment_id", "state", "minutes"))
        for session in sessions.fetch_mode(FETCH_RAISE):
            timetable = found[session.cohort_id]
            slot = Slot(
                pk=session.pk,
                day=session.starts_at.astimezone(zone).date(),
                group_id=session.group_id,
                module_id=session.cohort_module_id,
                minutes=session.minutes,
                ended=session.ends_at <= at,
                is_cancelled=session.is_cancelled,
                session=session,
            )
            timetable.slots.append(slot)
            for enrollment, state, minutes in session.marks:
                timetable.marks[enrollment][slot.pk] = (state, minutes)
        return found

    def of_group(self, group_id: int | None) -> list[Slot]:
        if group_id not in self._of_group:
            self._of_group[group_id] = [
                slot for slot in self.slots if slot.group_id in (None, group_id)
            ]
        return self._of_group[group_id]

    def concerning(self, enrollment: Enrollment, marks: Marks) -> Iterator[Slot]:
        group, since = enrollment.group_id, enrollment.group_since
        slots = self.of_group(group)
        if not marks.keys() <= {slot.pk for slot in slots}:
            # Marks from an earlier group, or as a guest of another.
            slots = [s for s in self.slots if s.group_id in (None, group) or s.pk in marks]
        first, last = enrollment.enrolled_on, enrollment.ended_on or dt.date.max
        for slot in slots:
            too_early = slot.group_id is not None and since is not None and slot.day < since
            if first <= slot.day <= last and not (too_early and slot.pk not in marks):
                yield slot
