"""Writes the admin's icon font anew: python tests/trim_symbols.py

unfold's font draws some 3,800 icons and weighs 292 kB on a first visit. Ours, which takes its place
by its name, has those whose names stand anywhere in unfold's templates, as a string in its style
sheet or in the menu of the admin, or as an icon elsewhere in our templates and Python.
"""

import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
NAME = "unfold/fonts/material-symbols/Material-Symbols-Outlined.woff2"
TRIMMED = ROOT / "static" / NAME
MENU = ROOT / "trainingprog" / "admin_menu.py"
APPS = ("trainingprog", "tutors", "participants", "courses")
WORD = re.compile(r"[a-z][a-z0-9_]{2,}")
STRING = re.compile(r"""["']([a-z][a-z0-9_]{2,})["']""")
AS_ICON = re.compile(
    r"""(?:material-symbols-outlined[^>]*>\s*|\bicon["']?\s*[:=]\s*["']|_icon\(["'])([a-z][a-z0-9_]{2,})"""
)
# What the names are written with: an icon is a ligature of its name's letters.
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_ "


def unfold_folder() -> Path:
    spec = find_spec("unfold")
    if spec is None or spec.origin is None:
        raise SystemExit("unfold is not installed.")
    return Path(spec.origin).parent


def whole() -> Path:
    return unfold_folder() / "static" / NAME


def names() -> Iterator[str]:
    for path in unfold_folder().rglob("*.html"):
        yield from WORD.findall(path.read_text(encoding="utf-8"))
    # Beside a date or a time the style sheet itself writes the icon.
    for path in unfold_folder().rglob("*.css"):
        yield from STRING.findall(path.read_text(encoding="utf-8"))
    yield from STRING.findall(MENU.read_text(encoding="utf-8"))
    for folder in (ROOT / "templates", *(ROOT / app for app in APPS)):
        for path in (*folder.rglob("*.html"), *folder.rglob("*.py")):
            yield from AS_ICON.findall(path.read_text(encoding="utf-8"))


def icons(font: TTFont) -> set[str]:
    return {name for name in font.getGlyphOrder() if WORD.fullmatch(name)}


def needed(font: TTFont) -> set[str]:
    return icons(font).intersection(names())


def trim(font: TTFont, kept: set[str]) -> bytes:
    options = subset.Options()
    options.flavor = "woff2"
    options.layout_features = ["*"]
    options.drop_tables += ["FFTM"]
    options.layout_closure = False  # else the letters would bring all their ligatures
    options.glyph_names = True  # by which the test knows the icons
    cutter = subset.Subsetter(options)
    cutter.populate(glyphs=sorted(kept), text=LETTERS)
    cutter.subset(font)
    file = BytesIO()
    subset.save_font(font, file, options)
    return file.getvalue()


if __name__ == "__main__":
    font = TTFont(whole())
    TRIMMED.parent.mkdir(parents=True, exist_ok=True)
    TRIMMED.write_bytes(trim(font, needed(font)))
    sys.stdout.write(f"{TRIMMED.relative_to(ROOT)}: {TRIMMED.stat().st_size} bytes\n")
