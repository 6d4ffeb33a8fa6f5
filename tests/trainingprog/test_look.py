import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import override

from trainingprog.templatetags.look import contact, icon, mark, percent, percent_bar, range_bar


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "—"),
        (0, "0\u00a0%"),
        (100, "100\u00a0%"),
        (87.0, "87\u00a0%"),
        (Decimal("79.96"), "79,9\u00a0%"),
        (62.45, "62,4\u00a0%"),
        (99.99, "99,9\u00a0%"),
    ],
)
def test_percent_is_cut_not_rounded(value, shown):
    with override("es"):
        assert percent(value) == shown


def test_percent_in_english_has_a_point():
    with override("en"):
        assert percent(62.45) == "62.4\u00a0%"


def widths(svg: str) -> list[str]:
    return re.findall(r'width="([^"]+%)" height', svg)


def test_bar_has_widths_that_every_language_reads():
    with override("es"):
        svg = percent_bar(62.5, minimum=80)

    assert widths(svg) == ["100%", "62.50%"]
    assert 'x="80.00%"' in svg
    assert "style" not in svg


@pytest.mark.parametrize(("value", "low"), [(79.9, True), (80, False), (None, False)])
def test_bar_is_red_under_the_minimum(value, low):
    assert ("bar-low" in percent_bar(value, minimum=80)) is low


def test_bar_stays_inside_its_frame():
    assert widths(percent_bar(140)) == ["100%", "100.00%"]
    assert widths(percent_bar(-3)) == ["100%", "0.00%"]


def test_range_bar_says_its_three_figures():
    with override("en"):
        svg = range_bar(61, 94.4, minimum=80, to_date=91.6)

    assert widths(svg) == ["100%", "94.40%", "61.00%"]
    assert "Certain 61\u00a0%, best still possible 94.4\u00a0%, to date 91.6\u00a0%" in svg
    assert "bar-low" not in svg


def test_range_bar_is_red_where_the_minimum_is_out_of_reach():
    assert "bar-low" in range_bar(20, 79.9, minimum=80)


@pytest.mark.parametrize(
    ("state", "css", "word"),
    [
        ("present", "mark-present", "Present"),
        ("late", "mark-late", "Late"),
        ("excused", "mark-excused", "Excused"),
        ("absent", "mark-absent", "Absent"),
        (None, "mark-none", "Not taken"),
    ],
)
def test_mark_is_a_letter_and_a_word(state, css, word):
    with override("en"):
        html = mark(state)

    assert css in html
    assert f'<span class="visually-hidden">{word}</span>' in html


def test_mark_does_not_pass_on_what_it_does_not_know():
    assert "<b>" not in mark("<b>")
    assert "mark-none" in mark("<b>")


def test_icon_is_hidden_from_screen_readers():
    assert 'aria-hidden="true"' in icon("house")


def test_every_icon_that_a_page_asks_for_is_in_the_sprite():
    root = Path(settings.BASE_DIR)
    sprite = (root / "static" / "icons.svg").read_text(encoding="utf-8")
    there = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    asked = {
        name
        for folder in ("templates", "trainingprog", "tutors", "participants", "courses")
        for file in (root / folder).rglob("*.html")
        for name in re.findall(r"{% icon [\"']([^\"']+)[\"']", file.read_text(encoding="utf-8"))
    }
    assert asked <= there


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Psic. Rojas", "Psic. Rojas"),
        ("Línea 113, opción 5", "Línea 113, opción 5"),
        (
            "Mesa, 01 555 0101, a@b.example",
            'Mesa, <a href="tel:015550101">01 555 0101</a>, '
            '<a href="mailto:a@b.example">a@b.example</a>',
        ),
        (
            "WhatsApp: +51 957 094 499.",
            'WhatsApp: <a href="tel:+51957094499">+51 957 094 499</a>.',
        ),
        (
            "apoyo12345678@b.example",
            '<a href="mailto:apoyo12345678@b.example">apoyo12345678@b.example</a>',
        ),
        ("<b>5550101</b>", "&lt;b&gt;5550101&lt;/b&gt;"),
    ],
)
def test_contact_can_be_tapped_and_is_escaped(written, shown):
    assert contact(written) == shown
