"""What is left of an edition's quotas by region or by service."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from courses.models import Cohort
from participants.models import Enrollment, Facility, Quota


@dataclass
class QuotaLine:
    """`kept` are places that belong first to who waits."""

    value: str
    label: str
    places: int
    taken: int
    kept: int = 0

    @property
    def left(self) -> int:
        return self.places - self.taken

    def room_for(self, newcomers: int) -> int:
        return min(newcomers, max(self.left - self.kept, 0))


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
        taken = _counted(cohort.quota_by, Enrollment.objects.for_cohort(cohort).taking_a_place())
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

    def has_place_for(self, person: Any, *, is_waiting: bool = True) -> bool:
        """Who does not wait yet is not given what is kept for those who do."""
        line = self.lines.get(self.value_of(person))
        return line is None or line.left - (0 if is_waiting else line.kept) > 0

    def take(self, person: Any) -> None:
        if line := self.lines.get(self.value_of(person)):
            line.taken += 1

    def keep_for(self, waiting: "QuerySet[Enrollment]") -> int:
        """Keeps for who waits what the quotas leave them; how many places that is. One query."""
        if not self.lines:
            return waiting.count()
        counted = _counted(self.by, waiting)
        number = self._room_for(counted)
        for value, line in self.lines.items():
            line.kept = line.room_for(counted[value])
        return number

    def room_for(self, people: "QuerySet[Any]") -> int:
        """How many of these newcomers the quotas let in, whatever the capacity. One query."""
        return self._room_for(_counted(self.by, people)) if self.lines else people.count()

    def _room_for(self, counted: Mapping[str, int]) -> int:
        return sum(
            line.room_for(number) if (line := self.lines.get(value)) else number
            for value, number in counted.items()
        )


def _counted(quota_by: str, people: "QuerySet[Any]") -> Counter[str]:
    """Of enrollments or applications, how many there are of each region or service."""
    path = "facility__region" if quota_by == Cohort.QuotaBy.REGION else "service"
    return Counter(dict(people.order_by().values_list(path).annotate(number=Count("pk"))))
