import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from courses.models import CohortModule
from participants.completing import complete_all_meeting
from participants.rule_preview import RulePreview
from participants.rules_in_force import Demands
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    CompletionRuleFactory,
    EnrollmentFactory,
    SessionFactory,
    at,
)

pytestmark = pytest.mark.django_db
NOW = at(MONDAY + dt.timedelta(days=13), 12)


def preview_of(cohort, rule) -> RulePreview:
    return RulePreview.together(cohort, [rule], at=NOW)[rule.cohort_module_id]


def preview(cohort_module, minimum: int) -> RulePreview:
    rule = replace(Demands.of(cohort_module.rules.get()), minimum_attendance_percent=minimum)
    return preview_of(cohort_module.cohort, rule)


def people_with(cohort_module, group, *numbers_present) -> None:
    sessions = [
        SessionFactory(cohort=group.cohort, cohort_module=cohort_module, day=n) for n in range(5)
    ]
    for number in numbers_present:
        enrollment = EnrollmentFactory(cohort=group.cohort, group=group)
        for session in sessions:
            state = "present" if sessions.index(session) < number else "absent"
            AttendanceRecordFactory(enrollment=enrollment, session=session, state=state)


def test_preview_shows_whose_standing_would_change(cohort_module, group) -> None:
    people_with(cohort_module, group, 5, 3, 1)
    found = preview(cohort_module, 60)
    (change,) = found.changes
    assert (change.before.standing, change.after.standing) == ("not_met", "met")
    assert (found.meeting_before, found.meeting_after, found.undecided) == (1, 2, 3)
    assert cohort_module.rules.count() == 1


def test_preview_leaves_the_decided_alone(cohort_module, group, tutor) -> None:
    people_with(cohort_module, group, 4)
    complete_all_meeting(cohort_module, group, by=tutor, at=NOW, as_tutor=True)
    found = preview(cohort_module, 100)
    assert (found.changes, found.decided, found.undecided) == ((), 1, 0)


@pytest.mark.parametrize("people", [1, 3])
def test_preview_costs_the_same_for_any_number(
    people, cohort_module, group, django_assert_num_queries
) -> None:
    people_with(cohort_module, group, *[3] * people)
    module = CohortModule.objects.select_related("cohort").get(pk=cohort_module.pk)
    rule = replace(Demands.of(module.rules.get()), minimum_attendance_percent=60)
    with django_assert_num_queries(10):
        found = preview_of(module.cohort, rule)
        assert len([str(c.enrollment.participant) for c in found.changes]) == people


def test_preview_of_the_edition_says_who_would_fall_short(cohort, group) -> None:
    rule = CompletionRuleFactory(cohort_module=None, cohort=cohort, minimum_attendance_percent=0)
    EnrollmentFactory(cohort=cohort, group=group)
    demands = replace(Demands.of(rule), minimum_average=Decimal(14))
    found = preview_of(cohort, demands)
    (change,) = found.changes
    assert (change.before.standing, change.after.standing) == ("met", "not_yet")
    assert change.after.in_words


def test_first_version_names_who_could_no_longer_meet_it(cohort_module, group) -> None:
    people_with(cohort_module, group, 5, 1)
    rule = Demands.of(cohort_module.rules.get())
    cohort_module.rules.all().delete()
    found = preview_of(cohort_module.cohort, rule)
    (change,) = found.changes
    assert (found.is_first, found.meeting_after, change.after.standing) == (True, 1, "not_met")


def test_rules_taken_together_name_whom_the_rules_that_build_on_them_concern(
    cohort_module, group
) -> None:
    """The edition's rule is not written anew, and asks for the module."""
    people_with(cohort_module, group, 3)
    cohort = cohort_module.cohort
    of_edition = CompletionRuleFactory(
        cohort_module=None, cohort=cohort, minimum_attendance_percent=0
    )
    of_edition.prerequisites.add(cohort_module)
    rule = Demands.of(cohort_module.rules.get())
    assert set(RulePreview.together(cohort, [rule], at=NOW)) == {cohort_module.pk}
    laxer = replace(rule, minimum_attendance_percent=60)
    found = RulePreview.together(cohort, [laxer], at=NOW)
    assert set(found) == {cohort_module.pk, None}
    (change,) = found[None].changes
    assert (change.before.standing, change.after.standing) == ("not_met", "not_yet")
