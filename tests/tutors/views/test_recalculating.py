import datetime as dt

import pytest
from django.urls import reverse

from participants.evidence import apply_evidence
from participants.models import AttendanceRecord
from participants.register import Mark, take_register
from tests.factories import AttendanceEvidenceFactory, EnrollmentFactory, SessionFactory

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def session(cohort):
    return SessionFactory(cohort=cohort)


@pytest.fixture
def decided(session, cohort, group):
    """Two people who were there for 70 of 120 minutes; the second was marked by hand."""
    people = EnrollmentFactory.create_batch(2, cohort=cohort, group=group)
    for person in people:
        AttendanceEvidenceFactory(
            enrollment=person,
            session=session,
            ends_at=session.starts_at + dt.timedelta(minutes=70),
        )
    apply_evidence(session, by=None, at=session.ends_at, only=[people[0].pk])
    take_register(session, {people[1].pk: Mark("absent")}, by=None, at=session.ends_at)
    return people


@pytest.fixture
def page(session) -> str:
    return reverse("tutors:recalculate", args=[session.pk])


@pytest.fixture
def register(session) -> str:
    return reverse("tutors:register", args=[session.pk])


def states() -> list[str]:
    return list(AttendanceRecord.objects.order_by("enrollment").values_list("state", flat=True))


def lower_the_share(cohort) -> None:
    cohort.present_minimum_percent = 50
    cohort.save()


def test_recalculating_is_offered_only_where_it_would_change_something(
    log_in, tutor, cohort, decided, register, page
):
    client = log_in(tutor)
    assert "/recalcular/" not in client.get(register).text
    assert client.get(page).context["rows"] == []
    lower_the_share(cohort)
    assert "/recalcular/" in client.get(register).text


@pytest.mark.parametrize("who", ["tutor", "coordinator"])
def test_recalculated_as_previewed_and_by_hand_stays(
    request, log_in, cohort, decided, page, register, who
):
    user = request.getfixturevalue(who)
    lower_the_share(cohort)
    client = log_in(user)
    shown = client.get(page).context["rows"]
    assert [(row.enrollment, row.record.state, row.state) for row in shown] == [
        (decided[0], "absent", "present")
    ]
    assert client.get(page).text.count("<button") >= 1
    assert states() == ["absent", "absent"]
    response = client.post(page)
    assert response.status_code == 302
    assert response.url.startswith(register)
    assert states() == ["present", "absent"]
    record = AttendanceRecord.objects.get(enrollment=decided[0])
    assert (record.source, record.recorded_by, record.version) == ("meeting", user, 2)
    client.post(page)
    assert AttendanceRecord.history.filter(enrollment=decided[0].pk).count() == 2


def test_tutor_recalculates_the_own_part_alone(
    log_in, tutor, session, cohort, decided, page, other_enrollment
):
    AttendanceEvidenceFactory(enrollment=other_enrollment, session=session)
    client = log_in(tutor)
    lower_the_share(cohort)
    client.post(page)
    assert not other_enrollment.attendance.exists()


def test_nothing_is_recalculated_in_a_closed_edition(log_in, tutor, cohort, decided, page):
    lower_the_share(cohort)
    cohort.status = "closed"
    cohort.save()
    client = log_in(tutor)
    assert not client.get(page).context["can_save"]
    assert client.post(page).status_code == 403
    assert states() == ["absent", "absent"]
