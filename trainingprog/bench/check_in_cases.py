"""Checking in to a plenary that runs now: the participant's page and code, the tutor's arrivals."""

import datetime as dt
from collections.abc import Iterator
from functools import partial

from django.http import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from courses.models import Group, Session
from participants.models import AttendanceEvidence, AttendanceRecord, CheckInWindow, Enrollment
from participants.rotating_codes import code_of, step_at
from trainingprog.bench.browsing import Work
from trainingprog.bench.measuring import Case
from trainingprog.bench.requests import delete_quickly, page

SECRET = "measured"  # noqa: S105 - of windows that are undone


def check_in_cases(work: Work) -> Iterator[Case]:
    edition, tutor, coordinator = work.edition, work.tutor, work.coordinator
    plenary, group = edition.plenary, edition.group
    own = reverse("participants:check_in", args=[plenary.pk])
    part = reverse("tutors:check_in", args=[plenary.pk, group.pk])
    whole = reverse("tutors:check_in", args=[plenary.pk])
    for_group = partial(open_now, plenary, group)
    yield page("check-in page", work.participant, own, prepare=for_group)
    yield Case(
        "check-in, code typed",
        partial(type_code, work, own),
        status=302,
        writes=True,
        prepare=for_group,
    )
    all_came = partial(open_now, plenary, group, came=True)
    yield page("arrivals of 13", tutor, part, prepare=all_came)
    yield Case(
        "arrivals of 13, live",
        partial(tutor.get, part, hx_request="true"),
        writes=True,
        prepare=all_came,
    )
    yield Case(
        "arrivals of 132, live",
        partial(coordinator.get, whole, hx_request="true"),
        writes=True,
        prepare=partial(open_now, plenary, None, came=True),
    )


def type_code(work: Work, path: str) -> HttpResponseBase:
    code = code_of(SECRET, step_at(timezone.now()))
    return work.participant.post(path, {"code": code})


def open_now(plenary: Session, group: Group | None, *, came: bool = False) -> None:
    """The plenary began five minutes ago and nobody is marked; everybody has come, or nobody."""
    now = timezone.now()
    starts_at = now - dt.timedelta(minutes=5)
    Session.objects.filter(pk=plenary.pk).update(
        starts_at=starts_at, ends_at=now + dt.timedelta(minutes=115)
    )
    delete_quickly(AttendanceRecord.objects.filter(session=plenary))
    CheckInWindow.objects.create(session=plenary, group=group, opened_at=starts_at, secret=SECRET)
    if came:
        people = Enrollment.objects.for_cohort(plenary.cohort)
        AttendanceEvidence.objects.bulk_create(
            AttendanceEvidence(
                enrollment=person,
                session=plenary,
                kind=AttendanceEvidence.Kind.CHECK_IN,
                mode=AttendanceRecord.Mode.ONLINE,
                starts_at=starts_at,
                reported_at=now,
            )
            for person in people
        )
