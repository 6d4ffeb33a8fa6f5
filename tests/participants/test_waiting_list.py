import datetime as dt

import pytest
from django.core import mail
from django.core.management import call_command

from courses.models import Cohort, Program
from participants.models import Enrollment, Offer, Quota
from participants.offer_mail import send_offer
from participants.waiting_list import (
    accept_offer,
    decline,
    decline_offer,
    lapse_offers,
    offer_next,
    offer_places,
    waitlist,
)
from tests.factories import (
    MONDAY,
    CohortFactory,
    EnrollmentFactory,
    FacilityFactory,
    ParticipantFactory,
    at,
)
from tests.participants.refusals import refused

pytestmark = pytest.mark.django_db
NOW = at(MONDAY, 9)
IN_TIME = NOW + dt.timedelta(hours=71)
TOO_LATE = NOW + dt.timedelta(hours=72)


def people(cohort, n) -> list[Enrollment]:
    return [waitlist(ParticipantFactory(), cohort, at=NOW, by=None) for _ in range(n)]


def status(enrollment) -> str:
    enrollment.refresh_from_db()
    return enrollment.status


@pytest.fixture
def cohort(db):
    return CohortFactory(capacity=1)


@pytest.fixture
def offer(cohort):
    people(cohort, 2)
    return offer_next(cohort, at=NOW)


# ---- the list --------------------------------------------------------------------------------


def test_list_is_in_the_order_in_which_people_came(cohort):
    assert [each.waitlist_rank for each in people(cohort, 3)] == [1, 2, 3]


def test_waiting_twice_keeps_the_rank(cohort):
    first, _second = people(cohort, 2)
    assert waitlist(first.participant, cohort, at=NOW, by=None).waitlist_rank == 1
    assert first.history.count() == 1


def test_who_was_declined_waits_again_at_the_end(cohort):
    first, _second = people(cohort, 2)
    decline(first, reason="other", at=NOW, by=None)
    again = waitlist(first.participant, cohort, at=NOW, by=None)
    assert (again.pk, again.waitlist_rank, again.left_reason) == (first.pk, 3, "")


@pytest.mark.parametrize(("status", "code"), [("enrolled", "enrolled"), ("withdrawn", "left")])
def test_who_is_in_or_left_does_not_wait(cohort, status, code):
    person = EnrollmentFactory(cohort=cohort, status=status, ended_on=MONDAY).participant
    with refused(code):
        waitlist(person, cohort, at=NOW, by=None)


def test_nobody_waits_for_a_closed_edition():
    with refused("closed"):
        waitlist(ParticipantFactory(), CohortFactory(status="closed"), at=NOW, by=None)


# ---- offers ----------------------------------------------------------------------------------


def test_offer_holds_its_place_and_is_made_once(cohort):
    first, second = people(cohort, 2)
    offer = offer_next(cohort, at=NOW)
    assert offer.enrollment == first
    assert offer_next(cohort, at=NOW) is None
    assert offer_places(cohort, at=NOW) == ()
    assert (status(first), status(second)) == ("offered", "waitlisted")


def test_every_place_is_offered_in_the_order_of_the_list():
    cohort = CohortFactory(capacity=2)
    waiting = people(cohort, 3)
    assert [each.enrollment for each in offer_places(cohort, at=NOW)] == waiting[:2]


@pytest.mark.parametrize("state", ["draft", "closed"])
def test_nothing_is_offered_in_an_edition_that_is_not_open(cohort, state):
    people(cohort, 1)
    Cohort.objects.update(status=state)
    assert offer_places(cohort, at=NOW) == ()


def test_accepted_offer_is_a_place_from_the_first_day_on(cohort, offer):
    enrolled = accept_offer(offer.token, at=IN_TIME)
    assert (enrolled.status, enrolled.enrolled_on) == ("enrolled", IN_TIME.date())
    assert enrolled.waitlist_rank is None
    offer.refresh_from_db()
    assert (offer.answer, offer.answered_at) == ("accepted", IN_TIME)


def test_offer_accepted_before_the_edition_begins(offer):
    early = MONDAY + dt.timedelta(days=20)
    Cohort.objects.update(starts_on=early)
    assert accept_offer(offer.token, at=IN_TIME).enrolled_on == early


def test_declined_offer_goes_to_the_next_at_once(cohort, offer):
    declined = decline_offer(offer.token, at=IN_TIME)
    assert (declined.status, declined.left_reason) == ("declined", "refused_offer")
    following = Offer.objects.open().get()
    assert following.enrollment.waitlist_rank == 2
    assert following.expires_at == IN_TIME + dt.timedelta(hours=72)


@pytest.mark.parametrize("answer", [accept_offer, decline_offer])
@pytest.mark.parametrize("again", [accept_offer, decline_offer])
def test_offer_is_answered_once(offer, answer, again):
    answer(offer.token, at=IN_TIME)
    with refused("used"):
        again(offer.token, at=IN_TIME)


@pytest.mark.parametrize("answer", [accept_offer, decline_offer])
def test_answer_after_the_deadline_is_refused_before_and_after_it_is_passed_on(offer, answer):
    with refused("lapsed"):
        answer(offer.token, at=TOO_LATE)
    lapse_offers(at=TOO_LATE)
    with refused("lapsed"):
        answer(offer.token, at=TOO_LATE)


def test_offer_in_an_edition_closed_meanwhile_is_refused(offer):
    Cohort.objects.update(status="closed")
    with refused("closed"):
        accept_offer(offer.token, at=IN_TIME)


def test_token_that_is_none_opens_nothing(offer):
    with pytest.raises(Offer.DoesNotExist):
        accept_offer("otra", at=IN_TIME)


def test_tokens_are_long_and_differ(offer):
    decline_offer(offer.token, at=IN_TIME)
    tokens = set(Offer.objects.values_list("token", flat=True))
    assert len(tokens) == 2
    assert min(map(len, tokens)) >= 43


# ---- lapsing ---------------------------------------------------------------------------------


def test_lapsed_offer_is_passed_on_once(cohort, offer):
    assert lapse_offers(at=IN_TIME) == 0
    assert lapse_offers(at=TOO_LATE) == 1
    assert lapse_offers(at=TOO_LATE) == 0
    offer.refresh_from_db()
    assert (offer.answer, offer.enrollment.left_reason) == ("lapsed", "no_answer")
    assert Offer.objects.open().get().enrollment.waitlist_rank == 2


def test_last_of_the_list_is_not_asked_for_ever(cohort):
    people(cohort, 1)
    offer_next(cohort, at=NOW)
    lapse_offers(at=TOO_LATE)
    assert not Offer.objects.open().exists()
    assert Enrollment.objects.get().status == "declined"


def test_command_lapses_what_is_due(clock, cohort, offer, capsys):
    clock.move_to(TOO_LATE)
    call_command("lapse_offers")
    assert capsys.readouterr().out == "1 offers lapsed.\n"
    call_command("lapse_offers")
    assert capsys.readouterr().out == "0 offers lapsed.\n"


def test_offer_taken_back_by_the_coordinator_goes_to_the_next(cohort, offer, coordinator):
    decline(offer.enrollment, reason="not_eligible", at=IN_TIME, by=coordinator)
    offer.refresh_from_db()
    assert (offer.answer, offer.answered_by) == ("revoked", coordinator)
    assert Offer.objects.open().get().enrollment.waitlist_rank == 2
    with refused("lapsed"):
        accept_offer(offer.token, at=IN_TIME)


def test_who_is_enrolled_is_not_declined(cohort):
    with refused("begun"):
        decline(EnrollmentFactory(cohort=cohort), reason="other", at=NOW, by=None)


# ---- the mail --------------------------------------------------------------------------------


def test_mail_is_sent_once_and_leads_to_the_page(clock, offer, settings):
    clock.move_to(NOW)
    settings.SITE_URL = "https://formacion.example"
    Program.objects.update(title_es="Atención a víctimas")
    send_offer.call(offer.pk)
    send_offer.call(offer.pk)
    [message] = mail.outbox
    assert message.to == [offer.enrollment.participant.email]
    assert f"https://formacion.example/participante/plaza/{offer.token}/" in message.body
    assert "víctimas" not in message.subject + message.body


def test_mail_of_an_answered_or_lapsed_offer_is_not_sent(clock, offer):
    clock.move_to(TOO_LATE)
    send_offer.call(offer.pk)
    clock.move_to(NOW)
    accept_offer(offer.token, at=NOW)
    send_offer.call(offer.pk)
    assert mail.outbox == []


def test_mail_that_failed_is_sent_when_the_task_is_run_again(clock, offer, monkeypatch):
    clock.move_to(NOW)
    with monkeypatch.context() as broken:
        broken.setattr("participants.offer_mail.EmailMessage.send", lambda self: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            send_offer.call(offer.pk)
    send_offer.call(offer.pk)
    assert len(mail.outbox) == 1


# ---- quotas ----------------------------------------------------------------------------------


@pytest.mark.parametrize("quota_by", ["service", "region"])
def test_whose_quota_is_full_is_passed_over_and_keeps_the_rank(cohort, quota_by):
    cohort.capacity, cohort.quota_by = 3, quota_by
    cohort.save()
    kinds = [
        {"service": "csmc", "facility": FacilityFactory(region="15")},
        {"service": "mamis", "facility": FacilityFactory(region="08")},
    ]
    value = {"service": "csmc", "region": "15"}[quota_by]
    Quota.objects.create(cohort=cohort, value=value, places=1)
    waiting = [
        waitlist(ParticipantFactory(**kinds[kind]), cohort, at=NOW, by=None)
        for kind in (0, 0, 1, 1)
    ]

    offers = offer_places(cohort, at=NOW)

    assert [offer.enrollment for offer in offers] == [waiting[0], waiting[2], waiting[3]]
    assert (status(waiting[1]), waiting[1].waitlist_rank) == ("waitlisted", 2)
    decline_offer(offers[1].token, at=IN_TIME)
    assert status(waiting[1]) == "waitlisted"
    decline_offer(offers[0].token, at=IN_TIME)
    assert status(waiting[1]) == "offered"
