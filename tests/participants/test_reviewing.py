import datetime as dt
import smtplib
from unittest import mock

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage

from participants.decision_mail import tell_decision
from participants.enrollment_steps import Step, step_of
from participants.models import Application, Enrollment, Offer, Participant, Quota
from participants.review_places import short_of_a_place
from participants.reviewing import approve, decline_applications, waitlist_applications
from tests.factories import (
    MONDAY,
    ApplicationFactory,
    CohortFactory,
    EnrollmentFactory,
    FacilityFactory,
    OfferFactory,
    ParticipantFactory,
    UserFactory,
    at,
)

pytestmark = pytest.mark.django_db
NOW = at(MONDAY, 12)
Status = Application.Status


@pytest.fixture
def called():
    return CohortFactory(
        status="open",
        starts_on=MONDAY + dt.timedelta(days=60),
        ends_on=MONDAY + dt.timedelta(days=200),
        capacity=10,
    )


@pytest.fixture
def by():
    return UserFactory()


@pytest.fixture
def decide(called, by):
    def decide(verb, *applications, **kwargs):
        outcome = verb(called, [each.pk for each in applications], at=NOW, by=by, **kwargs)
        for each in applications:
            each.refresh_from_db()
        return outcome

    return decide


def applied(cohort, minute=0, **fields):
    return ApplicationFactory(cohort=cohort, confirmed_at=at(MONDAY, 9, minute), **fields)


def enrollment_of(application) -> Enrollment:
    return Enrollment.objects.get(participant=application.participant, cohort=application.cohort)


# ---- approving -------------------------------------------------------------------------------


def test_approved_application_becomes_a_participant_with_a_place(called, by, decide):
    application = applied(called, licence_board="CPsP", licence_number="123", sex="F")

    outcome = decide(approve, application)

    assert outcome.approved == [application]
    assert (application.status, application.decided_by) == (Status.APPROVED, by)
    person = application.participant
    for name in ("document_number", "given_names", "email", "facility", "licence_number", "sex"):
        assert getattr(person, name) == getattr(application, name)
    enrollment = enrollment_of(application)
    assert enrollment.status == "enrolled"
    assert enrollment.enrolled_on == called.starts_on
    assert (enrollment.facility, enrollment.service) == (application.facility, "csmc")
    for row in (person, enrollment):
        assert row.history.get().history_user == by
    version = enrollment.history.get()
    assert step_of(version.history_change_reason) == (Step.ENROLL, called.starts_on)


def test_participant_known_by_document_is_updated_where_something_is_given(called, decide):
    known = ParticipantFactory(
        document_number="70123456", mobile="+51957094499", given_names="Anita", user=None
    )
    application = applied(called, document_number="70123456", mobile="", given_names="Ana María")

    decide(approve, application)

    known.refresh_from_db()
    assert application.participant == known
    assert known.given_names == "Ana María"
    assert known.mobile == "+51957094499"
    assert known.email == application.email
    assert known.history.count() == 2


def test_email_of_who_logs_in_stays(called, decide):
    known = ParticipantFactory(document_number="70123456", user=UserFactory())
    before = known.email

    decide(approve, applied(called, document_number="70123456"))

    known.refresh_from_db()
    assert known.email == before


def test_email_of_another_person_is_refused_and_the_others_decided(called, decide):
    ParticipantFactory(email="ana@salud.example", given_names="Eva")
    wrong, right = applied(called, email="Ana@salud.example"), applied(called)

    outcome = decide(approve, wrong, right)

    [(refused, why)] = outcome.refused
    assert refused == wrong
    assert "Eva" in why
    assert (wrong.status, right.status) == (Status.CONFIRMED, Status.APPROVED)


def test_nobody_is_written_to_before_the_decision(called):
    known = ParticipantFactory(document_number="70123456", given_names="Anita")
    applied(called, document_number="70123456", given_names="Otra")

    known.refresh_from_db()
    assert known.given_names == "Anita"


def test_beyond_the_capacity_people_wait_in_the_order_of_confirmation(called, decide):
    called.capacity = 2
    called.save()
    late, first, second, last = (applied(called, minute) for minute in (30, 10, 20, 40))

    outcome = decide(approve, late, first, second, last)

    assert outcome.approved == [first, second]
    assert outcome.short == [late, last]
    assert (late.status, late.reason) == (Status.WAITLISTED, "no_places")
    assert [enrollment_of(each).waitlist_rank for each in (late, last)] == [1, 2]
    assert Enrollment.objects.for_cohort(called).taking_a_place().count() == 2


def test_place_belongs_first_to_who_waits_already(called, decide):
    called.capacity = 1
    called.save()
    EnrollmentFactory(cohort=called, status="waitlisted", waitlist_rank=1)
    new = applied(called)

    assert decide(approve, new).short == [new]
    assert enrollment_of(new).waitlist_rank == 2


def test_who_waits_is_approved_when_a_place_is_there(called, decide):
    called.capacity = 0 + 1
    called.save()
    EnrollmentFactory(cohort=called)
    waiting = applied(called)
    decide(approve, waiting)
    assert waiting.status == Status.WAITLISTED
    called.capacity = 2
    called.save()

    assert decide(approve, waiting).approved == [waiting]
    assert enrollment_of(waiting).status == "enrolled"
    assert enrollment_of(waiting).waitlist_rank is None


def test_open_offer_is_taken_by_approving(called, decide):
    called.capacity = 1
    called.save()
    waiting = applied(called)
    decide(waitlist_applications, waiting, reason="no_places")
    Enrollment.objects.update(status="offered")
    offer = OfferFactory(enrollment=enrollment_of(waiting))

    assert decide(approve, waiting).approved == [waiting]
    offer.refresh_from_db()
    assert offer.answer == Offer.Answer.ACCEPTED


@pytest.mark.parametrize(
    ("quota_by", "value", "other"),
    [("region", "15", {"facility__region": "08"}), ("service", "csmc", {"service": "mamis"})],
)
def test_full_quota_waits_and_the_others_enter(called, decide, quota_by, value, other):
    called.quota_by = quota_by
    called.save()
    Quota.objects.create(cohort=called, value=value, places=2)
    EnrollmentFactory(cohort=called, facility=FacilityFactory(region="15"), service="csmc")
    first, second = applied(called, 1), applied(called, 2)
    elsewhere = applied(called, 3, **other)

    outcome = decide(approve, first, second, elsewhere)

    assert outcome.approved == [first, elsewhere]
    assert outcome.short == [second]
    assert second.reason == "quota"


@pytest.fixture
def two_of_csmc(called):
    """One place of the service's two is taken, and of the edition's six."""
    called.quota_by, called.capacity = "service", 6
    called.save()
    Quota.objects.create(cohort=called, value="csmc", places=2)
    EnrollmentFactory(cohort=called, service="csmc")
    return called


def test_who_waits_for_a_full_quota_keeps_no_place_back(two_of_csmc, decide):
    first, second = (applied(two_of_csmc, minute, service="csmc") for minute in (1, 2))
    decide(approve, first, second)
    others = [applied(two_of_csmc, minute, service="mamis") for minute in (3, 4, 5, 6)]

    outcome = decide(approve, *others)

    assert second.reason == "quota"
    assert outcome.approved == others


def test_place_of_a_quota_belongs_first_to_who_waits_for_it(two_of_csmc, decide):
    waits, newcomer = (applied(two_of_csmc, minute, service="csmc") for minute in (1, 2))
    decide(waitlist_applications, waits, reason="other")

    outcome = decide(approve, newcomer)
    assert (outcome.short, newcomer.reason) == ([newcomer], "quota")
    assert decide(approve, waits).approved == [waits]


@pytest.mark.parametrize(
    ("quota_by", "services", "short"),
    [
        ("none", ["csmc"] * 5, 0),
        ("none", ["csmc"] * 6, 1),
        ("service", ["csmc", "mamis"], 0),
        ("service", ["csmc", "csmc", "mamis"], 1),
        ("service", ["mamis"] * 6, 1),
    ],
)
def test_how_many_are_short_of_a_place_is_known_before(two_of_csmc, quota_by, services, short):
    two_of_csmc.quota_by = quota_by
    two_of_csmc.save()
    chosen = [applied(two_of_csmc, service=service).pk for service in services]
    assert short_of_a_place(two_of_csmc, chosen) == short


def test_who_waits_counts_before_newcomers_and_not_against_oneself(two_of_csmc, decide):
    waits, newcomer = (applied(two_of_csmc, minute, service="csmc") for minute in (1, 2))
    decide(waitlist_applications, waits, reason="other")

    assert short_of_a_place(two_of_csmc, [newcomer.pk]) == 1
    assert short_of_a_place(two_of_csmc, [waits.pk]) == 0


def test_approving_again_changes_and_mails_nothing(called, decide, run_tasks):
    application = applied(called)
    decide(approve, application)
    outcome = decide(approve, application)
    run_tasks()

    assert outcome.unchanged == [application]
    assert outcome.decided == []
    assert len(mail.outbox) == 1
    assert Participant.objects.count() == 1


@pytest.mark.parametrize("status", ["submitted", "withdrawn"])
@pytest.mark.parametrize("verb", [approve, waitlist_applications, decline_applications])
def test_what_is_not_confirmed_or_was_withdrawn_is_not_decided(called, decide, verb, status):
    application = applied(called, status=status)
    given = {} if verb is approve else {"reason": "other"}

    outcome = decide(verb, application, **given)

    assert [each for each, _why in outcome.refused] == [application]
    assert application.status == status
    assert not Participant.objects.exists()


def test_repeated_application_waits_for_the_first_to_be_declined(called, decide):
    first = applied(called, document_number="70123456")
    repeated = applied(called, document_number="70123456", status="duplicate")

    assert [each for each, _why in decide(approve, repeated).refused] == [repeated]
    decide(decline_applications, first, reason="repeated")
    assert decide(approve, repeated).approved == [repeated]


def test_two_repeated_ones_at_once_give_one_place(called, decide):
    pair = [
        applied(called, minute, document_number="70123456", status="duplicate") for minute in (1, 2)
    ]

    outcome = decide(approve, *pair)

    assert outcome.approved == [pair[0]]
    assert [each for each, _why in outcome.refused] == [pair[1]]


def test_who_left_the_edition_is_reinstated_instead(called, decide):
    person = ParticipantFactory(document_number="70123456")
    EnrollmentFactory(
        cohort=called, participant=person, status="withdrawn", ended_on=called.starts_on
    )
    application = applied(called, document_number="70123456", given_names="Otra")

    outcome = decide(approve, application)

    assert [each for each, _why in outcome.refused] == [application]
    person.refresh_from_db()
    assert person.given_names != "Otra"


def test_who_has_a_place_already_is_approved_without_taking_another(called, decide):
    called.capacity = 1
    called.save()
    person = ParticipantFactory(document_number="70123456")
    EnrollmentFactory(cohort=called, participant=person)

    application = applied(called, document_number="70123456")
    assert decide(approve, application).approved == [application]
    assert Enrollment.objects.count() == 1


def test_applications_of_another_edition_are_left_alone(called, decide):
    other = ApplicationFactory()

    assert decide(approve, other).decided == []
    assert other.status == Status.CONFIRMED


def test_closed_edition_decides_nothing(called, decide):
    called.status = "closed"
    called.save()

    with pytest.raises(ValidationError) as refused:
        decide(approve, applied(called))
    assert refused.value.code == "closed"


# ---- waiting and declining -------------------------------------------------------------------


def test_waitlisted_application_is_on_the_list(called, decide):
    first, second = applied(called, 1), applied(called, 2)

    outcome = decide(waitlist_applications, second, first, reason="quota")

    assert outcome.waitlisted == [first, second]
    assert [enrollment_of(each).waitlist_rank for each in (first, second)] == [1, 2]
    assert first.reason == "quota"
    step = step_of(enrollment_of(first).history.get().history_change_reason)
    assert step == (Step.WAITLIST, MONDAY)


def test_declined_application_writes_no_participant(called, decide):
    application = applied(called)

    decide(decline_applications, application, reason="requirements")

    assert (application.status, application.reason) == (Status.DECLINED, "requirements")
    assert not Participant.objects.exists()


def test_declining_who_waits_takes_the_person_off_the_list(called, decide):
    application = applied(called)
    decide(waitlist_applications, application, reason="no_places")

    decide(decline_applications, application, reason="requirements")

    enrollment = enrollment_of(application)
    assert (enrollment.status, enrollment.waitlist_rank) == ("declined", None)


def test_declining_who_has_an_offer_passes_it_on(called, decide):
    called.capacity = 1
    called.save()
    application, second = applied(called, 1), applied(called, 2)
    decide(waitlist_applications, application, second, reason="no_places")
    Enrollment.objects.filter(participant=application.participant).update(status="offered")
    offer = OfferFactory(enrollment=enrollment_of(application))

    decide(decline_applications, application, reason="requirements")

    offer.refresh_from_db()
    assert offer.answer == Offer.Answer.REVOKED
    assert enrollment_of(second).status == "offered"


@pytest.mark.parametrize("verb", [waitlist_applications, decline_applications])
def test_who_is_enrolled_is_withdrawn_instead(called, decide, verb):
    application = applied(called)
    decide(approve, application)

    outcome = decide(verb, application, reason="other")

    assert [each for each, _why in outcome.refused] == [application]
    assert application.status == Status.APPROVED


# ---- the mail --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "given"),
    [
        (approve, {}),
        (waitlist_applications, {"reason": "quota"}),
        (decline_applications, {"reason": "requirements"}),
    ],
)
def test_each_decision_is_mailed_once_without_its_reason(called, decide, run_tasks, verb, given):
    called.program.title_es = "Atención de víctimas de violencia"
    called.program.save()
    pair = [applied(called), applied(called)]
    decide(verb, *pair, **given)
    run_tasks()
    for application in pair:
        tell_decision.call(application.pk, application.status)

    assert sorted(m.to[0] for m in mail.outbox) == sorted(each.email for each in pair)
    text = mail.outbox[0].subject + mail.outbox[0].body
    for word in ("violencia", "requisitos", "cuota", pair[0].document_number):
        assert word not in text
    assert pair[0].key in "".join(m.body for m in mail.outbox)


def test_next_decision_is_told_too(called, decide, run_tasks):
    application = applied(called)
    decide(waitlist_applications, application, reason="no_places")
    run_tasks()
    decide(approve, application)
    run_tasks()

    assert len(mail.outbox) == 2


def test_decision_changed_before_its_mail_is_told_as_it_stands(called, decide, run_tasks):
    application = applied(called)
    decide(waitlist_applications, application, reason="no_places")
    decide(approve, application)
    run_tasks()

    assert len(mail.outbox) == 1
    assert application.key in mail.outbox[0].body


def test_mail_that_failed_is_sent_when_the_task_runs_again(called, decide):
    application = applied(called)
    decide(approve, application)
    with (
        mock.patch.object(EmailMessage, "send", side_effect=smtplib.SMTPException),
        pytest.raises(smtplib.SMTPException),
    ):
        tell_decision.call(application.pk, "approved")
    tell_decision.call(application.pk, "approved")

    assert len(mail.outbox) == 1


# ---- many at once ----------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(
    ("verb", "given", "queries"),
    [
        (approve, {}, 16),
        (waitlist_applications, {"reason": "quota"}, 16),
        (decline_applications, {"reason": "other"}, 7),
    ],
)
def test_deciding_takes_as_many_queries_for_3_as_for_1(
    called, by, number, verb, given, queries, django_assert_num_queries
):
    pks = [applied(called).pk for _each in range(number)]
    with django_assert_num_queries(queries):
        verb(called, pks, at=NOW, by=by, **given)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_approvals_at_once_never_exceed_the_capacity(called, by, at_once):
    called.capacity = 5
    called.save()
    pks = [applied(called).pk for _each in range(12)]

    at_once(lambda index: approve(called, [pks[index]], at=NOW, by=by), 12)

    assert Enrollment.objects.for_cohort(called).taking_a_place().count() == 5
    ranks = Enrollment.objects.filter(status="waitlisted").values_list("waitlist_rank", flat=True)
    assert sorted(ranks) == list(range(1, 8))
