"""Writes static/vendor/bootstrap.min.css anew: python tests/trim_bootstrap.py

It is tests/vendor/bootstrap.min.css, as published, less what no page uses: rules whose classes or
data attributes stand nowhere in our templates, scripts and Python, nor in the templates of the
packages that make our forms; keyframes that nothing plays; custom properties that nothing reads.
To a phone that is the difference between 23 kB and a third of it.

A word counts as used wherever it stands in a template, a script or a string of Python, be it as a
class or not: what is kept is too much rather than too little. A class that is put together in a
template is kept by its beginning: `alert-{{` keeps all that begin with `alert-`.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WHOLE = ROOT / "tests" / "vendor" / "bootstrap.min.css"
TRIMMED = ROOT / "static" / "vendor" / "bootstrap.min.css"
APPS = ("trainingprog", "tutors", "participants", "courses")
FORM_TEMPLATES = ("crispy_bootstrap5", "crispy_forms")

WORD = re.compile(r"[A-Za-z][\w-]*")
BEGINNING = re.compile(r"([A-Za-z][\w-]*-)(?:\{[{%]|\{\}|['\"]\s*[+~])")
STRING = re.compile(r"""["'][^"'\n]*["']""")
CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
DATA_ATTRIBUTE = re.compile(r"\[(data-[\w-]+)")
NEGATION = re.compile(r":not\([^()]*\)")
LICENCE = re.compile(r"/\*!.*?\*/\s*", re.DOTALL)
DECLARED = re.compile(r"(?<![\w-])(--[\w-]+):")
READ = re.compile(r"var\((--[\w-]+)")


@dataclass(frozen=True)
class Used:
    words: frozenset[str]
    beginnings: tuple[str, ...]

    @classmethod
    def in_texts(cls, texts: Iterable[str]) -> "Used":
        words: set[str] = set()
        beginnings: set[str] = set()
        for text in texts:
            words.update(WORD.findall(text))
            beginnings.update(BEGINNING.findall(text))
        return cls(frozenset(words), tuple(sorted(beginnings)))

    def has(self, name: str) -> bool:
        return name in self.words or name.startswith(self.beginnings)

    def keeps(self, selector: str) -> bool:
        asked = NEGATION.sub("", selector)
        return all(map(self.has, CLASS.findall(asked) + DATA_ATTRIBUTE.findall(asked)))


def used_here() -> Used:
    return Used.in_texts(map(_text, sources()))


def _text(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return " ".join(STRING.findall(text)) if path.suffix == ".py" else text


def sources() -> Iterator[Path]:
    for folder in (ROOT / "templates", *(ROOT / app for app in APPS)):
        yield from folder.rglob("*.html")
        yield from folder.rglob("*.py")
    yield from (ROOT / "static").glob("*.js")
    for package in FORM_TEMPLATES:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise SystemExit(f"{package} is not installed.")
        folder = Path(spec.origin).parent
        yield from (folder / "templates").rglob("bootstrap5/**/*.html")
        yield from folder.glob("*.py")


def trim(css: str, used: Used, own_css: str = "") -> str:
    """`own_css` are the stylesheets that may read Bootstrap's custom properties."""
    licence = LICENCE.search(css)
    kept = "".join(_kept(LICENCE.sub("", css), used))
    kept = _without_idle_keyframes(kept)
    return (licence.group() if licence else "") + _without_unread(kept, own_css)


def _kept(css: str, used: Used) -> Iterator[str]:
    for head, body in blocks(css):
        if body is None:
            yield head
        elif head.startswith(("@media", "@supports", "@layer")):
            if inner := "".join(_kept(body, used)):
                yield f"{head}{{{inner}}}"
        elif head.startswith("@"):
            yield f"{head}{{{body}}}"
        elif selectors := [one for one in split_selectors(head) if used.keeps(one)]:
            yield f"{','.join(selectors)}{{{body}}}"


def blocks(css: str) -> Iterator[tuple[str, str | None]]:
    """Each statement's head and body; `@charset …;` has none. Braces in strings do not count."""
    start = depth = 0
    head, quote = "", ""
    for place, letter in enumerate(css):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter == "{":
            if not depth:
                head, start = css[start:place].strip(), place + 1
            depth += 1
        elif letter == "}":
            depth -= 1
            if not depth:
                yield head, css[start:place]
                start = place + 1
        elif letter == ";" and not depth:
            yield css[start : place + 1].strip(), None
            start = place + 1


def split_selectors(head: str) -> list[str]:
    """At the commas that stand outside parentheses."""
    return re.split(r",(?![^(]*\))", head)


def _without_idle_keyframes(css: str) -> str:
    def is_idle(head: str) -> bool:
        name = head.split()[-1]
        return "keyframes" in head and not re.search(rf"animation[^;}}]*[: ]{name}\b", css)

    return "".join(
        head if body is None else f"{head}{{{body}}}"
        for head, body in blocks(css)
        if not is_idle(head)
    )


def _without_unread(css: str, own_css: str) -> str:
    """A property that only unread ones read goes with them, so it is asked until none is left."""
    while unread := set(DECLARED.findall(css)) - set(READ.findall(css + own_css)):
        names = "|".join(map(re.escape, sorted(unread, key=len, reverse=True)))
        css = re.sub(rf"(?<![\w-])(?:{names}):[^;}}]*(?:;|(?=}}))", "", css)
        css = re.sub(r"[^{}]+\{\}", "", css.replace(";}", "}"))
    return css


def trimmed_here() -> str:
    own = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "static").glob("*.css"))
    return trim(WHOLE.read_text(encoding="utf-8"), used_here(), own)


if __name__ == "__main__":
    TRIMMED.write_text(trimmed_here(), encoding="utf-8")
    sys.stdout.write(f"{TRIMMED.relative_to(ROOT)}: {TRIMMED.stat().st_size} bytes\n")
