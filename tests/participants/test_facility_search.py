import pytest

from participants.facility_search import find_facilities
from tests.factories import FacilityFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def facility():
    FacilityFactory(name="Hospital de Otra Parte", renipress="00009999", district="Ate")
    return FacilityFactory(
        name="CSMC San José de Ñaña", renipress="00012345", district="Chosica", region="15"
    )


@pytest.mark.parametrize(
    "typed",
    ["san jose", "SAN JOSÉ", "ñaña", "nana", "chosica", "jose chosica", "00012345", "12345", "Ñañ"],
)
def test_facility_is_found_by_code_name_or_district(facility, typed):
    assert find_facilities(typed) == [facility]


@pytest.mark.parametrize(
    "typed",
    ["csmc san jose", "C.S.M.C. Lima", "el centro de salud mental comunitario de la libertad"],
)
def test_facility_is_found_as_people_call_it(typed):
    FacilityFactory(name="Hospital de La Libertad", region="13")
    called = FacilityFactory(
        name="Centro de Salud Mental Comunitario San José", district="La Libertad", region="15"
    )
    assert find_facilities(typed) == [called]


def test_unit_is_found_by_its_hospital_and_its_region():
    hospital = FacilityFactory(name="Hospital Goyeneche", region="04")
    FacilityFactory(name="Hospital Goyeneche", region="15")
    assert find_facilities("mamis arequipa") == [hospital]


@pytest.mark.parametrize("typed", ["", "sa", "  ", "san pedro", "(.*)", "[", "%%%", "99998"])
def test_nothing_is_found_of_too_little_or_of_another(facility, typed):
    assert find_facilities(typed) == []


@pytest.mark.parametrize("number", [1, 3])
def test_search_takes_one_query(number, django_assert_num_queries):
    FacilityFactory.create_batch(number, district="Comas")
    with django_assert_num_queries(1):
        assert len(find_facilities("comas")) == number


def test_one_more_than_is_shown_tells_that_there_are_more():
    FacilityFactory.create_batch(4, district="Comas")

    assert len(find_facilities("comas", most=2)) == 3
