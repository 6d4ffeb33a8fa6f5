"""A sheet of people becomes tutors: known by their document. Groups are given to them later."""

from copy import copy

from django.contrib.auth.models import AbstractBaseUser

from participants.import_plan import PlannedRow, State, set_fields
from participants.person_rows import PERSON_COLUMNS, PERSON_FIELDS, PeopleImport, read_person
from participants.sheet_import import RowReader, write_with_history
from tutors.models import Tutor


class TutorImport(PeopleImport):
    """Tutors, of whatever edition."""

    name = "tutors"
    fields = PERSON_FIELDS
    model = Tutor

    def read_row(self, reader: RowReader) -> None:
        read_person(reader)

    def load(self, rows: list[PlannedRow]) -> None:
        self.fetch_people(rows)

    def judge(self, planned: PlannedRow) -> None:
        known = self.known_person(planned)
        if planned.errors:
            return
        tutor = copy(known) if known else Tutor()
        stated = {name: planned.values[name] for name in PERSON_COLUMNS if name in planned.values}
        changes = set_fields(tutor, stated)
        if changes:
            self.check(planned, tutor)
        if planned.errors:
            return
        planned.instances = {"tutor": tutor, "changed": {name for name, _change in changes}}
        if known is None:
            planned.state = State.NEW
            return
        planned.changes = [change for _name, change in changes]
        planned.state = State.CHANGED if changes else State.UNCHANGED

    def write(self, rows: list[PlannedRow], *, by: AbstractBaseUser | None) -> None:
        write_with_history(
            Tutor, [(r.instances["tutor"], r.instances["changed"]) for r in rows], by=by
        )
