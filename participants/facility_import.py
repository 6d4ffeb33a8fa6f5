"""A sheet of facilities: known by their RENIPRESS code."""

from copy import copy

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participants.coded_values import normal_region
from participants.columns import Field
from participants.import_plan import PlannedRow, State, set_fields
from participants.models import Facility
from participants.normalising import normal_facility_code, text
from participants.sheet_import import RowReader, SheetImport, write_with_history

OWN_COLUMNS = ("name", "region", "district")


class FacilityImport(SheetImport):
    """Facilities. A region is told by its name, its INEI code, or both where they agree."""

    name = "facilities"
    identity = ("renipress",)
    fields = (
        Field(
            "renipress",
            gettext_lazy("RENIPRESS code"),
            (
                "renipress",
                "código renipress",
                "código ipress",
                "código único",
                "código único de ipress",
                "código de establecimiento",
                "código eess",
                "código renaes",
            ),
            fallbacks=("código",),
            required=True,
        ),
        Field(
            "name",
            gettext_lazy("name"),
            (
                "nombre",
                "nombre del establecimiento",
                "nombre del establecimiento de salud",
                "nombre de la ipress",
                "establecimiento",
                "establecimiento de salud",
                "ipress",
                "name",
            ),
            required=True,
        ),
        Field(
            "region",
            gettext_lazy("region"),
            ("región", "departamento", "region", "department"),
            required=True,
            instead=(("region_code",),),
        ),
        Field(
            "region_code",
            gettext_lazy("INEI code of the region"),
            ("código de región", "código inei", "código de departamento", "region code"),
        ),
        Field("district", gettext_lazy("district"), ("distrito", "district")),
    )

    def read_row(self, reader: RowReader) -> None:
        reader.read("renipress", normal_facility_code, required=True)
        reader.read("name", text, required=True)
        reader.read("district", text)
        in_words = reader.has("region")
        region = reader.read(
            "region", normal_region, required=in_words and not reader.has("region_code")
        )
        code = reader.read("region_code", normal_region, required=not in_words)
        reader.values.pop("region_code", None)
        if region and code and region != code:
            reader.fail("region", _("The region's name and its code do not agree."))
        elif code:
            reader.values["region"] = code
        elif region == "" and in_words and reader.has("region_code") and code == "":
            reader.fail("region", _("This value is missing. Write it."))

    def load(self, rows: list[PlannedRow]) -> None:
        codes = [row.values["renipress"] for row in rows]
        self.known = {f.renipress: f for f in Facility.objects.filter(renipress__in=codes)}

    def judge(self, planned: PlannedRow) -> None:
        code = planned.values["renipress"]
        known = self.known.get(code)
        facility = copy(known) if known else Facility(renipress=code)
        stated = {name: planned.values[name] for name in OWN_COLUMNS if name in planned.values}
        changes = set_fields(facility, stated)
        try:
            facility.clean_fields()
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                self.error(planned, name, " ".join(messages))
            return
        planned.instances = {"facility": facility, "changed": {name for name, _change in changes}}
        if known is None:
            planned.state = State.NEW
            return
        planned.changes = [change for _name, change in changes]
        planned.state = State.CHANGED if changes else State.UNCHANGED

    def write(self, rows: list[PlannedRow], *, by: AbstractBaseUser | None) -> None:
        write_with_history(
            Facility, [(r.instances["facility"], r.instances["changed"]) for r in rows], by=by
        )
