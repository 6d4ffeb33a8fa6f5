import datetime as dt

from tests.factories import MONDAY, GroupFactory, TutorAssignmentFactory
from tutors.guiding import Guides

ONE_DAY = dt.timedelta(days=1)
THURSDAY = MONDAY + 3 * ONE_DAY


def test_regular_tutor_guides_and_a_substitute_goes_before_on_the_own_days(group):
    regular = TutorAssignmentFactory(group=group)
    substitute = TutorAssignmentFactory(group=group, starts_on=THURSDAY, ends_on=THURSDAY)
    guides = Guides.of([group.pk])
    assert guides.on(group.pk, MONDAY) == [regular]
    assert guides.on(group.pk, THURSDAY) == [substitute]
    assert guides.on(group.pk, THURSDAY + ONE_DAY) == [regular]


def test_tutor_who_left_does_not_guide_the_days_after(group):
    TutorAssignmentFactory(group=group, ends_on=MONDAY)
    assert Guides.of([group.pk]).on(group.pk, MONDAY + ONE_DAY) == []


def test_register_is_the_substitutes_as_long_as_it_can_be_saved(group):
    regular = TutorAssignmentFactory(group=group)
    substitute = TutorAssignmentFactory(group=group, starts_on=THURSDAY, ends_on=THURSDAY)
    guides = Guides.of([group.pk])
    assert guides.who_takes(group.pk, THURSDAY, today=THURSDAY + 7 * ONE_DAY) == [substitute]
    assert guides.who_takes(group.pk, THURSDAY, today=THURSDAY + 8 * ONE_DAY) == [regular]


def test_register_of_a_day_without_a_tutor_is_for_who_guides_now(group):
    late = TutorAssignmentFactory(group=group, starts_on=THURSDAY)
    assert Guides.of([group.pk]).who_takes(group.pk, MONDAY, today=THURSDAY) == [late]
    assert Guides.of([group.pk]).who_takes(group.pk, MONDAY, today=MONDAY) == []


def test_groups_are_looked_up_in_one_query(cohort, django_assert_num_queries):
    groups = [GroupFactory(cohort=cohort, number=number) for number in (1, 2, 3)]
    assignments = [TutorAssignmentFactory(group=group) for group in groups]
    with django_assert_num_queries(1):
        guides = Guides.of([group.pk for group in groups])
        found = [each.tutor for group in groups for each in guides.on(group.pk, MONDAY)]
    assert found == [each.tutor for each in assignments]
