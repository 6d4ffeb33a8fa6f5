"""Withdraw, reinstate, transfer: dated, kept with who and why, refused by the rule's name."""

import datetime as dt

import pytest

from courses.models import Cohort
from participants.enrolling import enroll, enroll_or_waitlist, reinstate, transfer, withdraw
from participants.enrollment_steps import Step, step_of
from participants.models import Enrollment, ModuleCompletion, Offer
from participants.waiting_list import waitlist
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    CohortFactory,
    CohortModuleFactory,
    CompletionRuleFactory,
    EnrollmentFactory,
    ModuleCompletionFactory,
    OfferFactory,
    ParticipantFactory,
    SessionFactory,
    UserFactory,
    at,
)
from tests.participants.refusals import refused

pytestmark = pytest.mark.django_db
FRIDAY = MONDAY + dt.timedelta(days=11)
NOW = at(FRIDAY, 12)
LATER = MONDAY + dt.timedelta(days=60)


@pytest.fixture
def by():
    return UserFactory()


@pytest.fixture
def next_cohort(cohort):
    return CohortFactory(
        program=cohort.program, starts_on=LATER, ends_on=LATER + dt.timedelta(days=30)
    )


def leave(enrollment, by, *, on=FRIDAY, reason="workload"):
    return withdraw(enrollment, on=on, reason=reason, by=by, at=NOW)


# ---- withdraw --------------------------------------------------------------------------------


def test_withdrawal_keeps_its_day_its_reason_and_who(enrollment, by):
    gone = leave(enrollment, by)
    assert (gone.status, gone.ended_on, gone.left_reason) == ("withdrawn", FRIDAY, "workload")
    latest = gone.history.latest()
    assert latest.history_user == by
    assert step_of(latest.history_change_reason) == (Step.WITHDRAW, FRIDAY)


def test_withdrawal_twice_changes_nothing(enrollment, by):
    leave(enrollment, by)
    count = enrollment.history.count()
    leave(enrollment, by)
    assert enrollment.history.count() == count


def test_withdrawal_before_the_enrollment_is_refused(enrollment, by):
    with refused("before_enrollment"):
        leave(enrollment, by, on=MONDAY - dt.timedelta(days=1))


def test_withdrawal_of_tomorrow_is_refused(enrollment, by):
    with refused("future"):
        leave(enrollment, by, on=FRIDAY + dt.timedelta(days=1))


@pytest.mark.parametrize("state", ["present", "late"])
def test_withdrawal_before_a_session_that_the_person_attended_is_refused(enrollment, by, state):
    session = SessionFactory(cohort=enrollment.cohort, day=3)
    AttendanceRecordFactory(enrollment=enrollment, session=session, state=state)
    with refused("attended_later"):
        leave(enrollment, by, on=session.day - dt.timedelta(days=1))
    leave(enrollment, by, on=session.day)


@pytest.mark.parametrize("state", ["absent", "excused"])
def test_absences_after_the_last_day_do_not_hold_the_person(enrollment, by, state):
    session = SessionFactory(cohort=enrollment.cohort, day=3)
    AttendanceRecordFactory(enrollment=enrollment, session=session, state=state)
    assert not leave(enrollment, by, on=session.day - dt.timedelta(days=1)).is_active


@pytest.mark.parametrize("status", ["completed", "not_completed", "declined"])
def test_withdrawal_of_who_is_not_enrolled_is_refused(cohort, by, status):
    with refused("not_enrolled"):
        leave(EnrollmentFactory(cohort=cohort, status=status), by)


def test_withdrawal_from_a_closed_edition_is_refused(enrollment, by):
    Cohort.objects.update(status="closed")
    with refused("closed"):
        leave(enrollment, by)


def test_who_leaves_before_the_first_day_never_took_part(next_cohort, by):
    person = ParticipantFactory()
    enrollment = enroll(person, next_cohort, on=next_cohort.starts_on)
    gone = leave(enrollment, by, reason="job")
    assert (gone.status, gone.left_reason, gone.group) == ("declined", "job", None)
    assert enroll(person, next_cohort, on=LATER).is_active


def test_withdrawal_of_who_waits_takes_them_off_the_list(cohort, by):
    waiting = waitlist(ParticipantFactory(), cohort, at=NOW, by=by)
    gone = leave(waiting, by)
    assert (gone.status, gone.waitlist_rank) == ("declined", None)


def test_place_of_who_withdraws_is_offered_to_the_next(cohort, enrollment, by):
    Cohort.objects.update(capacity=1)
    first, second = (waitlist(ParticipantFactory(), cohort, at=NOW, by=by) for _ in range(2))
    leave(enrollment, by)
    offer = Offer.objects.get()
    assert (offer.enrollment, offer.expires_at) == (first, NOW + dt.timedelta(hours=72))
    second.refresh_from_db()
    assert second.status == "waitlisted"


# ---- reinstate -------------------------------------------------------------------------------


def test_reinstated_person_goes_on_where_they_were(enrollment, by):
    group = enrollment.group
    leave(enrollment, by)
    back = reinstate(enrollment, on=FRIDAY, by=by)
    assert (back.status, back.ended_on, back.left_reason) == ("enrolled", None, "")
    assert (back.group, back.enrolled_on) == (group, MONDAY)
    assert step_of(back.history.latest().history_change_reason) == (Step.REINSTATE, FRIDAY)


def test_reinstatement_of_who_did_not_leave_is_refused(enrollment, by):
    with refused("not_left"):
        reinstate(enrollment, on=FRIDAY, by=by)


def test_reinstatement_before_the_withdrawal_is_refused(enrollment, by):
    leave(enrollment, by)
    with refused("before_withdrawal"):
        reinstate(enrollment, on=FRIDAY - dt.timedelta(days=1), by=by)


def test_reinstatement_into_a_full_edition_is_refused(cohort, enrollment, by):
    leave(enrollment, by)
    EnrollmentFactory(cohort=cohort)
    Cohort.objects.update(capacity=1)
    with refused("capacity"):
        reinstate(enrollment, on=FRIDAY, by=by)


def test_reinstatement_into_a_place_on_offer_is_refused(cohort, enrollment, by):
    Cohort.objects.update(capacity=1)
    waitlist(ParticipantFactory(), cohort, at=NOW, by=by)
    leave(enrollment, by)
    with refused("capacity"):
        reinstate(enrollment, on=FRIDAY, by=by)


def test_reinstatement_in_a_closed_edition_is_refused(enrollment, by):
    leave(enrollment, by)
    Cohort.objects.update(status="closed")
    with refused("closed"):
        reinstate(enrollment, on=FRIDAY, by=by)


# ---- transfer --------------------------------------------------------------------------------


def test_transfer_takes_the_post_along_and_leaves_the_old_one_ended(enrollment, next_cohort, by):
    Enrollment.objects.filter(pk=enrollment.pk).update(service="mamis", profession="nursing")
    new = transfer(enrollment, next_cohort, on=FRIDAY, by=by, at=NOW)
    enrollment.refresh_from_db()
    assert (enrollment.status, enrollment.ended_on) == ("transferred", FRIDAY)
    assert enrollment.transferred_to == new
    assert (new.status, new.enrolled_on, new.group) == ("enrolled", LATER, None)
    assert (new.service, new.profession) == ("mamis", "nursing")
    assert new.history.latest().history_user == by


def test_transfer_twice_changes_nothing(enrollment, next_cohort, by):
    new = transfer(enrollment, next_cohort, on=FRIDAY, by=by, at=NOW)
    count = Enrollment.history.count()
    assert transfer(enrollment, next_cohort, on=FRIDAY, by=by, at=NOW) == new
    assert Enrollment.history.count() == count


@pytest.fixture
def completed(enrollment, cohort_module, next_cohort):
    """One module completed that the next edition has too, one that it has and was not completed."""
    ModuleCompletionFactory(
        enrollment=enrollment,
        cohort_module=cohort_module,
        rule=cohort_module.rules.get(),
        attendance_percent=92,
        sessions_counted=12,
        sessions_taken=11,
    )
    failed = CohortModuleFactory(cohort=enrollment.cohort, first_week=3, last_week=4)
    ModuleCompletionFactory(
        enrollment=enrollment, cohort_module=failed, outcome="not_completed", meets_rule=False
    )
    CohortModuleFactory(cohort=next_cohort, module=failed.module, first_week=3, last_week=4)
    return CohortModuleFactory(
        cohort=next_cohort, module=cohort_module.module, first_week=1, last_week=2
    )


def test_transfer_credits_what_was_completed_as_equivalent(enrollment, next_cohort, completed, by):
    rule = CompletionRuleFactory(cohort_module=completed)
    new = transfer(enrollment, next_cohort, on=FRIDAY, by=by, at=NOW)
    credit = ModuleCompletion.objects.get(enrollment=new)
    assert (credit.cohort_module, credit.rule) == (completed, rule)
    assert (credit.outcome, credit.override_reason) == ("completed", "equivalent")
    assert (credit.attendance_percent, credit.sessions_counted) == (92, 12)
    assert (credit.decided_by, credit.decided_at) == (by, NOW)
    assert credit.history.get().history_user == by


def test_transfer_where_a_module_has_no_rule_is_refused(enrollment, next_cohort, completed, by):
    with refused("no_rule"):
        transfer(enrollment, next_cohort, on=FRIDAY, by=by, at=NOW)
    enrollment.refresh_from_db()
    assert enrollment.is_active
    assert not next_cohort.enrollments.exists()


def test_transfer_into_a_full_edition_is_refused_and_changes_nothing(enrollment, next_cohort, by):
    next_cohort.capacity = 1
    next_cohort.save()
    EnrollmentFactory(cohort=next_cohort)
    with refused("capacity"):
        transfer(enrollment, next_cohort, on=FRIDAY, by=by, at=NOW)
    enrollment.refresh_from_db()
    assert enrollment.is_active


def test_transfer_takes_the_place_that_was_offered_there(enrollment, next_cohort, by):
    next_cohort.capacity = 1
    next_cohort.save()
    offered = EnrollmentFactory(
        cohort=next_cohort, participant=enrollment.participant, status="offered", waitlist_rank=1
    )
    offer = OfferFactory(enrollment=offered)
    assert transfer(enrollment, next_cohort, on=FRIDAY, by=by, at=NOW) == offered
    offer.refresh_from_db()
    assert offer.answer == "accepted"


@pytest.mark.parametrize(("status", "code"), [("enrolled", "already_there"), ("withdrawn", "left")])
def test_transfer_where_the_person_is_or_was_is_refused(enrollment, next_cohort, by, status, code):
    EnrollmentFactory(
        cohort=next_cohort, participant=enrollment.participant, status=status, ended_on=LATER
    )
    with refused(code):
        transfer(enrollment, next_cohort, on=FRIDAY, by=by, at=NOW)


def test_transfer_into_the_same_edition_is_refused(enrollment, by):
    with refused("same_edition"):
        transfer(enrollment, enrollment.cohort, on=FRIDAY, by=by, at=NOW)


def test_transfer_into_a_closed_edition_is_refused(enrollment, next_cohort, by):
    next_cohort.status = "closed"
    next_cohort.save()
    with refused("closed"):
        transfer(enrollment, next_cohort, on=FRIDAY, by=by, at=NOW)


def test_transfer_before_the_first_day_leaves_no_day_in_the_old_edition(next_cohort, by):
    enrollment = enroll(ParticipantFactory(), next_cohort, on=next_cohort.starts_on)
    other = CohortFactory(program=next_cohort.program, starts_on=LATER, ends_on=LATER)
    transfer(enrollment, other, on=FRIDAY, by=by, at=NOW)
    enrollment.refresh_from_db()
    assert (enrollment.status, enrollment.ended_on) == ("transferred", FRIDAY)
    assert not enrollment.covers(next_cohort.starts_on)


def test_who_is_in_the_other_edition_is_not_reinstated(enrollment, next_cohort, by):
    new = transfer(enrollment, next_cohort, on=FRIDAY, by=by, at=NOW)
    with refused("transferred"):
        reinstate(enrollment, on=FRIDAY, by=by)
    leave(new, by)
    back = reinstate(enrollment, on=FRIDAY, by=by)
    assert (back.is_active, back.transferred_to) == (True, None)


def test_place_of_who_is_transferred_is_offered_to_the_next(cohort, enrollment, next_cohort, by):
    Cohort.objects.filter(pk=cohort.pk).update(capacity=1)
    waiting = waitlist(ParticipantFactory(), cohort, at=NOW, by=by)
    transfer(enrollment, next_cohort, on=FRIDAY, by=by, at=NOW)
    assert Offer.objects.get().enrollment == waiting


# ---- entering by the same door ---------------------------------------------------------------


def test_who_comes_when_others_wait_waits_behind_them(cohort, enrollment, by):
    """A place that is free for a moment belongs to who waits."""
    first = waitlist(ParticipantFactory(), cohort, at=NOW, by=by)
    second = enroll_or_waitlist(ParticipantFactory(), cohort, on=MONDAY, at=NOW)
    assert (first.waitlist_rank, second.waitlist_rank) == (1, 2)


def test_enrolling_who_has_an_offer_takes_that_place(cohort, by):
    Cohort.objects.update(capacity=1)
    offer = OfferFactory(enrollment__cohort=cohort)
    enrolled = enroll(offer.enrollment.participant, cohort, on=MONDAY, by=by, at=NOW)
    offer.refresh_from_db()
    assert (enrolled.status, offer.answer, offer.answered_by) == ("enrolled", "accepted", by)
    assert enrolled.waitlist_rank is None
