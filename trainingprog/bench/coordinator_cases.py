"""The coordinator's pages and verbs that are measured, those of the admin among them."""

import datetime as dt
import io
from collections.abc import Iterator
from functools import partial
from typing import Any

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from courses.models import SessionPattern
from trainingprog.bench.browsing import Work
from trainingprog.bench.editions import FACILITIES, GIVEN_NAMES, PEOPLE, SURNAMES, facility_code
from trainingprog.bench.measuring import Case
from trainingprog.bench.requests import form_of, page, verb
from trainingprog.models import ImportDraft

HEADERS = (
    "DNI",
    "Apellido paterno",
    "Apellido materno",
    "Nombres",
    "Sexo",
    "Fecha de nacimiento",
    "Correo electrónico",
    "Celular",
    "Profesión",
    "Régimen laboral",
    "Código IPRESS",
    "Servicio",
)


def coordinator_cases(work: Work) -> Iterator[Case]:
    coordinator, cohort = work.coordinator, work.edition.cohort.pk
    yield page("edition page", coordinator, reverse("edition", args=[cohort]))
    progress = reverse("edition_decisions", args=[cohort])
    yield page("edition's progress 132", coordinator, progress)
    yield page("sessions' list", coordinator, reverse("admin:courses_session_changelist"))
    enrollments = reverse("admin:participants_enrollment_changelist")
    yield page("enrollments' list", coordinator, enrollments)
    yield from import_cases(work)
    yield from timetable_cases(work)
    groups = reverse("edition_groups", args=[cohort])
    proposal = f"{groups}?groups=10&arrangement=region"
    fields = form_of(coordinator, proposal, "member_").sent()
    yield page("groups, proposed", coordinator, proposal)
    yield verb("groups, formed", coordinator, groups, fields)
    export = reverse("edition_attendance_xlsx", args=[cohort])
    yield Case("attendance as .xlsx", partial(coordinator.get, export), writes=True)


def timetable_cases(work: Work) -> Iterator[Case]:
    """Everyone's plenaries that are still to come move by an hour."""
    coordinator = work.coordinator
    path = reverse("edition_timetable", args=[work.edition.cohort.pk])
    plenaries = SessionPattern.objects.filter(cohort=work.edition.cohort, title="Plenaria")
    shift = partial(plenaries.update, starts_at=dt.time(19))
    fields = form_of(coordinator, path, "fingerprint", prepare=shift).sent()
    yield page("timetable, previewed", coordinator, path, prepare=shift)
    yield verb("timetable, applied", coordinator, path, fields, prepare=shift)


def import_cases(work: Work) -> Iterator[Case]:
    """A sheet of 132 new people: sent, looked at and taken."""
    coordinator, sheet = work.coordinator, roster_sheet()
    path = reverse("participants_import", args=[work.edition.cohort.pk])
    form = form_of(coordinator, path, "file").sent()

    def upload() -> dict[str, Any]:
        return form | {"file": SimpleUploadedFile("matricula.xlsx", sheet)}

    yield page("import page", coordinator, path)
    yield Case(
        "import of 132, sent",
        lambda: coordinator.post(path, upload()),
        status=302,
        writes=True,
    )
    coordinator.post(path, upload())
    draft = ImportDraft.objects.latest("created_at")
    preview = reverse("import_preview", args=[draft.pk])
    taking = form_of(coordinator, preview, "fingerprint").sent()
    yield page("import of 132, previewed", coordinator, preview)
    yield verb(
        "import of 132, taken", coordinator, reverse("import_confirm", args=[draft.pk]), taking
    )


def roster_sheet() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Matrícula")
        for number, row in enumerate((HEADERS, *map(_person, range(PEOPLE)))):
            sheet.write_row(number, 0, row)
    return file.getvalue()


def _person(index: int) -> tuple[str, ...]:
    return (
        f"{70_000_000 + index}",
        SURNAMES[index % len(SURNAMES)].upper(),
        "DE LA CRUZ",
        GIVEN_NAMES[index % len(GIVEN_NAMES)].upper(),
        "F",
        "14/03/1988",
        f"nueva{index}@bench.example",
        f"9{57_000_000 + index}",
        "Psicología",
        "CAS",
        facility_code(index % FACILITIES),
        "CSMC",
    )
