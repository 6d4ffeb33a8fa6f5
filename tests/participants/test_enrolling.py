import pytest
from django.core.exceptions import ValidationError

from courses.models import Cohort
from participants.enrolling import enroll
from participants.models import Enrollment
from tests.factories import MONDAY, CohortFactory, EnrollmentFactory, ParticipantFactory

pytestmark = pytest.mark.django_db


def test_enroll_keeps_what_the_person_was_that_day():
    person = ParticipantFactory(service="mamis", profession="nursing", employment_regime="cas")
    enrollment = enroll(person, CohortFactory(), on=MONDAY)
    person.profession = "medicine"
    person.save()
    enrollment.refresh_from_db()
    assert (enrollment.service, enrollment.profession) == ("mamis", "nursing")
    assert enrollment.facility == person.facility


def test_enroll_twice_changes_nothing():
    person, cohort = ParticipantFactory(), CohortFactory()
    first = enroll(person, cohort, on=MONDAY)
    assert enroll(person, cohort, on=MONDAY) == first
    assert first.history.count() == 1


def test_enroll_beyond_capacity_is_refused():
    cohort = CohortFactory(capacity=1)
    enroll(ParticipantFactory(), cohort, on=MONDAY)
    with pytest.raises(ValidationError, match="1 "):
        enroll(ParticipantFactory(), cohort, on=MONDAY)
    assert Enrollment.objects.count() == 1


def test_enroll_in_a_closed_cohort_is_refused():
    with pytest.raises(ValidationError):
        enroll(ParticipantFactory(), CohortFactory(status=Cohort.Status.CLOSED), on=MONDAY)


def test_enroll_who_left_is_refused():
    gone = EnrollmentFactory(status=Enrollment.Status.WITHDRAWN, ended_on=MONDAY)
    with pytest.raises(ValidationError):
        enroll(gone.participant, gone.cohort, on=MONDAY)
    gone.refresh_from_db()
    assert gone.status == Enrollment.Status.WITHDRAWN
