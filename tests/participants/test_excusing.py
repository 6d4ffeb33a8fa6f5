import datetime as dt

import pytest
from django.core import mail
from django.core.exceptions import ValidationError

from courses.models import Cohort
from participants.excuse_mail import tell_declined
from participants.excusing import ask, decide, withdraw
from participants.models import AbsenceRequest, AttendanceRecord, Enrollment
from participants.register import Mark, Register, take_register
from participants.register_refusals import opens_at
from tests.factories import (
    AbsenceRequestFactory,
    AttendanceRecordFactory,
    EnrollmentFactory,
    SessionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
ONE_DAY = dt.timedelta(days=1)


@pytest.fixture
def session(cohort, group):
    return SessionFactory(cohort=cohort, group=group)


def asked(enrollment, session, *, reason="shift", at=None) -> AbsenceRequest:
    at = at or session.starts_at - ONE_DAY
    return ask(enrollment, session, reason=reason, by=enrollment.participant.user, at=at)


def why_not_asked(enrollment, session, **options) -> ValidationError:
    with pytest.raises(ValidationError) as refused:
        asked(enrollment, session, **options)
    assert not AbsenceRequest.objects.filter(status="asked").exists()
    return refused.value


def state_of(enrollment) -> str | None:
    marks = AttendanceRecord.objects.filter(enrollment=enrollment)
    return marks.values_list("state", flat=True).first()


# ---- asking ----------------------------------------------------------------------------------


def test_excuse_is_asked_with_who_and_when_in_its_history(enrollment, session):
    request = asked(enrollment, session)
    assert (request.status, request.reason) == ("asked", "shift")
    version = request.history.get()
    assert (version.history_user, version.history_date) == (
        enrollment.participant.user,
        request.asked_at,
    )


def test_excuse_is_asked_once_however_often_it_is_sent(enrollment, session):
    first = asked(enrollment, session)
    assert asked(enrollment, session) == first
    assert first.history.count() == 1


def test_another_excuse_is_not_asked_while_one_is_undecided_or_accepted(enrollment, session):
    request = asked(enrollment, session)
    with pytest.raises(ValidationError) as refused:
        asked(enrollment, session, reason="illness")
    assert refused.value.code == "asked"
    decide(request, accepts=True, by=None, at=session.starts_at - ONE_DAY)
    with pytest.raises(ValidationError) as refused:
        asked(enrollment, session)
    assert refused.value.code == "asked"


@pytest.mark.parametrize("status", ["declined", "withdrawn"])
def test_after_a_refusal_or_a_withdrawal_it_may_be_asked_anew(enrollment, session, status):
    AbsenceRequestFactory(enrollment=enrollment, session=session, status=status)
    assert asked(enrollment, session, reason="illness").is_asked


def test_excuse_for_the_session_of_another_group_is_refused(enrollment, cohort, other_group):
    session = SessionFactory(cohort=cohort, group=other_group)
    assert why_not_asked(enrollment, session).code == "not_concerned"


def test_excuse_for_the_session_of_another_edition_is_refused(enrollment):
    assert why_not_asked(enrollment, SessionFactory()).code == "not_concerned"


@pytest.mark.parametrize(("days", "is_late"), [(0, True), (2, True), (3, False)])
def test_excuse_is_asked_until_the_end_of_the_last_day(enrollment, session, days, is_late):
    Cohort.objects.update(excuse_days=days)
    at = session.starts_at + 3 * ONE_DAY + dt.timedelta(hours=5, minutes=59)  # 23:59 in Lima
    if is_late:
        error = why_not_asked(enrollment, session, at=at)
        assert error.code == "too_late"
        assert f"{session.day + days * ONE_DAY:%d/%m/%Y}" in error.message
    else:
        assert asked(enrollment, session, at=at).is_asked


def test_excuse_for_a_cancelled_session_is_refused(enrollment, session):
    session.status, session.cancellation_reason = "cancelled", "Sin docente"
    session.save()
    assert why_not_asked(enrollment, session).code == "cancelled"


@pytest.mark.parametrize(
    ("state", "code"), [("present", "present"), ("late", "present"), ("excused", "excused")]
)
def test_excuse_of_who_was_there_or_is_excused_is_refused(enrollment, session, state, code):
    AttendanceRecordFactory(enrollment=enrollment, session=session, state=state)
    assert why_not_asked(enrollment, session, at=session.ends_at).code == code


def test_excuse_of_a_withdrawn_person_is_refused(enrollment, session):
    enrollment.status, enrollment.ended_on = Enrollment.Status.WITHDRAWN, session.day
    enrollment.save()
    assert why_not_asked(enrollment, session).code == "left"


def test_excuse_for_a_closed_module_is_refused(enrollment, session, cohort_module):
    session.cohort_module = cohort_module
    session.save()
    cohort_module.closed_at = session.ends_at
    cohort_module.save()
    assert why_not_asked(enrollment, session, at=session.ends_at).code == "module_closed"


def test_reason_that_is_none_of_the_reasons_is_refused_at_its_field(enrollment, session):
    assert "reason" in why_not_asked(enrollment, session, reason="depression").message_dict


# ---- withdrawing -----------------------------------------------------------------------------


def test_person_withdraws_an_excuse_that_is_undecided_and_again(enrollment, session, participant):
    request = asked(enrollment, session)
    for _time in range(2):
        assert withdraw(request, by=participant, at=session.ends_at).status == "withdrawn"
    assert request.history.count() == 2


def test_accepted_excuse_is_withdrawn_until_the_register_opens(enrollment, session, participant):
    request = asked(enrollment, session)
    decide(request, accepts=True, by=None, at=session.starts_at - ONE_DAY)
    with pytest.raises(ValidationError) as refused:
        withdraw(request, by=participant, at=opens_at(session))
    assert refused.value.code == "decided"
    before = opens_at(session) - dt.timedelta(seconds=1)
    assert withdraw(request, by=participant, at=before).status == "withdrawn"
    take(session, {}, rest=Mark("present"))
    assert state_of(enrollment) == "present"


def test_withdrawn_excuse_is_not_decided(enrollment, session, tutor):
    request = asked(enrollment, session)
    withdraw(request, by=None, at=session.starts_at)
    with pytest.raises(ValidationError) as refused:
        decide(request, accepts=True, by=tutor, at=session.starts_at)
    assert refused.value.code == "withdrawn"


# ---- deciding --------------------------------------------------------------------------------


def take(session, marks, **options):
    given = {person.pk: Mark(*mark) for person, mark in marks.items()}
    options.setdefault("at", session.ends_at)
    return take_register(session, given, by=None, **options)


def test_accepting_makes_an_absence_excused_with_who_and_when(enrollment, session, tutor):
    take(session, {enrollment: ["absent"]})
    request = asked(enrollment, session, at=session.ends_at)
    found = decide(request, accepts=True, document_seen=True, by=tutor, at=session.ends_at)
    assert (found.status, found.document_seen, found.decided_by) == ("accepted", True, tutor)
    record = AttendanceRecord.objects.get(enrollment=enrollment)
    assert (record.state, record.version, record.recorded_by) == ("excused", 2, tutor)
    assert [past.state for past in record.history.order_by("version")] == ["absent", "excused"]


def test_accepting_marks_who_has_no_mark_once_the_register_is_open(enrollment, session, tutor):
    request = asked(enrollment, session)
    decide(request, accepts=True, by=tutor, at=session.ends_at)
    assert state_of(enrollment) == "excused"


def test_accepting_before_the_session_marks_nobody_yet(enrollment, session, tutor):
    decide(asked(enrollment, session), accepts=True, by=tutor, at=session.starts_at - ONE_DAY)
    assert state_of(enrollment) is None


@pytest.mark.parametrize("state", ["present", "late", "excused"])
def test_accepting_overwrites_no_mark_but_an_absence(enrollment, session, tutor, state):
    request = asked(enrollment, session)
    take(session, {enrollment: [state]})
    assert decide(request, accepts=True, by=tutor, at=session.ends_at).is_accepted
    assert AttendanceRecord.objects.get().version == 1
    assert state_of(enrollment) == state


def test_accepting_in_a_plenary_marks_in_the_persons_part(enrollment, cohort, tutor):
    session = SessionFactory(cohort=cohort)
    decide(asked(enrollment, session), accepts=True, by=tutor, at=session.ends_at)
    assert state_of(enrollment) == "excused"


def test_accepting_for_a_module_closed_meanwhile_is_refused_and_declining_is_not(
    enrollment, session, cohort_module, tutor
):
    session.cohort_module = cohort_module
    session.save()
    request = asked(enrollment, session)
    cohort_module.closed_at = session.ends_at
    cohort_module.save()
    with pytest.raises(ValidationError) as refused:
        decide(request, accepts=True, by=tutor, at=session.ends_at)
    assert refused.value.code == "module_closed"
    assert decide(request, accepts=False, by=tutor, at=session.ends_at).is_declined


def test_declining_leaves_the_mark(enrollment, session, tutor):
    take(session, {enrollment: ["absent"]})
    request = asked(enrollment, session, at=session.ends_at)
    decide(request, accepts=False, by=tutor, at=session.ends_at)
    assert state_of(enrollment) == "absent"
    assert AttendanceRecord.objects.get().version == 1


def test_declining_is_told_once_and_says_neither_how_nor_why(enrollment, session, tutor, run_tasks):
    request = asked(enrollment, session, reason="illness")
    for _time in range(2):
        decide(request, accepts=False, by=tutor, at=session.ends_at)
    run_tasks()
    tell_declined.call(request.pk)
    [sent] = mail.outbox
    assert sent.to == [enrollment.participant.email]
    assert f"/participante/sesion/{session.pk}/" in sent.body
    for word in ("enfermedad", "justificaci", "acept", session.title.lower()):
        assert word not in (sent.subject + sent.body).lower()


def test_mail_that_could_not_be_sent_is_sent_later(enrollment, session, tutor, monkeypatch):
    request = asked(enrollment, session)
    decide(request, accepts=False, by=tutor, at=session.ends_at)
    with monkeypatch.context() as patch:
        patch.setattr("participants.excuse_mail.EmailMessage.send", broken)
        with pytest.raises(OSError, match="no line"):
            tell_declined.call(request.pk)
    tell_declined.call(request.pk)
    assert len(mail.outbox) == 1


def broken(*args, **kwargs):
    raise OSError("no line")


def test_accepting_mails_nobody(enrollment, session, tutor, run_tasks):
    decide(asked(enrollment, session), accepts=True, by=tutor, at=session.ends_at)
    run_tasks()
    assert mail.outbox == []


def test_decision_stands_and_says_whose_it_is(enrollment, session, tutor):
    tutor.name = "Karina Condori"
    tutor.save()
    request = asked(enrollment, session)
    decide(request, accepts=False, by=tutor, at=session.ends_at)
    with pytest.raises(ValidationError) as refused:
        decide(request, accepts=True, by=UserFactory(), at=session.ends_at)
    assert refused.value.code == "decided"
    assert "Karina Condori" in refused.value.message


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_is_told_that_it_is_decided(enrollment, session, at_once):
    request = asked(enrollment, session)
    users = [UserFactory(), UserFactory()]
    outcomes = at_once(lambda n: decide(request, accepts=n == 0, by=users[n], at=session.ends_at))
    errors = [outcome for outcome in outcomes if isinstance(outcome, ValidationError)]
    assert [error.code for error in errors] == ["decided"]
    request.refresh_from_db()
    assert (state_of(enrollment) == "excused") == request.is_accepted
    assert request.history.count() == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_register_and_decision_at_once_leave_who_came_present(enrollment, session, at_once):
    request = asked(enrollment, session)
    at_once(
        lambda n: (
            decide(request, accepts=True, by=None, at=session.ends_at)
            if n
            else take(session, {enrollment: ["present"]})
        )
    )
    # Whoever is second finds what the first has written: a conflict, or a mark that stands.
    assert state_of(enrollment) in ("present", "excused")
    assert AttendanceRecord.objects.get().version == 1


# ---- the register taken later ----------------------------------------------------------------


@pytest.fixture
def excused(enrollment, session) -> Enrollment:
    decide(asked(enrollment, session), accepts=True, by=None, at=session.starts_at - ONE_DAY)
    return enrollment


def test_all_present_leaves_out_who_is_excused(excused, session, cohort, group):
    other = EnrollmentFactory(cohort=cohort, group=group)
    take(session, {}, rest=Mark("present"))
    assert (state_of(excused), state_of(other)) == ("excused", "present")


def test_absent_comes_out_excused_and_sent_again_changes_nothing(excused, session):
    assert len(take(session, {excused: ["absent"]}).saved) == 1
    again = take(session, {excused: ["absent"]})
    assert (again.saved, again.conflicts, len(again.unchanged)) == ((), (), 1)
    assert state_of(excused) == "excused"


@pytest.mark.parametrize("state", ["present", "late"])
def test_who_came_after_all_is_marked_so(excused, session, state):
    take(session, {excused: [state]})
    assert state_of(excused) == state


def test_who_was_thought_present_becomes_excused_when_marked_absent(excused, session):
    take(session, {excused: ["present"]})
    take(session, {excused: ["absent", "", None, 1]})
    assert state_of(excused) == "excused"


def test_whoever_saw_the_excuse_and_marks_absent_means_it(excused, session):
    take(session, {excused: ["absent"]})
    for _time in range(2):
        found = take(session, {excused: ["absent", "", None, 1]})
        assert found.conflicts == ()
    assert state_of(excused) == "absent"
    assert AttendanceRecord.objects.get().version == 2


def test_excuse_that_is_undecided_excuses_nobody(enrollment, session):
    asked(enrollment, session)
    take(session, {enrollment: ["absent"]})
    assert state_of(enrollment) == "absent"


def test_register_knows_the_excuses_of_its_own_session_alone(
    enrollment, session, cohort, group, django_assert_num_queries
):
    request = asked(enrollment, session)
    AbsenceRequestFactory(enrollment=enrollment, session=SessionFactory(cohort=cohort))
    AbsenceRequestFactory(
        enrollment=EnrollmentFactory(cohort=cohort, group=group),
        session=session,
        status="declined",
    )
    with django_assert_num_queries(2):
        rows = Register.of(session, group, at=session.ends_at).rows
    assert [row.excuse for row in rows if row.enrollment == enrollment] == [request]
    assert [row.excuse for row in rows if row.enrollment != enrollment] == [None]


# ---- what is to be decided -------------------------------------------------------------------


def test_only_open_excuses_of_sessions_that_are_held_are_to_decide(enrollment, session, cohort):
    request = asked(enrollment, session)
    off = SessionFactory(cohort=cohort, status="cancelled", cancellation_reason="Sin docente")
    AbsenceRequestFactory(enrollment=enrollment, session=off)
    AbsenceRequestFactory(enrollment=EnrollmentFactory(cohort=cohort, status="applied"))
    AbsenceRequestFactory(status="accepted")
    AbsenceRequestFactory(enrollment__cohort__status="closed")
    assert list(AbsenceRequest.objects.to_decide()) == [request]
