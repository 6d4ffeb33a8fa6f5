import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from participants.meeting_reports.importing import StaleReport, apply_report, digest_of
from participants.meeting_reports.matching import caller_key
from participants.meeting_reports.planning import MOST_CANDIDATES, NOBODY, plan_report
from participants.meeting_reports.reading import read_report
from participants.models import (
    AttendanceEvidence,
    AttendanceRecord,
    Enrollment,
    MeetingReport,
    ShownName,
)
from participants.register import Mark, take_register
from tests.factories import (
    AbsenceRequestFactory,
    EnrollmentFactory,
    MakeUpFactory,
    ParticipantFactory,
    SessionFactory,
    SharedConnectionFactory,
    at,
)
from tests.participants.meeting_reports.layouts import write

HEAD = ["Name", "Email", "Join Time", "Leave Time"]


def enroll(cohort, group, names: str, surname: str, **fields) -> Enrollment:
    person = ParticipantFactory(
        given_names=names, paternal_surname=surname, maternal_surname="Quispe", **fields
    )
    return EnrollmentFactory(cohort=cohort, group=group, participant=person)


@pytest.fixture
def session(cohort):
    return SessionFactory(cohort=cohort)


@pytest.fixture
def people(cohort, group, other_group):
    """Two of the first group, two namesakes, one in each."""
    return [
        enroll(cohort, group, "Luz", "Apaza"),
        enroll(cohort, group, "Rosa", "Soto"),
        enroll(cohort, other_group, "Rosa", "Soto"),
        enroll(cohort, other_group, "Iván", "Paredes"),
    ]


def file_of(session, *rows: tuple[str, str, int, int]) -> bytes:
    """Name, address, minutes of entry and exit from the session's start."""

    def clock(minutes: int) -> str:
        moment = session.starts_at + dt.timedelta(minutes=minutes)
        return f"{moment.astimezone(at(moment.date(), 0).tzinfo):%Y-%m-%d %H:%M:%S}"

    return write([HEAD, *([name, email, clock(a), clock(b)] for name, email, a, b in rows)])


def planned(content: bytes, session, **options):
    return plan_report(read_report(content), session, digest=digest_of(content), **options)


def applied(content: bytes, session, **options):
    options = {"by": None, "at": session.ends_at} | options
    return apply_report(read_report(content), session, digest=digest_of(content), **options)


def marks(session) -> dict[str, tuple[str, int | None, str]]:
    records = AttendanceRecord.objects.filter(session=session).select_related(
        "enrollment__participant"
    )
    return {
        each.enrollment.participant.given_names: (each.state, each.minutes, each.source)
        for each in records
    }


def test_report_is_applied_by_the_editions_policy(session, people):
    content = file_of(
        session,
        ("Luz Apaza", "", -5, 60),
        ("luz apaza", "", 40, 110),  # a second device: united, not added
        ("Iván Paredes", "", 20, 121),
    )
    plan, outcome = applied(content, session)
    assert marks(session) == {
        "Luz": ("present", 110, "meeting"),
        "Iván": ("late", 100, "meeting"),
    }
    assert (len(plan.lines), len(outcome.saved)) == (2, 2)
    report = MeetingReport.objects.get()
    assert (report.format, report.rows, report.imported_by) == ("zoom", 3, None)
    assert AttendanceEvidence.objects.filter(report=report, mode="online").count() == 3
    session.refresh_from_db()
    assert session.status == session.Status.HELD


def test_same_file_twice_changes_nothing_and_is_said(session, people):
    content = file_of(session, ("Luz Apaza", "", 0, 120))
    applied(content, session)
    history = AttendanceRecord.history.count()
    assert planned(content, session).imported_before == MeetingReport.objects.get()
    _plan, outcome = applied(content, session)
    assert (outcome.saved, len(outcome.unchanged)) == ((), 1)
    assert AttendanceRecord.history.count() == history
    assert AttendanceEvidence.objects.count() == 1


def test_two_partial_reports_are_united(session, people):
    """The meeting broke off and was opened again: each half has its own report."""
    applied(file_of(session, ("Luz Apaza", "", 0, 55)), session)
    assert marks(session)["Luz"][0] == "absent"
    second = file_of(session, ("Luz Apaza", "", 60, 120))
    (line,) = planned(second, session).lines
    assert (line.decision.state, line.decision.minutes, line.is_changed) == ("present", 115, True)
    applied(second, session)
    assert marks(session)["Luz"][:2] == ("present", 115)


def test_a_tutors_own_mark_stands_and_the_contradiction_is_shown(session, people, coordinator):
    luz = people[0]
    take_register(session, {luz.pk: Mark("absent")}, by=coordinator, at=session.ends_at)
    content = file_of(session, ("Luz Apaza", "", 0, 120))
    (line,) = planned(content, session).lines
    assert (line.is_contradicted, line.is_changed) == (True, False)
    _plan, outcome = applied(content, session)
    assert [row.enrollment for row in outcome.contradicted] == [luz]
    assert marks(session)["Luz"] == ("absent", None, "tutor")


def test_tutor_sees_and_applies_the_own_groups_part(session, people, group):
    content = file_of(
        session,
        ("Luz Apaza", "", 0, 120),
        ("Iván Paredes", "", 0, 120),
        ("Rosa Soto", "", 0, 120),
        ("Soporte ENSAP", "", 0, 120),
    )
    plan = planned(content, session, groups=[group])
    assert [line.enrollment for line in plan.lines] == [people[0]]
    assert plan.elsewhere == 1
    (question,) = plan.questions
    assert question.people == (people[1],)
    assert [each.caller.shown_name for each in plan.strangers] == ["Soporte ENSAP"]
    assert plan.unnamed == [people[1]]
    applied(content, session, groups=[group])
    assert set(marks(session)) == {"Luz"}
    assert AttendanceEvidence.objects.count() == 1


def test_second_tutor_applies_the_same_file(session, people, group, other_group):
    content = file_of(session, ("Luz Apaza", "", 0, 120), ("Iván Paredes", "", 0, 120))
    applied(content, session, groups=[group])
    applied(content, session, groups=[other_group])
    assert set(marks(session)) == {"Luz", "Iván"}
    assert MeetingReport.objects.count() == 1


def test_answer_decides_and_is_remembered(session, people, cohort, coordinator):
    content = file_of(session, ("Rosa Soto", "", 0, 120), ("iPhone de Rosa", "", 0, 120))
    assert {each.caller.shown_name for each in planned(content, session).questions} == {"Rosa Soto"}
    answers = {
        caller_key("Rosa Soto", ""): str(people[2].pk),
        caller_key("iPhone de Rosa", ""): str(people[1].pk),
    }
    applied(content, session, answers=answers, by=coordinator)
    assert AttendanceRecord.objects.filter(session=session).count() == 2
    known = dict(ShownName.objects.values_list("name", "enrollment"))
    assert known == {"rosa soto": people[2].pk, "iphone de rosa": people[1].pk}

    later = SessionFactory(cohort=cohort, day=9)
    plan = planned(file_of(later, ("IPHONE DE ROSA", "", 0, 120), ("Rosa Soto", "", 0, 9)), later)
    assert [(line.enrollment, line.by) for line in plan.lines] == [
        (people[1], "alias"),
        (people[2], "alias"),
    ]
    # Two bear the name: it is shown again, with what was chosen before.
    (question,) = plan.questions
    assert (question.answer, question.people) == (people[2].pk, (people[2], people[1]))
    assert plan.as_json()["review"] == []


def test_answer_of_a_bare_device_holds_for_its_report_alone(session, people, cohort):
    content = file_of(session, ("iPhone", "", 0, 120))
    applied(content, session, answers={caller_key("iPhone", ""): str(people[0].pk)})
    assert set(marks(session)) == {"Luz"}
    assert not ShownName.objects.exists()


@pytest.mark.parametrize("answer", [NOBODY, "", "999999999", "²", "x"])
def test_answer_that_names_nobody_matches_nobody(session, people, answer):
    content = file_of(session, ("Rosa Soto", "", 0, 120))
    applied(content, session, answers={caller_key("Rosa Soto", ""): answer})
    assert not marks(session)
    assert not ShownName.objects.exists()


def test_answer_does_not_reach_into_another_group(session, people, group):
    content = file_of(session, ("iPhone", "", 0, 120))
    answers = {caller_key("iPhone", ""): str(people[3].pk)}
    applied(content, session, groups=[group], answers=answers)
    assert not marks(session)
    assert not ShownName.objects.exists()


def test_whom_the_session_does_not_concern_is_counted_apart(cohort, group, people):
    own = SessionFactory(cohort=cohort, group=group)
    plan = planned(file_of(own, ("Iván Paredes", "", 0, 120), ("Luz Apaza", "", 0, 120)), own)
    assert [each.caller.shown_name for each in plan.outside] == ["Iván Paredes"]
    assert plan.as_json()["unmatched"] == [{"shown_name": "Iván Paredes", "minutes": 120}]


def test_tutor_of_a_groups_own_session_is_shown_nobody_of_another_group(cohort, group, people):
    own = SessionFactory(cohort=cohort, group=group)
    content = file_of(own, ("Rosa Soto", "", 0, 120), ("Iván", "", 0, 120))
    plan = planned(content, own, groups=[group])
    assert [each.people for each in (*plan.questions, *plan.strangers)] == [(people[1],), ()]
    MakeUpFactory(enrollment=people[3], host=own)
    (stranger,) = planned(content, own, groups=[group]).strangers
    assert stranger.people == (people[3],)


def test_report_of_another_edition_is_said(session, people):
    names = [(f"Zoila Ramos{letter}", "", 0, 120) for letter in "abcdefg"]
    with override("en"):
        assert "another one" in planned(file_of(session, *names), session).warning
        assert planned(file_of(session, ("Luz Apaza", "", 0, 1)), session).warning == ""
        few = planned(file_of(session, ("Luz Apaza", "", 0, 1), *names), session)
    assert few.warning.startswith("Few")


def test_report_that_cannot_be_used_writes_nothing(session, people):
    other_day = file_of(SessionFactory(cohort=session.cohort, day=9), ("Luz Apaza", "", 0, 120))
    with pytest.raises(ValidationError):
        applied(other_day, session)
    session.status = session.Status.CANCELLED
    session.cancellation_reason = "Feriado"
    session.save()
    with pytest.raises(ValidationError):
        applied(file_of(session, ("Luz Apaza", "", 0, 120)), session)
    assert not MeetingReport.objects.exists()
    assert not AttendanceEvidence.objects.exists()


def test_what_has_changed_since_the_preview_is_not_applied(session, people, coordinator):
    content = file_of(session, ("Luz Apaza", "", 0, 80))
    expected = planned(content, session).fingerprint
    applied(file_of(session, ("Luz Apaza", "", 80, 120)), session)
    with pytest.raises(StaleReport):
        applied(content, session, expected=expected)
    assert planned(content, session).fingerprint != expected
    applied(content, session, expected=planned(content, session).fingerprint)


def test_who_was_there_before_or_after_alone_was_absent(session, people):
    applied(file_of(session, ("Luz Apaza", "", -15, 0), ("Iván Paredes", "", 1, 119)), session)
    assert marks(session) == {
        "Luz": ("absent", None, "meeting"),
        "Iván": ("present", 118, "meeting"),
    }


def test_rest_is_absent_only_when_it_is_asked_for(session, people, coordinator):
    content = file_of(session, ("Luz Apaza", "", 0, 120))
    applied(content, session)
    assert set(marks(session)) == {"Luz"}
    _plan, outcome = applied(content, session, marks_rest_absent=True, by=coordinator)
    assert marks(session)["Iván"] == ("absent", None, "meeting")
    absent = [record for record in outcome.saved if record.state == "absent"]
    assert {record.enrollment for record in absent} == set(people[1:])
    assert {record.recorded_by for record in absent} == {coordinator}
    history = AttendanceRecord.history.count()
    _plan, outcome = applied(content, session, marks_rest_absent=True)
    assert outcome.saved == ()
    assert AttendanceRecord.history.count() == history


def test_absence_of_the_rest_is_corrected_by_the_next_report(session, people):
    applied(file_of(session, ("Luz Apaza", "", 0, 60)), session, marks_rest_absent=True)
    second = file_of(session, ("Iván Paredes", "", 0, 120))
    (line,) = planned(second, session).lines
    assert (line.is_changed, line.is_contradicted) == (True, False)
    applied(second, session, marks_rest_absent=True)
    assert marks(session)["Iván"] == ("present", 120, "meeting")
    # Whom the first report knows is not absent for missing in the second.
    assert planned(second, session).rest == ()


def test_rest_with_an_accepted_excuse_is_excused_and_who_is_marked_stays(
    session, people, coordinator
):
    AbsenceRequestFactory(enrollment=people[3], session=session, status="accepted")
    take_register(session, {people[1].pk: Mark("late")}, by=coordinator, at=session.ends_at)
    content = file_of(session, ("Luz Apaza", "", 0, 120))
    assert planned(content, session).rest_states == [
        (people[3], "excused"),
        (people[2], "absent"),
    ]
    applied(content, session, marks_rest_absent=True)
    stored = dict(AttendanceRecord.objects.values_list("enrollment", "state"))
    states = ("present", "late", "absent", "excused")
    assert stored == dict(zip([person.pk for person in people], states, strict=True))
    applied(file_of(session, ("Iván Paredes", "", 0, 120)), session)
    assert marks(session)["Iván"] == ("present", 120, "meeting")


def test_rest_is_of_the_own_groups_alone(session, people, group):
    content = file_of(session, ("Iván Paredes", "", 0, 120))
    applied(content, session, groups=[group], marks_rest_absent=True)
    stored = AttendanceRecord.objects.values_list("enrollment", "state")
    assert dict(stored) == {people[0].pk: "absent", people[1].pk: "absent"}


@pytest.mark.parametrize("shown", ["Rosa Soto", "iPhone de Rosa", "Rosa"])
def test_who_may_be_meant_by_a_name_in_doubt_is_not_of_the_rest(session, people, shown):
    content = file_of(session, ("Luz Apaza", "", 0, 120), (shown, "", 0, 120))
    assert planned(content, session).rest == (people[3],)
    answers = {caller_key(shown, ""): str(people[2].pk)}
    applied(content, session, answers=answers, marks_rest_absent=True)
    stored = dict(AttendanceRecord.objects.values_list("enrollment", "state"))
    states = ("present", "absent", "present", "absent")
    assert stored == dict(zip([person.pk for person in people], states, strict=True))


def test_more_may_be_meant_by_a_name_than_are_offered(session, people, cohort, group):
    many = [enroll(cohort, group, "Rosa", "Soto") for _number in range(MOST_CANDIDATES)]
    plan = planned(file_of(session, ("Rosa Soto", "", 0, 120)), session)
    assert len(plan.questions[0].people) == MOST_CANDIDATES < len(many) + 2
    assert {person.pk for person in plan.rest} == {people[0].pk, people[3].pk}


def test_who_is_in_a_row_that_cannot_be_read_is_not_of_the_rest(session, people):
    content = file_of(session, ("Luz Apaza", "", 0, 120), ("Iván Paredes", "", 50, 10))
    assert people[3] not in planned(content, session).rest


def test_colleague_on_a_shared_connection_is_not_of_the_rest(session, people):
    SharedConnectionFactory(
        session=session, enrollment=people[0], colleague=people[3], status="confirmed"
    )
    applied(file_of(session, ("Luz Apaza", "", 0, 120)), session, marks_rest_absent=True)
    assert marks(session)["Iván"][:2] == ("present", 120)


def count_queries(call) -> int:
    with CaptureQueriesContext(connection) as queries:
        call()
    return len(queries)


def test_queries_do_not_grow_with_people(session, people, cohort, group):
    few = file_of(session, ("Luz Apaza", "", 0, 120))
    names = ["Ana", "Bea", "Cira", "Dora"]
    for name in names:
        enroll(cohort, group, name, "Ugarte")
    many = file_of(session, *((f"{name} Ugarte", "", 0, 120) for name in names))
    assert count_queries(lambda: planned(few, session)) == 5
    assert count_queries(lambda: planned(many, session)) == 5
    first = count_queries(lambda: applied(few, session))
    assert count_queries(lambda: applied(many, session)) <= first


def test_queries_do_not_grow_with_the_rest(session, people, cohort, group):
    content = file_of(session, ("Luz Apaza", "", 0, 120))
    applied(content, session)
    first = count_queries(lambda: applied(content, session, marks_rest_absent=True))
    for name in ("Ana", "Bea", "Cira", "Dora", "Elba", "Flor"):
        enroll(cohort, group, name, "Ugarte")
    again = count_queries(lambda: applied(content, session, marks_rest_absent=True))
    assert AttendanceRecord.objects.filter(state="absent").count() == 9
    assert again == first
