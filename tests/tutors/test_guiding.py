import datetime as dt

from tests.factories import MONDAY, GroupFactory, TutorAssignmentFactory
from tutors.guiding import guides_on


def test_regular_tutor_guides_and_a_substitute_goes_before_on_the_own_days(group):
    regular = TutorAssignmentFactory(group=group)
    day = MONDAY + dt.timedelta(days=3)
    substitute = TutorAssignmentFactory(group=group, starts_on=day, ends_on=day)
    assert guides_on(MONDAY, [group.pk]) == {group.pk: [regular.tutor]}
    assert guides_on(day, [group.pk]) == {group.pk: [substitute.tutor]}
    assert guides_on(day + dt.timedelta(days=1), [group.pk]) == {group.pk: [regular.tutor]}


def test_tutor_who_left_does_not_guide_the_days_after(group):
    TutorAssignmentFactory(group=group, ends_on=MONDAY)
    assert guides_on(MONDAY + dt.timedelta(days=1), [group.pk]) == {}


def test_groups_are_looked_up_in_one_query(cohort, django_assert_num_queries):
    groups = [GroupFactory(cohort=cohort, number=number) for number in (1, 2, 3)]
    tutors = [TutorAssignmentFactory(group=group).tutor for group in groups]
    with django_assert_num_queries(1):
        found = guides_on(MONDAY, [group.pk for group in groups])
    assert found == {group.pk: [tutor] for group, tutor in zip(groups, tutors, strict=True)}
