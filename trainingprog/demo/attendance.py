"""Marks as a group might have earned them: most present, some late, a few slipping."""

import random
from collections.abc import Iterable, Mapping

from courses.models import Cohort, Group, Session
from courses.models.sessions import Modality
from participants.models import AttendanceRecord, Enrollment
from participants.models.attendance import CAME
from participants.register import Mark, take_register
from trainingprog.demo.meeting import import_meeting
from trainingprog.models import User

STATES = AttendanceRecord.State
USUAL = ((STATES.PRESENT, 91), (STATES.LATE, 5), (STATES.EXCUSED, 2), (STATES.ABSENT, 2))
SLIPPING = ((STATES.PRESENT, 56), (STATES.LATE, 8), (STATES.EXCUSED, 6), (STATES.ABSENT, 30))
# One of so many people slips.
ONE_SLIPS_OF = 19


def take_registers(
    cohort: Cohort,
    sessions: Iterable[Session],
    *,
    tutors: Mapping[int, User],
    but_not: tuple[int, Group] | None = None,
    met: tuple[Session, User] | None = None,
) -> None:
    """Each tutor takes the own group's part of each session, as it ends.

    `tutors`: group id → account. `but_not`: a session id and the group that has yet to take it.
    `met`: a session of which the tutors mark who was away alone, and whoever reads in the report
    of its meeting, which tells of the others.
    """
    groups = {group.pk: group for group in cohort.groups.all()}
    people: dict[int, list[Enrollment]] = {pk: [] for pk in groups}
    for enrollment in (
        Enrollment.objects.for_cohort(cohort).active().select_related("participant").order_by("pk")
    ):
        if enrollment.group_id:
            people[enrollment.group_id].append(enrollment)
    chance = random.Random(cohort.code)
    in_meeting: dict[Enrollment, Mark] = {}
    for session in sessions:
        for pk in [session.group_id] if session.group_id else groups:
            marks = {enrollment.pk: _mark(session, enrollment, chance) for enrollment in people[pk]}
            if but_not == (session.pk, groups[pk]):
                continue
            if met is not None and met[0] == session:
                in_meeting |= {person: marks[person.pk] for person in people[pk]}
                marks = {key: mark for key, mark in marks.items() if mark.state not in CAME}
            take_register(
                session,
                marks,
                by=tutors[pk],
                at=session.ends_at,
                source=AttendanceRecord.Source.TUTOR,
                group=groups[pk],
            )
    if met is not None:
        import_meeting(met[0], in_meeting, by=met[1])


def _mark(session: Session, enrollment: Enrollment, chance: random.Random) -> Mark:
    weights = SLIPPING if enrollment.pk % ONE_SLIPS_OF == 7 else USUAL
    state = chance.choices([s for s, _w in weights], [w for _s, w in weights])[0]
    mode = ""
    if session.modality == Modality.HYBRID and state in (STATES.PRESENT, STATES.LATE):
        mode = chance.choice(AttendanceRecord.Mode.values)
    return Mark(state=state.value, mode=mode)
