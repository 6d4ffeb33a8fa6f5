"""A sheet of people becomes participants, enrolled in one edition."""

import datetime as dt
from collections.abc import Mapping
from copy import copy
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.models import Cohort
from participants.closed import why_closed
from participants.coded_values import (
    normal_employment_regime,
    normal_licence,
    normal_region,
    normal_service,
    normal_sex,
)
from participants.columns import ColumnMap, Field
from participants.enrollment_steps import Step, note
from participants.import_plan import (
    Change,
    PlannedRow,
    State,
    UnknownFacility,
    set_fields,
    shown_field,
)
from participants.models import Enrollment, Offer, Participant
from participants.normalising import normal_birth_date, normal_facility_code, text
from participants.person_rows import PERSON_COLUMNS, PERSON_FIELDS, PeopleImport, read_person
from participants.places import locked_cohort, refuse_beyond_capacity
from participants.row_facilities import RowFacilities
from participants.sheet_import import RowReader, write_with_history
from participants.spreadsheets import Sheet
from participants.waiting_list import close_offers

ROSTER_FIELDS = (
    *PERSON_FIELDS,
    Field("sex", gettext_lazy("sex"), ("sexo", "género", "sex")),
    Field(
        "birth_date",
        gettext_lazy("birth date"),
        ("fecha de nacimiento", "fecha nac", "f nacimiento", "nacimiento", "birth date"),
    ),
    Field(
        "licence_board",
        gettext_lazy("licence board"),
        ("colegio profesional", "colegio", "licence board"),
    ),
    Field(
        "licence",
        gettext_lazy("licence number"),
        (
            "número de colegiatura",
            "colegiatura",
            "número de colegiado",
            "código de colegiatura",
            "licence number",
        ),
    ),
    Field(
        "employment_regime",
        gettext_lazy("employment regime"),
        (
            "régimen laboral",
            "condición laboral",
            "modalidad de contrato",
            "tipo de contrato",
            "vínculo laboral",
            "régimen",
            "employment regime",
        ),
    ),
    Field(
        "facility_code",
        gettext_lazy("RENIPRESS code"),
        (
            "código ipress",
            "código renipress",
            "renipress",
            "código de establecimiento",
            "código del establecimiento de salud",
            "código único de ipress",
            "código eess",
            "código renaes",
        ),
    ),
    Field(
        "facility_name",
        gettext_lazy("facility"),
        (
            "establecimiento de salud",
            "establecimiento",
            "nombre del establecimiento",
            "nombre del establecimiento de salud",
            "ipress",
            "eess",
            "facility",
        ),
        fallbacks=("centro laboral", "centro de trabajo", "institución", "lugar de trabajo"),
    ),
    Field(
        "service", gettext_lazy("service"), ("servicio", "csmc o mamis", "csmc mamis", "service")
    ),
    Field(
        "region",
        gettext_lazy("region"),
        ("región", "departamento", "región de procedencia", "region"),
    ),
)
OWN_COLUMNS = (
    *PERSON_COLUMNS,
    "sex",
    "birth_date",
    "licence_board",
    "licence_number",
    "employment_regime",
    "service",
    "facility",
)
# Kept on the enrollment as they were during the edition.
SNAPSHOT = Enrollment.POST
WRITTEN_ON_ENROLLMENT = (
    "status",
    "enrolled_on",
    "ended_on",
    "left_reason",
    "transferred_to",
    "waitlist_rank",
    *SNAPSHOT,
)


class RosterImport(PeopleImport):
    """Participants of one edition: known by their document, whatever edition they were in.

    A person new to the edition is enrolled from `enrolled_on`, by default its first day, so that
    its sessions count. One who left it is an error; a closed or full edition refuses the file.
    """

    name = "participants"
    fields = ROSTER_FIELDS
    model = Participant

    def __init__(
        self,
        sheet: Sheet,
        columns: ColumnMap,
        *,
        cohort: Cohort,
        today: dt.date,
        enrolled_on: dt.date | None = None,
        facility_choices: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(sheet, columns, today=today)
        self.cohort = cohort
        self.enrolled_on = enrolled_on or cohort.starts_on
        self.facilities = RowFacilities(facility_choices or {})

    def read_row(self, reader: RowReader) -> None:
        read_person(reader)
        reader.read("sex", normal_sex)
        reader.read("birth_date", lambda cell: normal_birth_date(cell, today=self.today))
        reader.read("employment_regime", normal_employment_regime)
        reader.read("service", normal_service)
        reader.read("facility_code", normal_facility_code)
        reader.read("facility_name", text)
        reader.read("region", normal_region)
        board = text(reader.cell("licence_board")) if reader.has("licence_board") else ""
        profession = reader.values.get("profession", "")
        reader.read(
            "licence",
            lambda cell: normal_licence(f"{board} {text(cell)}" if text(cell) else "", profession),
        )
        reader.values["licence_board"], reader.values["licence_number"] = reader.values.pop(
            "licence", ("", "")
        )
        if not reader.values["licence_number"]:
            del reader.values["licence_board"], reader.values["licence_number"]

    def load(self, rows: list[PlannedRow]) -> None:
        self.fetch_people(rows)
        ids = [person.pk for person in self.by_document.values()]
        enrollments = Enrollment.objects.filter(cohort=self.cohort, participant__in=ids)
        self.enrollments = {
            enrollment.participant_id: enrollment
            for enrollment in enrollments.select_related("facility")
        }
        self.facilities.load([row.values for row in rows])

    def people_queryset(self) -> Any:
        return Participant.objects.select_related("facility")

    def judge(self, planned: PlannedRow) -> None:
        known = self.known_person(planned)
        enrollment = self.enrollments.get(known.pk) if known else None
        if enrollment is not None and enrollment.status in Enrollment.LEFT:
            message = _("This person left the edition. Reinstate the enrollment by hand.")
            self.error(planned, "document_number", message)
        found = self.facilities.find(planned.values)
        if found.problem:
            self.error(planned, found.field, found.problem)
        if planned.errors:
            return
        if found.waits_for:
            planned.state, planned.waits_for = State.WAITING, found.waits_for
            message = _("The facility is not known. Create it or match it with a known one.")
            self.error(planned, found.field, message)
            return
        stated = {name: planned.values[name] for name in OWN_COLUMNS if name in planned.values}
        if found.facility is not None:
            stated["facility"] = found.facility
        self._compare(planned, known, enrollment, stated)

    def _compare(
        self,
        planned: PlannedRow,
        known: Participant | None,
        enrollment: Enrollment | None,
        stated: dict[str, Any],
    ) -> None:
        # A copy: another row of the same person must not see what this one would change.
        person = copy(known) if known else Participant()
        enrollment = copy(enrollment)
        changes = set_fields(person, stated)
        if changes or known is None:
            self.check(planned, person)
            if planned.errors:
                return
        names = {name for name, _change in changes}
        planned.changes = [change for _name, change in changes] if known else []
        planned.instances = {
            "participant": person,
            "participant_changed": names,
            "enrollment": enrollment,
        }
        if enrollment is None or not enrollment.is_active:
            planned.state = State.NEW
            if known is not None:
                before = shown_field(enrollment, "status") if enrollment else "—"
                planned.changes.append(Change(_("enrollment"), before, self.cohort.code))
            return
        kept = set_fields(enrollment, {name: stated[name] for name in SNAPSHOT if name in stated})
        planned.instances["enrollment_changed"] = {name for name, _change in kept}
        planned.changes += [
            Change(_("%(field)s in this edition") % {"field": change.label}, change.old, change.new)
            for name, change in kept
            if name not in names
        ]
        planned.state = State.CHANGED if changes or kept else State.UNCHANGED

    def refusals(self, rows: list[PlannedRow]) -> list[str]:
        newcomers = sum(row.state == State.NEW and not _has_offer(row) for row in rows)
        if refusal := why_closed(self.cohort):
            return refusal.messages
        if not self.cohort.starts_on <= self.enrolled_on <= self.cohort.ends_on:
            return [_("The day from which they take part lies outside the edition's dates.")]
        if not newcomers:
            return []
        try:
            refuse_beyond_capacity(self.cohort, newcomers)
        except ValidationError as error:
            return list(error.messages)
        return []

    def unknown_facilities(self, rows: list[PlannedRow]) -> tuple[UnknownFacility, ...]:
        waiting = [row for row in rows if row.state == State.WAITING]
        return self.facilities.unknown([(row.number, row.waits_for, row.values) for row in waiting])

    def lock(self) -> None:
        self.cohort = locked_cohort(self.cohort.pk)

    def write(self, rows: list[PlannedRow], *, by: AbstractBaseUser | None) -> None:
        write_with_history(
            Participant,
            [(r.instances["participant"], r.instances["participant_changed"]) for r in rows],
            by=by,
        )
        offered = [row.instances["enrollment"] for row in rows if _has_offer(row)]
        close_offers(offered, Offer.Answer.ACCEPTED, at=timezone.now(), by=by)
        # Only now do new people have the keys that their enrollments need.
        enrollments = [
            (self._enroll(row), set(WRITTEN_ON_ENROLLMENT))
            if row.state == State.NEW
            else (row.instances["enrollment"], row.instances["enrollment_changed"])
            for row in rows
        ]
        write_with_history(Enrollment, enrollments, by=by)

    def _enroll(self, planned: PlannedRow) -> Enrollment:
        person = planned.instances["participant"]
        enrollment = planned.instances["enrollment"] or Enrollment(cohort=self.cohort)
        enrollment.participant = person
        enrollment.take_place(self.enrolled_on)
        enrollment.take_post(person)
        note(enrollment, Step.ENROLL, on=self.enrolled_on)
        return enrollment


def _has_offer(planned: PlannedRow) -> bool:
    """An open offer holds the person's place already."""
    enrollment = planned.instances.get("enrollment")
    return bool(enrollment and enrollment.status == Enrollment.Status.OFFERED)
