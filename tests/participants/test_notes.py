import pytest

from participants.notes import holds_document_number


@pytest.mark.parametrize(
    "note", ["DNI 40123456", "es 40.123.456", "es 40 123 456", "tel. 957094499", "x40123456y"]
)
def test_document_number_is_seen_in_a_note(note) -> None:
    assert holds_document_number(note)


@pytest.mark.parametrize(
    "note", ["", "Recuperó 2 sesiones", "el 02/03/2026 a las 18:00", "02-03-2026", "1234567"]
)
def test_note_without_one_warns_of_nothing(note) -> None:
    assert not holds_document_number(note)
