"""What is left of an edition's quotas by region or by service."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from courses.models import Cohort
from participants.models import Enrollment, Facility, Quota


@dataclass
class QuotaLine:
    value: str
    label: str
    places: int
    taken: int

    @property
    def left(self) -> int:
        return self.places - self.taken


@dataclass(frozen=True)
class QuotaPlaces:
    """Changes in memory as places are given, so that a whole list is decided without asking again.

    Who has an open offer takes up a place, as in the capacity.
    """

    by: str
    lines: dict[str, QuotaLine]

    @classmethod
    def of(cls, cohort: Cohort) -> "QuotaPlaces":
        """Two queries, or none where the edition has no quotas."""
        if cohort.quota_by == Cohort.QuotaBy.NONE:
            return cls(cohort.quota_by, {})
        path = "facility__region" if cohort.quota_by == Cohort.QuotaBy.REGION else "service"
        people = Enrollment.objects.for_cohort(cohort).taking_a_place()
        counted = people.order_by().values_list(path).annotate(number=Count("pk"))
        taken = Counter(dict(counted))
        lines = {
            quota.value: QuotaLine(
                quota.value, quota.get_value_display(), quota.places, taken[quota.value]
            )
            for quota in Quota.objects.filter(cohort=cohort)
        }
        return cls(cohort.quota_by, lines)

    def value_of(self, person: Any) -> str:
        """Of a participant, an enrollment or an application; empty where it is not known."""
        if self.by == Cohort.QuotaBy.REGION:
            facility: Facility | None = person.facility
            return facility.region if facility else ""
        return str(person.service) if self.by == Cohort.QuotaBy.SERVICE else ""

    def has_place_for(self, person: Any) -> bool:
        line = self.lines.get(self.value_of(person))
        return line is None or line.left > 0

    def take(self, person: Any) -> None:
        if line := self.lines.get(self.value_of(person)):
            line.taken += 1
