import pytest

from participants.grades import average
from participants.grading import CohortGrades
from tests.factories import (
    AssessmentFactory,
    CohortModuleFactory,
    EnrollmentFactory,
    GroupFactory,
    ScoreFactory,
)

pytestmark = pytest.mark.django_db


def scored(n: int):
    """A module with an exam and a pre-test, a project of the whole edition, and n people."""
    module = CohortModuleFactory()
    exam = AssessmentFactory(cohort_module=module, weight=2)
    pre = AssessmentFactory(cohort_module=module, kind="pre_test")
    project = AssessmentFactory(cohort=module.cohort, weight=1)
    group = GroupFactory(cohort=module.cohort)
    people = EnrollmentFactory.create_batch(n, cohort=module.cohort, group=group)
    for person in people:
        ScoreFactory(enrollment=person, assessment=exam, value="14.5")
        ScoreFactory(enrollment=person, assessment=pre, value=None)
    return module, group, people, (exam, pre, project)


@pytest.mark.parametrize("n", [1, 3])
def test_grades_are_one_query_for_any_number(n, django_assert_num_queries):
    module, group, people, (exam, pre, project) = scored(n)
    with django_assert_num_queries(1):
        grades = CohortGrades.for_cohort(module.cohort, group)
        assert [each.cohort_module for each in grades.assessments] == [module, module, None]
        for person in people:
            own = grades[person.pk]
            assert (own[exam.pk].hundredths, own[pre.pk].did_not_sit) == (1450, True)
            assert own[project.pk].is_open
            assert list(grades.of_module(module.pk)) == [exam, pre]
            assert average(own.values(), grades.policy).best == (2 * 1450 + 2000 + 1) // 3


def test_grades_of_a_group_leave_the_others_out():
    module, group, [person], (exam, *_others) = scored(1)
    other = EnrollmentFactory(cohort=module.cohort, group=GroupFactory(cohort=module.cohort))
    ScoreFactory(enrollment=other, assessment=exam, value=9)
    of_group = CohortGrades.for_cohort(module.cohort, group)
    assert of_group[person.pk][exam.pk].hundredths == 1450
    assert of_group[other.pk][exam.pk].hundredths is None
    assert CohortGrades.for_cohort(module.cohort)[other.pk][exam.pk].hundredths == 900


def test_grades_of_one_person_are_as_those_of_all(django_assert_num_queries):
    module, _group, people, _assessments = scored(2)
    with django_assert_num_queries(1):
        own = CohortGrades.for_enrollment(people[0])
    assert own[people[0].pk] == CohortGrades.for_cohort(module.cohort)[people[0].pk]


def test_assessments_of_the_whole_edition_are_of_no_module():
    module, _group, _people, (exam, pre, project) = scored(1)
    grades = CohortGrades.for_cohort(module.cohort)
    assert set(grades.of_module(module.pk)) == {exam, pre}
    assert list(grades.of_module(None)) == [project]
