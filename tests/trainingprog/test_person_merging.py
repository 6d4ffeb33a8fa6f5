import datetime as dt

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from participants.models import Participant
from tests.factories import EnrollmentFactory, ParticipantFactory, UserFactory

pytestmark = pytest.mark.usefixtures("clock")
LIST = reverse("person_duplicates")
BORN = dt.date(1990, 8, 25)


@pytest.fixture
def two(db):
    same = {"paternal_surname": "Apaza", "birth_date": BORN}
    first = ParticipantFactory(**same)
    return first, ParticipantFactory(**same, facility=first.facility)


@pytest.fixture
def client(log_in, coordinator):
    return log_in(coordinator)


def url_of(kept, merged) -> str:
    return reverse("person_merge", args=[kept.pk, merged.pk])


def answered(client, url: str, **answers) -> dict[str, str]:
    form = client.get(url).context["form"]
    return {"fingerprint": form.plan.fingerprint, "document": "kept", "email": "kept"} | answers


def test_list_shows_pairs_with_masked_documents_and_leads_to_each(client, two) -> None:
    page = client.get(LIST).content.decode()
    assert url_of(*two) in page
    assert "mismo nombre y fecha de nacimiento" in page
    assert two[0].document_number not in page
    assert two[0].masked_document in page


def test_list_without_pairs_says_so(client) -> None:
    ParticipantFactory()
    assert "Nadie parece estar repetido" in client.get(LIST).content.decode()


def test_pair_told_apart_leaves_the_list_and_can_be_put_back(client, coordinator, two) -> None:
    url = reverse("person_tell_apart", args=[two[0].pk, two[1].pk])
    page = client.post(url, follow=True)
    assert page.redirect_chain == [(LIST, 302)]
    assert not page.context["page"].object_list
    assert "1 par de personas distintas" in page.content.decode()
    assert LogEntry.objects.filter(user=coordinator).count() == 2
    page = client.post(url, {"listed": "1"}, follow=True)
    assert len(page.context["page"].object_list) == 1
    assert Participant.objects.count() == 2


def test_who_was_told_apart_can_still_be_merged(client, two) -> None:
    client.post(reverse("person_tell_apart", args=[two[1].pk, two[0].pk]))
    client.post(url_of(*two), answered(client, url_of(*two)))
    assert Participant.objects.get() == two[0]


def test_who_is_no_more_is_not_told_apart(client, two) -> None:
    url = reverse("person_tell_apart", args=[two[0].pk, two[1].pk + 99])
    assert client.post(url).status_code == 404


def test_preview_changes_nothing(client, two) -> None:
    page = client.get(url_of(*two))
    assert [question.name for question in page.context["plan"].all_questions()] == [
        "document",
        "email",
    ]
    assert Participant.objects.count() == 2


def test_merge_leads_to_the_person_and_is_written_down(client, coordinator, two) -> None:
    kept, merged = two
    url = url_of(kept, merged)
    response = client.post(url, answered(client, url), follow=True)
    change = reverse("admin:participants_participant_change", args=[kept.pk])
    assert response.redirect_chain == [(change, 302)]
    assert "Ahora son una sola persona" in response.content.decode()
    entry = LogEntry.objects.get()
    assert (entry.user, entry.get_edited_object()) == (coordinator, kept)
    assert str(merged.pk) in entry.change_message
    assert not Participant.objects.filter(pk=merged.pk).exists()


def test_what_is_not_answered_is_asked_again(client, two) -> None:
    url = url_of(*two)
    response = client.post(url, answered(client, url, email=""))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["email"]
    assert Participant.objects.count() == 2


def test_what_changed_meanwhile_is_shown_anew_and_can_be_sent_then(client, two) -> None:
    url = url_of(*two)
    data = answered(client, url)
    two[1].mobile = "+51957094499"
    two[1].save()
    response = client.post(url, data)
    assert response.status_code == 409
    assert "cambió mientras tanto" in response.content.decode()
    assert "957094499" in response.content.decode()
    data["fingerprint"] = response.context["form"]["fingerprint"].value()
    assert client.post(url, data).status_code == 302


def test_second_click_leads_to_the_one_record(client, two) -> None:
    kept, merged = two
    url = url_of(kept, merged)
    data = answered(client, url)
    client.post(url, data)
    change = reverse("admin:participants_participant_change", args=[kept.pk])
    for response in (client.post(url, data), client.get(url), client.get(url_of(merged, kept))):
        assert response.headers["Location"] == change
    assert LogEntry.objects.count() == 1


def test_refusal_of_the_rule_is_shown_on_the_page(client, two) -> None:
    for person, staff in zip(two, (False, True), strict=True):
        person.user = UserFactory(is_staff=staff)
        person.save()
    url = url_of(*two)
    response = client.post(url, answered(client, url, account="kept"))
    assert response.status_code == 409
    assert "entra a la administración" in response.content.decode()


def test_unknown_person_and_the_same_twice_are_not_found(client, two) -> None:
    kept, _merged = two
    for pair in ([kept.pk, 0], [kept.pk, kept.pk]):
        assert client.get(reverse("person_merge", args=pair)).status_code == 404


@pytest.mark.parametrize("codename", ["delete_participant", "change_user"])
def test_each_permission_is_needed(codename, client, coordinator, two) -> None:
    (role,) = coordinator.groups.all()
    role.permissions.remove(Permission.objects.get(codename=codename))
    for url in (LIST, url_of(*two)):
        assert client.get(url).status_code == 403
    assert client.post(url_of(*two)).status_code == 403


def test_two_chosen_in_the_list_of_participants_are_compared(client, two) -> None:
    changelist = reverse("admin:participants_participant_changelist")
    data = {"action": "merge_chosen", "_selected_action": [person.pk for person in two]}
    assert client.post(changelist, data).headers["Location"] == url_of(*two)
    data["_selected_action"] = [two[0].pk]
    page = client.post(changelist, data, follow=True)
    assert "Elija exactamente dos personas" in page.content.decode()


def test_menu_leads_to_the_list(client) -> None:
    assert f'href="{LIST}"' in client.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize("n", [1, 3])
def test_queries_of_the_list_do_not_grow(n, client) -> None:
    for number in range(n):
        for _twin in range(2):
            person = ParticipantFactory(paternal_surname=f"Apaza{number}", birth_date=BORN)
            EnrollmentFactory(participant=person)
    client.get(LIST)
    with CaptureQueriesContext(connection) as captured:
        client.get(LIST)
    assert len(captured) == 5


@pytest.mark.parametrize("n", [1, 3])
def test_queries_of_the_preview_do_not_grow(n, client, two, cohort) -> None:
    for person in two:
        EnrollmentFactory.create_batch(n, participant=person)
        EnrollmentFactory(participant=person, cohort=cohort)
    client.get(url_of(*two))
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url_of(*two)).status_code == 200
    assert len(captured) == 10
