import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from courses.models import CohortModule, CompletionRule
from participants.completing import complete_all_meeting
from participants.completion_rules import RulePreview, publish_rule
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    CohortModuleFactory,
    EnrollmentFactory,
    SessionFactory,
    UserFactory,
    at,
)

pytestmark = pytest.mark.django_db
NOW = at(MONDAY + dt.timedelta(days=13), 12)


def publish(cohort_module, minimum, by, **changed) -> CompletionRule:
    values = {"requires_sign_off": True, "reason": "Acuerdo", "based_on": 1} | changed
    return publish_rule(cohort_module, minimum_attendance_percent=minimum, by=by, at=NOW, **values)


def test_published_rule_is_the_next_version_and_names_who(cohort_module, coordinator) -> None:
    rule = publish(cohort_module, 70, coordinator)
    assert (rule.version, rule.reason, rule.published_by) == (2, "Acuerdo", coordinator)
    assert list(CompletionRule.objects.in_force(NOW.date())) == [rule]
    assert cohort_module.rules.count() == 2


def test_first_rule_of_a_module_needs_no_reason(cohort, coordinator) -> None:
    bare = CohortModuleFactory(cohort=cohort, first_week=3, last_week=4)
    assert publish(bare, 80, coordinator, reason="", based_on=None).version == 1


def test_same_rule_again_publishes_nothing(cohort_module, coordinator) -> None:
    publish(cohort_module, 70, coordinator)
    assert publish(cohort_module, 70, coordinator).version == 2
    assert cohort_module.rules.count() == 2


@pytest.mark.parametrize(
    ("minimum", "changed", "field"),
    [(70, {"reason": "  "}, "reason"), (101, {}, "minimum_attendance_percent")],
)
def test_bad_rule_is_refused_at_the_field(
    minimum, changed, field, cohort_module, coordinator
) -> None:
    with pytest.raises(ValidationError) as refused:
        publish(cohort_module, minimum, coordinator, **changed)
    assert field in refused.value.message_dict
    assert cohort_module.rules.count() == 1


def test_newer_version_is_not_covered_up(cohort_module, coordinator) -> None:
    publish(cohort_module, 70, coordinator)
    with pytest.raises(ValidationError) as refused:
        publish(cohort_module, 60, coordinator, based_on=1)
    assert refused.value.code == "stale"


def test_closed_module_keeps_its_rule(cohort_module, coordinator) -> None:
    CohortModule.objects.update(closed_at=NOW)
    with pytest.raises(ValidationError):
        publish(cohort_module, 70, coordinator)


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
    preview = RulePreview.of(cohort_module, minimum_attendance_percent=60, at=NOW)
    (change,) = preview.changes
    assert (change.before.standing, change.after.standing) == ("impossible", "meets")
    assert (preview.meeting_before, preview.meeting_after, preview.undecided) == (1, 2, 3)
    assert cohort_module.rules.count() == 1


def test_preview_leaves_the_decided_alone(cohort_module, group, tutor) -> None:
    people_with(cohort_module, group, 4)
    complete_all_meeting(cohort_module, group, by=tutor, at=NOW, as_tutor=True)
    preview = RulePreview.of(cohort_module, minimum_attendance_percent=100, at=NOW)
    assert (preview.changes, preview.decided, preview.undecided) == ((), 1, 0)


@pytest.mark.parametrize("people", [1, 3])
def test_preview_costs_the_same_for_any_number(
    people, cohort_module, group, django_assert_num_queries
) -> None:
    people_with(cohort_module, group, *[3] * people)
    module = CohortModule.objects.select_related("cohort").get(pk=cohort_module.pk)
    with django_assert_num_queries(6):
        preview = RulePreview.of(module, minimum_attendance_percent=60, at=NOW)
        assert len([str(c.after.enrollment.participant) for c in preview.changes]) == people


def test_two_publishers_at_once_make_one_version(at_once, cohort_module) -> None:
    users = [UserFactory(), UserFactory()]
    outcomes = at_once(lambda n: publish(cohort_module, (60, 70)[n], users[n]))
    refused = [outcome for outcome in outcomes if isinstance(outcome, ValidationError)]
    assert [error.code for error in refused] == ["stale"]
    assert cohort_module.rules.count() == 2
