"""The report of a video meeting of 132 people with 300 connections: sent, looked at and saved."""

import csv
import datetime as dt
import io
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from participants.models import AttendanceRecord, Enrollment, ReportDraft
from trainingprog.bench.browsing import Work
from trainingprog.bench.measuring import Case
from trainingprog.bench.requests import delete_quickly, form_of, page, verb

CONNECTIONS = 300


def meeting_cases(work: Work) -> Iterator[Case]:
    coordinator, plenary = work.coordinator, work.edition.plenary
    path = reverse("tutors:meeting_report", args=[plenary.pk])
    form, sheet = form_of(coordinator, path, "file").sent(), zoom_report(work)

    def upload() -> dict[str, Any]:
        return form | {"file": SimpleUploadedFile("reporte.csv", sheet)}

    yield page("meeting report page", coordinator, path)
    sent = "meeting report of 300, sent"
    yield Case(sent, lambda: coordinator.post(path, upload()), status=302, writes=True)
    coordinator.post(path, upload())
    draft = ReportDraft.objects.latest("created_at")
    preview = reverse("tutors:meeting_report_draft", args=[plenary.pk, draft.pk])
    forget = partial(delete_quickly, AttendanceRecord.objects.filter(session=plenary))
    saving = form_of(coordinator, preview, "fingerprint", prepare=forget).sent()
    yield page("meeting report of 300, previewed", coordinator, preview)
    yield verb("meeting report of 300, saved", coordinator, preview, saving, prepare=forget)


def zoom_report(work: Work) -> bytes:
    """Everyone rejoins until there are 300 connections; one of three is known by name alone."""
    plenary = work.edition.plenary
    people = list(Enrollment.objects.for_session(plenary).select_related("participant"))
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(("Name (Original Name)", "User Email", "Join Time", "Leave Time"))
    for number in range(CONNECTIONS):
        person = people[number % len(people)].participant
        joined = plenary.starts_at + dt.timedelta(minutes=number // len(people) * 50 - number % 9)
        moments = (joined, joined + dt.timedelta(minutes=45))
        clock = [f"{timezone.localtime(moment):%d/%m/%Y %H:%M:%S}" for moment in moments]
        email = person.email if number % len(people) % 3 else ""
        sheet.writerow((f"{person.document_number} {person.full_name}", email, *clock))
    return out.getvalue().encode()
