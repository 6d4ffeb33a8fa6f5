"""The make-ups of a tutor's people: one opened, and those still to do."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404

from courses.models import Group, Session
from participants.make_ups import OwnMakeUp, make_ups_in
from participants.models import Enrollment
from participants.progress import CohortProgress
from participants.register_people import mark_of, register_of
from tutors.scope import OpenedRegister, open_register, open_register_of


@dataclass(frozen=True, slots=True)
class OpenedMakeUp:
    """One person in one session's register, and the make-up of it if there is one."""

    register: OpenedRegister
    enrollment: Enrollment
    mark: str | None
    own: OwnMakeUp | None

    @property
    def session(self) -> Session:
        return self.register.session


def open_make_up(user: Any, session_pk: int, enrollment_pk: int, *, day: dt.date) -> OpenedMakeUp:
    """Raises as `open_register`, and Http404 for who is not in that part of the register."""
    session = Session.objects.filter(pk=session_pk).first()
    person = Enrollment.objects.filter(pk=enrollment_pk).first()
    if session is None or person is None or session.cohort_id != person.cohort_id:
        open_register(user, 0, day=day)
        raise Http404
    register = open_register_of(user, session, person, day=day)
    enrollment = get_object_or_404(register_of(register.session, register.group), pk=enrollment_pk)
    own = [
        each
        for each in make_ups_in(enrollment, register.session)
        if each.make_up.missed_id == session_pk
    ]
    record = mark_of(enrollment)
    return OpenedMakeUp(
        register, enrollment, record.state if record else None, own[0] if own else None
    )


@dataclass(frozen=True, slots=True)
class OpenMakeUp:
    """Of the home page: whose, of which session, and how it stands."""

    enrollment: Enrollment
    missed: Session
    own: OwnMakeUp


def open_make_ups(found: Iterable[CohortProgress], groups: Iterable[Group]) -> list[OpenMakeUp]:
    """Those of the groups that are not done, the sessions missed first. No query."""
    own_groups = {group.pk for group in groups}
    rows = [
        OpenMakeUp(row.enrollment, session, own)
        for progress in found
        for row in progress.rows
        if row.enrollment.is_active and row.enrollment.group_id in own_groups
        for session in row.sessions
        if (own := row.make_ups.get(session.pk)) is not None and not row.is_made_up(session)
    ]
    return sorted(rows, key=lambda row: (row.missed.starts_at, row.enrollment.pk))
