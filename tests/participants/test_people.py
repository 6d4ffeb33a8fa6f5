import pytest

from tests.factories import ParticipantFactory


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Álvarez", "Apaza"),
        ("Nuñez", "Ñaupari"),
        ("Ñaupari", "Ochoa"),
        ("de la Cruz", "Delgado"),
        ("PEÑA", "Peralta"),
    ],
)
def test_sorting_key_follows_the_spanish_alphabet(first, second):
    people = [ParticipantFactory.build(paternal_surname=name) for name in (second, first)]
    ordered = sorted(people, key=lambda person: person.sorting_key)
    assert [person.paternal_surname for person in ordered] == [first, second]


def test_sorting_key_goes_on_to_the_second_surname_and_the_names():
    people = [
        ParticipantFactory.build(
            paternal_surname="Quispe", maternal_surname=maternal, given_names=names
        )
        for maternal, names in [("Mamani", "Zoila"), ("", "Zoila"), ("Mamani", "Ángel")]
    ]
    ordered = sorted(people, key=lambda person: person.sorting_key)
    assert [(p.maternal_surname, p.given_names) for p in ordered] == [
        ("", "Zoila"),
        ("Mamani", "Ángel"),
        ("Mamani", "Zoila"),
    ]
