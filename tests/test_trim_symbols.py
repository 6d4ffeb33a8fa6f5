from django.contrib.staticfiles import finders
from fontTools.ttLib import TTFont

from tests.trim_symbols import NAME, ROOT, TRIMMED, icons, needed, trim, whole
from trainingprog.admin_menu import SECTIONS


def test_served_icon_font_has_every_icon_that_is_named():
    missing = needed(TTFont(whole())) - icons(TTFont(TRIMMED))

    assert missing == set(), "run: python tests/trim_symbols.py"


def test_own_font_takes_the_place_of_the_whole_one():
    assert finders.find(NAME) == str(TRIMMED)
    assert TRIMMED.stat().st_size < whole().stat().st_size / 10


def test_trimmed_font_writes_an_icon_as_its_name_and_no_other(tmp_path):
    file = tmp_path / "icons.woff2"
    file.write_bytes(trim(TTFont(whole()), {"menu_book", "search"}))
    font = TTFont(file)

    assert icons(font) >= {"menu_book", "search"}
    assert "school" not in icons(font)
    assert ligatures(font) == {"menu_book", "search"}


def ligatures(font: TTFont) -> set[str]:
    tables = [table for each in font["GSUB"].table.LookupList.Lookup for table in each.SubTable]
    found = [getattr(getattr(table, "ExtSubTable", table), "ligatures", {}) for table in tables]
    return {one.LigGlyph for each in found for several in each.values() for one in several}


def test_no_template_draws_a_chart_that_is_not_served():
    templates = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("*/templates/**/*.html")]

    assert templates
    for path in templates:
        text = path.read_text(encoding="utf-8")
        assert "components/chart" not in text, path
        assert "<canvas" not in text, path


def test_each_icon_of_the_menu_is_drawn():
    """A name that the font only knows as another of a glyph would be written over the title."""
    named = {item["icon"] for section in SECTIONS for item in section["items"]}
    assert named <= icons(TTFont(TRIMMED))
