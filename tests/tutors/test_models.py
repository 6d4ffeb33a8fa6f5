import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from tests.breaking import Broken, assert_database_refuses, assert_form_refuses
from tests.factories import (
    MONDAY,
    GroupFactory,
    TutorAssignmentFactory,
    TutorCertificateFactory,
    TutorFactory,
    UserFactory,
)
from tutors.models import TutorAssignment

pytestmark = pytest.mark.django_db

LAST = MONDAY + dt.timedelta(days=6)

BROKEN = {
    "tutor_document_unique": Broken(
        TutorFactory,
        {"document_number": "10123456"},
        beside=lambda row: TutorFactory(document_number="10123456"),
    ),
    "tutor_email_unique_in_any_case": Broken(
        TutorFactory,
        {"email": "Karina@minsa.example"},
        beside=lambda row: TutorFactory(email="karina@minsa.example"),
    ),
    "tutor_dni_8_digits": Broken(TutorFactory, {"document_number": "1012345"}),
    "tutor_document_type_known": Broken(TutorFactory, {"document_type": "ruc"}),
    "tutor_profession_known": Broken(TutorFactory, {"profession": "law"}),
    "tutorassignment_ends_on_not_before_starts_on": Broken(
        TutorAssignmentFactory, {"ends_on": MONDAY - dt.timedelta(days=1)}
    ),
    "tutorassignment_once_per_day": Broken(
        TutorAssignmentFactory,
        {"ends_on": MONDAY},
        beside=lambda row: TutorAssignmentFactory(
            tutor=row.tutor, group=row.group, starts_on=row.starts_on, ends_on=LAST
        ),
    ),
    "tutorassignment_one_open": Broken(
        TutorAssignmentFactory,
        {},
        beside=lambda row: TutorAssignmentFactory(tutor=row.tutor, group=row.group, starts_on=LAST),
    ),
    "tutorcertificate_one": Broken(
        TutorCertificateFactory,
        {},
        beside=lambda row: TutorCertificateFactory(tutor=row.tutor, cohort=row.cohort),
    ),
    "tutorcertificate_kind_known": Broken(TutorCertificateFactory, {"kind": "diploma"}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_database_refuses_what_breaks(name):
    assert_database_refuses(BROKEN[name], name)


@pytest.mark.parametrize("name", BROKEN)
def test_form_says_at_the_field_what_breaks(name):
    assert_form_refuses(BROKEN[name], name)


@pytest.mark.parametrize(
    ("first", "last", "clash"),
    [
        (0, 2, True),
        (4, 9, True),
        (-9, 0, True),
        (6, None, True),
        (-9, None, True),
        (7, None, False),
        (-9, -1, False),
    ],
)
def test_assignment_of_a_tutor_to_the_same_group_twice_on_a_day_is_refused(first, last, clash):
    present = TutorAssignmentFactory(ends_on=LAST)
    again = TutorAssignment(
        tutor=present.tutor,
        group=present.group,
        starts_on=MONDAY + dt.timedelta(days=first),
        ends_on=None if last is None else MONDAY + dt.timedelta(days=last),
    )
    if clash:
        with pytest.raises(ValidationError):
            again.clean()
    else:
        again.full_clean()
    TutorAssignmentFactory(group=present.group, starts_on=MONDAY).full_clean()


def test_assignments_on_a_day_are_those_not_over_and_begun():
    group = GroupFactory()
    past = TutorAssignmentFactory(group=group, starts_on=MONDAY, ends_on=LAST)
    later = TutorAssignmentFactory(group=group, starts_on=LAST)

    def on(days: int) -> set[TutorAssignment]:
        return set(TutorAssignment.objects.on(MONDAY + dt.timedelta(days=days)))

    assert on(-1) == set()
    assert on(0) == on(5) == {past}
    assert on(6) == {past, later}
    assert on(7) == on(700) == {later}


def test_for_tutor_is_the_own_and_no_draft():
    user = UserFactory()
    tutor = TutorFactory(user=user)
    own = TutorAssignmentFactory(tutor=tutor)
    TutorAssignmentFactory(tutor=tutor, group__cohort__status="draft")
    TutorAssignmentFactory(tutor=TutorFactory(user=UserFactory()), group=own.group)
    TutorAssignmentFactory(tutor=TutorFactory(user=None), group=own.group)
    assert list(TutorAssignment.objects.for_tutor(user)) == [own]
    assert not TutorAssignment.objects.for_tutor(UserFactory()).exists()


def test_texts_are_in_the_readers_language():
    tutor = TutorFactory(paternal_surname="Condori", maternal_surname="Luna", given_names="Karina")
    assignment = TutorAssignmentFactory(tutor=tutor, group__number=3)
    assert str(tutor) == "Condori Luna, Karina"
    with translation.override("en"):
        assert str(assignment) == "Condori Luna, Karina · Group 3"
    with translation.override("es"):
        assert str(assignment) == "Condori Luna, Karina · Grupo 3"
