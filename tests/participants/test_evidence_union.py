import datetime as dt

import pytest

from participants.evidence_union import drop_doubles
from participants.models import AttendanceEvidence, SharedConnection
from tests.factories import (
    AttendanceEvidenceFactory,
    EnrollmentFactory,
    SessionFactory,
    SharedConnectionFactory,
)


@pytest.fixture
def two(cohort):
    return EnrollmentFactory.create_batch(2, cohort=cohort)


@pytest.fixture
def session(cohort):
    return SessionFactory(cohort=cohort)


def evidence(enrollment, session, **fields) -> AttendanceEvidence:
    return AttendanceEvidenceFactory(enrollment=enrollment, session=session, **fields)


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_check_ins_the_first_stays(two, session, first):
    rows = [evidence(who, session, kind="check_in", ends_at=None) for who in two]
    later = rows[1 - first]
    later.starts_at += dt.timedelta(minutes=5)
    later.save()
    report = evidence(two[1], session)
    drop_doubles(*two)
    assert set(AttendanceEvidence.objects.all()) == {rows[first], report}


def test_check_ins_to_two_sessions_stay(two, session, cohort):
    evidence(two[0], session, kind="check_in", ends_at=None)
    evidence(two[1], SessionFactory(cohort=cohort), kind="check_in", ends_at=None)
    drop_doubles(*two)
    assert AttendanceEvidence.objects.count() == 2


def test_nobody_shares_with_oneself(two, session):
    SharedConnectionFactory(enrollment=two[0], colleague=two[1], session=session)
    evidence(two[0], session)
    evidence(two[1], session, shared_with=two[0])
    drop_doubles(*two)
    assert not SharedConnection.objects.exists()
    assert AttendanceEvidence.objects.get().shared_with is None


def test_of_two_declarations_with_one_colleague_the_decided_stays(two, session, cohort):
    colleague = EnrollmentFactory(cohort=cohort)
    SharedConnectionFactory(enrollment=two[0], colleague=colleague, session=session)
    decided = SharedConnectionFactory(
        enrollment=colleague, colleague=two[1], session=session, status="confirmed"
    )
    other = SharedConnectionFactory(enrollment=two[1], colleague=colleague)
    drop_doubles(*two)
    assert set(SharedConnection.objects.all()) == {decided, other}
