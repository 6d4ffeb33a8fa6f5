import datetime as dt

import pytest

from courses.assessing import copy_assessments
from tests.factories import MONDAY, AssessmentFactory, CohortFactory, CohortModuleFactory

pytestmark = pytest.mark.django_db


def test_assessments_are_copied_by_module_with_their_links_and_moved_dates():
    source = CohortFactory()
    first = CohortModuleFactory(cohort=source, first_week=1, last_week=1)
    second = CohortModuleFactory(cohort=source, first_week=2, last_week=2)
    AssessmentFactory(cohort_module=first, title="Examen", weight=3, attempts=2, due_on=MONDAY)
    AssessmentFactory(cohort_module=second, title="Trabajo")
    # The post-test is older than its pre-test.
    post = AssessmentFactory(cohort=source, title="Salida", kind="post_test")
    post.pre_test = AssessmentFactory(cohort=source, title="Entrada", kind="pre_test")
    post.save()
    later = dt.timedelta(days=70)
    target = CohortFactory(
        program=source.program, starts_on=source.starts_on + later, ends_on=source.ends_on + later
    )
    own = CohortModuleFactory(cohort=target, module=first.module)

    assert copy_assessments(source, target) == 3
    assert copy_assessments(source, target) == 0
    exam = target.assessments.get(title="Examen")
    assert (exam.cohort_module, exam.weight, exam.attempts) == (own, 3, 2)
    assert exam.due_on == MONDAY + later
    assert target.assessments.get(title="Salida").pre_test.title == "Entrada"
    assert not target.assessments.filter(title="Trabajo").exists()
