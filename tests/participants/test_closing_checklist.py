import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participants.closing_checklist import EditionChecklist, Subject
from participants.edition_closing import close_edition
from participants.models import Enrollment, NameConfirmation
from participants.module_closing import close_module
from tests.factories import (
    MONDAY,
    AbsenceRequestFactory,
    AssessmentFactory,
    AttendanceRecordFactory,
    CertificateDesignFactory,
    CertificateFactory,
    EditionOutcomeFactory,
    EnrollmentFactory,
    ModuleCompletionFactory,
    NameConfirmationFactory,
    ScoreFactory,
    SessionFactory,
    UserFactory,
    at,
)

NOON = at(MONDAY, 12)


@pytest.fixture
def session(cohort, cohort_module):
    return SessionFactory(cohort=cohort, cohort_module=cohort_module)


def decided(enrollment, cohort_module, **fields) -> None:
    rule = cohort_module.rules.get()
    ModuleCompletionFactory(enrollment=enrollment, cohort_module=cohort_module, rule=rule, **fields)


def open_of_module(cohort_module, now=NOON) -> dict[Subject, int]:
    checklist = EditionChecklist.for_cohort(cohort_module.cohort, at=now)
    return {p.subject: p.count for p in checklist.of_module(cohort_module).open_points}


def open_of_edition(cohort, now=NOON) -> dict[Subject, int]:
    return {p.subject: p.count for p in EditionChecklist.for_cohort(cohort, at=now).open_points}


def test_module_with_a_mark_a_score_and_a_decision_missing_says_so(
    cohort_module, session, enrollment
):
    AssessmentFactory(cohort=cohort_module.cohort, cohort_module=cohort_module)
    assert open_of_module(cohort_module, session.ends_at) == {
        Subject.REGISTERS: 1,
        Subject.SCORES: 1,
        Subject.DECISIONS: 1,
    }


def test_complete_module_has_nothing_open(cohort_module, session, enrollment):
    assessment = AssessmentFactory(cohort=cohort_module.cohort, cohort_module=cohort_module)
    AttendanceRecordFactory(enrollment=enrollment, session=session)
    ScoreFactory(enrollment=enrollment, assessment=assessment, value=None, did_not_sit=True)
    decided(enrollment, cohort_module)
    checklist = EditionChecklist.for_cohort(cohort_module.cohort, at=session.ends_at)
    points = checklist.of_module(cohort_module).points
    assert [point.is_done for point in points] == [True] * 6
    assert all(point.text for point in points)


def test_session_to_come_and_excuse_to_decide_are_open(cohort_module, session, enrollment):
    decided(enrollment, cohort_module)
    AbsenceRequestFactory(enrollment=enrollment, session=session)
    assert open_of_module(cohort_module, session.starts_at) == {
        Subject.SESSIONS: 1,
        Subject.EXCUSES: 1,
    }


def test_exception_that_waits_for_a_second_person_is_open_and_decided(cohort_module, enrollment):
    decided(enrollment, cohort_module, override_reason="made_up", needs_approval=True)
    assert open_of_module(cohort_module) == {Subject.APPROVALS: 1}
    with pytest.raises(ValidationError) as refused:
        close_module(cohort_module, by=None, at=NOON, reason="Acta 12")
    assert refused.value.code == "approvals"
    Enrollment.objects.update(status="withdrawn", ended_on=MONDAY, left_reason="workload")
    assert open_of_module(cohort_module) == {}
    close_module(cohort_module, by=None, at=NOON)


def test_who_left_is_missed_nowhere(cohort_module, session, enrollment):
    AssessmentFactory(cohort=cohort_module.cohort, cohort_module=cohort_module)
    Enrollment.objects.update(status="withdrawn", ended_on=MONDAY, left_reason="workload")
    assert open_of_module(cohort_module, session.ends_at) == {}


def test_edition_says_that_it_counts_what_lies_outside_its_modules(cohort_module, session):
    EnrollmentFactory(cohort=cohort_module.cohort)
    AssessmentFactory(cohort=cohort_module.cohort)
    points = EditionChecklist.for_cohort(cohort_module.cohort, at=session.ends_at).points
    outside = [point for point in points if point.text.startswith("Fuera de los módulos: ")]
    assert [point.subject for point in outside] == ["registers", "sessions", "excuses", "scores"]
    assert outside[-1].text == "Fuera de los módulos: falta 1 nota."


def test_edition_with_an_open_module_and_an_outcome_open(cohort, cohort_module, enrollment):
    assert open_of_edition(cohort) == {Subject.MODULES: 1, Subject.OUTCOMES: 1}


def test_outcome_that_waits_for_a_second_person_is_counted_once(cohort, enrollment):
    EditionOutcomeFactory(
        enrollment=enrollment,
        outcome="completed",
        meets_rule=False,
        override_reason="made_up",
        needs_approval=True,
        approved_by=None,
        approved_at=None,
    )
    assert open_of_edition(cohort) == {Subject.OUTCOME_APPROVALS: 1}
    with pytest.raises(ValidationError) as refused:
        close_edition(cohort, by=None, at=NOON, reason="Acta 12")
    assert refused.value.code == "outcome_approvals"


def test_who_withdrew_with_an_exception_pending_is_neither_undecided_nor_waits(
    cohort, enrollment, other_enrollment
):
    EditionOutcomeFactory(
        enrollment=other_enrollment,
        meets_rule=False,
        override_reason="made_up",
        needs_approval=True,
        approved_by=None,
        approved_at=None,
    )
    Enrollment.objects.filter(pk=other_enrollment.pk).update(
        status="withdrawn", ended_on=MONDAY, left_reason="workload"
    )
    assert open_of_edition(cohort) == {Subject.OUTCOMES: 1}


def test_what_lies_outside_the_modules_is_the_editions(cohort, cohort_module, enrollment):
    session = SessionFactory(cohort=cohort)
    AssessmentFactory(cohort=cohort, cohort_module=None)
    found = open_of_edition(cohort, session.ends_at)
    assert (found[Subject.REGISTERS], found[Subject.SCORES]) == (1, 1)
    assert open_of_module(cohort_module, session.ends_at) == {Subject.DECISIONS: 1}


def test_who_completed_is_open_until_the_certificate_is_issued(cohort, enrollment):
    Enrollment.objects.update(status="completed")
    NameConfirmationFactory(
        enrollment=enrollment, state=NameConfirmation.State.ASKED, wished="María Núñez"
    )
    assert open_of_edition(cohort) == {Subject.CERTIFICATES: 1, Subject.NAMES: 1}
    certificate = CertificateFactory(enrollment=enrollment, cohort=cohort)
    assert open_of_edition(cohort) == {Subject.NAMES: 1}
    certificate.revoked_at, certificate.revocation = NOON, "other"
    certificate.revoked_by = UserFactory()
    certificate.save()
    assert open_of_edition(cohort) == {Subject.CERTIFICATES: 1, Subject.NAMES: 1}


def test_certificate_of_who_did_not_complete_the_edition_is_open(cohort, enrollment):
    constancia = CertificateDesignFactory(kind="constancia")
    taken_part = EnrollmentFactory(cohort=cohort, status="not_completed")
    CertificateFactory(
        enrollment=taken_part, cohort=cohort, kind="constancia", design=constancia, number=2
    )
    Enrollment.objects.filter(pk=enrollment.pk).update(status="completed")
    CertificateFactory(enrollment=enrollment, cohort=cohort)
    assert open_of_edition(cohort) == {}
    Enrollment.objects.update(status="not_completed")
    assert open_of_edition(cohort) == {Subject.UNFOUNDED: 1}


def test_checklist_costs_the_same_for_three_people(cohort, cohort_module, session, enrollment):
    AssessmentFactory(cohort=cohort, cohort_module=cohort_module)
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as queries:
            EditionChecklist.for_cohort(cohort, at=session.ends_at)
        counts.append(len(queries))
        for _person in range(2):
            EnrollmentFactory(cohort=cohort, group=enrollment.group)
    assert counts[0] == counts[1]
