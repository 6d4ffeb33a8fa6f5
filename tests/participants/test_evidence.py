import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from courses.models import Session
from participants.deciding import Said
from participants.evidence import add_evidence, apply_evidence, decided_people
from participants.models import AttendanceEvidence, AttendanceRecord, Enrollment
from participants.register import Mark, Register, RegisterOutcome, take_register
from participants.register_people import register_of
from tests.factories import (
    AbsenceRequestFactory,
    EnrollmentFactory,
    MeetingReportFactory,
    SessionFactory,
)


@pytest.fixture
def session(cohort) -> Session:
    return SessionFactory(cohort=cohort)


@pytest.fixture
def person(cohort, group) -> Enrollment:
    return EnrollmentFactory(cohort=cohort, group=group)


def after(session: Session, minutes: int) -> dt.datetime:
    return session.starts_at + dt.timedelta(minutes=minutes)


def in_meeting(session: Session, person: Enrollment, first: int, last: int) -> Said:
    return Said(
        person.pk,
        "meeting",
        "online",
        starts_at=after(session, first),
        ends_at=after(session, last),
    )


def check_in(session: Session, person: Enrollment, minute: int = 0) -> Said:
    return Said(person.pk, "check_in", "online", starts_at=after(session, minute))


def say(session: Session, *items: Said, **options) -> list[AttendanceEvidence]:
    options = {"by": None, "at": session.ends_at} | options
    return add_evidence(session, items, **options)


def apply(session: Session, **options):
    return apply_evidence(session, **({"by": None, "at": session.ends_at} | options))


def mark(person: Enrollment) -> tuple[str, str, int | None, str, int]:
    record = AttendanceRecord.objects.get(enrollment=person)
    return record.state, record.mode, record.minutes, record.source, record.version


def asked_for(session: Session) -> dict[int, Enrollment]:
    return {person.pk: person for person in register_of(session, None)}


# ---- what is said ----------------------------------------------------------------------------


def test_evidence_is_kept_with_who_when_and_its_report(session, person, tutor):
    report = MeetingReportFactory(session=session)
    [row] = say(session, in_meeting(session, person, 0, 90), by=tutor, report=report)
    row.refresh_from_db()
    assert (row.enrollment, row.kind, row.mode) == (person, "meeting", "online")
    assert (row.starts_at, row.ends_at, row.minutes) == (
        session.starts_at,
        after(session, 90),
        None,
    )
    assert (row.report, row.reported_by, row.reported_at) == (report, tutor, session.ends_at)


def test_evidence_said_twice_is_kept_once(session, person):
    said = in_meeting(session, person, 0, 90)
    assert len(say(session, said, said)) == 1
    assert say(session, said) == []
    assert len(say(session, said, in_meeting(session, person, 95, 120))) == 1


def test_second_check_in_of_a_person_is_not_kept(session, person):
    say(session, check_in(session, person, 5), check_in(session, person, 6))
    assert say(session, check_in(session, person, 50)) == []
    [row] = AttendanceEvidence.objects.all()
    assert row.starts_at == after(session, 5)


def test_evidence_of_someone_of_another_edition_is_refused_whole(session, person):
    stranger = EnrollmentFactory()
    with pytest.raises(ValidationError) as error:
        say(session, check_in(session, person), check_in(session, stranger))
    assert list(error.value.message_dict) == [str(stranger.pk)]
    assert not AttendanceEvidence.objects.exists()


# ---- what follows ----------------------------------------------------------------------------


def test_evidence_applied_becomes_the_mark_with_its_history(session, person, tutor):
    say(session, in_meeting(session, person, 0, 100))
    applied = apply(session, by=tutor, source="meeting")
    assert [record.enrollment for record in applied.saved] == [person]
    assert mark(person) == ("present", "online", 100, "meeting", 1)
    past = AttendanceRecord.history.get()
    assert (past.history_user, past.source, past.recorded_by) == (tutor, "meeting", tutor)
    session.refresh_from_db()
    assert session.status == Session.Status.HELD


def test_evidence_applied_twice_changes_nothing(session, person):
    say(session, in_meeting(session, person, 0, 100))
    apply(session)
    again = apply(session)
    assert (again.saved, len(again.unchanged), again.contradicted) == ((), 1, ())
    assert AttendanceRecord.history.count() == 1


def test_nobody_is_marked_without_evidence(session, person, cohort, group):
    silent = EnrollmentFactory(cohort=cohort, group=group)
    say(session, check_in(session, person))
    apply(session)
    assert not silent.attendance.exists()


def test_nothing_applied_leaves_the_session_as_it_was(session, person):
    assert apply(session).saved == ()
    session.refresh_from_db()
    assert session.status == Session.Status.SCHEDULED


def test_more_evidence_decides_anew(session, person):
    say(session, in_meeting(session, person, 0, 50))
    apply(session)
    assert mark(person)[0] == "absent"
    say(session, in_meeting(session, person, 50, 120))
    apply(session)
    assert mark(person) == ("present", "online", 120, "meeting", 2)


@pytest.mark.parametrize("change", ["policy", "times"])
def test_applied_again_after_what_decides_has_changed(session, person, change):
    say(session, in_meeting(session, person, 0, 70))
    apply(session)
    assert mark(person)[0] == "absent"
    if change == "policy":
        session.cohort.present_minimum_percent = 50
        session.cohort.save()
    else:
        session.ends_at = after(session, 80)
        session.save()
    apply(session)
    assert mark(person)[0] == "present"


@pytest.mark.parametrize("source", ["tutor", "coordinator", "paper"])
def test_mark_set_by_hand_stands_and_the_contradiction_is_shown(session, person, source):
    take_register(session, {person.pk: Mark("absent")}, by=None, at=session.ends_at, source=source)
    say(session, in_meeting(session, person, 0, 120))
    applied = apply(session)
    assert (applied.saved, applied.unchanged) == ((), ())
    [shown] = applied.contradicted
    assert (shown.enrollment, shown.decision.state) == (person, "present")
    assert mark(person)[:1] == ("absent",)
    [row] = Register.of(session, at=session.ends_at).rows
    assert row.contradiction == shown.decision


def test_mark_set_by_hand_that_agrees_is_no_contradiction(session, person):
    take_register(session, {person.pk: Mark("present")}, by=None, at=session.ends_at)
    say(session, in_meeting(session, person, 0, 120))
    applied = apply(session)
    assert (applied.saved, len(applied.unchanged), applied.contradicted) == ((), 1, ())
    assert mark(person) == ("present", "online", None, "tutor", 1)
    [row] = Register.of(session, at=session.ends_at).rows
    assert (row.contradiction, row.decision.state) == (None, "present")


@pytest.mark.parametrize(("last", "shown"), [(10, False), (120, True)])
def test_excused_is_contradicted_only_by_having_been_there(session, person, last, shown):
    take_register(session, {person.pk: Mark("excused")}, by=None, at=session.ends_at)
    say(session, in_meeting(session, person, 0, last))
    assert bool(apply(session).contradicted) is shown
    assert mark(person)[0] == "excused"


def test_absence_by_evidence_of_who_has_an_excuse_is_excused(session, person):
    AbsenceRequestFactory(enrollment=person, session=session, status="accepted")
    say(session, in_meeting(session, person, 0, 10))
    apply(session)
    assert mark(person)[0] == "excused"
    assert apply(session).saved == ()
    [foreseen] = decided_people(session, asked_for(session))
    assert not foreseen.changes(session)


def test_only_those_named_are_decided(session, person, cohort, group):
    other = EnrollmentFactory(cohort=cohort, group=group)
    say(session, check_in(session, person), check_in(session, other))
    applied = apply(session, only=[other.pk])
    assert [record.enrollment for record in applied.saved] == [other]


def test_source_is_the_kind_of_which_the_person_has_evidence(session, person, cohort, group):
    other = EnrollmentFactory(cohort=cohort, group=group)
    say(session, check_in(session, person), in_meeting(session, other, 0, 120))
    apply(session, source="meeting")
    assert (mark(person)[3], mark(other)[3]) == ("check_in", "meeting")


def test_evidence_of_a_closed_edition_is_not_applied(session, person):
    say(session, check_in(session, person))
    session.cohort.status = "closed"
    session.cohort.save()
    with pytest.raises(ValidationError) as error:
        apply(session)
    assert error.value.code == "cohort_closed"


def test_evidence_of_who_is_no_longer_there_is_not_applied(session, cohort, group):
    gone = EnrollmentFactory(
        cohort=cohort,
        group=group,
        status="withdrawn",
        ended_on=session.day - dt.timedelta(days=1),
    )
    say(session, check_in(session, gone))
    assert apply(session).saved == ()


# ---- before it is applied --------------------------------------------------------------------


def test_preview_decides_as_applying_would(session, person):
    said = in_meeting(session, person, 0, 100)
    [foreseen] = decided_people(session, asked_for(session), [said])
    assert foreseen.changes(session)
    say(session, said)
    apply(session)
    assert mark(person)[:3] == (
        foreseen.decision.state,
        foreseen.decision.mode,
        foreseen.decision.minutes,
    )
    [foreseen] = decided_people(session, asked_for(session), [said])
    assert not foreseen.changes(session)


# ---- two at once -----------------------------------------------------------------------------


@pytest.mark.postgres
def test_evidence_and_a_tutor_at_once_leave_the_tutors_mark(at_once, cohort, group, tutor):
    """Whoever comes first: the tutor saw no mark, so evidence that came before conflicts."""
    session = SessionFactory(cohort=cohort)
    people = EnrollmentFactory.create_batch(13, cohort=cohort, group=group)
    say(session, *(in_meeting(session, person, 0, 120) for person in people))

    def act(index: int):
        if index:
            return apply(session)
        marks = {person.pk: Mark("absent") for person in people}
        return take_register(session, marks, by=tutor, at=session.ends_at)

    taken, applied = at_once(act, 2)
    assert isinstance(taken, RegisterOutcome), taken
    if taken.saved:
        assert (applied.saved, len(applied.contradicted)) == ((), 13)
    else:
        assert (len(taken.conflicts), len(applied.saved)) == (13, 13)
    assert AttendanceRecord.history.count() == 13
    assert set(AttendanceRecord.objects.values_list("version", flat=True)) == {1}


@pytest.mark.postgres
def test_same_evidence_said_at_once_is_kept_once(at_once, cohort, group):
    session = SessionFactory(cohort=cohort)
    people = EnrollmentFactory.create_batch(3, cohort=cohort, group=group)

    def act(_index: int):
        new = say(session, *(check_in(session, person, 1) for person in people))
        return len(new), len(apply(session).saved)

    kept, marked = zip(*at_once(act, 3), strict=True)
    assert sorted(kept) == [0, 0, 3]
    assert sorted(marked) == [0, 0, 3]  # perhaps by another than who said it
    assert AttendanceEvidence.objects.count() == 3
