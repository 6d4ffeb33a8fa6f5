import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from courses.models import Cohort
from participants import finishing
from participants.certifying import revoke
from participants.completing import approve as approve_module
from participants.completing import decide as decide_module
from participants.edition_standing import PersonStanding
from participants.finishing import EditionReview, Finished
from participants.models import AttendanceRecord, EditionOutcome, Enrollment, ModuleCompletion
from tests.factories import (
    MONDAY,
    AssessmentFactory,
    AttendanceRecordFactory,
    CertificateFactory,
    CompletionRuleFactory,
    EnrollmentFactory,
    ModuleCompletionFactory,
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
def rule(cohort):
    return CompletionRuleFactory(cohort_module=None, cohort=cohort)


@pytest.fixture
def sessions(cohort):
    return [SessionFactory(cohort=cohort, day=number) for number in range(5)]


def person(group, sessions, *states, **fields) -> Enrollment:
    """With these marks in the first sessions; the others stay open."""
    enrollment = EnrollmentFactory(cohort=group.cohort, group=group, **fields)
    for session, state in zip(sessions, states, strict=False):
        AttendanceRecordFactory(enrollment=enrollment, session=session, state=state)
    return enrollment


def withdrawn(group, sessions, *states) -> Enrollment:
    gone = MONDAY + dt.timedelta(days=12)
    return person(group, sessions, *states, status="withdrawn", ended_on=gone)


def decide(enrollment, outcome, by, **changed) -> EditionOutcome:
    enrollment = Enrollment.objects.get(pk=enrollment.pk)
    return finishing.decide(enrollment, outcome, **{"by": by, "at": NOW} | changed)


def refusal(call, *args, **kwargs) -> ValidationError:
    with pytest.raises(ValidationError) as refused:
        call(*args, **kwargs)
    return refused.value


def status(enrollment) -> str:
    return Enrollment.objects.get(pk=enrollment.pk).status


def test_deciding_all_decides_what_the_rule_decides(
    cohort, rule, group, sessions, coordinator
) -> None:
    meets = person(group, sessions, *["present"] * 4, "absent")
    fails = person(group, sessions, *["absent"] * 5)
    waits = person(group, sessions, *["present"] * 3)
    left = withdrawn(group, sessions, "present")
    done = finishing.decide_all(cohort, by=coordinator, at=NOW)
    assert done == Finished(completed=1, not_completed=1, withdrawn=1, left_open=1)
    assert [status(each) for each in (meets, fails, waits, left)] == [
        "completed",
        "not_completed",
        "enrolled",
        "withdrawn",
    ]
    found = EditionOutcome.objects.get(enrollment=meets)
    assert (found.rule, found.attendance_percent, found.meets_rule) == (rule, 80, True)
    assert found.figures[0]["certain"] == 80
    assert EditionOutcome.objects.get(enrollment=left).rule is None
    kept = found.history.get()
    assert (kept.history_type, kept.history_user) == ("+", coordinator)
    step = Enrollment.history.filter(id=meets.pk).first()
    assert step.history_change_reason == f"complete:{NOW.date()}"


def test_deciding_all_again_changes_nothing(cohort, rule, group, sessions, coordinator) -> None:
    person(group, sessions, *["present"] * 5)
    finishing.decide_all(cohort, by=coordinator, at=NOW)
    again = finishing.decide_all(cohort, by=coordinator, at=LATER)
    assert again == Finished(0, 0, 0, 0)
    assert EditionOutcome.history.count() == 1
    assert EditionOutcome.objects.get().decided_at == NOW


@pytest.mark.parametrize("by_one", [True, False])
def test_whoever_decides_waits_for_no_attempt_that_could_lower_the_last_one(
    cohort, group, coordinator, by_one
) -> None:
    Cohort.objects.update(attempts_count="last")
    exam = AssessmentFactory(cohort=cohort, attempts=2)
    rule = CompletionRuleFactory(
        cohort_module=None, cohort=cohort, minimum_attendance_percent=0, minimum_average=11
    )
    RuleScoreFactory(rule=rule, assessment=exam, minimum=14)
    enrollment = person(group, [])
    ScoreFactory(enrollment=enrollment, assessment=exam, value=14)
    standing = PersonStanding.for_enrollment(Enrollment.objects.get(), at=NOW)
    assert [each.standing for each in standing.requirements.each] == ["not_yet", "not_yet"]
    if by_one:
        decide(enrollment, "completed", coordinator)
    else:
        cohort.refresh_from_db()
        assert finishing.decide_all(cohort, by=coordinator, at=NOW) == Finished(0, 0, 0, 1)
        over = at(cohort.ends_on + dt.timedelta(days=1), 9)
        finishing.decide_all(cohort, by=coordinator, at=over)
    found = EditionOutcome.objects.get()
    assert (found.outcome, found.meets_rule, found.override_reason) == ("completed", True, "")
    assert [each["standing"] for each in found.figures] == ["met", "met"]
    # An attempt that is taken all the same changes nothing in it.
    ScoreFactory(enrollment=enrollment, assessment=exam, attempt=2, value=5)
    assert status(enrollment) == "completed"


def test_out_of_reach_is_decided_once_the_edition_is_over(
    cohort, rule, group, sessions, coordinator
) -> None:
    enrollment = person(group, sessions, "absent", "absent")
    assert finishing.decide_all(cohort, by=coordinator, at=NOW).left_open == 1
    after = at(cohort.ends_on + dt.timedelta(days=1), 9)
    assert finishing.decide_all(cohort, by=coordinator, at=after).not_completed == 1
    assert status(enrollment) == "not_completed"


def test_deciding_other_than_was_shown_is_refused(
    cohort, rule, group, sessions, coordinator
) -> None:
    person(group, sessions, *["present"] * 5)
    shown = EditionReview.for_edition(cohort, at=NOW).fingerprint
    person(group, sessions, *["present"] * 5)
    refused = refusal(finishing.decide_all, cohort, fingerprint=shown, by=coordinator, at=NOW)
    assert refused.code == "stale"
    assert not EditionOutcome.objects.exists()


def test_modules_are_what_the_edition_asks_for(
    cohort, rule, cohort_module, group, sessions, coordinator
) -> None:
    rule.prerequisites.add(cohort_module)
    done, undecided, not_done = (person(group, sessions, *["present"] * 5) for _ in range(3))
    for enrollment, outcome in ((done, "completed"), (not_done, "not_completed")):
        ModuleCompletionFactory(
            enrollment=enrollment,
            cohort_module=cohort_module,
            rule=cohort_module.rules.get(),
            outcome=outcome,
            override_reason="other",
        )
    finishing.decide_all(cohort, by=coordinator, at=NOW)
    assert [status(each) for each in (done, undecided, not_done)] == [
        "completed",
        "enrolled",
        "not_completed",
    ]


def test_exception_that_waits_in_a_module_leaves_the_person_open(
    cohort, rule, cohort_module, group, sessions, coordinator
) -> None:
    Cohort.objects.update(overrides_need_approval=True)
    rule.prerequisites.add(cohort_module)
    SessionFactory(cohort=cohort, cohort_module=cohort_module, day=5)
    enrollment = person(group, sessions, *["present"] * 5)
    absent = {"session": cohort_module.sessions.get(), "state": "absent"}
    AttendanceRecordFactory(enrollment=enrollment, **absent)
    waiting = ModuleCompletionFactory(
        enrollment=enrollment,
        cohort_module=cohort_module,
        rule=cohort_module.rules.get(),
        override_reason="force_majeure",
        needs_approval=True,
    )
    after = at(cohort.ends_on + dt.timedelta(days=1), 9)
    assert finishing.decide_all(cohort, by=coordinator, at=after).left_open == 1
    approve_module(waiting, based_on=waiting.decided_at, by=coordinator, at=after)
    assert finishing.decide_all(cohort, by=coordinator, at=after).completed == 1


@pytest.mark.parametrize("people", [1, 3])
def test_deciding_all_costs_the_same_for_any_number(
    people, cohort, rule, group, sessions, coordinator, django_assert_num_queries
) -> None:
    for _ in range(people):
        person(group, sessions, *["present"] * 5)
    # Savepoint, lock; rules, three of progress, one of grades; what is replaced; rows, their
    # history; the people locked, their status and its history; release.
    with django_assert_num_queries(14):
        assert finishing.decide_all(cohort, by=coordinator, at=NOW).completed == people


def test_no_rule_or_closed_edition_refuses(cohort, group, sessions, coordinator) -> None:
    enrollment = person(group, sessions, *["present"] * 5)
    assert refusal(finishing.decide_all, cohort, by=coordinator, at=NOW).code == "no_rule"
    assert refusal(decide, enrollment, "completed", coordinator).code == "no_rule"
    CompletionRuleFactory(cohort_module=None, cohort=cohort)
    Cohort.objects.update(status="closed")
    assert refusal(finishing.decide_all, cohort, by=coordinator, at=NOW).code == "closed"
    assert refusal(decide, enrollment, "completed", coordinator).code == "closed"


def test_exception_needs_a_reason_and_sets_the_status(
    cohort, rule, group, sessions, coordinator
) -> None:
    enrollment = person(group, sessions, *["present"] * 3, "absent", "absent")
    refused = refusal(decide, enrollment, "completed", coordinator)
    assert list(refused.message_dict) == ["override_reason"]
    decide(enrollment, "completed", coordinator, override_reason="force_majeure", note="Emergencia")
    assert status(enrollment) == "completed"
    found = EditionOutcome.objects.get()
    assert (found.meets_rule, found.override_note) == (False, "Emergencia")


def test_exception_counts_once_a_second_person_approved_it(
    cohort, rule, group, sessions, coordinator
) -> None:
    Cohort.objects.update(overrides_need_approval=True)
    enrollment = person(group, sessions, *["absent"] * 5)
    found = decide(enrollment, "completed", coordinator, override_reason="other")
    assert (found.is_pending, status(enrollment)) == (True, "enrolled")
    values = {"based_on": found.decided_at, "at": LATER}
    refused = refusal(finishing.approve, found, by=coordinator, **values)
    assert refused.code == "same_person"
    second = UserFactory()
    assert refusal(finishing.approve, found, by=second, based_on=LATER, at=LATER).code == "stale"
    finishing.approve(found, by=second, **values)
    again = finishing.approve(found, by=UserFactory(), **values)
    assert (again.approved_by, again.is_pending) == (second, False)
    assert status(enrollment) == "completed"


def test_decision_by_the_rule_waits_for_nobody(cohort, rule, group, sessions, coordinator) -> None:
    Cohort.objects.update(overrides_need_approval=True)
    enrollment = person(group, sessions, *["present"] * 5)
    found = decide(enrollment, "completed", coordinator)
    assert not found.is_pending
    values = {"based_on": NOW, "at": LATER}
    assert refusal(finishing.approve, found, by=UserFactory(), **values).code == "no_need"


def test_stale_decision_does_not_overwrite_and_the_same_changes_nothing(
    cohort, rule, group, sessions, coordinator
) -> None:
    enrollment = person(group, sessions, *["present"] * 5)
    decide(enrollment, "completed", coordinator)
    assert decide(enrollment, "completed", coordinator, at=LATER).decided_at == NOW
    refused = refusal(decide, enrollment, "not_completed", coordinator, override_reason="other")
    assert refused.code == "stale"
    decide(
        enrollment,
        "not_completed",
        coordinator,
        override_reason="other",
        based_on=NOW,
        at=LATER,
    )
    assert (status(enrollment), EditionOutcome.history.count()) == ("not_completed", 2)


def test_decision_taken_back_leaves_the_person_enrolled_and_its_history(
    cohort, rule, group, sessions, coordinator
) -> None:
    enrollment = person(group, sessions, *["present"] * 5)
    found = decide(enrollment, "completed", coordinator)
    values = {"based_on": NOW, "by": coordinator, "at": LATER}
    assert "reason" in refusal(finishing.take_back, found, reason=" ", **values).message_dict
    finishing.take_back(found, reason="Error", **values)
    finishing.take_back(found, reason="Error", **values)
    assert (status(enrollment), EditionOutcome.objects.count()) == ("enrolled", 0)
    last = EditionOutcome.history.first()
    assert (last.history_type, last.history_change_reason) == ("-", "Error")


def test_who_comes_back_is_decided_anew(cohort, rule, group, sessions, coordinator) -> None:
    enrollment = withdrawn(group, sessions, *["present"] * 5)
    finishing.decide_all(cohort, by=coordinator, at=NOW)
    Enrollment.objects.update(status="enrolled", ended_on=None)
    (row,) = EditionReview.for_edition(cohort, at=NOW).rows
    assert row.decision is None
    assert finishing.decide_all(cohort, by=coordinator, at=LATER).completed == 1
    assert EditionOutcome.objects.get(enrollment=enrollment).outcome == "completed"


def new_version(cohort, minimum, module=None):
    return CompletionRuleFactory(
        cohort=cohort,
        cohort_module=module,
        version=2,
        minimum_attendance_percent=minimum,
        reason="Acuerdo",
    )


def test_change_of_rule_alters_no_past_decision(
    cohort, rule, cohort_module, group, sessions, coordinator
) -> None:
    enrollment = person(group, sessions, *["present"] * 4, "absent")
    finishing.decide_all(cohort, by=coordinator, at=NOW)
    decide_module(
        enrollment,
        cohort_module,
        "completed",
        override_reason="other",
        by=coordinator,
        at=NOW,
        as_tutor=True,
    )
    tables = (EditionOutcome, ModuleCompletion, Enrollment)
    before = [list(model.objects.values()) for model in tables]
    new_version(cohort, 100)
    new_version(cohort, 100, cohort_module)
    AttendanceRecord.objects.all().delete()
    finishing.decide_all(cohort, by=coordinator, at=LATER)
    assert [list(model.objects.values()) for model in tables] == before


def test_decided_again_only_where_the_coordinator_says_so(
    cohort, rule, group, sessions, coordinator
) -> None:
    falls = person(group, sessions, *["present"] * 4, "absent")
    stays = person(group, sessions, *["present"] * 5)
    favoured = person(group, sessions, *["absent"] * 5)
    decide(favoured, "completed", coordinator, override_reason="other")
    finishing.decide_all(cohort, by=coordinator, at=NOW)
    second = new_version(cohort, 100)
    review = EditionReview.for_edition(cohort, at=LATER)
    assert [row.enrollment for row in review.changing] == [falls]
    values = {"by": coordinator, "at": LATER, "reason": "Acuerdo"}
    assert refusal(finishing.decide_again, cohort, expected=[], **values).code == "stale"
    assert finishing.decide_again(cohort, expected=[falls.pk], **values) == 2
    assert [status(each) for each in (falls, stays, favoured)] == [
        "not_completed",
        "completed",
        "completed",
    ]
    found = EditionOutcome.objects.get(enrollment=falls)
    assert (found.rule, found.history.count()) == (second, 2)
    assert found.history.first().history_change_reason == "Acuerdo"
    assert EditionOutcome.objects.get(enrollment=favoured).rule == rule
    assert finishing.decide_again(cohort, expected=[], **values) == 0


def test_completed_is_not_taken_from_who_has_a_certificate(
    cohort, rule, group, sessions, coordinator
) -> None:
    enrollment = person(group, sessions, *["present"] * 5)
    found = decide(enrollment, "completed", coordinator)
    certificate = CertificateFactory(enrollment=enrollment, cohort=cohort)
    how = {"based_on": NOW, "by": coordinator, "at": LATER}
    otherwise = how | {"override_reason": "other", "outcome": "not_completed"}
    refused = refusal(finishing.take_back, found, reason="Error", **how)
    assert refused.code == "certified"
    assert enrollment.participant.full_name in refused.message
    assert refusal(decide, enrollment, **otherwise).code == "certified"
    Cohort.objects.update(overrides_need_approval=True)
    assert refusal(decide, enrollment, **otherwise).code == "certified"
    assert (status(enrollment), EditionOutcome.history.count()) == ("completed", 1)
    revoke(certificate, reason="decision", by=coordinator, at=LATER)
    finishing.take_back(found, reason="Error", **how)
    assert status(enrollment) == "enrolled"


def test_nobody_is_decided_again_against_certificates_and_all_are_named(
    cohort, rule, group, sessions, coordinator
) -> None:
    people = [person(group, sessions, *["present"] * 4, "absent") for _ in range(3)]
    finishing.decide_all(cohort, by=coordinator, at=NOW)
    for number, each in enumerate(people[:2], start=1):
        CertificateFactory(enrollment=each, cohort=cohort, number=number)
    new_version(cohort, 100)
    expected = [each.pk for each in people]
    values = {"by": coordinator, "at": LATER, "reason": "Acuerdo", "expected": expected}
    refused = refusal(finishing.decide_again, cohort, **values)
    assert refused.code == "certified"
    assert [each.participant.full_name in refused.message for each in people] == [True, True, False]
    assert {status(each) for each in people} == {"completed"}


def test_average_is_kept_with_the_decision(cohort, rule, group, coordinator) -> None:
    type(rule).objects.filter(pk=rule.pk).update(
        minimum_average=Decimal(14), minimum_attendance_percent=0
    )
    enrollment = person(group, [])
    exam = AssessmentFactory(cohort=cohort)
    ScoreFactory(enrollment=enrollment, assessment=exam, value=Decimal("15.5"))
    assert decide(enrollment, "completed", coordinator).average == Decimal("15.5")


def test_two_at_once_decide_each_person_once(at_once, cohort, rule, group, sessions) -> None:
    for _ in range(3):
        person(group, sessions, *["present"] * 5)
    users = [UserFactory(), UserFactory()]
    outcomes = at_once(lambda n: finishing.decide_all(cohort, by=users[n], at=NOW))
    assert sorted(outcome.completed for outcome in outcomes) == [0, 3]
    assert EditionOutcome.objects.count() == EditionOutcome.history.count() == 3


def test_attempt_left_in_a_closed_module_is_no_longer_possible(
    cohort, rule, cohort_module, group, coordinator
) -> None:
    type(rule).objects.filter(pk=rule.pk).update(
        minimum_average=Decimal(14), minimum_attendance_percent=0
    )
    enrollment = person(group, [])
    exam = AssessmentFactory(cohort_module=cohort_module, attempts=2)
    ScoreFactory(enrollment=enrollment, assessment=exam, value=Decimal(11))
    (row,) = EditionReview.for_edition(cohort, at=NOW).rows
    assert row.standing == "not_yet"
    type(cohort_module).objects.update(closed_at=NOW)
    (row,) = EditionReview.for_edition(cohort, at=NOW).rows
    assert row.standing == "not_met"
