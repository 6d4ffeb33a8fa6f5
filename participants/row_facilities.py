"""The facility that a row of a sheet names: known, settled by the coordinator, or waited for."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from rapidfuzz import fuzz, process

from participants.import_plan import UnknownFacility
from participants.models import Facility
from participants.normalising import fold

NEAREST = 5


@dataclass(frozen=True)
class Found:
    """One of: a facility, a reason why not (at a field), the key of one to wait for, nothing."""

    facility: Facility | None = None
    field: str = "facility_code"
    problem: str = ""
    waits_for: str = ""


class RowFacilities:
    """Finds by code, else by name. `choices` maps the key of an unknown one to a known code."""

    def __init__(self, choices: Mapping[str, str]) -> None:
        self.choices = choices
        self.by_code: dict[str, Facility] = {}
        self.by_name: dict[str, list[Facility]] = {}

    def load(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """One query for the codes; one for all names where a code does not tell some row's."""
        codes = {row["facility_code"] for row in rows if row.get("facility_code")}
        codes |= set(self.choices.values())
        self.by_code = {f.renipress: f for f in Facility.objects.filter(renipress__in=codes)}
        by_name_only = any(
            row.get("facility_name") and row.get("facility_code") not in self.by_code
            for row in rows
        )
        self.by_name = {}
        if by_name_only:
            for facility in Facility.objects.all():
                self.by_name.setdefault(fold(facility.name), []).append(facility)

    def find(self, row: Mapping[str, Any]) -> Found:
        code, name = row.get("facility_code", ""), row.get("facility_name", "")
        place = "facility_code" if code else "facility_name"
        if not code and not name:
            return Found()
        facility = self.by_code.get(code)
        if facility is None and not code:
            region = row.get("region")
            same = [
                known
                for known in self.by_name.get(fold(name), ())
                if not region or known.region == region
            ]
            facility = same[0] if len(same) == 1 else None
        if facility is None:
            key = self.key(row)
            chosen = self.by_code.get(self.choices.get(key, ""))
            # What a person matched is not doubted by the sheet's region.
            return Found(chosen) if chosen else Found(field=place, waits_for=key)
        if row.get("region") and row["region"] != facility.region:
            message = _("%(facility)s is in %(region)s. Correct the region or the facility's code.")
            return Found(
                field="region",
                problem=message
                % {"facility": facility.name, "region": facility.get_region_display()},
            )
        return Found(facility)

    @staticmethod
    def key(row: Mapping[str, Any]) -> str:
        """The same for all rows that name the same unknown facility."""
        if code := row.get("facility_code"):
            return f"code:{code}"
        return f"name:{fold(row.get('facility_name', ''))}:{row.get('region', '')}"

    def unknown(
        self, waiting: Iterable[tuple[int, str, Mapping[str, Any]]]
    ) -> tuple[UnknownFacility, ...]:
        groups: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
        for number, key, row in waiting:
            groups.setdefault(key, []).append((number, row))
        return tuple(self._described(key, rows) for key, rows in groups.items())

    def _described(
        self, key: str, rows: Sequence[tuple[int, Mapping[str, Any]]]
    ) -> UnknownFacility:
        def usual(name: str) -> str:
            counted = Counter(row[name] for _number, row in rows if row.get(name))
            return counted.most_common(1)[0][0] if counted else ""

        name, region = usual("facility_name"), usual("region")
        everyone = [facility for same in self.by_name.values() for facility in same]
        labels = {facility.pk: fold(facility.name) for facility in everyone}
        near = process.extract(
            fold(name), labels, scorer=fuzz.token_set_ratio, limit=NEAREST, score_cutoff=60
        )
        by_pk = {facility.pk: facility for facility in everyone}
        nearest = [by_pk[pk] for _label, _score, pk in near] if name else []
        nearest.sort(key=lambda facility: facility.region != region)
        numbers = tuple(number for number, _row in rows)
        return UnknownFacility(key, usual("facility_code"), name, region, numbers, tuple(nearest))
