"""The matrix of a group or of an edition: persons × sessions, a letter on its colour.

Cells are made here and not in the template: those of one session and state are the same text, so
that 4,000 of them are a few hundred texts put in rows. Through a template's loop the page of an
edition would take four times as long.
"""

import datetime as dt
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from courses.models import Cohort, CohortModule, Group
from courses.schedule import school_today
from participants.attendance_grid import (
    FUTURE,
    LETTERS,
    UNCONCERNED,
    UNTAKEN,
    AttendanceGrid,
    Cell,
    Column,
    GridRow,
)
from participants.attendance_marks import MADE_UP
from participants.progress import CohortProgress
from participants.rules_in_force import rules_in_force
from tutors.scope import OpenedGroup

SIGNS = LETTERS | {UNTAKEN: "·", UNCONCERNED: "–", FUTURE: ""}
CHIPS = {
    "certain": "chip-ok",
    "on_track": "chip-info",
    "at_risk": "chip-warn",
    "impossible": "chip-risk",
    "no_data": "chip-muted",
}


@dataclass(frozen=True, slots=True)
class MatrixColumn:
    week: int
    day: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    name: str
    group: Group | None
    group_url: str
    has_left: bool
    to_date: str
    best_possible: str
    certain: str
    absences_left: int | None
    state: str
    chip: str
    cells: SafeString


@dataclass(frozen=True, slots=True)
class Matrix:
    minimum_percent: int
    columns: tuple[MatrixColumn, ...]
    rows: tuple[MatrixRow, ...]
    modules: tuple[CohortModule, ...]

    @classmethod
    def of_group(cls, opened: OpenedGroup, *, at: dt.datetime) -> "Matrix":
        """Five queries at most."""
        group, day = opened.group, school_today(at)
        rules = rules_in_force([group.cohort], on=day)[group.cohort_id]
        progress = CohortProgress.for_cohort(group.cohort, at=at, group=group, rules=rules)
        if opened.days_of:
            progress = _limited(progress, opened, day=day)
        return _matrix(progress, at=at, group=group)

    @classmethod
    def of_cohort(cls, cohort: Cohort, *, at: dt.datetime) -> "Matrix":
        """Four queries at most; without the modules."""
        rules = rules_in_force([cohort], on=school_today(at))[cohort.pk]
        progress = CohortProgress.for_cohort(cohort, at=at, with_modules=False, rules=rules)
        return _matrix(progress, at=at, group=None)


def _limited(progress: CohortProgress, opened: OpenedGroup, *, day: dt.date) -> CohortProgress:
    """Without the sessions that a substitute does not see; the rates stay those of all."""
    sessions = tuple(each for each in progress.sessions if opened.shows(each, day=day))
    seen = {each.pk for each in sessions}
    rows = tuple(
        replace(row, sessions=tuple(each for each in row.sessions if each.pk in seen))
        for row in progress.rows
    )
    return replace(progress, sessions=sessions, rows=rows)


def _matrix(progress: CohortProgress, *, at: dt.datetime, group: Group | None) -> Matrix:
    grid = AttendanceGrid.of(progress, at=at)
    register_urls = {
        session.pk: reverse(
            "tutors:register", args=[session.pk, group.pk] if group else [session.pk]
        )
        for session in progress.sessions
        if group is None or session.group_id in (None, group.pk)
    }
    cells: dict[int, SafeString] = {}
    groups = {row.enrollment.group_id for row in progress.rows if group is None}
    group_urls = {pk: reverse("tutors:matrix", args=[pk]) for pk in groups if pk is not None}
    first = progress.rows[0].modules if progress.rows else ()
    return Matrix(
        minimum_percent=progress.minimum_percent,
        columns=tuple(_column(column, register_urls, at) for column in grid.columns),
        rows=tuple(
            _row(row, cells, register_urls if group else {}, group_urls) for row in grid.rows
        ),
        modules=tuple(module.cohort_module for module in first),
    )


def _column(column: Column, register_urls: dict[int, str], at: dt.datetime) -> MatrixColumn:
    first, last = column.days
    has_one_register = len(column.sessions) == 1 and column.first.starts_at <= at
    return MatrixColumn(
        week=column.teaching_week,
        day=f"{first:%d/%m}" if first == last else f"{first:%d}–{last:%d/%m}",
        label=column.label,
        url=register_urls.get(column.first.pk, "") if has_one_register else "",
    )


def _row(
    row: GridRow,
    cells: dict[int, SafeString],
    register_urls: dict[int, str],
    group_urls: dict[int, str],
) -> MatrixRow:
    enrollment, rate = row.progress.enrollment, row.progress.rate
    texts = []
    for cell in row.cells:
        # The grid shares its cells, so one that was seen is known by its identity.
        text = cells.get(id(cell))
        if text is None:
            text = cells[id(cell)] = _cell(cell, register_urls)
        texts.append(text)
    return MatrixRow(
        name=enrollment.participant.sorting_name,
        group=enrollment.group,
        group_url=group_urls.get(enrollment.group_id or 0, ""),
        has_left=enrollment.status in enrollment.LEFT,
        to_date=_figure(rate.to_date),
        best_possible=_figure(rate.best_possible),
        certain=_figure(rate.certain),
        absences_left=rate.absences_left,
        state=rate.state_label,
        chip=CHIPS[rate.state],
        cells=mark_safe("".join(texts)),  # noqa: S308 - each was made by format_html
    )


def _figure(percent: int | None) -> str:
    return "—" if percent is None else str(percent)


def _cell(cell: Cell, register_urls: dict[int, str]) -> SafeString:
    # The class stands next to the letter, after the address: what differs from row to row is then
    # one short piece, and compresses well.
    url = register_urls.get(cell.session.pk) if cell.session else None
    if url is None or cell.state == FUTURE:
        return format_html('<td><span class="m-{}">{}</span></td>', cell.state, SIGNS[cell.state])
    return format_html(
        '<td><a href="{}" class="m-{}">{}</a></td>', url, cell.state, SIGNS[cell.state]
    )


def legend() -> list[tuple[str, str, str]]:
    """State, sign and words."""
    words = {
        "present": _("present"),
        "late": _("late"),
        "excused": _("excused"),
        "absent": _("absent"),
        MADE_UP: _("made up"),
        UNTAKEN: _("not taken"),
        UNCONCERNED: _("does not concern the person"),
    }
    return [(state, str(SIGNS[state]), word) for state, word in words.items()]
