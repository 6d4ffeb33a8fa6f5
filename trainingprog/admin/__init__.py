"""The coordinator's administration, one module per concept; importing them registers them."""

from trainingprog.admin import (
    absences,
    accounts,
    attendance,
    cohorts,
    competencies,
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
    "absences",
    "accounts",
    "attendance",
    "cohorts",
    "competencies",
    "completion",
    "enrollments",
    "groups",
    "people",
    "programs",
    "sessions",
    "tasks",
    "timetable",
]
