import pytest

from participants.harmless_cells import harmless


@pytest.mark.parametrize("text", ["=1+1", "+51", "-1", "@SUM(A1)", "\tx", "\rx", "\nx"])
def test_text_does_not_begin_as_a_formula(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Luz", "", "1=1", "a@b"])
def test_other_text_stays_as_it_is(text):
    assert harmless(text) == text
