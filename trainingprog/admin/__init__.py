"""The coordinator's administration, one module per concept; importing them registers them."""

from trainingprog.admin import (
    accounts,
    attendance,
    cohorts,
    completion,
    enrollments,
    groups,
    people,
    programs,
    sessions,
    tasks,
    timetable,
)

__all__ = [
    "accounts",
    "attendance",
    "cohorts",
    "completion",
    "enrollments",
    "groups",
    "people",
    "programs",
    "sessions",
    "tasks",
    "timetable",
]
