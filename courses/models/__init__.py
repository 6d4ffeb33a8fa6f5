from courses.models.cohorts import (
    Break,
    Cohort,
    CohortModule,
    CompletionRule,
    Group,
)
from courses.models.programs import Module, Program
from courses.models.sessions import Session, SessionPattern

__all__ = [
    "Break",
    "Cohort",
    "CohortModule",
    "CompletionRule",
    "Group",
    "Module",
    "Program",
    "Session",
    "SessionPattern",
]
