import datetime as dt
import re

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from courses.models import Cohort, Group
from participants.completing import (
    ModuleReview,
    SignOff,
    approve,
    complete_all_meeting,
    decide,
    decide_again,
    take_back,
)
from participants.models import Enrollment, ModuleCompletion
from tests.factories import (
    MONDAY,
    AssessmentFactory,
    AttendanceRecordFactory,
    CohortModuleFactory,
    CompletionRuleFactory,
    EnrollmentFactory,
    GroupFactory,
    RuleScoreFactory,
    ScoreFactory,
    SessionFactory,
    UserFactory,
    at,
)

pytestmark = pytest.mark.django_db
NOW = at(MONDAY + dt.timedelta(days=13), 12)
LATER = NOW + dt.timedelta(hours=1)


@pytest.fixture
def sessions(cohort, cohort_module):
    return [SessionFactory(cohort=cohort, cohort_module=cohort_module, day=n) for n in range(5)]


def person(group, sessions, *states, **fields) -> Enrollment:
    """With these marks in the first sessions; the others stay open."""
    enrollment = EnrollmentFactory(cohort=group.cohort, group=group, **fields)
    for session, state in zip(sessions, states, strict=False):
        AttendanceRecordFactory(enrollment=enrollment, session=session, state=state)
    return enrollment


def present(number: int) -> list[str]:
    return ["present"] * number


def review(cohort_module, group) -> ModuleReview:
    return ModuleReview.for_group(cohort_module, Group.objects.get(pk=group.pk), at=NOW)


def complete_all(cohort_module, group, by, **changed) -> SignOff:
    return complete_all_meeting(
        cohort_module, group, **{"by": by, "at": NOW, "as_tutor": True} | changed
    )


def decide_now(enrollment, cohort_module, outcome, by, **changed) -> ModuleCompletion:
    values = {"by": by, "at": NOW, "as_tutor": True} | changed
    return decide(enrollment, cohort_module, outcome, **values)


def refusal(call, *args, **kwargs) -> ValidationError:
    with pytest.raises(ValidationError) as refused:
        call(*args, **kwargs)
    return refused.value


def figures_in(text: str) -> list[int]:
    return [int(figure) for figure in re.findall(r"\d+", text)]


def test_review_says_who_meets_and_by_how_much_the_others_fall_short(
    cohort_module, group, sessions
) -> None:
    person(group, sessions, *present(4), participant__paternal_surname="A")
    person(group, sessions, *present(3), participant__paternal_surname="B")
    person(group, sessions, "absent", "absent", participant__paternal_surname="C")
    rows = review(cohort_module, group).rows
    assert [row.standing for row in rows] == ["met", "not_yet", "out_of_reach"]
    assert rows[0].shortfall == ""
    assert figures_in(rows[1].shortfall) == [1, 20]
    assert figures_in(rows[2].shortfall) == [4, 80]


def test_sign_off_waits_for_no_attempt_that_could_lower_the_last_one(
    cohort_module, group, tutor
) -> None:
    Cohort.objects.update(attempts_count="last")
    exam = AssessmentFactory(cohort_module=cohort_module, attempts=2)
    cohort_module.rules.update(minimum_attendance_percent=0)
    RuleScoreFactory(rule=cohort_module.rules.get(), assessment=exam, minimum=14)
    passed, failed = (person(group, []) for _ in range(2))
    ScoreFactory(enrollment=passed, assessment=exam, value=14)
    ScoreFactory(enrollment=failed, assessment=exam, value=13)
    rows = {row.enrollment: row for row in review(cohort_module, group).rows}
    assert (rows[passed].standing, rows[failed].standing) == ("met", "not_yet")
    assert rows[passed].shortfall  # says that an attempt is left
    assert complete_all(cohort_module, group, tutor).completed == 1
    assert ModuleCompletion.objects.get().enrollment == passed


def test_shortfall_counts_minutes_where_the_cohort_does(cohort_module, group, sessions) -> None:
    group.cohort.attendance_base = "minutes"
    group.cohort.save()
    person(group, sessions, *present(3))
    assert figures_in(review(cohort_module, group).rows[0].shortfall) == [120, 20]


def test_shortfall_without_sessions_is_said(cohort_module, group) -> None:
    person(group, [])
    (row,) = review(cohort_module, group).rows
    assert (row.standing, bool(row.shortfall)) == ("not_yet", True)


def test_complete_all_completes_those_who_meet_with_rule_and_figures(
    cohort_module, group, other_group, sessions, tutor
) -> None:
    meets = person(group, sessions, *present(4), "absent")
    person(group, sessions, *present(3))
    person(other_group, sessions, *present(5))
    person(
        group,
        sessions,
        *present(5),
        status=Enrollment.Status.WITHDRAWN,
        ended_on=MONDAY + dt.timedelta(days=12),
    )
    done = complete_all(cohort_module, group, tutor)
    assert done == SignOff(completed=1, already_decided=0, left_open=1)
    completion = ModuleCompletion.objects.get()
    assert completion.enrollment == meets
    assert (completion.outcome, completion.meets_rule, completion.rule.version) == (
        "completed",
        True,
        1,
    )
    figures = (
        completion.attendance_percent,
        completion.sessions_counted,
        completion.sessions_taken,
    )
    assert figures == (80, 5, 5)
    assert (completion.decided_by, completion.decided_at) == (tutor, NOW)
    kept = completion.history.get()
    assert (kept.history_type, kept.history_user) == ("+", tutor)


def test_complete_all_twice_changes_nothing(cohort_module, group, sessions, tutor) -> None:
    person(group, sessions, *present(5))
    complete_all(cohort_module, group, tutor)
    again = complete_all(cohort_module, group, tutor, at=LATER)
    assert again == SignOff(completed=0, already_decided=1, left_open=0)
    assert ModuleCompletion.objects.get().decided_at == NOW
    assert ModuleCompletion.history.count() == 1


def test_complete_all_leaves_an_earlier_decision(cohort_module, group, sessions, tutor) -> None:
    enrollment = person(group, sessions, *present(5))
    decide_now(enrollment, cohort_module, "not_completed", tutor, override_reason="other")
    assert complete_all(cohort_module, group, tutor).completed == 0
    assert ModuleCompletion.objects.get().outcome == "not_completed"


def test_later_rule_or_mark_changes_no_decision(cohort_module, group, sessions, tutor) -> None:
    enrollment = person(group, sessions, *present(4))
    complete_all(cohort_module, group, tutor)
    CompletionRuleFactory(
        cohort_module=cohort_module, version=2, minimum_attendance_percent=100, reason="Acuerdo"
    )
    enrollment.attendance.all()[0].delete()
    complete_all(cohort_module, group, tutor, at=LATER)
    completion = ModuleCompletion.objects.get()
    assert (completion.rule.version, completion.attendance_percent) == (1, 80)
    assert completion.outcome == "completed"


@pytest.mark.parametrize("people", [1, 3])
def test_complete_all_costs_the_same_for_any_number(
    people, cohort_module, group, sessions, tutor, django_assert_num_queries
) -> None:
    for _ in range(people):
        person(group, sessions, *present(5))
    # Savepoint, lock; rules, three of progress, one of grades; rows, their history, release.
    with django_assert_num_queries(10):
        assert complete_all(cohort_module, group, tutor).completed == people


@pytest.mark.parametrize("people", [1, 3])
def test_review_costs_the_same_for_any_number(
    people, cohort_module, group, sessions, django_assert_num_queries
) -> None:
    for _ in range(people):
        person(group, sessions, *present(5))
    group = Group.objects.select_related("cohort").get(pk=group.pk)
    with django_assert_num_queries(5):
        found = ModuleReview.for_group(cohort_module, group, at=NOW)
        assert len([str(row.enrollment.participant) for row in found.meeting]) == people


def test_closed_module_refuses_decisions(cohort_module, group, sessions, tutor) -> None:
    enrollment = person(group, sessions, *present(5))
    cohort_module.closed_at = NOW
    cohort_module.save()
    assert refusal(complete_all, cohort_module, group, tutor).code == "closed"
    assert refusal(decide_now, enrollment, cohort_module, "completed", tutor).code == "closed"
    assert not ModuleCompletion.objects.exists()


def test_module_closed_since_it_was_read_refuses_too(cohort_module, group, sessions, tutor) -> None:
    person(group, sessions, *present(5))
    type(cohort_module).objects.update(closed_at=NOW)
    assert cohort_module.closed_at is None
    assert refusal(complete_all, cohort_module, group, tutor).code == "closed"


def test_closed_edition_refuses_decisions(cohort_module, group, sessions, tutor) -> None:
    enrollment = person(group, sessions, *present(5))
    Cohort.objects.update(status=Cohort.Status.CLOSED)
    assert refusal(complete_all, cohort_module, group, tutor).code == "closed"
    assert refusal(decide_now, enrollment, cohort_module, "completed", tutor).code == "closed"
    assert not ModuleCompletion.objects.exists()


def test_group_or_person_of_another_cohort_is_refused(cohort_module, enrollment, tutor) -> None:
    refusal(complete_all, cohort_module, GroupFactory(), tutor)
    refusal(decide_now, EnrollmentFactory(), cohort_module, "completed", tutor)
    assert not ModuleCompletion.objects.exists()


def test_module_without_rule_refuses(cohort, group, tutor) -> None:
    bare = CohortModuleFactory(cohort=cohort, first_week=3, last_week=4)
    assert refusal(complete_all, bare, group, tutor).code == "no_rule"


def test_rule_that_asks_for_the_tutor_refuses_another(
    cohort_module, group, sessions, coordinator
) -> None:
    enrollment = person(group, sessions, *present(5))
    refused = refusal(complete_all, cohort_module, group, coordinator, as_tutor=False)
    assert refused.code == "needs_tutor"
    refusal(decide_now, enrollment, cohort_module, "completed", coordinator, as_tutor=False)
    CompletionRuleFactory(
        cohort_module=cohort_module, version=2, requires_sign_off=False, reason="Acuerdo"
    )
    assert complete_all(cohort_module, group, coordinator, as_tutor=False).completed == 1


@pytest.mark.parametrize(
    ("states", "outcome"),
    [
        (["present"] * 3 + ["absent"] * 2, "completed"),
        (["present"] * 3, "completed"),
        (["present"] * 3, "not_completed"),
        (["present"] * 5, "not_completed"),
    ],
)
def test_decision_against_the_rule_needs_a_reason(
    states, outcome, cohort_module, group, sessions, tutor
) -> None:
    enrollment = person(group, sessions, *states)
    refused = refusal(decide_now, enrollment, cohort_module, outcome, tutor)
    assert list(refused.message_dict) == ["override_reason"]
    completion = decide_now(
        enrollment, cohort_module, outcome, tutor, override_reason="made_up", note="Taller"
    )
    assert (completion.override_reason, completion.override_note) == ("made_up", "Taller")


@pytest.mark.parametrize(
    ("states", "outcome", "meets"),
    [
        (["present"] * 4, "completed", True),
        (["absent", "absent"], "not_completed", False),
    ],
)
def test_decision_that_follows_the_rule_needs_none(
    states, outcome, meets, cohort_module, group, sessions, tutor
) -> None:
    enrollment = person(group, sessions, *states)
    completion = decide_now(enrollment, cohort_module, outcome, tutor)
    assert completion.meets_rule is meets


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"outcome": "perhaps", "override_reason": "other"}, "outcome"),
        ({"override_reason": "because"}, "override_reason"),
        ({"override_reason": "other", "note": "x" * 256}, "override_note"),
    ],
)
def test_decision_with_bad_values_is_refused_at_the_field(
    values, field, cohort_module, group, sessions, tutor
) -> None:
    enrollment = person(group, sessions)
    values = {"outcome": "completed"} | values
    outcome = values.pop("outcome")
    refused = refusal(decide_now, enrollment, cohort_module, outcome, tutor, **values)
    assert field in refused.message_dict
    assert not ModuleCompletion.objects.exists()


def test_person_who_left_is_not_decided(cohort_module, group, sessions, tutor) -> None:
    enrollment = person(
        group, sessions, *present(5), status=Enrollment.Status.WITHDRAWN, ended_on=MONDAY
    )
    refusal(decide_now, enrollment, cohort_module, "completed", tutor)


def test_changed_decision_keeps_the_earlier_one(
    cohort_module, group, sessions, tutor, coordinator
) -> None:
    enrollment = person(group, sessions, *present(5))
    first = decide_now(enrollment, cohort_module, "completed", tutor)
    changed = decide_now(
        enrollment,
        cohort_module,
        "not_completed",
        coordinator,
        override_reason="record_fault",
        based_on=first.decided_at,
        at=LATER,
    )
    assert changed.pk == first.pk
    kept = [(h.outcome, h.history_user, h.decided_at) for h in changed.history.all()]
    assert kept == [("not_completed", coordinator, LATER), ("completed", tutor, NOW)]


def test_stale_decision_does_not_overwrite(
    cohort_module, group, sessions, tutor, coordinator
) -> None:
    enrollment = person(group, sessions, *present(5))
    decide_now(enrollment, cohort_module, "completed", tutor)
    refused = refusal(
        decide_now,
        enrollment,
        cohort_module,
        "not_completed",
        coordinator,
        override_reason="other",
        at=LATER,
    )
    assert refused.code == "stale"
    assert ModuleCompletion.objects.get().outcome == "completed"


def test_same_decision_again_changes_nothing(cohort_module, group, sessions, tutor) -> None:
    enrollment = person(group, sessions, *present(5))
    decide_now(enrollment, cohort_module, "completed", tutor)
    decide_now(enrollment, cohort_module, "completed", tutor, at=LATER)
    assert ModuleCompletion.objects.get().decided_at == NOW
    assert ModuleCompletion.history.count() == 1


def new_version(cohort_module, minimum: int):
    return CompletionRuleFactory(
        cohort_module=cohort_module,
        version=2,
        minimum_attendance_percent=minimum,
        reason="Acuerdo",
    )


def test_exception_counts_once_a_second_person_approved_it(
    cohort_module, group, sessions, tutor, coordinator
) -> None:
    Cohort.objects.update(overrides_need_approval=True)
    enrollment = person(group, sessions, *["absent"] * 5)
    found = decide_now(enrollment, cohort_module, "completed", tutor, override_reason="other")
    (row,) = review(cohort_module, group).pending
    assert (found.is_pending, row.decision.is_completed) == (True, False)
    values = {"based_on": NOW, "at": LATER}
    assert refusal(approve, found, by=tutor, **values).code == "same_person"
    assert approve(found, by=coordinator, **values).approved_by == coordinator
    (row,) = review(cohort_module, group).rows
    assert row.decision.is_completed


def test_exception_not_approved_is_taken_back_with_a_reason(
    cohort_module, group, sessions, tutor, coordinator
) -> None:
    enrollment = person(group, sessions, *["absent"] * 5)
    found = decide_now(enrollment, cohort_module, "completed", tutor, override_reason="other")
    assert refusal(take_back, found, reason="x", based_on=LATER, by=coordinator).code == "stale"
    take_back(found, reason="No procede", based_on=NOW, by=coordinator)
    assert not ModuleCompletion.objects.exists()
    assert ModuleCompletion.history.first().history_change_reason == "No procede"


def test_decided_again_under_the_rule_in_force(
    cohort_module, group, sessions, tutor, coordinator
) -> None:
    falls = person(group, sessions, *present(4), "absent")
    person(group, sessions, *present(5))
    complete_all(cohort_module, group, tutor)
    values = {"reason": "Acuerdo", "by": coordinator, "at": LATER}
    assert decide_again(cohort_module, expected=[], **values) == 0
    second = new_version(cohort_module, 100)
    assert refusal(decide_again, cohort_module, expected=[], **values).code == "stale"
    assert decide_again(cohort_module, expected=[falls.pk], **values) == 2
    found = ModuleCompletion.objects.get(enrollment=falls)
    assert (found.outcome, found.rule, found.decided_by) == ("not_completed", second, coordinator)
    kept = found.history.first()
    assert (kept.history_change_reason, kept.history_user) == ("Acuerdo", coordinator)


def test_decision_keeps_what_was_asked_for(cohort_module, group, sessions, tutor) -> None:
    exam = AssessmentFactory(cohort_module=cohort_module)
    RuleScoreFactory(rule=cohort_module.rules.get(), assessment=exam)
    enrollment = person(group, sessions, *present(5))
    assert complete_all(cohort_module, group, tutor).completed == 0
    ScoreFactory(enrollment=enrollment, assessment=exam)
    complete_all(cohort_module, group, tutor)
    found = ModuleCompletion.objects.get()
    assert found.average == 14
    assert [(each["kind"], each["standing"]) for each in found.figures] == [
        ("attendance", "met"),
        ("score", "met"),
        ("sign_off", "met"),
    ]


def raw(enrollment, cohort_module, by, **changed) -> ModuleCompletion:
    values = {
        "enrollment": enrollment,
        "cohort_module": cohort_module,
        "rule": cohort_module.rules.get(),
        "meets_rule": True,
        "sessions_counted": 5,
        "sessions_taken": 5,
        "decided_by": by,
        "decided_at": NOW,
    }
    return ModuleCompletion.objects.create(**values | changed)


def test_module_without_a_session_that_counts_is_decided_with_a_reason(
    cohort_module, enrollment, tutor
) -> None:
    decision = decide_now(
        enrollment, cohort_module, "completed", tutor, override_reason="equivalent"
    )
    assert (decision.attendance_percent, decision.sessions_counted) == (None, 0)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"meets_rule": False}, "override_has_reason"),
        ({"outcome": "not_completed"}, "override_has_reason"),
        ({"sessions_taken": 6}, "taken_within_counted"),
        ({"attendance_percent": 101}, "0_to_100"),
    ],
)
def test_constraint_refuses_a_raw_row(values, constraint, cohort_module, enrollment, tutor) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        raw(enrollment, cohort_module, tutor, **values)


def test_one_decision_per_person_and_module(cohort_module, enrollment, tutor) -> None:
    raw(enrollment, cohort_module, tutor)
    with pytest.raises(IntegrityError), transaction.atomic():
        raw(enrollment, cohort_module, tutor)


def test_two_at_once_complete_each_person_once(at_once, cohort_module, group, sessions) -> None:
    for _ in range(3):
        person(group, sessions, *present(5))
    users = [UserFactory(), UserFactory()]
    outcomes = at_once(lambda n: complete_all(cohort_module, group, users[n]))
    assert sorted(outcome.completed for outcome in outcomes) == [0, 3]
    assert ModuleCompletion.objects.count() == ModuleCompletion.history.count() == 3


def test_two_opposite_decisions_at_once_leave_one(at_once, cohort_module, group, sessions) -> None:
    enrollment = person(group, sessions, *present(5))
    users = [UserFactory(), UserFactory()]

    def act(n: int) -> ModuleCompletion:
        outcome = ("completed", "not_completed")[n]
        return decide_now(enrollment, cohort_module, outcome, users[n], override_reason="other")

    outcomes = at_once(act)
    refused = [outcome for outcome in outcomes if isinstance(outcome, ValidationError)]
    assert [error.code for error in refused] == ["stale"]
    assert ModuleCompletion.objects.count() == 1
