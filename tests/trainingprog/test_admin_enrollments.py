import datetime as dt

import pytest

from courses.models import Cohort
from participants.models import Enrollment
from tests.factories import (
    MONDAY,
    ParticipantFactory,
)
from tests.trainingprog.admin_rows import errors_of, submit, url_of

pytestmark = pytest.mark.usefixtures("clock")
DAY = MONDAY + dt.timedelta(days=8)


@pytest.fixture
def client(log_in, coordinator):
    return log_in(coordinator)


@pytest.fixture
def path(enrollment) -> str:
    return url_of(Enrollment, "change", enrollment.pk)


def test_new_enrollment_keeps_what_the_participant_is(client, cohort, group):
    person = ParticipantFactory(service="mamis", profession="nursing")
    response = submit(
        client, url_of(Enrollment, "add"), participant=person.pk, cohort=cohort.pk, group=group.pk
    )
    assert response.status_code == 302
    made = Enrollment.objects.get()
    assert (made.facility, made.service, made.profession) == (person.facility, "mamis", "nursing")
    assert (made.status, made.group) == ("enrolled", group)


@pytest.mark.parametrize("change", [{"capacity": 1}, {"status": "closed"}])
def test_new_enrollment_is_refused_where_none_enters(client, cohort, enrollment, change):
    Cohort.objects.filter(pk=cohort.pk).update(**change)
    person = ParticipantFactory()
    response = submit(client, url_of(Enrollment, "add"), participant=person.pk, cohort=cohort.pk)
    assert response.status_code == 200
    assert Enrollment.objects.count() == 1
    assert errors_of(response)["__all__"]


def test_what_the_steps_write_is_not_taken_from_the_form(client, enrollment, path):
    """Each step is taken from the timeline, which tests/trainingprog/test_enrollment_pages.py
    holds; a field sent all the same changes nothing."""
    response = submit(client, path, status="completed", ended_on="10/03/2026", service="mamis")
    assert response.status_code == 302
    before = enrollment.status, enrollment.ended_on, enrollment.service
    enrollment.refresh_from_db()
    assert (enrollment.status, enrollment.ended_on, enrollment.service) == before


def test_day_of_enrollment_may_be_corrected(client, coordinator, enrollment, path):
    assert submit(client, path, enrolled_on="10/03/2026").status_code == 302
    enrollment.refresh_from_db()
    assert enrollment.enrolled_on == DAY
    assert enrollment.history.first().history_user == coordinator
