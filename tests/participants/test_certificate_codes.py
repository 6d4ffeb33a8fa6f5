import pytest
from django.core.exceptions import ValidationError

from participants.certificate_codes import (
    ALPHABET,
    LENGTH,
    grouped,
    new_code,
    read_code,
    verification_address,
)


def refusal(text: str) -> str:
    with pytest.raises(ValidationError) as refused:
        read_code(text)
    return refused.value.code


def test_code_is_read_however_it_is_typed():
    code = new_code()
    for typed in (code, grouped(code), grouped(code).lower(), f" {grouped(code)} ", ".".join(code)):
        assert read_code(typed) == code
    assert len(code) == LENGTH
    assert not set(code) & set("0O1IL")


def test_one_letter_wrong_is_recognised_wherever_it_is():
    code = new_code()
    for place in range(LENGTH):
        for letter in set(ALPHABET) - {code[place]}:
            assert refusal(code[:place] + letter + code[place + 1 :]) == "mistyped"


def test_any_two_letters_swapped_are_recognised():
    code = new_code()
    for first in range(LENGTH):
        for second in range(first + 1, LENGTH):
            letters = list(code)
            letters[first], letters[second] = letters[second], letters[first]
            if code[first] != code[second]:
                assert refusal("".join(letters)) == "mistyped"


@pytest.mark.parametrize("text", ["", "ABC", "2" * 17, "¡" * 5])
def test_code_of_another_length_is_refused(text):
    assert refusal(text) == "length"


@pytest.mark.parametrize("letter", "0O1IL¿ñ")
def test_letter_outside_the_alphabet_is_refused(letter):
    assert refusal(new_code()[:-1] + letter) == "mistyped"


def test_codes_are_random_and_addresses_have_them_in_groups(settings):
    settings.SITE_URL = "https://cursos.example"
    codes = {new_code() for _turn in range(50)}
    assert len(codes) == 50
    assert verification_address("ABCDEFGHJKMNPQRS") == (
        "https://cursos.example/v/ABCD-EFGH-JKMN-PQRS"
    )
