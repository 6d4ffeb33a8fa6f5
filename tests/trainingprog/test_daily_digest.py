import datetime as dt
import smtplib
from unittest import mock

import pytest
from django.contrib.auth.models import Group as Role
from django.core import mail
from django.core.mail import EmailMessage
from django.urls import reverse

from courses.models import Cohort, Session
from tests.cast import account
from tests.factories import CompletionRuleFactory, EnrollmentFactory
from tests.trainingprog.warned import HOURS, NOON, miss, send_warnings, ten_sessions
from trainingprog.daily_digest import send_digest
from trainingprog.models import Digest
from trainingprog.warning_mail import note_open_editions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
MORNING = NOON + 19 * HOURS  # 7 o'clock of the next day
ONE_DAY = dt.timedelta(days=1)


@pytest.fixture
def slipping(cohort, enrollment, coordinator):
    sessions = ten_sessions(cohort, warns_tutors=False, participant_warned_after_hours=None)
    miss(enrollment, sessions[:1])
    return sessions


@pytest.fixture
def run(clock, run_tasks):
    def move_and_run(when):
        clock.move_to(when)
        send_warnings()
        run_tasks()

    return move_and_run


def test_digest_comes_in_the_morning_with_counts_and_a_link(
    slipping, cohort, enrollment, coordinator, run, settings
):
    settings.SITE_URL = "https://formacion.example"
    for _person in range(2):
        miss(EnrollmentFactory(cohort=cohort), slipping[:3])
    module = CompletionRuleFactory(cohort_module__cohort=cohort).cohort_module
    Session.objects.filter(pk=slipping[0].pk).update(cohort_module=module)
    run(NOON)
    run(MORNING - HOURS)
    assert mail.outbox == []
    run(MORNING)
    (message,) = mail.outbox
    assert message.to == [coordinator.email]
    assert message.subject == "Sus ediciones hoy"
    assert cohort.code in message.body
    assert "1 persona puede faltar a una sesión más." in message.body
    assert "2 personas ya no pueden alcanzar el mínimo." in message.body
    of_module = f"Módulo {module.module.number}:\n* 3 personas ya no pueden alcanzar el mínimo."
    assert of_module in message.body
    assert f"https://formacion.example{reverse('edition', args=[cohort.pk])}" in message.body
    assert enrollment.participant.paternal_surname not in message.body


def test_digest_tells_each_once_and_is_not_sent_empty(slipping, run):
    run(NOON)
    for days in range(4):
        for hours in (0, 1, 5):
            run(MORNING + days * ONE_DAY + hours * HOURS)
    assert len(mail.outbox) == 1


def test_what_comes_during_the_day_is_told_the_next_morning(slipping, cohort, run):
    run(NOON)
    run(MORNING)
    miss(EnrollmentFactory(cohort=cohort), slipping[:2])
    run(MORNING + 3 * HOURS)
    assert len(mail.outbox) == 1
    run(MORNING + ONE_DAY)
    assert "1 persona ya no puede faltar" in mail.outbox[1].body
    assert "una sesión más" not in mail.outbox[1].body


def test_digest_that_was_missed_in_the_morning_comes_later(slipping, run):
    run(NOON)
    run(MORNING + 4 * HOURS)
    assert len(mail.outbox) == 1


def test_each_coordinator_has_one_mail_and_nobody_else(
    slipping, coordinator, tutor, participant, run
):
    role = Role.objects.get(name="Coordinator")
    for email, fields in (
        ("otra@ensap.example", {"is_staff": True}),
        ("cerrada@ensap.example", {"is_staff": True, "is_active": False}),
        ("fuera@ensap.example", {"is_staff": False}),
    ):
        account(email=email, **fields).groups.add(role)
    run(NOON)
    run(MORNING)
    assert sorted(message.to for message in mail.outbox) == [
        [coordinator.email],
        ["otra@ensap.example"],
    ]


def test_registers_of_three_days_are_counted(cohort, enrollment, coordinator, run):
    ten_sessions(cohort, coordinator_reminded_after_hours=72)
    run(NOON)
    run(MORNING)
    (message,) = mail.outbox
    # Of days 0 to 7; the later ones were not yet three days over when it was noted.
    assert "6 registros sin tomar 72 horas después de sus sesiones." in message.body


def test_edition_closed_before_the_digest_is_not_in_it(slipping, run):
    run(NOON)
    Cohort.objects.update(status="closed")
    run(MORNING)
    assert mail.outbox == []


def test_digest_that_fails_is_sent_by_the_next_run(slipping, coordinator, clock, run, run_tasks):
    run(NOON)
    with (
        mock.patch.object(EmailMessage, "send", side_effect=smtplib.SMTPException),
        pytest.raises(smtplib.SMTPException),
    ):
        run(MORNING)
    assert not Digest.objects.exists()
    run(MORNING + HOURS)
    assert [message.to for message in mail.outbox] == [[coordinator.email]]


def test_who_is_no_coordinator_any_more_gets_none(slipping, coordinator, clock):
    note_open_editions(at=NOON)
    clock.move_to(MORNING)
    coordinator.groups.clear()
    send_digest.call(coordinator.pk)
    assert mail.outbox == []


@pytest.mark.postgres
def test_two_digests_at_once_are_one_mail(at_once, slipping, coordinator, clock):
    note_open_editions(at=NOON)
    clock.move_to(MORNING)
    assert at_once(lambda _index: send_digest.call(coordinator.pk), 4) == [None] * 4
    assert len(mail.outbox) == 1
