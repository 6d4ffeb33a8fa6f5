"""Invitations go out once, one reminder to who has not answered, and no trace of who got one."""

import datetime as dt
from smtplib import SMTPRecipientsRefused
from traceback import format_exception

import pytest
from django.core import mail
from django.core.management import call_command
from django_tasks_db.models import DBTaskResult

from participants.answering import take_answer
from participants.models import Survey, SurveyInvitation
from participants.survey_links import url_of
from participants.surveying import cancel_survey
from tests.factories import (
    MONDAY,
    EnrollmentFactory,
    QuestionSetFactory,
    SurveyFactory,
    SurveyInvitationFactory,
    TutorAssignmentFactory,
    UserFactory,
    at,
)
from trainingprog import survey_mail

pytestmark = pytest.mark.django_db
AFTER = MONDAY + dt.timedelta(weeks=2)


@pytest.fixture
def asked(cohort, cohort_module, group, clock):
    """Six people of one group, on the Monday after their module."""
    for purpose in ("module", "tutor"):
        QuestionSetFactory(purpose=purpose, version=1, asks=["scale"])
    TutorAssignmentFactory(group=group, starts_on=MONDAY)
    people = EnrollmentFactory.create_batch(6, cohort=cohort, group=group)
    clock.move_to(at(AFTER, 9))
    return people


def test_each_gets_one_mail_with_the_own_links_however_often_it_runs(asked, run_tasks):
    for _number in range(2):
        call_command("open_surveys")
        run_tasks()
    assert len(mail.outbox) == 6
    sent = next(each for each in mail.outbox if each.to == [asked[0].participant.email])
    assert sent.subject == "Una encuesta breve: dos minutos"
    own = SurveyInvitation.objects.filter(enrollment=asked[0])
    assert own.count() == 2
    for invitation in SurveyInvitation.objects.all():
        assert (url_of(invitation) in sent.body) == (invitation.enrollment == asked[0])


def test_one_reminder_to_who_has_not_answered_and_no_row_says_to_whom(asked, run_tasks, clock):
    call_command("open_surveys")
    run_tasks()
    for invitation in SurveyInvitation.objects.filter(enrollment=asked[0]):
        take_answer(invitation, {"1": 4}, at=at(AFTER, 10))
    before = list(SurveyInvitation.objects.values())
    mail.outbox.clear()
    for day in (6, 7, 8):
        clock.move_to(at(AFTER + dt.timedelta(days=day), 9))
        call_command("open_surveys")
        run_tasks()
    assert {each.to[0] for each in mail.outbox} == {each.participant.email for each in asked[1:]}
    assert len(mail.outbox) == 5
    assert list(SurveyInvitation.objects.values()) == before
    queued = DBTaskResult.objects.filter(task_path__contains="survey")
    assert {row.args_kwargs["args"][0] for row in queued} == {asked[0].cohort_id}


def test_cancelled_survey_reminds_nobody(asked, run_tasks, clock):
    call_command("open_surveys")
    run_tasks()
    mail.outbox.clear()
    for survey in Survey.objects.all():
        cancel_survey(survey, "mistake", today=AFTER, at=at(AFTER, 10))
    clock.move_to(at(AFTER + dt.timedelta(days=8), 9))
    call_command("open_surveys")
    run_tasks()
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("field", "letter"),
    [("told_at", "survey_invitation"), ("reminded_at", "survey_reminder")],
)
def test_survey_cancelled_between_reading_and_sending_is_not_mailed(asked, field, letter):
    call_command("open_surveys")
    read = list(Survey.objects.all())
    for survey in read:
        cancel_survey(survey, "mistake", today=AFTER, at=at(AFTER, 10))
    survey_mail._send(read, field, letter, at=at(AFTER, 10))
    assert mail.outbox == []
    assert not Survey.objects.filter(**{f"{field}__isnull": False}).exists()


def test_survey_cancelled_between_noting_and_sending_is_not_mailed(asked, run_tasks, monkeypatch):
    call_command("open_surveys")
    cancelled, left = Survey.objects.order_by("pk")
    read = survey_mail._by_person

    def cancelled_first(claimed):
        cancel_survey(cancelled, "mistake", today=AFTER, at=at(AFTER, 10))
        return read(claimed)

    monkeypatch.setattr(survey_mail, "_by_person", cancelled_first)
    run_tasks()
    assert len(mail.outbox) == 6
    for invitation in SurveyInvitation.objects.all():
        sent = any(url_of(invitation) in each.body for each in mail.outbox)
        assert sent == (invitation.survey_id == left.pk)


def test_whose_account_is_closed_is_not_written_to(asked, run_tasks):
    asked[0].participant.user = UserFactory(is_active=False)
    asked[0].participant.save()
    call_command("open_surveys")
    run_tasks()
    assert len(mail.outbox) == 5


def test_where_the_mail_server_is_away_the_next_run_tries_again(asked, run_tasks, monkeypatch):
    def away(*args):
        raise ConnectionRefusedError

    call_command("open_surveys")
    with monkeypatch.context() as patched:
        patched.setattr(survey_mail, "send_mail", away)
        with pytest.raises(ConnectionError):
            survey_mail.invite_to_surveys.call(asked[0].cohort_id)
    run_tasks()
    assert len(mail.outbox) == 6


def refusing(monkeypatch, *addresses):
    """A mail server that does not take mails to these."""
    real = survey_mail.send_mail

    def send(name, context, to):
        if to in addresses:
            raise SMTPRecipientsRefused({to: (550, b"No such user")})
        real(name, context, to)

    monkeypatch.setattr(survey_mail, "send_mail", send)


def test_one_refused_address_stops_no_other_mail(asked, run_tasks, monkeypatch):
    refusing(monkeypatch, asked[0].participant.email)
    for _number in range(2):
        call_command("open_surveys")
        run_tasks()
    assert {each.to[0] for each in mail.outbox} == {each.participant.email for each in asked[1:]}
    assert len(mail.outbox) == 5


def test_what_is_kept_of_a_failed_reminder_names_nobody(asked, run_tasks, monkeypatch, clock):
    call_command("open_surveys")
    run_tasks()
    addresses = [each.participant.email for each in asked]
    refusing(monkeypatch, *addresses)
    clock.move_to(at(AFTER + dt.timedelta(days=7), 9))
    with pytest.raises(ConnectionError) as failed:
        survey_mail.remind_of_surveys.call(asked[0].cohort_id)
    kept = "".join(format_exception(failed.value))  # the table of tasks holds it
    assert "takes no mail" in kept
    assert not any(address in kept for address in addresses)
    assert not Survey.objects.filter(reminded_at__isnull=False).exists()


def test_after_the_last_day_who_was_asked_is_deleted(asked, run_tasks, clock):
    call_command("open_surveys")
    assert SurveyInvitation.objects.count() == 12
    clock.move_to(at(AFTER + dt.timedelta(days=14), 1))
    call_command("open_surveys")
    assert not SurveyInvitation.objects.exists()
    assert set(Survey.objects.values_list("invited", flat=True)) == {6}


@pytest.mark.postgres
def test_two_workers_at_once_send_one_mail_each(at_once, clock):
    survey = SurveyFactory(invited=3)
    SurveyInvitationFactory.create_batch(3, survey=survey)
    outcomes = at_once(lambda _index: survey_mail.invite_to_surveys.call(survey.cohort_id), 4)
    assert outcomes == [None] * 4
    assert len(mail.outbox) == 3
