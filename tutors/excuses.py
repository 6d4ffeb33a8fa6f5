"""The excuses that a tutor decides, or a coordinator: of whose part of the register they are."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.http import Http404

from participants.models import AbsenceRequest
from tutors.models import TutorAssignment
from tutors.scope import OpenedRegister, open_register, open_register_of, sees_session


def open_excuse(user: Any, pk: int, *, day: dt.date) -> tuple[AbsenceRequest, OpenedRegister]:
    """With the part of the register that it belongs to. Raises as `open_register`."""
    excuses = AbsenceRequest.objects.select_related(
        "enrollment__participant",
        "enrollment__cohort",
        "enrollment__group",
        "session",
        "decided_by",
    )
    excuse = excuses.filter(pk=pk).first()
    if excuse is None:
        open_register(user, 0, day=day)
        raise Http404
    opened = open_register_of(user, excuse.session, excuse.enrollment, day=day)
    excuse.session = opened.session
    return excuse, opened


def excuses_to_decide(
    assignments: Iterable[TutorAssignment], *, day: dt.date
) -> list[AbsenceRequest]:
    """Of the groups and days of the assignments, the oldest first. One query."""
    assignments = list(assignments)
    groups = {each.group_id for each in assignments}
    found = (
        AbsenceRequest.objects.to_decide()
        .filter(
            Q(session__group__in=groups)
            | Q(session__group__isnull=True, enrollment__group__in=groups)
        )
        .select_related("enrollment__participant", "enrollment__group", "session__group")
    )
    return [
        excuse
        for excuse in found
        if any(
            each.group_id == (excuse.session.group_id or excuse.enrollment.group_id)
            and sees_session(each, excuse.session, day=day)
            for each in assignments
        )
    ]
