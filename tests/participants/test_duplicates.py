import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participants.duplicates import Reason, find_duplicates, take_back, tell_apart
from participants.models import ToldApart
from tests.factories import MONDAY, EnrollmentFactory, ParticipantFactory, UserFactory, at

NOW = at(MONDAY, 9)
pytestmark = pytest.mark.django_db
BORN = dt.date(1990, 8, 25)
NAME = {"paternal_surname": "Núñez", "maternal_surname": "Quispe", "given_names": "Luz María"}


def person(**fields):
    return ParticipantFactory(**(NAME | {"birth_date": BORN} | fields))


def found() -> list[tuple[set[int], tuple[Reason, ...]]]:
    return [({p.kept.pk, p.other.pk}, p.reasons) for p in find_duplicates()]


def others(**fields):
    """People who are like nobody."""
    return ParticipantFactory(given_names="Wilfredo", paternal_surname="Zzyzx", **fields)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("dni", "01234567"), ("passport", "01234567")),
        (("dni", "01234567"), ("passport", "1234567")),
        (("ce", "001234567"), ("ptp", "1234567")),
    ],
)
def test_same_document_of_another_type_is_found(first, second) -> None:
    one = others(document_type=first[0], document_number=first[1])
    two = person(document_type=second[0], document_number=second[1])
    ParticipantFactory()
    assert found() == [({one.pk, two.pk}, (Reason.DOCUMENT,))]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("luz.nunez@gmail.com", "luznunez@googlemail.com"),
        ("luz@salud.example", "luz+curso@salud.example"),
    ],
)
def test_same_mailbox_is_found(first, second) -> None:
    one, two = others(email=first), person(email=second)
    assert found() == [({one.pk, two.pk}, (Reason.EMAIL,))]


def test_dots_count_elsewhere() -> None:
    others(email="l.uz@salud.example")
    person(email="luz@salud.example")
    assert found() == []


def test_log_in_with_the_others_email_is_found() -> None:
    one = others(user=UserFactory(email="luz@salud.example"))
    two = person(email="luz@salud.example")
    assert found() == [({one.pk, two.pk}, (Reason.EMAIL,))]


@pytest.mark.parametrize(
    "other",
    [
        {"paternal_surname": "Nunez", "given_names": "LUZ MARIA"},
        {"paternal_surname": "Quispe", "maternal_surname": "Nuñez"},
        {"paternal_surname": "Luz", "maternal_surname": "María", "given_names": "Núñez Quispe"},
    ],
)
def test_same_name_and_birth_date_are_found_without_accents_and_in_any_order(other) -> None:
    one, two = person(), person(**other)
    assert found() == [({one.pk, two.pk}, (Reason.NAME_AND_BIRTH,))]


def test_similar_name_with_the_same_birth_date_is_a_hint() -> None:
    one, two = person(), person(paternal_surname="Núñes")
    assert found() == [({one.pk, two.pk}, (Reason.NEAR_NAME,))]
    assert find_duplicates()[0].is_hint


def test_similar_name_with_another_birth_date_is_not_found() -> None:
    person()
    person(paternal_surname="Núñes", birth_date=BORN + dt.timedelta(days=1))
    person(birth_date=BORN + dt.timedelta(days=2))
    assert found() == []


def test_same_name_without_a_birth_date_is_a_hint() -> None:
    one, two = person(), person(birth_date=None)
    assert found() == [({one.pk, two.pk}, (Reason.SAME_NAME,))]


def test_surest_comes_first_and_one_pair_has_all_its_reasons() -> None:
    person(), person(birth_date=None)
    sure = person(document_number="01234567", email="x@gmail.com", birth_date=dt.date(1980, 1, 1))
    twin = person(
        document_type="passport",
        document_number="01234567",
        email="X@gmail.com ".strip().replace("X", "x+y"),
        birth_date=dt.date(1980, 1, 1),
    )
    first = find_duplicates()[0]
    assert {first.kept, first.other} == {sure, twin}
    assert first.reasons == (Reason.DOCUMENT, Reason.EMAIL, Reason.NAME_AND_BIRTH)
    assert not first.is_hint


def test_record_in_more_editions_is_the_one_to_keep() -> None:
    person()
    two = person()
    EnrollmentFactory(participant=two)
    assert find_duplicates()[0].kept == two


def test_who_is_told_apart_is_listed_last_and_no_more_asked_of(coordinator) -> None:
    one, two, three = person(), person(), person()
    row = tell_apart(two, one, by=coordinator, at=NOW)
    assert (row.one, row.two, row.reasons) == (one, two, "name_and_birth")
    pairs = find_duplicates()
    assert [pair.is_told_apart for pair in pairs] == [False, False, True]
    assert {*pairs[-1].people} == {one, two}
    assert all(three in pair.people for pair in pairs[:2])


def test_told_apart_again_changes_who_said_it_and_taken_back_is_asked_again(coordinator) -> None:
    one, two = person(), person()
    tell_apart(one, two, by=coordinator, at=NOW)
    other = UserFactory()
    tell_apart(two, one, by=other, at=NOW)
    assert ToldApart.objects.get().said_by == other
    take_back(two, one)
    assert not find_duplicates()[0].is_told_apart


def test_told_apart_are_asked_of_again_when_something_else_is_alike(coordinator) -> None:
    one, two = person(), person(document_type="passport", document_number="A77")
    tell_apart(one, two, by=coordinator, at=NOW)
    two.document_number = f"0{one.document_number}"
    two.save()
    assert not find_duplicates()[0].is_told_apart
    tell_apart(one, two, by=coordinator, at=NOW)
    assert find_duplicates()[0].is_told_apart


@pytest.mark.parametrize("n", [1, 3])
def test_queries_do_not_grow(n) -> None:
    for number in range(n):
        for _twin in range(2):
            person(given_names=f"Luz {number}", user=UserFactory())
    with CaptureQueriesContext(connection) as captured:
        pairs = find_duplicates()
        assert [p.kept.facility for p in pairs]
    assert len(captured) == 2
