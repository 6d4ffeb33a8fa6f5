import datetime as dt
import smtplib
from unittest import mock

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core import mail
from django.core.mail import EmailMessage
from django.db import IntegrityError
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from courses.models import Cohort, Session
from courses.rescheduling import cancel, reschedule
from participants.models import Enrollment
from tests.factories import (
    MONDAY,
    EnrollmentFactory,
    MakeUpFactory,
    ParticipantFactory,
    SessionFactory,
    TutorAssignmentFactory,
    TutorFactory,
    UserFactory,
    at,
)
from trainingprog import session_notices
from trainingprog.models import SessionNotice
from trainingprog.session_notices import announce, send_notice, tell

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
LINK = "https://reuniones.example/sala-secreta"


def nothing(_cohort):
    return frozenset()


def work():
    """Runs the queued tasks, and those that they queue, as the worker does."""
    while rows := list(DBTaskResult.objects.filter(status="READY").order_by("enqueued_at")):
        for row in rows:
            row.task.call(*row.args_kwargs["args"], **row.args_kwargs["kwargs"])
            DBTaskResult.objects.filter(pk=row.pk).update(status="SUCCESSFUL")


def addressees():
    return sorted(address for message in mail.outbox for address in message.to)


@pytest.fixture
def plenary(cohort):
    return SessionFactory(
        cohort=cohort, day=16, title="Trauma y trata", number=3, meeting_link=LINK, venue="Aula 9"
    )


@pytest.fixture
def everyone(tutor, other_tutor, participant, other_participant):
    return sorted(user.email for user in (tutor, other_tutor, participant, other_participant))


def move(session, by=None, days=1):
    shift = dt.timedelta(days=days)
    return reschedule(
        session,
        starts_at=session.starts_at + shift,
        ends_at=session.ends_at + shift,
        locked=nothing,
        by=by,
    )


def test_moved_plenary_is_told_to_all_with_old_and_new_date(plenary, everyone, coordinator):
    moved = move(plenary, coordinator)
    assert announce([moved], by=coordinator) == (moved,)
    work()
    assert addressees() == everyone
    body = mail.outbox[0].body
    assert "18/03/2026, 18:00" in body
    assert "19/03/2026, 18:00" in body


def test_session_of_a_group_is_told_to_its_people_only(cohort, group, everyone, coordinator):
    own = SessionFactory(cohort=cohort, group=group, day=16)
    announce([move(own)], by=coordinator)
    work()
    assert addressees() == ["participante@salud.example", "tutora@minsa.example"]


def test_guest_of_a_group_is_told_until_the_make_up_is_cancelled(
    cohort, other_group, enrollment, participant, coordinator
):
    session = SessionFactory(cohort=cohort, group=other_group, day=16)
    make_up = MakeUpFactory(
        enrollment=enrollment, missed=SessionFactory(cohort=cohort, day=3), host=session
    )
    announce([move(session)], by=coordinator)
    work()
    assert addressees() == [participant.email]
    mail.outbox.clear()
    make_up.cancelled_at = session.starts_at
    make_up.save()
    announce([move(Session.objects.get(pk=session.pk))], by=coordinator)
    work()
    assert addressees() == []


def test_mail_leads_each_to_the_own_page(plenary, tutor, participant, coordinator):
    announce([move(plenary)], by=coordinator)
    work()
    pages = {message.to[0]: message.body for message in mail.outbox}
    assert reverse("tutors:session", args=[plenary.pk]) in pages[tutor.email]
    assert reverse("participants:session", args=[plenary.pk]) in pages[participant.email]


def test_mail_gives_away_neither_link_nor_subject_nor_reason(plenary, everyone, coordinator):
    cancelled = cancel(plenary, reason="Duelo de una colega", locked=nothing, by=coordinator)
    # It could leak.
    assert (cancelled.meeting_link, cancelled.title) == (LINK, "Trauma y trata")
    announce([cancelled], by=coordinator)
    work()
    assert len(mail.outbox) == 4
    for message in mail.outbox:
        whole = message.subject + message.body
        for secret in ("sala-secreta", "Trauma", "trata", "Duelo", "Aula 9"):
            assert secret not in whole
        assert "18/03/2026, 18:00" in message.body


def test_announcing_again_and_running_again_sends_nothing_twice(plenary, everyone, coordinator):
    moved = move(plenary)
    announce([moved], by=coordinator)
    announce([moved], by=coordinator)  # before the worker came to it
    work()
    assert addressees() == everyone
    assert announce([moved], by=coordinator) == ()
    for row in DBTaskResult.objects.all():
        row.task.call(*row.args_kwargs["args"], **row.args_kwargs["kwargs"])
    work()
    assert len(mail.outbox) == 4
    assert SessionNotice.objects.count() == 4


def test_second_change_is_told_again_from_the_date_that_was_told(plenary, participant, coordinator):
    moved = move(plenary)
    announce([moved], by=coordinator)
    work()
    mail.outbox.clear()
    announce([move(moved)], by=coordinator)
    work()
    (message,) = mail.outbox
    assert "19/03/2026" in message.body
    assert "20/03/2026" in message.body
    assert "18/03/2026" not in message.body


def test_two_changes_before_the_mail_are_told_once_as_they_are_now(
    plenary, participant, coordinator
):
    first = move(plenary)
    announce([first], by=coordinator)
    second = move(first)
    announce([second], by=coordinator)
    work()
    (message,) = mail.outbox
    assert "20/03/2026" in message.body


def test_change_of_place_is_told_without_the_place(plenary, participant, coordinator):
    changed = reschedule(
        plenary,
        starts_at=plenary.starts_at,
        ends_at=plenary.ends_at,
        venue="Aula 10",
        locked=nothing,
        by=coordinator,
    )
    announce([changed], by=coordinator)
    work()
    assert len(mail.outbox) == 1
    assert "Aula" not in mail.outbox[0].body


def test_many_sessions_are_one_mail_a_person(cohort, everyone, coordinator):
    sessions = [move(SessionFactory(cohort=cohort, day=day)) for day in (14, 16, 18)]
    announce(sessions, by=coordinator)
    work()
    assert addressees() == everyone
    assert all(message.body.count("/sesion/") == 3 for message in mail.outbox)


def test_tutor_who_takes_part_too_gets_one_mail(plenary, tutor, group, coordinator):
    EnrollmentFactory(
        participant=ParticipantFactory(user=tutor, email=tutor.email.upper()),
        cohort=plenary.cohort,
        group=group,
    )
    announce([move(plenary)], by=coordinator)
    work()
    (message,) = mail.outbox
    assert reverse("tutors:session", args=[plenary.pk]) in message.body


def test_who_has_no_account_yet_is_told_and_whose_is_closed_is_not(cohort, plenary, coordinator):
    EnrollmentFactory(cohort=cohort, participant__email="sin.cuenta@salud.example")
    closed = UserFactory(is_active=False)
    EnrollmentFactory(
        cohort=cohort, participant=ParticipantFactory(user=closed, email="cerrada@salud.example")
    )
    announce([move(plenary)], by=coordinator)
    work()
    assert addressees() == ["sin.cuenta@salud.example"]


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "withdrawn", "ended_on": MONDAY + dt.timedelta(days=30)},
        {"status": "waitlisted"},
        {"ended_on": MONDAY + dt.timedelta(days=10)},
        {"enrolled_on": MONDAY + dt.timedelta(days=25)},
    ],
)
def test_whom_the_session_does_not_concern_is_not_told(enrollment, plenary, coordinator, fields):
    Enrollment.objects.filter(pk=enrollment.pk).update(**fields)
    announce([move(plenary)], by=coordinator)
    work()
    assert mail.outbox == []


def test_substitute_whose_days_are_over_is_not_told(group, plenary, coordinator):
    TutorAssignmentFactory(
        tutor=TutorFactory(), group=group, ends_on=MONDAY + dt.timedelta(days=10)
    )
    announce([move(plenary)], by=coordinator)
    work()
    assert mail.outbox == []


def test_who_made_the_change_gets_no_mail_and_is_in_the_history(plenary, tutor, participant):
    announce([move(plenary)], by=tutor)
    work()
    assert addressees() == [participant.email]
    assert LogEntry.objects.get().user_id == tutor.pk


@pytest.mark.parametrize("status", [Cohort.Status.DRAFT, Cohort.Status.CLOSED])
def test_change_in_a_draft_or_closed_edition_is_not_told(plenary, everyone, coordinator, status):
    moved = move(plenary)
    Cohort.objects.update(status=status)
    moved.cohort.refresh_from_db()
    assert announce([moved], by=coordinator) == ()
    assert not DBTaskResult.objects.exists()


def test_change_of_what_is_over_is_not_told(cohort, everyone, coordinator):
    past = SessionFactory(cohort=cohort, day=1)
    assert announce([move(past)], by=coordinator) == ()


def test_past_session_moved_ahead_is_told(cohort, participant, coordinator):
    past = SessionFactory(cohort=cohort, day=1)
    assert announce([move(past, days=14)], by=coordinator) != ()


def test_session_without_change_is_not_told(plenary, everyone, coordinator):
    assert announce([plenary], by=coordinator) == ()
    assert announce([], by=None) == ()


def test_session_dropped_before_the_mail_is_not_told(plenary, participant, coordinator):
    announce([move(plenary)], by=coordinator)
    Session.objects.all().delete()
    work()
    assert mail.outbox == []


def test_mail_that_failed_may_be_sent_again(plenary, participant, coordinator):
    moved = move(plenary)
    was = plenary.starts_at.isoformat()
    change = {"uid": str(moved.uid), "sequence": 1, "was": was, "role": "participants"}
    failing = mock.patch.object(EmailMessage, "send", side_effect=smtplib.SMTPServerDisconnected)
    with failing, pytest.raises(smtplib.SMTPServerDisconnected):
        send_notice.call(participant.email, [change])
    assert not SessionNotice.objects.exists()
    send_notice.call(participant.email, [change])
    assert addressees() == [participant.email]


def changes_of(sessions):
    return [
        {
            "uid": str(each.uid),
            "sequence": 1,
            "was": each.starts_at.isoformat(),
            "role": "participants",
        }
        for each in sessions
    ]


@pytest.mark.postgres
def test_two_tasks_for_one_person_at_once_send_one_mail(at_once):
    sessions = [SessionFactory(sequence=1) for _number in range(3)]
    changes = changes_of(sessions)
    results = at_once(lambda n: send_notice.call("a@salud.example", changes[n % 2 :]), 4)
    assert results == [None] * 4
    told = SessionNotice.objects.values_list("session_uid", flat=True)
    assert sorted(told) == sorted(each.uid for each in sessions)


def test_notice_that_another_task_noted_meanwhile_is_not_sent(plenary, participant, monkeypatch):
    """The other one commits after this one looked, and before it writes."""
    moved = move(plenary)
    change = {"uid": str(moved.uid), "sequence": 1, "was": plenary.starts_at.isoformat()}
    noted = session_notices._noted

    def too_late(email, sessions):
        if SessionNotice.objects.exists():
            return noted(email, sessions)
        SessionNotice.objects.create(session_uid=moved.uid, sequence=1, email=email)
        raise IntegrityError

    monkeypatch.setattr(session_notices, "_noted", too_late)
    send_notice.call(participant.email, [change | {"role": "participants"}])
    assert mail.outbox == []


def test_notices_that_other_tasks_noted_one_after_the_other_leave_the_rest(monkeypatch, db):
    """Each of two others commits one of them just before this one writes."""
    sessions = [SessionFactory(sequence=1) for _number in range(3)]
    changes = changes_of(sessions)
    noted, others = session_notices._noted, sessions[:2]

    def too_late(email, wanted):
        if not others:
            return noted(email, wanted)
        SessionNotice.objects.create(session_uid=others.pop().uid, sequence=1, email=email)
        raise IntegrityError

    monkeypatch.setattr(session_notices, "_noted", too_late)
    send_notice.call("a@salud.example", changes)
    (told,) = mail.outbox
    assert [each.pk for each in sessions if f"/{each.pk}/" in told.body] == [sessions[2].pk]


def test_notice_is_unique(plenary):
    fields = {"session_uid": plenary.uid, "sequence": 1, "email": "a@salud.example"}
    SessionNotice.objects.create(**fields)
    with pytest.raises(IntegrityError):
        SessionNotice.objects.create(**fields)


def dropped_copy(session):
    """As the timetable leaves it: no row, but still the object."""
    gone = Session.objects.get(pk=session.pk)
    Session.objects.filter(pk=session.pk)._raw_delete("default")
    return gone


def test_session_that_the_timetable_drops_is_told_as_cancelled_once(
    plenary, everyone, participant, coordinator
):
    gone = dropped_copy(plenary)
    assert announce([], dropped=[gone], by=coordinator) == (gone,)
    announce([], dropped=[gone], by=coordinator)
    work()
    assert addressees() == everyone
    body = next(message.body for message in mail.outbox if message.to == [participant.email])
    assert "18/03/2026, 18:00" in body
    assert reverse("participants:schedule") in body
    assert "Trauma" not in body


def test_session_dropped_from_a_draft_or_from_the_past_is_not_told(cohort, plenary, coordinator):
    past = dropped_copy(SessionFactory(cohort=cohort, day=1))
    assert announce([], dropped=[past], by=coordinator) == ()
    Cohort.objects.update(status=Cohort.Status.DRAFT)
    assert announce([], dropped=[dropped_copy(plenary)], by=coordinator) == ()


@pytest.mark.parametrize("size", [1, 3])
def test_announcing_costs_the_same_queries_at_any_size(
    cohort, coordinator, size, django_assert_num_queries
):
    sessions = [move(SessionFactory(cohort=cohort, day=14 + day)) for day in range(size)]
    # Django keeps it until a test empties the database: whichever comes first would pay for it.
    ContentType.objects.get_for_model(Session)
    with django_assert_num_queries(7):
        announce(sessions, by=coordinator, at=at(MONDAY, 12))


@pytest.mark.parametrize("size", [1, 3])
def test_finding_whom_to_tell_costs_one_query_more_a_mail(
    cohort, coordinator, size, django_assert_num_queries
):
    EnrollmentFactory(cohort=cohort)
    sessions = [move(SessionFactory(cohort=cohort, day=14 + day)) for day in range(size)]
    changes = [
        {"uid": str(each.uid), "sequence": 1, "was": each.starts_at.isoformat()}
        for each in sessions
    ]
    with django_assert_num_queries(7):
        tell.call(changes, coordinator.pk)
