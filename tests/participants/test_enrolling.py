from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation

from courses.models import Cohort
from participants.enrolling import enroll, places_left, refuse_below_enrolled
from participants.models import Enrollment
from tests.factories import (
    MONDAY,
    CohortFactory,
    EnrollmentFactory,
    ParticipantFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def test_enroll_keeps_what_the_person_was_that_day():
    person = ParticipantFactory(service="mamis", profession="nursing", employment_regime="cas")
    enrollment = enroll(person, CohortFactory(), on=MONDAY)
    person.profession = "medicine"
    person.save()
    enrollment.refresh_from_db()
    assert (enrollment.service, enrollment.profession) == ("mamis", "nursing")
    assert enrollment.employment_regime == "cas"
    assert enrollment.facility == person.facility


def test_enroll_writes_who_did_it():
    user = UserFactory()
    enrollment = enroll(ParticipantFactory(), CohortFactory(), on=MONDAY, by=user)
    assert enrollment.history.get().history_user == user


def test_enroll_twice_changes_nothing():
    person, cohort = ParticipantFactory(), CohortFactory()
    first = enroll(person, cohort, on=MONDAY)
    assert enroll(person, cohort, on=MONDAY) == first
    assert first.history.count() == 1


def test_enroll_again_in_a_full_cohort_is_no_error():
    person, cohort = ParticipantFactory(), CohortFactory(capacity=1)
    assert enroll(person, cohort, on=MONDAY) == enroll(person, cohort, on=MONDAY)


@pytest.mark.parametrize("status", ["applied", "waitlisted", "offered", "declined"])
def test_enroll_who_applied_uses_the_same_row(status):
    applied = EnrollmentFactory(status=status)
    enrolled = enroll(applied.participant, applied.cohort, on=MONDAY)
    assert (enrolled.pk, enrolled.status) == (applied.pk, "enrolled")
    assert [h.status for h in enrolled.history.order_by("history_id")] == [status, "enrolled"]


def test_enroll_beyond_capacity_is_refused():
    cohort = CohortFactory(capacity=1)
    enroll(ParticipantFactory(), cohort, on=MONDAY)
    with pytest.raises(ValidationError, match="no le quedan vacantes") as refused:
        enroll(ParticipantFactory(), cohort, on=MONDAY)
    assert refused.value.code == "capacity"
    assert Enrollment.objects.count() == 1


def test_enroll_goes_by_the_capacity_in_the_database():
    """Whoever holds an old copy of the edition neither gains nor loses a place by it."""
    stale = CohortFactory(capacity=1)
    enroll(ParticipantFactory(), stale, on=MONDAY)
    Cohort.objects.update(capacity=2)
    enroll(ParticipantFactory(), stale, on=MONDAY)
    stale.capacity = 9
    with pytest.raises(ValidationError):
        enroll(ParticipantFactory(), stale, on=MONDAY)


def test_places_are_taken_by_who_holds_one_in_this_cohort():
    cohort = CohortFactory(capacity=10)
    for status in Enrollment.Status.values:
        EnrollmentFactory(cohort=cohort, status=status, ended_on=MONDAY)
    EnrollmentFactory()
    assert places_left(cohort) == 6  # three who hold a place, one whom it is offered


def test_enroll_in_a_closed_cohort_is_refused():
    with pytest.raises(ValidationError):
        enroll(ParticipantFactory(), CohortFactory(status=Cohort.Status.CLOSED), on=MONDAY)


def test_enroll_who_left_is_refused():
    gone = EnrollmentFactory(status=Enrollment.Status.WITHDRAWN, ended_on=MONDAY)
    with pytest.raises(ValidationError):
        enroll(gone.participant, gone.cohort, on=MONDAY)
    gone.refresh_from_db()
    assert gone.status == Enrollment.Status.WITHDRAWN


def test_capacity_below_the_enrolled_is_refused():
    cohort = CohortFactory(capacity=5)
    for _ in range(2):
        enroll(ParticipantFactory(), cohort, on=MONDAY)
    EnrollmentFactory(cohort=cohort, status="applied")
    with (
        translation.override("en"),
        transaction.atomic(),
        pytest.raises(ValidationError, match="2 people are enrolled or have an offer") as refused,
    ):
        refuse_below_enrolled(cohort, 1)
    assert refused.value.code == "capacity"
    with transaction.atomic():
        refuse_below_enrolled(cohort, 2)


# ---- at once ---------------------------------------------------------------------------------


def entered(outcomes: list[object]) -> list[Enrollment]:
    """Who got in; every other outcome is the refusal for want of places, and no accident."""
    for outcome in outcomes:
        if not isinstance(outcome, Enrollment):
            assert isinstance(outcome, ValidationError), repr(outcome)
            assert outcome.code == "capacity"
    return [outcome for outcome in outcomes if isinstance(outcome, Enrollment)]


@pytest.mark.parametrize(
    ("people", "places"), [(2, 1), (20, 5)], ids=["two into the last", "twenty into five"]
)
def test_no_more_enter_at_once_than_there_are_places(at_once, people, places):
    cohort = CohortFactory(capacity=places)
    persons = [ParticipantFactory() for _ in range(people)]
    outcomes = at_once(lambda n: enroll(persons[n], cohort, on=MONDAY), people)
    assert len(entered(outcomes)) == places
    assert Enrollment.objects.active().count() == Enrollment.history.count() == places


def test_same_person_at_once_is_enrolled_once(at_once):
    cohort, person = CohortFactory(capacity=1), ParticipantFactory()
    outcomes = at_once(lambda n: enroll(person, cohort, on=MONDAY), 5)
    assert len({enrollment.pk for enrollment in entered(outcomes)}) == 1
    assert len(entered(outcomes)) == 5
    assert Enrollment.history.count() == 1


def test_capacity_lowered_and_people_entering_at_once_agree(at_once):
    """Whoever comes second sees what the first did: never more enrolled than there are places."""
    cohort = CohortFactory(capacity=2)
    enroll(ParticipantFactory(), cohort, on=MONDAY)
    person = ParticipantFactory()

    @transaction.atomic
    def lower() -> None:
        refuse_below_enrolled(cohort, 1)
        Cohort.objects.filter(pk=cohort.pk).update(capacity=1)

    outcomes = at_once(lambda n: enroll(person, cohort, on=MONDAY) if n else lower())
    refusals = [outcome for outcome in outcomes if isinstance(outcome, ValidationError)]
    assert [refusal.code for refusal in refusals] == ["capacity"]
    cohort.refresh_from_db()
    assert Enrollment.objects.active().count() == cohort.capacity


def test_capacity_raised_and_people_entering_at_once_agree(at_once):
    cohort = CohortFactory(capacity=1)
    enroll(ParticipantFactory(), cohort, on=MONDAY)
    persons = [ParticipantFactory() for _ in range(5)]

    @transaction.atomic
    def raise_it() -> None:
        refuse_below_enrolled(cohort, 3)
        Cohort.objects.filter(pk=cohort.pk).update(capacity=3)

    outcomes = at_once(lambda n: enroll(persons[n], cohort, on=MONDAY) if n < 5 else raise_it(), 6)
    assert outcomes[5] is None
    assert 1 + len(entered(outcomes[:5])) <= 3
    for person in persons:
        with suppress(ValidationError):
            enroll(person, cohort, on=MONDAY)
    assert Enrollment.objects.active().count() == 3
