"""Each whose certificate is issued is told so once, by mail that says nothing else."""

import pytest
from django.core import mail
from django.core.mail import EmailMessage

from participants.certificate_mail import tell_issued
from participants.certificate_runs import start_run
from participants.certifying import issue
from participants.models import Certificate
from tests.factories import CertificateDesignFactory, GroupFactory, TutorAssignmentFactory
from tests.participants.certified import AFTER, closed_edition, person
from tutors.certificate_runs import start_tutor_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return closed_edition()


def test_each_is_told_once_and_led_to_the_own_page(edition, run_tasks, settings):
    people = [person(edition) for _turn in range(2)]
    design = CertificateDesignFactory()
    for _turn in range(2):
        start_run(edition, design, people, by=None, at=AFTER)
        run_tasks()
    assert sorted(sent.to for sent in mail.outbox) == sorted([p.participant.email] for p in people)
    page = f"{settings.SITE_URL}/participante/edicion/{people[0].pk}/"
    [sent] = [sent for sent in mail.outbox if page in sent.body]
    assert sent.subject == "Su documento está listo"
    assert not sent.attachments
    certificate = Certificate.objects.get(enrollment=people[0])
    for secret in (certificate.facts["name"], certificate.facts["code"], "Certificado"):
        assert secret not in sent.body


def test_tutors_are_told_too(edition, run_tasks):
    guides = TutorAssignmentFactory(group=GroupFactory(cohort=edition)).tutor
    design = CertificateDesignFactory(recipient="tutors", kind="constancia")
    start_tutor_run(edition, design, [guides], by=None, at=AFTER)
    run_tasks()
    [sent] = mail.outbox
    assert sent.to == [guides.email]
    assert "/tutor/" in sent.body


def test_mail_that_fails_keeps_no_other_back_and_is_sent_later(edition, monkeypatch):
    rows = [
        issue(person(edition), CertificateDesignFactory(), by=None, at=AFTER) for _turn in range(3)
    ]
    send, failing = EmailMessage.send, rows[1].enrollment.participant.email

    def send_most(message, *args, **kwargs):
        if message.to == [failing]:
            raise OSError("the server is away")
        return send(message, *args, **kwargs)

    monkeypatch.setattr(EmailMessage, "send", send_most)
    with pytest.raises(ExceptionGroup):
        tell_issued.call([row.pk for row in rows])
    assert len(mail.outbox) == 2
    monkeypatch.undo()
    tell_issued.call([row.pk for row in rows])
    assert [sent.to for sent in mail.outbox[2:]] == [[failing]]


def test_closed_account_is_not_written_to(edition, participant, enrollment):
    who = person(edition, participant=enrollment.participant)
    participant.is_active = False
    participant.save()
    row = issue(who, CertificateDesignFactory(), by=None, at=AFTER)
    tell_issued.call([row.pk])
    assert not mail.outbox
