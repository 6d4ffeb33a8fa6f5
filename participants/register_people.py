"""Who is in a session's register, each with what is known of the person in that session."""

from collections.abc import Iterable
from itertools import groupby

from django.db import models
from django.db.models import FilteredRelation, Q

from courses.models import Group, Session
from participants.models import (
    AbsenceRequest,
    AttendanceEvidence,
    AttendanceRecord,
    Enrollment,
    MakeUp,
)


def register_of(session: Session, group: Group | None) -> models.QuerySet[Enrollment]:
    """Whom the register asks for, each with its record in the session as `mark`.

    A plenary is split by the groups of today. A group's own session keeps whoever has a mark in
    it, though the person has moved to another group since; its guests are those who make up in it
    what they missed. What a person has at most one of comes along: `excuse`, `guest` and
    `make_up`.
    """
    marked = FilteredRelation("attendance", condition=Q(attendance__session=session.pk))
    live = Q(absence_requests__status__in=AbsenceRequest.LIVE)
    excused = FilteredRelation(
        "absence_requests", condition=live & Q(absence_requests__session=session.pk)
    )
    live_make_up = Q(make_ups__cancelled_at__isnull=True)
    invited = FilteredRelation("make_ups", condition=live_make_up & Q(make_ups__host=session.pk))
    made_up = FilteredRelation("make_ups", condition=live_make_up & Q(make_ups__missed=session.pk))
    people = (
        Enrollment.objects.annotate(mark=marked, excuse=excused, guest=invited, make_up=made_up)
        .select_related("participant", "group", "mark__recorded_by", "excuse", "guest", "make_up")  # type: ignore[misc]
        .order_by("id")
        .fetch_mode(models.FETCH_PEERS)
    )
    concerned = Enrollment.objects.for_session(session).order_by()
    if session.group_id is None:
        part = concerned if group is None else concerned.filter(group=group)
        return people.filter(pk__in=part.values("pk"))
    if group is not None and group.pk != session.group_id:
        return people.none()
    guests = Q(guest__isnull=False, status__in=Enrollment.HOLDS_A_PLACE)
    return people.filter(Q(pk__in=concerned.values("pk")) | Q(mark__isnull=False) | guests)


def evidence_of(
    session: Session, people: Iterable[int] | None = None
) -> dict[int, tuple[AttendanceEvidence, ...]]:
    """By enrollment, in the order in which it was said; of everybody, or of these."""
    rows = (
        AttendanceEvidence.objects.filter(session=session.pk)
        .select_related("reported_by", "shared_with__participant")
        .order_by("enrollment", "id")
    )
    if people is not None:
        rows = rows.filter(enrollment__in=people)
    return {pk: tuple(said) for pk, said in groupby(rows, key=lambda row: row.enrollment_id)}


def place(person: Enrollment, session: Session) -> tuple[bool, bool, int, tuple[str, ...]]:
    """By group, who has none and then the guests at the end, then by name."""
    number = person.group.number if person.group else 0
    is_guest = guest_of(person, session) is not None
    return is_guest, person.group is None, number, person.participant.sorting_key


# Django leaves the attribute of an empty relation unset.


def mark_of(person: Enrollment) -> AttendanceRecord | None:
    return getattr(person, "mark", None)


def excuse_of(person: Enrollment) -> AbsenceRequest | None:
    return getattr(person, "excuse", None)


def is_excused(person: Enrollment) -> bool:
    excuse = excuse_of(person)
    return excuse is not None and excuse.is_accepted


def guest_of(person: Enrollment, session: Session) -> MakeUp | None:
    """None where the session has become the person's own: nobody is a guest in the own group."""
    guest: MakeUp | None = getattr(person, "guest", None)
    return guest if guest and session.group_id != person.group_id else None


def make_up_of(person: Enrollment) -> MakeUp | None:
    return getattr(person, "make_up", None)


def state_of(enrollment: Enrollment, session: Session) -> str | None:
    """What the person is marked with in the session; None where not at all."""
    marks = AttendanceRecord.objects.filter(enrollment=enrollment, session=session)
    return marks.values_list("state", flat=True).first()
