import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from courses.models import Session
from participants.deciding import Said
from participants.evidence import add_evidence, apply_evidence
from participants.models import AttendanceEvidence, AttendanceRecord, Enrollment, SharedConnection
from participants.sharing import colleagues_of, connections_of, decide_shared, declare_shared
from tests.factories import EnrollmentFactory, FacilityFactory, SessionFactory


@pytest.fixture
def session(cohort) -> Session:
    return SessionFactory(cohort=cohort)


@pytest.fixture
def pair(cohort, group) -> list[Enrollment]:
    facility = FacilityFactory()
    return EnrollmentFactory.create_batch(
        2, cohort=cohort, group=group, participant__facility=facility
    )


def declare(session: Session, one: Enrollment, other: Enrollment) -> SharedConnection:
    return declare_shared(one, session, other, at=session.starts_at)


def decide(connection: SharedConnection, confirms: bool = True, by=None):
    at = connection.session.ends_at
    return decide_shared(connection, confirms=confirms, by=by, at=at)


def report(session: Session, person: Enrollment) -> None:
    said = Said(
        person.pk, "meeting", "online", starts_at=session.starts_at, ends_at=session.ends_at
    )
    add_evidence(session, [said], by=None, at=session.ends_at)


def states(session: Session) -> dict[int, str]:
    return dict(session.attendance.values_list("enrollment", "state"))


def refused(session: Session, one: Enrollment, other: Enrollment) -> str:
    with pytest.raises(ValidationError) as error:
        declare(session, one, other)
    assert not SharedConnection.objects.exists()
    return error.value.code


# ---- declaring -------------------------------------------------------------------------------


def test_colleagues_are_of_the_same_facility_and_in_the_session(session, pair, cohort, group):
    one, other = pair
    EnrollmentFactory(cohort=cohort, group=group)
    EnrollmentFactory(participant__facility=one.facility)
    assert list(colleagues_of(one, session)) == [other]


def test_colleague_named_already_is_not_offered_to_either(session, pair):
    one, other = pair
    declare(session, one, other)
    assert not colleagues_of(one, session).exists()
    assert not colleagues_of(other, session).exists()
    assert [row.colleague for row in connections_of(other, session)] == [other]


def test_shared_connection_is_declared_once_by_either(session, pair):
    one, other = pair
    first = declare(session, one, other)
    assert declare(session, one, other) == first
    assert declare(session, other, one) == first
    assert (first.status, first.enrollment, first.colleague) == ("declared", one, other)


def test_stranger_is_refused(session, pair, cohort, group):
    stranger = EnrollmentFactory(cohort=cohort, group=group)
    assert refused(session, pair[0], stranger) == "stranger"
    assert refused(session, pair[0], pair[0]) == "stranger"


def test_who_has_no_facility_has_no_colleagues(session, cohort, group):
    alone = EnrollmentFactory.create_batch(2, cohort=cohort, group=group, facility=None)
    assert refused(session, *alone) == "stranger"


def test_in_person_nobody_shares_a_connection(session, pair):
    session.modality = "in_person"
    session.save()
    assert refused(session, *pair) == "stranger"


def test_before_the_register_opens_nothing_is_declared(session, pair):
    session.starts_at += dt.timedelta(days=1)
    with pytest.raises(ValidationError) as error:
        declare_shared(pair[0], session, pair[1], at=session.starts_at - dt.timedelta(days=3))
    assert error.value.code == "not_open"


# ---- deciding --------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [0, 1])
def test_confirmed_what_is_known_of_one_counts_for_both(session, pair, tutor, known):
    report(session, pair[known])
    apply_evidence(session, by=None, at=session.ends_at)
    connection = declare(session, *pair)
    assert set(states(session)) == {pair[known].pk}
    decide(connection, by=tutor)
    assert states(session) == {pair[0].pk: "present", pair[1].pk: "present"}
    copy = AttendanceEvidence.objects.get(enrollment=pair[1 - known])
    assert (copy.shared_with, copy.reported_by) == (pair[known], tutor)
    connection.refresh_from_db()
    assert (connection.decided_by, connection.decided_at) == (tutor, session.ends_at)


def test_what_is_known_later_counts_for_both_and_goes_no_further(session, pair, cohort, group):
    third = EnrollmentFactory(cohort=cohort, group=group, facility=pair[0].facility)
    decide(declare(session, *pair))
    decide(declare(session, pair[1], third))
    report(session, pair[0])
    apply_evidence(session, by=None, at=session.ends_at)
    assert set(states(session)) == {each.pk for each in pair}


def test_declined_or_undecided_nothing_is_shared(session, pair):
    connection = declare(session, *pair)
    report(session, pair[0])
    assert AttendanceEvidence.objects.count() == 1
    assert decide(connection, confirms=False) is None
    report(session, pair[0])
    assert AttendanceEvidence.objects.count() == 1


def test_mark_of_the_tutor_stands_above_a_shared_connection(session, pair):
    AttendanceRecord.objects.create(
        enrollment=pair[1], session=session, state="absent", recorded_at=session.starts_at
    )
    report(session, pair[0])
    applied = decide(declare(session, *pair))
    assert [row.enrollment for row in applied.contradicted] == [pair[1]]
    assert states(session)[pair[1].pk] == "absent"


@pytest.mark.parametrize("confirms", [True, False])
def test_decided_twice_changes_nothing_and_otherwise_is_refused(session, pair, confirms):
    connection = declare(session, *pair)
    report(session, pair[0])
    decide(connection, confirms)
    count = AttendanceEvidence.objects.count()
    assert decide(connection, confirms) is None
    with pytest.raises(ValidationError) as error:
        decide(connection, not confirms)
    assert error.value.code == "decided"
    assert AttendanceEvidence.objects.count() == count


@pytest.mark.postgres
def test_two_who_declare_each_other_at_once_declare_once(at_once, session, pair):
    def act(index: int) -> SharedConnection:
        return declare(session, pair[index], pair[1 - index])

    first, second = at_once(act, 2)
    assert first == second
