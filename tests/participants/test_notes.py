import pytest
from django.core.exceptions import ValidationError

from participants.notes import refuse_document_numbers


@pytest.mark.parametrize(
    "note", ["DNI 40123456", "es 40.123.456", "es 40 123 456", "tel. 957094499", "x40123456y"]
)
def test_note_with_a_document_number_is_refused(note) -> None:
    with pytest.raises(ValidationError) as refused:
        refuse_document_numbers("note", note)
    assert list(refused.value.message_dict) == ["note"]


@pytest.mark.parametrize(
    "note", ["", "Recuperó 2 sesiones", "el 02/03/2026 a las 18:00", "02-03-2026", "1234567"]
)
def test_note_without_one_is_taken(note) -> None:
    refuse_document_numbers("note", note)
