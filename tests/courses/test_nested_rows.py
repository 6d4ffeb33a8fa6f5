"""What is nested is what a query of its own would have read, on SQLite and on PostgreSQL."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db.models import OuterRef

from courses.models import Assessment, CohortModule
from courses.nested_rows import NestedRows, moment
from participants.models import ModuleCompletion, Score
from tests.factories import AssessmentFactory, ModuleCompletionFactory, ScoreFactory

pytestmark = pytest.mark.django_db
DECIDED_AT = dt.datetime(2026, 3, 2, 13, 45, 10, 123456, dt.UTC)


def test_rows_are_those_of_each(django_assert_num_queries) -> None:
    first, second, third = AssessmentFactory.create_batch(3)
    one = ScoreFactory(assessment=first, value=Decimal("14.35"))
    other = ScoreFactory(assessment=first, value=None, did_not_sit=True)
    ScoreFactory(assessment=second, value=Decimal("20"))
    own = Score.objects.filter(assessment=OuterRef("pk"))
    nested = NestedRows(own, "enrollment_id", "attempt", "value")
    with django_assert_num_queries(1):
        found = {each.pk: each.nested for each in Assessment.objects.annotate(nested=nested)}
    assert sorted(found[first.pk]) == [
        [one.enrollment_id, 1, 14.35],
        [other.enrollment_id, 1, None],
    ]
    assert [value for _enrollment, _attempt, value in found[second.pk]] == [20]
    assert found[third.pk] == []


def test_text_comes_whole_and_moments_to_the_microsecond() -> None:
    note = 'Ñandú «50 %» "a"\\\n'
    completion = ModuleCompletionFactory(decided_at=DECIDED_AT)
    ModuleCompletion.objects.update(override_note=note)
    own = ModuleCompletion.objects.filter(cohort_module=OuterRef("pk"))
    nested = NestedRows(own, "override_note", "decided_at", "rule__version", "meets_rule")
    module = CohortModule.objects.annotate(nested=nested).get(pk=completion.cohort_module_id)
    ((text, decided_at, version, meets_rule),) = module.nested
    assert text == note
    assert moment(decided_at) == DECIDED_AT
    assert version == completion.rule.version
    assert bool(meets_rule) == completion.meets_rule
