from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participants.models.scores import written
from participants.written_scores import looks_like_a_score, read_score


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("14", "14"),
        (" 14,5 ", "14.5"),
        ("14.50", "14.5"),
        ("0", "0"),
        ("20,00", "20"),
        ("09", "9"),
        ("NP", None),
        ("n.p.", None),
        ("No se presentó", None),
    ],
)
def test_score_is_read_with_comma_or_point(text, value):
    assert read_score(text) == (None if value is None else Decimal(value))


@pytest.mark.parametrize("text", ["", "-1", "21", "20.01", "abc", "14,555", "1e1", "14,5,5", "١٤"])
def test_what_is_no_score_is_refused(text):
    with pytest.raises(ValueError, match=r"\w"):
        read_score(text)


@given(st.integers(0, 2000))
def test_score_is_read_as_it_is_written(hundredths):
    value = Decimal(hundredths) / 100
    assert read_score(written(value)) == value


@pytest.mark.parametrize(
    ("text", "looks"),
    [("14", True), ("21", True), ("-1", True), ("np", True), ("40123456", False), ("Apaza", False)],
)
def test_names_and_documents_do_not_look_like_scores(text, looks):
    assert looks_like_a_score(text) is looks
