"""What a tutor's device keeps, so that a register can be taken where there is no network."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils.crypto import salted_hmac

from courses.models import Group, Session, starting_between
from courses.schedule import ONE_WEEK, school_today
from participants.register import Register, Row
from participants.register_refusals import opens_at, why_not
from tutors.home import known_assignments, takes_part, unique


@dataclass(frozen=True, slots=True)
class KeptRegister:
    session: Session
    group: Group


def device_key(user: Any) -> str:
    """Whose a device's copies are: tells accounts apart and says nothing else of them."""
    return salted_hmac("tutors.offline", str(user.pk), algorithm="sha256").hexdigest()[:20]


def registers_to_keep(user: AbstractBaseUser, *, at: dt.datetime) -> list[KeptRegister]:
    """From Monday until a week from today, by their start: what can be taken once it is open.

    Two queries.
    """
    day = school_today(at)
    assignments = known_assignments(user, day=day)
    sessions = (
        Session.objects.filter(
            starting_between(day - dt.timedelta(days=day.weekday()), day + ONE_WEEK),
            cohort__in={each.group.cohort_id for each in assignments},
        )
        .select_related("cohort", "cohort_module__module")
        .order_by("starts_at", "id")
    )
    return [
        KeptRegister(session, group)
        for session in sessions
        if why_not(session, at=max(at, opens_at(session))) is None
        for group in unique(
            each.group for each in assignments if takes_part(each, session, day=day)
        )
    ]


def for_device(register: Register) -> Register:
    """With names and marks alone: excuses, and who marked what when, stay on the server."""
    rows = (
        Row(row.enrollment, row.record, row.shares_name, make_up=row.make_up)
        for row in register.rows
    )
    return replace(register, rows=tuple(rows))
