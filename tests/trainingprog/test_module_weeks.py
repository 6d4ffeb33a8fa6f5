import datetime as dt

import pytest
from django.forms import inlineformset_factory

from courses.models import Cohort, CohortModule
from tests.factories import CohortFactory, CohortModuleFactory, ModuleFactory
from trainingprog.admin.module_weeks import ModuleWeeksFormSet

pytestmark = pytest.mark.django_db

MONDAY = dt.date(2026, 3, 2)


def edition() -> Cohort:
    return CohortFactory(starts_on=MONDAY, ends_on=MONDAY + dt.timedelta(days=27))


def errors_of(*weeks: tuple[int, int], rows: tuple[CohortModule, ...] = ()) -> list[list[str]]:
    """Of modules sent together for an edition of four weeks, the fields found wrong."""
    cohort = rows[0].cohort if rows else edition()
    modules = [row.module for row in rows] or [
        ModuleFactory(program=cohort.program) for _week in weeks
    ]
    form_set = inlineformset_factory(
        Cohort,
        CohortModule,
        formset=ModuleWeeksFormSet,
        fields=["module", "first_week", "last_week"],
    )
    data = {"cohort_modules-TOTAL_FORMS": len(weeks), "cohort_modules-INITIAL_FORMS": len(rows)}
    for i, ((first, last), module) in enumerate(zip(weeks, modules, strict=True)):
        data |= {
            f"cohort_modules-{i}-module": module.pk,
            f"cohort_modules-{i}-first_week": first,
            f"cohort_modules-{i}-last_week": last,
        }
    for i, row in enumerate(rows):
        data[f"cohort_modules-{i}-id"] = row.pk
    return [list(each) for each in form_set(data, instance=cohort).errors]


def test_adjoining_modules_sent_together_are_clean():
    assert errors_of((1, 2), (3, 4)) == [[], []]


def test_overlapping_modules_sent_together_are_refused_once():
    assert errors_of((1, 3), (2, 4)) == [[], ["first_week"]]


def test_saved_modules_can_move_on_together():
    cohort = edition()
    rows = tuple(
        CohortModuleFactory(cohort=cohort, first_week=first, last_week=last)
        for first, last in [(1, 1), (2, 3)]
    )
    assert errors_of((1, 2), (3, 4), rows=rows) == [[], []]


def test_module_beyond_the_last_teaching_week_is_refused():
    assert errors_of((1, 2), (3, 5)) == [[], ["last_week"]]


def test_row_with_an_error_of_its_own_is_told_that_alone():
    assert errors_of((3, 1), (1, 4)) == [["last_week"], []]
