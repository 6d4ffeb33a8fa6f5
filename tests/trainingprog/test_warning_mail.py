import datetime as dt
import smtplib
from unittest import mock

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from courses.models import Cohort, Session
from participants.models import AttendanceRecord, AttendanceWarning, Enrollment
from tests.factories import (
    CompletionRuleFactory,
    EnrollmentFactory,
    SessionFactory,
    TutorAssignmentFactory,
    TutorFactory,
)
from tests.trainingprog.warned import HOURS, NOON, miss, send_warnings, ten_sessions
from trainingprog.warning_mail import note_open_editions, tell_tutor, warn_participant
from tutors.models import TutorAssignment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def slipping(cohort, group, tutor, enrollment) -> Enrollment:
    """One absence left."""
    miss(enrollment, ten_sessions(cohort)[:1])
    return enrollment


def addressees() -> list[str]:
    return sorted(address for message in mail.outbox for address in message.to)


def body_to(address: str) -> str:
    (message,) = [message for message in mail.outbox if message.to == [address]]
    return message.body


def test_tutor_is_told_at_once_and_the_participant_two_days_later(
    slipping, tutor, participant, run_tasks, clock
):
    send_warnings()
    run_tasks()
    assert addressees() == [tutor.email]
    mail.outbox.clear()
    clock.move_to(NOON + 47 * HOURS)
    send_warnings()
    run_tasks()
    assert addressees() == []
    clock.move_to(NOON + 48 * HOURS)
    send_warnings()
    run_tasks()
    assert addressees() == [participant.email]


def test_each_is_told_once_however_often_it_is_run(slipping, run_tasks, clock):
    for hours in (0, 1, 48, 49, 200):
        clock.move_to(NOON + hours * HOURS)
        for _turn in range(2):
            send_warnings()
        run_tasks()
    assert len(mail.outbox) == 2


def test_task_run_again_sends_nothing(slipping, run_tasks):
    send_warnings()
    run_tasks()
    for row in DBTaskResult.objects.all():
        row.task.call(*row.args_kwargs["args"], **row.args_kwargs["kwargs"])
    assert len(mail.outbox) == 1


def test_tutor_gets_counts_and_a_link_and_no_name(
    cohort, group, slipping, tutor, run_tasks, settings
):
    settings.SITE_URL = "https://formacion.example"
    sessions = list(cohort.sessions.order_by("starts_at"))
    for missed in (1, 2, 3):
        miss(EnrollmentFactory(cohort=cohort, group=group), sessions[:missed])
    send_warnings()
    run_tasks()
    (message,) = mail.outbox
    assert message.to == [tutor.email]
    assert message.subject == "Sus grupos: novedades por revisar"
    assert f"Grupo 1 · {cohort.code}" in message.body
    assert "2 personas pueden faltar a una sesión más." in message.body
    assert "1 persona ya no puede faltar a ninguna sesión." in message.body
    assert "1 persona ya no puede alcanzar el mínimo." in message.body
    assert "En 48 horas" in message.body
    assert f"https://formacion.example{reverse('tutors:group', args=[group.pk])}" in message.body
    for person in Enrollment.objects.select_related("participant"):
        assert person.participant.paternal_surname not in message.body
        assert person.participant.document_number not in message.body


@pytest.mark.parametrize(
    ("missed", "words"),
    [
        (1, "puede faltar a una sesión más"),
        (2, "necesita asistir a todas las sesiones que vienen"),
        (3, "puede llegar a 70\u00a0%, y el mínimo es 80\u00a0%"),
    ],
)
def test_participant_reads_what_is_still_possible(
    cohort, enrollment, participant, run_tasks, clock, missed, words
):
    cohort.support_contact = "apoyo@ensap.example"
    miss(enrollment, ten_sessions(cohort)[:missed])
    note_open_editions(at=NOON)
    clock.move_to(NOON + 48 * HOURS)
    send_warnings()
    run_tasks()
    body = body_to(participant.email)
    assert words in body
    assert "apoyo@ensap.example" in body
    assert reverse("participants:edition", args=[enrollment.pk]) in body
    assert [message.subject for message in mail.outbox] == ["Su asistencia"]
    assert "Plenaria" not in body


def test_edition_rule_is_what_the_participant_reads_of(
    cohort, enrollment, participant, run_tasks, clock
):
    CompletionRuleFactory(cohort_module=None, cohort=cohort, minimum_attendance_percent=90)
    miss(enrollment, ten_sessions(cohort)[:2])
    note_open_editions(at=NOON)
    clock.move_to(NOON + 48 * HOURS)
    send_warnings()
    run_tasks()
    assert "puede llegar a 80\u00a0%, y el mínimo es 90\u00a0%" in body_to(participant.email)


@pytest.mark.parametrize(
    ("missed", "counted", "told"),
    [
        (1, "1 persona ya no puede faltar", "necesita asistir a todas las sesiones del módulo"),
        (
            2,
            "1 persona ya no puede alcanzar",
            "puede llegar a 60\u00a0%, y el mínimo del módulo es 80\u00a0%",
        ),
    ],
)
def test_module_of_its_own_rule_is_told_in_words_of_its_own_and_once(
    cohort, enrollment, tutor, participant, run_tasks, clock, missed, counted, told
):
    rule = CompletionRuleFactory(cohort_module__cohort=cohort, minimum_attendance_percent=80)
    number = rule.cohort_module.module.number
    sessions = ten_sessions(cohort, minimum_attendance_percent=50)
    own = [*sessions[:4], sessions[-1]]  # the last is still to come
    Session.objects.filter(pk__in=[each.pk for each in own]).update(
        cohort_module=rule.cohort_module
    )
    miss(enrollment, sessions[:missed])
    for hours in (0, 48, 49):
        clock.move_to(NOON + hours * HOURS)
        send_warnings()
        run_tasks()
    assert addressees() == sorted([tutor.email, participant.email])
    assert f"Módulo {number}:\n* {counted}" in body_to(tutor.email)
    assert f"En el módulo {number} de la edición {cohort.code}" in body_to(participant.email)
    assert told in body_to(participant.email)


def test_participant_is_not_told_what_mended_meanwhile(slipping, run_tasks, clock):
    send_warnings()
    run_tasks()
    AttendanceRecord.objects.update(state="present")
    clock.move_to(NOON + 48 * HOURS)
    send_warnings()
    run_tasks()
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("name", ["mended", "withdrawn", "closed", "switched off"])
def test_what_no_longer_holds_when_the_worker_comes_is_not_sent(
    slipping, cohort, run_tasks, clock, name
):
    clock.move_to(NOON)
    note_open_editions(at=NOON)
    clock.move_to(NOON + 48 * HOURS)
    send_warnings()
    assert DBTaskResult.objects.filter(status="READY").count() == 2
    if name == "mended":
        AttendanceRecord.objects.update(state="present")
    elif name == "withdrawn":
        Enrollment.objects.update(status="withdrawn", ended_on=NOON.date())
    elif name == "closed":
        Cohort.objects.update(status="closed")
    else:
        Cohort.objects.update(warns_tutors=False, participant_warned_after_hours=None)
    run_tasks()
    assert mail.outbox == []
    assert not AttendanceWarning.objects.exclude(audience="coordinator").exists()


def test_participant_is_not_told_what_mended_before_the_worker_came(slipping, clock):
    note_open_editions(at=NOON)
    warning = AttendanceWarning.objects.get(audience="participant").pk
    AttendanceRecord.objects.update(state="present")
    clock.move_to(NOON + 48 * HOURS)
    warn_participant.call(warning)
    assert mail.outbox == []
    assert not AttendanceWarning.objects.filter(pk=warning).exists()


def test_tutor_of_another_group_is_not_told(slipping, other_tutor, tutor, run_tasks):
    send_warnings()
    run_tasks()
    assert addressees() == [tutor.email]


def test_who_guides_the_group_when_it_is_sent_is_told(slipping, group, tutor, run_tasks):
    send_warnings()
    new = TutorFactory(email="nueva@minsa.example")
    TutorAssignment.objects.update(ends_on=NOON.date() - dt.timedelta(days=1))
    TutorAssignmentFactory(tutor=new, group=group, starts_on=NOON.date())
    run_tasks()
    assert mail.outbox == []
    send_warnings()
    run_tasks()
    assert addressees() == [new.email]


def test_substitute_of_the_day_is_told(slipping, group, run_tasks):
    day = NOON.date()
    substitute = TutorAssignmentFactory(group=group, starts_on=day, ends_on=day).tutor
    send_warnings()
    run_tasks()
    assert addressees() == [substitute.email]


def test_group_without_a_tutor_waits_for_one(cohort, group, enrollment, run_tasks):
    miss(enrollment, ten_sessions(cohort)[:1])
    send_warnings()
    run_tasks()
    assert mail.outbox == []
    tutor = TutorAssignmentFactory(group=group).tutor
    send_warnings()
    run_tasks()
    assert addressees() == [tutor.email]


@pytest.mark.parametrize("role", ["tutor", "participant"])
def test_closed_account_is_not_written_to(slipping, tutor, participant, run_tasks, clock, role):
    account = {"tutor": tutor, "participant": participant}[role]
    account.is_active = False
    account.save()
    send_warnings()
    clock.move_to(NOON + 48 * HOURS)
    send_warnings()
    run_tasks()
    assert account.email not in addressees()
    assert len(mail.outbox) == 1


def test_mail_that_fails_is_sent_by_the_next_run(slipping, tutor, run_tasks):
    send_warnings()
    with (
        mock.patch.object(EmailMessage, "send", side_effect=smtplib.SMTPException),
        pytest.raises(smtplib.SMTPException),
    ):
        run_tasks()
    DBTaskResult.objects.update(status="FAILED")
    assert not AttendanceWarning.objects.exclude(sent_at=None).exists()
    send_warnings()
    run_tasks()
    assert addressees() == [tutor.email]


# ---- registers ---------------------------------------------------------------------------------


@pytest.fixture
def overdue(cohort, group, tutor, enrollment):
    return SessionFactory(cohort=cohort, group=group, day=9, title="Trauma y trata", number=3)


def test_tutor_is_reminded_once_with_neutral_titles(overdue, tutor, group, run_tasks, clock):
    for hours in (23, 24, 25, 200):
        clock.move_to(overdue.ends_at + hours * HOURS)
        send_warnings()
        run_tasks()
    body = body_to(tutor.email)
    assert "Registros por tomar:" in body
    assert "miércoles 11/03/2026, 18:00 · Grupo 1" in body.lower().replace("grupo", "Grupo")
    assert reverse("tutors:register", args=[overdue.pk, group.pk]) in body
    assert "Trauma" not in body


def test_whoever_guided_the_group_that_day_is_reminded(overdue, group, tutor, run_tasks, clock):
    day = overdue.day
    substitute = TutorAssignmentFactory(group=group, starts_on=day, ends_on=day).tutor
    clock.move_to(overdue.ends_at + 24 * HOURS)
    send_warnings()
    run_tasks()
    assert addressees() == [substitute.email]


def test_warnings_and_reminders_of_a_tutor_are_one_mail(slipping, overdue, cohort, run_tasks):
    Cohort.objects.update(tutor_reminded_after_hours=24)
    send_warnings()
    run_tasks()
    (message,) = mail.outbox
    assert "1 persona puede faltar" in message.body
    assert message.body.count("/tutor/registro/") == 8


def test_register_taken_before_the_worker_comes_is_not_reminded(
    overdue, enrollment, run_tasks, clock
):
    clock.move_to(overdue.ends_at + 24 * HOURS)
    send_warnings()
    AttendanceRecord.objects.create(
        enrollment=enrollment, session=overdue, state="present", recorded_at=NOON
    )
    run_tasks()
    assert mail.outbox == []


# ---- at once -----------------------------------------------------------------------------------


@pytest.mark.postgres
def test_two_workers_at_once_send_one_mail_each(at_once, slipping, tutor, clock):
    note_open_editions(at=NOON)
    guide = TutorAssignment.objects.get().tutor_id
    outcomes = at_once(lambda _index: tell_tutor.call(guide), 4)
    assert outcomes == [None] * 4
    assert addressees() == [tutor.email]
    mail.outbox.clear()
    clock.move_to(NOON + 48 * HOURS)
    warning = AttendanceWarning.objects.get(audience="participant").pk
    assert at_once(lambda _index: warn_participant.call(warning), 4) == [None] * 4
    assert len(mail.outbox) == 1


@pytest.mark.postgres
def test_command_run_twice_at_once_tells_once(at_once, slipping, run_tasks):
    assert at_once(lambda _index: send_warnings(), 4) == [None] * 4
    run_tasks()
    assert len(mail.outbox) == 1
