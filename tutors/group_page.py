"""A group: its people with how they stand and how to reach them, and its sessions' registers."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from courses.models import CohortModule, Session
from courses.schedule import Line, lines_for, school_today
from participants.models import AttendanceWarning, Enrollment
from participants.progress import CohortProgress, EnrollmentProgress
from participants.register_refusals import opens_at
from participants.rules_in_force import rules_in_force
from participants.warning import warnings_of_people
from tutors.scope import OpenedGroup


@dataclass(frozen=True, slots=True)
class GroupSession:
    line: Line
    people: int
    unmarked: int

    @property
    def is_taken(self) -> bool:
        return self.people > 0 and not self.unmarked

    @property
    def can_open(self) -> bool:
        return opens_at(self.line.session) <= self.line.at and not self.line.is_cancelled

    @property
    def is_overdue(self) -> bool:
        return self.line.is_past and self.unmarked > 0


@dataclass(frozen=True, slots=True)
class GroupPage:
    minimum_percent: int
    people: tuple[EnrollmentProgress, ...]
    left: tuple[EnrollmentProgress, ...]
    modules: tuple[CohortModule, ...]
    past: tuple[GroupSession, ...]
    ahead: tuple[GroupSession, ...]
    warnings: Mapping[int, AttendanceWarning]

    @property
    def with_warnings(self) -> list[tuple[EnrollmentProgress, AttendanceWarning | None]]:
        return [(row, self.warnings.get(row.enrollment.pk)) for row in self.people]

    @classmethod
    def of(cls, opened: OpenedGroup, *, at: dt.datetime) -> "GroupPage":
        """Eight queries at most. The latest session comes first."""
        group, day = opened.group, school_today(at)
        rules = rules_in_force([group.cohort], on=day)[group.cohort_id]
        progress = CohortProgress.for_cohort(group.cohort, at=at, group=group, rules=rules)
        rows = sorted(progress.rows, key=lambda row: row.enrollment.participant.sorting_key)
        shown = [
            each
            for each in (*progress.sessions, *progress.cancelled)
            if each.group_id in (None, group.pk) and opened.shows(each, day=day)
        ]
        asked: dict[int, list[bool]] = {}
        for row in rows:
            if row.enrollment.is_active:
                for session in row.sessions:
                    asked.setdefault(session.pk, []).append(session.pk in row.marks)
        sessions = [
            GroupSession(line, len(marked), marked.count(False))
            for line in lines_for(sorted(shown, key=by_start), at=at)
            for marked in [asked.get(line.session.pk, [])]
        ]
        return cls(
            minimum_percent=progress.minimum_percent,
            people=tuple(row for row in rows if row.enrollment.is_active),
            left=tuple(row for row in rows if not row.enrollment.is_active),
            modules=tuple(module.cohort_module for module in rows[0].modules) if rows else (),
            past=tuple(each for each in reversed(sessions) if opens_at(each.line.session) <= at),
            ahead=tuple(each for each in sessions if opens_at(each.line.session) > at),
            warnings=warnings_of_people(Enrollment.objects.filter(group=group)),
        )


def by_start(session: Session) -> tuple[dt.datetime, int]:
    return session.starts_at, session.pk
