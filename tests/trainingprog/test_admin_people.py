import pytest
from django.contrib.auth import get_user_model

from participants.models import Enrollment, Participant
from tests.factories import EnrollmentFactory, ParticipantFactory, TutorFactory, UserFactory
from tests.trainingprog.admin_rows import errors_of, messages_of, submit, url_of
from tutors.models import Tutor

User = get_user_model()


@pytest.fixture
def client(log_in, coordinator):
    return log_in(coordinator)


def choose(client, model, action: str, *rows):
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(url_of(model, "changelist"), data)


def test_documents_are_masked_in_the_lists(client):
    ParticipantFactory(document_number="41234567")
    TutorFactory(document_number="09876543")
    for model, number, shown in (
        (Participant, "41234567", "•••••567"),
        (Tutor, "09876543", "•••••543"),
    ):
        page = client.get(url_of(model, "changelist")).content.decode()
        assert shown in page
        assert number not in page


def test_people_are_not_searched_by_document(client):
    """It would stand in the address."""
    ParticipantFactory(document_number="41234567")
    page = client.get(url_of(Participant, "changelist") + "?q=41234567")
    assert page.context["cl"].result_count == 0


def test_mobile_is_kept_in_international_form(client):
    person = ParticipantFactory()
    path = url_of(Participant, "change", person.pk)
    assert submit(client, path, mobile="957 094 499").status_code == 302
    person.refresh_from_db()
    assert person.mobile == "+51957094499"


def test_mobile_that_is_none_is_refused_at_its_field(client):
    person = ParticipantFactory()
    response = submit(client, url_of(Participant, "change", person.pk), mobile="12345")
    assert "mobile" in errors_of(response)
    assert "12345" in response.content.decode()


def test_document_that_is_none_is_refused_at_its_field(client):
    response = submit(
        client, url_of(Participant, "change", ParticipantFactory().pk), document_number="123"
    )
    assert "document_number" in errors_of(response)


def test_document_and_email_of_another_person_are_refused(client):
    other, person = ParticipantFactory(), ParticipantFactory()
    response = submit(
        client,
        url_of(Participant, "change", person.pk),
        document_number=other.document_number,
        email=other.email.upper(),
    )
    assert response.status_code == 200
    assert errors_of(response)


def test_accounts_are_made_for_those_chosen_and_invitations_sent(
    client, django_capture_on_commit_callbacks
):
    people = ParticipantFactory.create_batch(2)
    with django_capture_on_commit_callbacks():
        response = choose(client, Participant, "create_accounts_and_invite", *people)
    assert response.status_code == 302
    for person in people:
        person.refresh_from_db()
        assert person.user.email == person.email
        assert not person.user.has_usable_password()
        assert person.user.invited_at is not None


def test_account_of_another_person_is_not_taken(client):
    taken = ParticipantFactory(
        email="una@salud.example", user=UserFactory(email="otra@salud.example")
    )
    person = ParticipantFactory(email="otra@salud.example")
    response = choose(client, Participant, "create_accounts_and_invite", person)
    person.refresh_from_db()
    assert person.user is None
    assert taken.user.email in messages_of(response)[0]


def test_save_and_invite_makes_the_account(client):
    tutor = TutorFactory()
    response = submit(client, url_of(Tutor, "change", tutor.pk), tutors_tutor_save_and_invite="1")
    assert response.status_code == 302
    tutor.refresh_from_db()
    assert tutor.user.email == tutor.email


def test_nobody_is_invited_without_the_permission(coordinator, log_in):
    coordinator.groups.get().permissions.remove(
        *coordinator.groups.get().permissions.filter(codename="add_user")
    )
    person = ParticipantFactory()
    choose(log_in(coordinator), Participant, "create_accounts_and_invite", person)
    person.refresh_from_db()
    assert person.user is None


def test_changed_email_warns_that_the_login_stays(client):
    person = ParticipantFactory(user=UserFactory(email="antes@salud.example"))
    response = submit(
        client, url_of(Participant, "change", person.pk), email="despues@salud.example"
    )
    assert any("antes@salud.example" in text for text in messages_of(response))


def test_people_of_one_edition_are_found(client, cohort):
    person = EnrollmentFactory(cohort=cohort).participant
    EnrollmentFactory()
    page = client.get(url_of(Participant, "changelist") + f"?edition={cohort.pk}")
    assert list(page.context["cl"].result_list) == [person]


@pytest.mark.parametrize(
    ("state", "fields"),
    [
        ("none", None),
        ("waiting", {}),
        ("invited", {"invited_at": "2026-03-02T09:00-05:00"}),
        ("entered", {"last_login": "2026-03-02T09:00-05:00"}),
        ("inactive", {"is_active": False}),
    ],
)
def test_people_are_found_by_the_state_of_their_account(client, state, fields):
    states = {"none", "waiting", "invited", "entered", "inactive"}
    user = None if fields is None else UserFactory(**fields)
    person = ParticipantFactory(user=user)
    for asked in states:
        page = client.get(url_of(Participant, "changelist") + f"?account={asked}")
        assert list(page.context["cl"].result_list) == ([person] if asked == state else [])


def test_change_keeps_who_made_it(client, coordinator):
    person = ParticipantFactory()
    submit(client, url_of(Participant, "change", person.pk), given_names="Ana")
    assert person.history.first().history_user == coordinator


def test_old_version_is_read_and_not_put_back(client):
    person = ParticipantFactory(given_names="Luz")
    version = person.history.get()
    path = url_of(Participant, "simple_history", person.pk, version.pk)
    page = client.get(path)
    assert page.status_code == 200
    assert page.context["adminform"].form.fields == {}
    assert client.post(path, {}).status_code == 403


def test_history_says_what_became_of_what(client, enrollment):
    person = enrollment.participant
    person.given_names = "Ana Sofía"
    person.save()
    page = client.get(url_of(Participant, "history", person.pk)).content.decode()
    assert "Luz Marina" in page
    assert "Ana Sofía" in page
    assert client.get(url_of(Enrollment, "history", enrollment.pk)).status_code == 200


def test_history_says_a_choice_in_words(client, enrollment):
    enrollment.status = "completed"
    enrollment.save()
    page = client.get(url_of(Enrollment, "history", enrollment.pk)).text
    old, new = Enrollment.Status.ENROLLED.label, Enrollment.Status.COMPLETED.label
    assert f"{old} → {new}" in page
