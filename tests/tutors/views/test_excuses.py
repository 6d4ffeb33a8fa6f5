import pytest
from django.urls import reverse

from participants.models import AttendanceRecord
from participants.register import Mark, take_register
from tests.factories import (
    AbsenceRequestFactory,
    EnrollmentFactory,
    SessionFactory,
    TutorAssignmentFactory,
)
from tutors.models import Tutor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def session(cohort, group):
    return SessionFactory(cohort=cohort, group=group, day=9)


@pytest.fixture
def excuse(enrollment, session):
    return AbsenceRequestFactory(enrollment=enrollment, session=session)


@pytest.fixture
def client(log_in, tutor):
    client = log_in(tutor)
    client.cookies["language"] = "en"
    return client


def page_of(excuse) -> str:
    return reverse("tutors:excuse", args=[excuse.pk])


def state_of(excuse) -> str | None:
    marks = AttendanceRecord.objects.filter(enrollment=excuse.enrollment, session=excuse.session)
    return marks.values_list("state", flat=True).first()


def test_home_leads_to_the_page_and_the_tutor_accepts(client, excuse, tutor):
    assert page_of(excuse) in client.get(reverse("tutors:home")).text
    assert "Shift or duty" in client.get(page_of(excuse)).text
    data = {"answer": "accept", "document_seen": "1"}
    response = client.post(page_of(excuse), data, follow=True)
    assert "is excused" in response.text
    excuse.refresh_from_db()
    assert (excuse.status, excuse.document_seen, excuse.decided_by) == ("accepted", True, tutor)
    assert state_of(excuse) == "excused"
    assert page_of(excuse) not in response.text


def test_tutor_declines(client, excuse):
    response = client.post(page_of(excuse), {"answer": "decline"}, follow=True)
    assert "told by mail" in response.text
    excuse.refresh_from_db()
    assert (excuse.status, excuse.document_seen) == ("declined", False)
    assert state_of(excuse) is None


def test_mark_of_who_came_stands_and_is_shown(client, excuse, session):
    take_register(session, {excuse.enrollment_id: Mark("late")}, by=None, at=session.ends_at)
    assert "accepting does not change that" in client.get(page_of(excuse)).text
    response = client.post(page_of(excuse), {"answer": "accept"}, follow=True)
    assert "that mark stands" in response.text
    assert state_of(excuse) == "late"


def test_decided_by_someone_else_meanwhile_is_shown(client, excuse, log_in, coordinator):
    log_in(coordinator).post(page_of(excuse), {"answer": "decline"})
    response = client.post(page_of(excuse), {"answer": "accept"})
    assert response.status_code == 409
    assert "Rosa Coordinadora" in response.text
    assert 'name="answer"' not in response.text


def test_post_without_an_answer_decides_nothing(client, excuse):
    assert client.post(page_of(excuse), {"document_seen": "1"}).status_code == 200
    excuse.refresh_from_db()
    assert excuse.is_asked


def test_excuse_in_a_plenary_is_the_own_groups(client, cohort, other_enrollment, enrollment):
    plenary = SessionFactory(cohort=cohort, day=8)
    own = AbsenceRequestFactory(enrollment=enrollment, session=plenary)
    others = AbsenceRequestFactory(enrollment=other_enrollment, session=plenary)
    lone = AbsenceRequestFactory(enrollment=EnrollmentFactory(cohort=cohort), session=plenary)
    assert client.get(page_of(own)).status_code == 200
    home = client.get(reverse("tutors:home")).text
    for excuse in (others, lone):
        assert client.post(page_of(excuse), {"answer": "accept"}).status_code == 404
        assert page_of(excuse) not in home
        excuse.refresh_from_db()
        assert excuse.is_asked


def test_coordinator_decides_also_for_who_is_in_no_group(log_in, coordinator, cohort):
    lone = AbsenceRequestFactory(
        enrollment=EnrollmentFactory(cohort=cohort), session=SessionFactory(cohort=cohort, day=8)
    )
    response = log_in(coordinator).post(page_of(lone), {"answer": "accept"})
    assert response["Location"].startswith("/admin/participants/absencerequest/")
    record = AttendanceRecord.objects.get()
    assert (record.state, record.source) == ("excused", "coordinator")


def test_edition_says_how_many_are_to_be_decided(log_in, coordinator, cohort, excuse):
    client = log_in(coordinator)
    client.cookies["language"] = "en"
    text = client.get(reverse("edition", args=[cohort.pk])).text
    assert "1 excuse is to be decided." in text
    listed = f"/admin/participants/absencerequest/?enrollment__cohort__id__exact={cohort.pk}"
    assert listed in text
    assert page_of(excuse) in client.get(f"{listed}&status__exact=asked").text


def test_substitute_decides_for_the_own_days_and_until_they_can_be_saved(
    cohort, group, enrollment, other_tutor, log_in, clock, session, excuse
):
    guide = Tutor.objects.get(user=other_tutor)
    TutorAssignmentFactory(tutor=guide, group=group, starts_on=session.day, ends_on=session.day)
    later = AbsenceRequestFactory(
        enrollment=enrollment, session=SessionFactory(cohort=cohort, group=group, day=16)
    )
    client = log_in(other_tutor)
    home = client.get(reverse("tutors:home")).text
    assert page_of(excuse) in home
    assert page_of(later) not in home
    assert client.get(page_of(later)).status_code == 404
    assert client.post(page_of(excuse), {"answer": "accept"}).status_code == 302


# ---- in the register ---------------------------------------------------------------------------


def test_register_leads_to_the_excuse_and_back(client, excuse, session, group):
    register = reverse("tutors:register", args=[session.pk, group.pk])
    link = f"{page_of(excuse)}?registro"
    assert link in client.get(register).text
    response = client.post(link, {"answer": "accept"})
    assert response["Location"] == register
    assert "Excuse accepted" in client.get(register).text


def test_register_has_who_is_excused_marked_so_and_all_present_leaves_it(
    client, excuse, session, cohort, group
):
    excuse.status, excuse.decided_at = "accepted", excuse.asked_at
    excuse.save()
    other = EnrollmentFactory(cohort=cohort, group=group)
    register = reverse("tutors:register", args=[session.pk, group.pk])
    text = client.get(register).text
    chosen = f'name="s{excuse.enrollment_id}" value="excused" data-key="e" checked'
    assert chosen in text
    assert "1 unmarked" in text
    data = {"all_present": "1", "seen": "", f"s{excuse.enrollment_id}": "excused"}
    client.post(register, data)
    assert state_of(excuse) == "excused"
    assert AttendanceRecord.objects.get(enrollment=other).state == "present"
