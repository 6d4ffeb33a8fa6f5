from courses.models.assessments import Assessment
from courses.models.calendar import CalendarAddress
from courses.models.cohorts import Break, Cohort, CohortModule, Group
from courses.models.competencies import Competency, Level
from courses.models.completion_rules import CompletionRule, RuleScore
from courses.models.programs import Module, Program
from courses.models.sessions import (
    Modality,
    Session,
    SessionPattern,
    SessionQuerySet,
    starting_between,
)

__all__ = [
    "Assessment",
    "Break",
    "CalendarAddress",
    "Cohort",
    "CohortModule",
    "Competency",
    "CompletionRule",
    "Group",
    "Level",
    "Modality",
    "Module",
    "Program",
    "RuleScore",
    "Session",
    "SessionPattern",
    "SessionQuerySet",
    "starting_between",
]
