import pytest
from django.db import IntegrityError, transaction

from tests.breaking import Broken, assert_database_refuses, assert_form_refuses
from tests.factories import (
    DigestFactory,
    ImportDraftFactory,
    PrivacyAcceptanceFactory,
    SessionNoticeFactory,
    UserFactory,
)
from trainingprog.models import User

pytestmark = pytest.mark.django_db

BROKEN = {
    "user_email_unique_in_any_case": Broken(
        UserFactory,
        {"email": "Luz@salud.example"},
        beside=lambda row: UserFactory(email="luz@salud.example"),
    ),
    "privacy_accepted_once_per_version": Broken(
        PrivacyAcceptanceFactory,
        {},
        beside=lambda row: PrivacyAcceptanceFactory(user=row.user),
    ),
    "importdraft_kind_known": Broken(
        ImportDraftFactory, {"kind": "sessions"}, given={"kind": "tutors", "cohort": None}
    ),
    "importdraft_cohort_of_what_goes_into_one": Broken(ImportDraftFactory, {"kind": "tutors"}),
    "sessionnotice_told_once": Broken(
        SessionNoticeFactory,
        {},
        beside=lambda row: SessionNoticeFactory(session_uid=row.session_uid),
    ),
    "digest_once_a_day": Broken(
        DigestFactory, {}, beside=lambda row: DigestFactory(user=row.user, day=row.day)
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_database_refuses_what_breaks(name):
    assert_database_refuses(BROKEN[name], name)


@pytest.mark.parametrize("name", BROKEN)
def test_form_says_at_the_field_what_breaks(name):
    assert_form_refuses(BROKEN[name], name)


def test_address_is_kept_in_lower_case_however_it_is_written():
    assert User.objects.create_user(" Luz@Salud.example ").email == "luz@salud.example"
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("LUZ@salud.example")


def test_account_is_found_by_its_address_in_any_case(django_assert_num_queries):
    user = UserFactory(email="luz@salud.example")
    with django_assert_num_queries(1):
        assert User.objects.get_by_natural_key(" Luz@SALUD.example") == user
    with pytest.raises(User.DoesNotExist):
        User.objects.get_by_natural_key(None)


def test_account_without_a_password_has_none_that_works():
    user = User.objects.create_user("luz@salud.example")
    assert not user.has_usable_password()


def test_account_is_called_by_its_name_or_its_address():
    user = User(email="luz@salud.example", name="Luz Marina")
    assert (str(user), user.get_full_name(), user.get_short_name()) == (
        "luz@salud.example",
        "Luz Marina",
        "Luz",
    )
    user.name = ""
    assert user.get_full_name() == user.get_short_name() == "luz@salud.example"


def test_acceptance_names_the_account_and_the_version():
    acceptance = PrivacyAcceptanceFactory(user__email="luz@salud.example")
    assert str(acceptance) == "luz@salud.example · 2021-10"
