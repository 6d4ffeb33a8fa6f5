import pytest
from django.urls import reverse

from participants.models import SharedConnection
from tests.factories import EnrollmentFactory, SessionFactory, SharedConnectionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def client(log_in, participant):
    client = log_in(participant)
    client.cookies["language"] = "en"
    return client


@pytest.fixture
def session(cohort):
    return SessionFactory(cohort=cohort)


@pytest.fixture
def colleague(enrollment, cohort, group):
    return EnrollmentFactory(cohort=cohort, group=group, facility=enrollment.facility)


@pytest.fixture
def page(session) -> str:
    return reverse("participants:shared_connection", args=[session.pk])


def test_session_leads_to_the_declaration_once_it_has_begun(client, session, cohort, page):
    assert page in client.get(reverse("participants:session", args=[session.pk])).text
    for other in (
        SessionFactory(cohort=cohort, day=16),
        SessionFactory(cohort=cohort, modality="in_person"),
    ):
        text = client.get(reverse("participants:session", args=[other.pk])).text
        assert "mismo-equipo" not in text


def test_colleague_is_chosen_and_declared_once(client, enrollment, colleague, session, page):
    stranger = EnrollmentFactory(cohort=session.cohort)
    text = client.get(page).text
    assert colleague.participant.sorting_name in text
    assert stranger.participant.sorting_name not in text
    for _again in range(2):
        client.post(page, {"colleague": colleague.pk})
    row = SharedConnection.objects.get()
    assert (row.enrollment, row.colleague, row.session) == (enrollment, colleague, session)
    assert "to be confirmed by the tutor" in client.get(page).text


@pytest.mark.parametrize("sent", [{}, {"colleague": "x"}, {"colleague": "987654"}])
def test_nobody_or_a_stranger_is_not_declared(client, colleague, page, sent):
    assert client.post(page, sent).status_code == 422
    assert not SharedConnection.objects.exists()


def test_register_that_is_closed_takes_no_declaration(client, colleague, cohort, page):
    cohort.status = "closed"
    cohort.save()
    assert client.post(page, {"colleague": colleague.pk}).status_code == 403
    assert not SharedConnection.objects.exists()


@pytest.mark.parametrize("size", [1, 3])
def test_declaring_costs_the_same(
    client, enrollment, session, page, size, django_assert_num_queries
):
    people = EnrollmentFactory.create_batch(
        2 * size, cohort=session.cohort, group=enrollment.group, facility=enrollment.facility
    )
    for each in people[:size]:
        SharedConnectionFactory(session=session, enrollment=enrollment, colleague=each)
    client.get(page)
    with django_assert_num_queries(7):
        client.get(page)
