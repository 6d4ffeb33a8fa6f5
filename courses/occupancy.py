"""Who and what an edition's sessions take up, from its rows: what the search for clashes asks."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from courses.clashes import Clash, Occupied, Resource, clashes, occupied
from courses.models import Cohort, Group, Session
from courses.models.sessions import Modality
from courses.scheduling import existing_session
from courses.timetable import Key

# Whoever is in an edition's sessions for all, but in no group; no group has this id.
WITHOUT_GROUP = 0


@dataclass(frozen=True, slots=True)
class GroupMember:
    """Somebody who is wherever a group is: its tutor, a participant. Open dates have no end.

    Without a group, one is where the whole edition of `cohort_id` is.
    """

    group_id: int | None
    resource: Resource
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    cohort_id: int | None = None

    def is_member_on(self, day: dt.date) -> bool:
        return (self.starts_on is None or self.starts_on <= day) and (
            self.ends_on is None or day <= self.ends_on
        )


class People:
    """The resources of groups by day: a tutor's substitute is in the way for its own days only."""

    def __init__(self, members: Iterable[GroupMember]) -> None:
        self.members = tuple(members)
        self.by_day: dict[dt.date, dict[tuple[int | None, int | None], set[Resource]]] = {}

    @classmethod
    def of_edition(
        cls, members: Iterable[GroupMember], cohort: Cohort, groups: Collection[int]
    ) -> "People":
        """The edition's own, wherever they are: whoever is only in others clashes with nobody."""
        members = tuple(members)
        own = {
            each.resource
            for each in members
            if (each.group_id in groups if each.group_id else each.cohort_id == cohort.pk)
        }
        return cls(each for each in members if each.resource in own)

    def on(
        self, starts_at: dt.datetime, cohort: Cohort, groups: Mapping[int, Resource]
    ) -> dict[Key, frozenset[Resource]]:
        """By group; the edition itself is taken by what is for all of it."""
        day = timezone.localtime(starts_at).date()
        if day not in self.by_day:
            self.by_day[day] = self._on_day(day)
        here = self.by_day[day]
        whole = Resource("cohort", cohort.pk, cohort.code)
        found: dict[Key, frozenset[Resource]] = {
            pk: frozenset({own, *here.get((pk, None), ())}) for pk, own in groups.items()
        }
        found[WITHOUT_GROUP] = frozenset({whole, *here.get((None, cohort.pk), ())})
        return found

    def _on_day(self, day: dt.date) -> dict[tuple[int | None, int | None], set[Resource]]:
        here: dict[tuple[int | None, int | None], set[Resource]] = {}
        for each in self.members:
            if each.is_member_on(day):
                place = (each.group_id, None if each.group_id else each.cohort_id)
                here.setdefault(place, set()).add(each.resource)
        return here


def group_resource(group: Group, of: str = "") -> Resource:
    return Resource("group", group.pk, f"{of}: {group}" if of else str(group))


def others_between(cohort: Cohort, first: dt.datetime, last: dt.datetime) -> QuerySet[Session]:
    """Sessions of other editions that are held at some moment between the two."""
    held = Session.objects.exclude(cohort=cohort).counted()
    return held.filter(starts_at__lt=last, ends_at__gt=first)


def others_in_the_way(
    cohort: Cohort, people: People, first: dt.datetime, last: dt.datetime
) -> QuerySet[Session]:
    """Of `others_between` those that may share a place or one of `people` with the edition.

    All others would make the search for clashes dearer with each edition that runs beside it.
    """
    in_groups = {each.group_id for each in people.members if each.group_id}
    in_cohorts = {each.cohort_id for each in people.members if not each.group_id}
    theirs = Group.objects.filter(pk__in=in_groups).order_by().values("cohort")
    for_all = Q(group=None) & (Q(cohort__in=theirs) | Q(cohort__in=in_cohorts))
    at_a_venue = ~Q(venue="") & ~Q(modality=Modality.ONLINE)
    held = others_between(cohort, first, last)
    return held.filter(at_a_venue | Q(group__in=in_groups) | for_all)


def occupied_by(
    sessions: QuerySet[Session], people: People, own: Cohort | None = None
) -> Iterator[Occupied]:
    """Each session with all that it takes. Those of other editions than `own` are named by it."""
    rows = list(sessions.select_related("cohort", "group"))
    groups: dict[int, dict[int, Resource]] = {}
    codes = {row.cohort_id: "" if row.cohort == own else row.cohort.code for row in rows}
    for group in Group.objects.filter(cohort__in=codes.keys()):
        of_cohort = groups.setdefault(group.cohort_id, {})
        of_cohort[group.pk] = group_resource(group, codes[group.cohort_id])
    for row in rows:
        parts = [f"{row.cohort.code}: {row.label}" if codes[row.cohort_id] else row.label]
        if row.group is not None:
            parts.append(str(row.group))
        taken = people.on(row.starts_at, row.cohort, groups.get(row.cohort_id, {}))
        yield occupied(existing_session(row), taken, " · ".join(parts))


def clashes_of(session: Session, members: Iterable[GroupMember]) -> tuple[Clash, ...]:
    """With what a session would clash, were it saved as it is in memory."""
    people = People(members)
    groups = {group.pk: group_resource(group) for group in session.cohort.groups.all()}
    mine = occupied(
        existing_session(session),
        people.on(session.starts_at, session.cohort, groups),
        session.label,
    )
    at_that_time = Session.objects.counted().exclude(pk=session.pk)
    at_that_time = at_that_time.filter(
        starts_at__lt=session.ends_at, ends_at__gt=session.starts_at
    ).order_by("starts_at", "id")
    return clashes([mine], occupied_by(at_that_time, people, session.cohort))
