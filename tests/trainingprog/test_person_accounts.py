import pytest
from django.core.exceptions import ValidationError

from tests.factories import ParticipantFactory, TutorFactory, UserFactory
from trainingprog.models import User
from trainingprog.person_accounts import account_for, accounts_for

pytestmark = pytest.mark.django_db


def test_account_is_made_without_a_password():
    person = ParticipantFactory()
    user = account_for(person, by=None)
    assert (user.email, user.name) == (person.email, person.full_name)
    assert not user.has_usable_password()
    assert not user.is_staff
    person.refresh_from_db()
    assert person.user == user


def test_account_asked_for_again_is_the_same():
    person = ParticipantFactory()
    assert account_for(person, by=None) == account_for(person, by=None)
    assert User.objects.count() == 1


def test_tutor_and_participant_of_one_email_share_an_account():
    tutor = TutorFactory(email="ana@minsa.example")
    participant = ParticipantFactory(email="ana@minsa.example")
    assert account_for(tutor, by=None) == account_for(participant, by=None)


def test_tutor_and_participant_of_one_document_share_an_account():
    tutor = TutorFactory(document_number="41234567", email="ana@minsa.example")
    participant = ParticipantFactory(document_number="41234567", email="ana@salud.example")
    assert account_for(tutor, by=None) == account_for(participant, by=None)
    assert User.objects.get().email == "ana@minsa.example"


def test_email_is_found_in_any_case():
    user = UserFactory(email="ana@minsa.example")
    person = ParticipantFactory(email="Ana@MINSA.example")
    assert account_for(person, by=None) == user


def test_account_of_another_participant_is_refused():
    ParticipantFactory(user=UserFactory(email="otra@salud.example"))
    person = ParticipantFactory(email="otra@salud.example")
    with pytest.raises(ValidationError, match="otra@salud"):
        account_for(person, by=None)
    person.refresh_from_db()
    assert person.user is None


def test_one_refused_does_not_keep_the_others_from_theirs():
    ParticipantFactory(user=UserFactory(email="otra@salud.example"))
    refused = ParticipantFactory(email="otra@salud.example")
    had = ParticipantFactory(user=UserFactory())
    new = ParticipantFactory()
    outcome = accounts_for([refused, had, new], by=None)
    assert [person for person, _reason in outcome.refused] == [refused]
    assert outcome.created == 1
    assert set(outcome.users) == {had.user, new.user}


def test_link_keeps_who_made_it(coordinator):
    person = ParticipantFactory()
    account_for(person, by=coordinator)
    assert person.history.first().history_user == coordinator
