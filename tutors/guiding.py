"""Who guides a group on a day: where a substitute has been named for it, the substitute."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from tutors.models import TutorAssignment
from tutors.scope import SAVES_AFTER_END


@dataclass(frozen=True, slots=True)
class Guides:
    """The assignments of some groups, read at once for any days. One query."""

    assignments: tuple[TutorAssignment, ...]

    @classmethod
    def of(cls, groups: Collection[int]) -> "Guides":
        found = TutorAssignment.objects.filter(group__in=groups).select_related("tutor__user")
        return cls(tuple(found.order_by("group", "starts_on", "pk")))

    def on(self, group: int | None, day: dt.date) -> list[TutorAssignment]:
        """With a last day go before those without; none where the group had no tutor."""
        found = [
            each
            for each in self.assignments
            if each.group_id == group
            and each.starts_on <= day
            and (each.ends_on is None or each.ends_on >= day)
        ]
        return [each for each in found if each.ends_on is not None] or found

    def who_takes(
        self, group: int | None, day: dt.date, *, today: dt.date
    ) -> list[TutorAssignment]:
        """Who guided it on the day, unless that is too long ago for them to save the register, or
        there was nobody: then who guides it now."""
        found = [
            each
            for each in self.on(group, day)
            if each.ends_on is None or today <= each.ends_on + SAVES_AFTER_END
        ]
        return found or self.on(group, today)
