"""The coordinator's administration, one module per concept; importing them registers them."""

from trainingprog.admin import (
    absences,
    accounts,
    attendance,
    certificate_designs,
    cohorts,
    competencies,
    completion,
    enrollments,
    groups,
    people,
    programs,
    question_sets,
    scores,
    sessions,
    tasks,
    timetable,
)

__all__ = [
    "absences",
    "accounts",
    "attendance",
    "certificate_designs",
    "cohorts",
    "competencies",
    "completion",
    "enrollments",
    "groups",
    "people",
    "programs",
    "question_sets",
    "scores",
    "sessions",
    "tasks",
    "timetable",
]
