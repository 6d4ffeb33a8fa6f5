"""The sessions of an edition, as attendance counts them: of a group and of a person."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import FETCH_RAISE, F, FilteredRelation, Q, QuerySet
from django.utils import timezone

from courses.models import Cohort, Session
from participants.attendance_rates import Policy
from participants.models import Enrollment

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
    """The sessions of a cohort, by the group that they concern."""

    policy: Policy
    slots: list[Slot]
    _of_group: dict[int | None, list[Slot]] = field(default_factory=dict)

    @classmethod
    def of_each(
        cls, cohorts: Iterable[Cohort], sessions: QuerySet[Session], *, at: dt.datetime
    ) -> dict[int, "Timetable"]:
        """By the cohort's id, in one query."""
        found = {cohort.pk: cls(Policy.of(cohort), []) for cohort in cohorts}
        zone = timezone.get_default_timezone()
        ordered = sessions.filter(cohort__in=found).order_by("starts_at", "id")
        for session in ordered.fetch_mode(FETCH_RAISE):
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
            found[session.cohort_id].slots.append(slot)
        return found

    @classmethod
    def of_person(cls, enrollment: Enrollment, *, at: dt.datetime) -> tuple["Timetable", Marks]:
        """With the person's marks, in one query. The enrollment comes with its cohort."""
        own = FilteredRelation("attendance", condition=Q(attendance__enrollment=enrollment.pk))
        sessions = (
            Session.objects.annotate(own=own)
            # Most of a cohort's sessions are those of other groups.
            .filter(Q(group=None) | Q(group=enrollment.group_id) | Q(own__isnull=False))
            .annotate(mark=F("own__state"), minutes_there=F("own__minutes"))
        )
        timetable = cls.of_each([enrollment.cohort], sessions, at=at)[enrollment.cohort_id]
        found: Iterable[Any] = (slot.session for slot in timetable.slots)
        return timetable, {each.pk: (each.mark, each.minutes_there) for each in found if each.mark}

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
