import datetime as dt

import pytest

from participants.attendance_grid import AttendanceGrid
from participants.progress import CohortProgress
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    EnrollmentFactory,
    SessionFactory,
    SessionPatternFactory,
    at,
)

pytestmark = pytest.mark.django_db
NOW = at(MONDAY + dt.timedelta(days=11), 12)


def grid_of(cohort, group=None) -> AttendanceGrid:
    return AttendanceGrid.of(CohortProgress.for_cohort(cohort, at=NOW, group=group), at=NOW)


def states(grid: AttendanceGrid) -> list[list[str]]:
    return [[cell.state for cell in row.cells] for row in grid.rows]


def test_cells_say_mark_untaken_future_and_unconcerned(enrollment, other_group) -> None:
    cohort = enrollment.cohort
    marked = SessionFactory(cohort=cohort, day=1)
    SessionFactory(cohort=cohort, day=2)
    SessionFactory(cohort=cohort, day=3, group=other_group)
    SessionFactory(cohort=cohort, day=20)
    AttendanceRecordFactory(enrollment=enrollment, session=marked, state="late")
    assert states(grid_of(cohort)) == [["late", "untaken", "unconcerned", "future"]]


def test_sessions_of_a_pattern_and_week_share_a_column(
    enrollment, other_enrollment, group, other_group
) -> None:
    cohort = enrollment.cohort
    pattern = SessionPatternFactory(cohort=cohort, audience="group", title="Tutoría")
    own = SessionFactory(cohort=cohort, day=1, group=group, pattern=pattern)
    others = SessionFactory(cohort=cohort, day=3, group=other_group, pattern=pattern)
    next_week = SessionFactory(cohort=cohort, day=8, group=group, pattern=pattern)
    AttendanceRecordFactory(enrollment=other_enrollment, session=others, state="absent")
    grid = grid_of(cohort)
    assert [column.sessions for column in grid.columns] == [(own, others), (next_week,)]
    assert grid.columns[0].days == (MONDAY + dt.timedelta(days=1), MONDAY + dt.timedelta(days=3))
    assert states(grid) == [["untaken", "untaken"], ["absent", "unconcerned"]]


def test_group_sessions_set_by_hand_have_their_own_columns(enrollment, group, other_group) -> None:
    SessionFactory(cohort=enrollment.cohort, day=1, group=group)
    SessionFactory(cohort=enrollment.cohort, day=1, group=other_group)
    assert len(grid_of(enrollment.cohort).columns) == 2


def test_mark_of_the_earlier_group_is_shown_in_the_shared_column(
    enrollment, group, other_group
) -> None:
    cohort = enrollment.cohort
    pattern = SessionPatternFactory(cohort=cohort, audience="group")
    before = SessionFactory(cohort=cohort, day=1, group=other_group, pattern=pattern)
    SessionFactory(cohort=cohort, day=3, group=group, pattern=pattern)
    AttendanceRecordFactory(enrollment=enrollment, session=before, state="excused")
    (row,) = grid_of(cohort).rows
    assert (row.cells[0].state, row.cells[0].session) == ("excused", before)


def test_grid_costs_no_query(cohort, group, django_assert_num_queries) -> None:
    EnrollmentFactory.create_batch(2, cohort=cohort, group=group)
    SessionFactory(cohort=cohort)
    progress = CohortProgress.for_cohort(cohort, at=NOW)
    with django_assert_num_queries(0):
        grid = AttendanceGrid.of(progress, at=NOW)
        assert [column.label for column in grid.columns] == ["Plenaria"]
