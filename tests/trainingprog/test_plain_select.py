import pytest
from django import forms
from django.test import SimpleTestCase

from trainingprog.plain_select import PlainSelect

CHOICES = [("", "—"), (1, "Uno & <dos>"), (2, "Dos")]


@pytest.mark.parametrize("value", [None, "", 1, "2", 7])
def test_plain_select_shows_what_the_usual_one_does(value):
    attrs = {"id": "id_group", "class": "wide", "required": True}

    plain = PlainSelect(choices=CHOICES).render("group", value, attrs)

    usual = forms.Select(choices=CHOICES).render("group", value, attrs)
    SimpleTestCase().assertHTMLEqual(plain, usual)
    assert "&lt;dos&gt;" in plain
