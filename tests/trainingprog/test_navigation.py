import pytest
from django.contrib.auth.models import AnonymousUser

from tests.factories import TutorFactory, UserFactory
from trainingprog import navigation
from trainingprog.navigation import Entry, links_for


@pytest.fixture(autouse=True)
def known_entries(monkeypatch):
    monkeypatch.setattr(navigation, "PARTICIPANT", (Entry("privacy", "participant", "house"),))
    tutor = (Entry("mfa_index", "tutor", "people"), Entry("mfa_activate_totp", "more", "list"))
    monkeypatch.setattr(navigation, "TUTOR", tutor)


def links(rf, user, path="/"):
    request = rf.get(path)
    request.user = user
    return links_for(request)


def labels(rf, user):
    return [str(link.label) for link in links(rf, user)]


def test_links_of_one_who_is_not_logged_in(rf):
    assert links(rf, AnonymousUser()) == []


def test_links_of_each_role(rf, participant, tutor, coordinator):
    assert labels(rf, participant) == ["participant"]
    assert labels(rf, tutor) == ["tutor", "more"]
    assert [link.url for link in links(rf, coordinator)] == ["/admin/"]


def test_links_of_one_with_two_roles(rf, participant):
    TutorFactory(user=participant)
    participant.refresh_from_db()

    assert labels(rf, participant) == ["participant", "tutor", "more"]


def test_links_of_tutors_are_short_unless_they_take_part_themselves(
    rf, tutor, participant, monkeypatch
):
    entry = Entry("mfa_index", "schedule of my groups", "list", "schedule")
    monkeypatch.setattr(navigation, "TUTOR", (entry,))
    TutorFactory(user=participant)
    participant.refresh_from_db()

    assert labels(rf, tutor) == ["schedule"]
    assert labels(rf, participant) == ["participant", "schedule of my groups"]


def test_links_of_one_without_a_role(rf, db):
    assert [link.url for link in links(rf, UserFactory())] == ["/"]


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/cuenta/segundo-paso/", "tutor"),
        ("/cuenta/segundo-paso/codigos/", "tutor"),
        ("/cuenta/segundo-paso/aplicacion/activar/", "more"),
        ("/otra/", None),
    ],
)
def test_link_of_the_nearest_page_above_is_the_current_one(rf, tutor, path, current):
    marked = [link.label for link in links(rf, tutor, path) if link.is_current]

    assert marked == ([current] if current else [])


def test_links_cost_no_query(rf, participant, django_assert_num_queries, log_in):
    user = log_in(participant).get("/privacidad/").wsgi_request.user
    assert user.is_authenticated

    with django_assert_num_queries(0):
        links(rf, user)
