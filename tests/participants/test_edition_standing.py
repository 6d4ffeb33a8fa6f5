import datetime as dt
from dataclasses import replace

import pytest

from courses.models import Cohort
from participants.edition_standing import CohortStanding, PersonStanding
from participants.models import Enrollment
from participants.rules_in_force import Demands
from tests.factories import (
    MONDAY,
    AssessmentFactory,
    AttendanceRecordFactory,
    CohortModuleFactory,
    CompletionRuleFactory,
    EditionOutcomeFactory,
    EnrollmentFactory,
    ModuleCompletionFactory,
    RuleScoreFactory,
    ScoreFactory,
    SessionFactory,
    at,
)

pytestmark = pytest.mark.django_db
NOW = at(MONDAY + dt.timedelta(days=13), 12)


@pytest.fixture
def rule(cohort, cohort_module):
    rule = CompletionRuleFactory(
        cohort_module=None, cohort=cohort, requires_competency_ratings=True
    )
    rule.prerequisites.add(cohort_module)
    RuleScoreFactory(rule=cohort_module.rules.get())
    return rule


def everything(cohort, cohort_module, group, people: int) -> None:
    exam = AssessmentFactory(cohort_module=cohort_module)
    sessions = [
        SessionFactory(cohort=cohort, cohort_module=cohort_module, day=day) for day in range(people)
    ]
    for _ in range(people):
        enrollment = EnrollmentFactory(cohort=cohort, group=group)
        ScoreFactory(enrollment=enrollment, assessment=exam)
        EditionOutcomeFactory(enrollment=enrollment, rule=cohort.rules.get(cohort_module=None))
        for session in sessions:
            AttendanceRecordFactory(enrollment=enrollment, session=session)


@pytest.mark.parametrize("people", [1, 3])
def test_everything_costs_the_same_for_any_number(
    people, rule, cohort, cohort_module, group, django_assert_num_queries
) -> None:
    everything(cohort, cohort_module, group, people)
    cohort = Cohort.objects.get(pk=cohort.pk)
    with django_assert_num_queries(6):
        found = CohortStanding.for_cohort(cohort, at=NOW)
        assert [each.standing for row in found.rows for each in row.modules]
        assert [row.outcome.outcome for row in found.rows] == ["completed"] * people
        assert len([str(row.enrollment.participant) for row in found.rows]) == people
    enrollment = Enrollment.objects.select_related("cohort", "edition_outcome").first()
    with django_assert_num_queries(6):
        PersonStanding.for_enrollment(enrollment, at=NOW)


def test_group_has_its_own_people(rule, cohort, cohort_module, group, other_group) -> None:
    everything(cohort, cohort_module, group, 2)
    EnrollmentFactory(cohort=cohort, group=other_group)
    assert len(CohortStanding.for_cohort(cohort, at=NOW, group=group).rows) == 2


def test_rule_counts_attendance_by_its_own_base(cohort, cohort_module, group) -> None:
    rule = CompletionRuleFactory(cohort_module=None, cohort=cohort, attendance_base="minutes")
    enrollment = EnrollmentFactory(cohort=cohort, group=group)
    for minutes, state in ((60, "present"), (240, "absent")):
        session = SessionFactory(cohort=cohort, day=minutes // 60)
        session.ends_at = session.starts_at + dt.timedelta(minutes=minutes)
        session.save()
        AttendanceRecordFactory(enrollment=enrollment, session=session, state=state)
    (row,) = CohortStanding.for_cohort(cohort, at=NOW).rows
    assert row.rate.certain == 20
    in_sessions = replace(Demands.of(rule), attendance_base="sessions")
    (row,) = CohortStanding.for_cohort(cohort, at=NOW, instead=[in_sessions]).rows
    assert row.rate.certain == 50


def test_module_waits_for_the_one_that_it_builds_on(cohort, cohort_module, group) -> None:
    later = CohortModuleFactory(cohort=cohort, first_week=3, last_week=4)
    rule = CompletionRuleFactory(cohort_module=later, minimum_attendance_percent=0)
    rule.prerequisites.add(cohort_module)
    enrollment = EnrollmentFactory(cohort=cohort, group=group)
    session = SessionFactory(cohort=cohort, cohort_module=cohort_module)
    AttendanceRecordFactory(enrollment=enrollment, session=session, state="absent")

    def standing() -> str:
        (row,) = CohortStanding.for_cohort(cohort, at=NOW).rows
        (asked,) = [each for each in row.of_module(later.pk).requirements.each if each.of]
        return asked.standing

    assert standing() == "not_met"
    values = {"enrollment": enrollment, "cohort_module": cohort_module}
    ModuleCompletionFactory(**values, rule=cohort_module.rules.get())
    assert standing() == "met"


def test_decided_shows_as_not_met_what_is_short(cohort, cohort_module, group) -> None:
    enrollment = EnrollmentFactory(cohort=cohort, group=group)
    SessionFactory(cohort=cohort, cohort_module=cohort_module)
    ModuleCompletionFactory(
        enrollment=enrollment,
        cohort_module=cohort_module,
        rule=cohort_module.rules.get(),
        outcome="not_completed",
        meets_rule=False,
    )
    (row,) = CohortStanding.for_cohort(cohort, at=NOW).rows
    (module,) = row.modules
    assert (module.standing, module.shown.standing) == ("not_yet", "not_met")
