"""Who guides a group on a day: where a substitute has been named for it, the substitute."""

import datetime as dt
from collections.abc import Collection

from tutors.models import Tutor, TutorAssignment


def guides_on(day: dt.date, groups: Collection[int]) -> dict[int, list[Tutor]]:
    """By the group's id; a group without a tutor on that day is not in it. One query."""
    found: dict[int, list[Tutor]] = {}
    assignments = TutorAssignment.objects.on(day).filter(group__in=groups)
    for assignment in guiding(assignments.select_related("tutor__user")):
        found.setdefault(assignment.group_id, []).append(assignment.tutor)
    return found


def guiding(of_one_day: Collection[TutorAssignment]) -> list[TutorAssignment]:
    """Of assignments that hold on the same day, those with a last day go before those without."""
    dated = {each.group_id for each in of_one_day if each.ends_on is not None}
    kept = [each for each in of_one_day if each.ends_on is not None or each.group_id not in dated]
    return sorted(kept, key=lambda each: (each.group_id, each.starts_on, each.pk))
