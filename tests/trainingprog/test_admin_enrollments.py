import datetime as dt

import pytest

from courses.models import Cohort
from participants.models import Enrollment
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    EnrollmentFactory,
    ParticipantFactory,
    SessionFactory,
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


def test_person_is_withdrawn_with_day_and_reason(client, coordinator, enrollment, path):
    response = submit(client, path, status="withdrawn", ended_on="10/03/2026", left_reason="health")
    assert response.status_code == 302, errors_of(response)
    enrollment.refresh_from_db()
    assert (enrollment.status, enrollment.ended_on) == ("withdrawn", DAY)
    assert enrollment.left_reason == "health"
    assert enrollment.history.first().history_user == coordinator


def test_withdrawal_before_a_mark_of_presence_is_refused_at_the_day(client, enrollment, path):
    session = SessionFactory(cohort=enrollment.cohort, day=9)
    AttendanceRecordFactory(enrollment=enrollment, session=session)
    response = submit(client, path, status="withdrawn", ended_on="10/03/2026", left_reason="health")
    assert "11/03/2026" in errors_of(response)["ended_on"][0]
    enrollment.refresh_from_db()
    assert enrollment.status == "enrolled"


def test_withdrawal_beside_another_error_changes_nothing(client, enrollment, path):
    response = submit(
        client,
        path,
        status="withdrawn",
        ended_on="10/03/2026",
        left_reason="health",
        group_since="not a day",
    )
    assert "group_since" in errors_of(response)
    enrollment.refresh_from_db()
    assert enrollment.status == "enrolled"


def test_last_day_without_the_status_is_refused(client, enrollment, path):
    response = submit(client, path, ended_on="10/03/2026")
    assert "ended_on" in errors_of(response)


def test_who_withdrew_comes_back(client, cohort, group):
    enrollment = EnrollmentFactory(
        cohort=cohort, group=group, status="withdrawn", ended_on=DAY, left_reason="health"
    )
    response = submit(client, url_of(Enrollment, "change", enrollment.pk), status="enrolled")
    assert response.status_code == 302, errors_of(response)
    enrollment.refresh_from_db()
    assert (enrollment.status, enrollment.ended_on) == ("enrolled", None)


def test_who_withdrew_does_not_come_back_to_a_full_edition(client, cohort, enrollment):
    Cohort.objects.filter(pk=cohort.pk).update(capacity=1)
    left = EnrollmentFactory(cohort=cohort, status="withdrawn", ended_on=DAY, left_reason="health")
    response = submit(client, url_of(Enrollment, "change", left.pk), status="enrolled")
    assert errors_of(response)["__all__"]
    left.refresh_from_db()
    assert left.status == "withdrawn"


def test_status_is_not_set_by_hand(client, enrollment, path):
    response = submit(client, path, status="completed")
    assert "status" in errors_of(response)


def test_new_group_asks_from_which_day(client, enrollment, other_group, path):
    assert "group_since" in errors_of(submit(client, path, group=other_group.pk))
    response = submit(client, path, group=other_group.pk, group_since="10/03/2026")
    assert response.status_code == 302
    enrollment.refresh_from_db()
    assert (enrollment.group, enrollment.group_since) == (other_group, DAY)


def test_groups_of_other_editions_are_not_offered(client, path, group):
    page = client.get(path).context["adminform"].form
    assert set(page.fields["group"].queryset) == {group}
