"""A call with 200 confirmed applications: its public page, its queue, and all of them approved."""

import datetime as dt
from collections.abc import Iterator

from django.urls import reverse
from django.utils import timezone

from courses.models import Cohort
from participants.models import Application, Facility
from trainingprog.bench.browsing import Work
from trainingprog.bench.editions import FACILITIES, GIVEN_NAMES, SURNAMES
from trainingprog.bench.measuring import Case
from trainingprog.bench.requests import page, verb

APPLICANTS = 200


def review_cases(work: Work) -> Iterator[Case]:
    call, chosen = make_call(work.edition.cohort)
    queue = reverse("review_queue", args=[call.pk])
    yield page("call", work.anyone, reverse("calls:call", args=[call.code]))
    yield page(f"review queue of {APPLICANTS}", work.coordinator, queue)
    approval = {"action": "approve", "confirmed": "1", "application": chosen}
    yield verb(f"approve {APPLICANTS}", work.coordinator, queue, approval)
    refusal = approval | {"action": "decline", "reason": "requirements"}
    yield verb(f"decline {APPLICANTS}", work.coordinator, queue, refusal)


def make_call(running: Cohort) -> tuple[Cohort, list[int]]:
    """The edition after the running one, with room for all."""
    now = timezone.now()
    call = Cohort.objects.create(
        program=running.program,
        code=f"{running.code}-next",
        status=Cohort.Status.OPEN,
        starts_on=running.ends_on + dt.timedelta(days=7),
        ends_on=running.ends_on + dt.timedelta(weeks=20),
        capacity=APPLICANTS,
        applications_open_at=now - dt.timedelta(days=20),
    )
    facilities = list(Facility.objects.order_by("pk")[:FACILITIES])
    applications = Application.objects.bulk_create(
        Application(
            cohort=call,
            status=Application.Status.CONFIRMED,
            document_number=f"{call.pk * 1000 + 60_000_000 + index}",
            paternal_surname=SURNAMES[index % len(SURNAMES)],
            maternal_surname=f"Postulante {index:03d}",
            given_names=GIVEN_NAMES[index % len(GIVEN_NAMES)],
            email=f"postulante{call.pk}.{index}@bench.example",
            profession="psychology",
            employment_regime="cas",
            service="csmc",
            facility=facilities[index % len(facilities)],
            notice_version="2026-11",
            notice_accepted_at=now,
            submitted_at=now,
            confirmed_at=now + dt.timedelta(seconds=index),
        )
        for index in range(APPLICANTS)
    )
    return call, [each.pk for each in applications]
