"""Fails where a message lacks its Spanish, or the committed catalog does not fit the source.

The messages are extracted anew into a copy of the tree, so that nothing here is changed. Needs
gettext's programs; without them it says so and succeeds, or fails if REQUIRE_GETTEXT is set.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
PARTS = ["trainingprog", "tutors", "participants", "courses", "templates", "static", "manage.py"]
LOCALE = Path("trainingprog/locale")
SHOWN = 40
# At the end of a line “80” would stand without its sign.
BREAKS_BEFORE_PERCENT = re.compile(r"\s(?<!\u00a0)(?<!\u202f)%(?:%|(?![(\w]))")


def main() -> int:
    if not shutil.which("xgettext") or not shutil.which("msgmerge"):
        print("Translations: not checked. gettext is not installed (Debian: apt install gettext).")
        return 1 if os.environ.get("REQUIRE_GETTEXT") else 0
    catalogs = sorted((ROOT / LOCALE).glob("*/LC_MESSAGES/*.po"))
    if not catalogs:
        print(f"No catalog under {LOCALE}.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="messages-") as folder:
        copy = Path(folder)
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                shutil.copy(source, copy / part)
        domains = sorted({catalog.stem for catalog in catalogs})
        for domain in domains:
            extract(copy, domain, sorted({path.parts[-3] for path in catalogs}))
        problems = []
        for catalog in catalogs:
            problems += faults(catalog, copy / catalog.relative_to(ROOT))
    for problem in problems[:SHOWN]:
        print(problem, file=sys.stderr)
    if len(problems) > SHOWN:
        print(f"... and {len(problems) - SHOWN} more.", file=sys.stderr)
    if problems:
        print("Run `make messages`, translate, and run it again.", file=sys.stderr)
    return bool(problems)


def extract(copy: Path, domain: str, languages: list[str]) -> None:
    command = [sys.executable, "manage.py", "makemessages", "--domain", domain, "--no-wrap"]
    command += ["--add-location", "file", "--ignore", "static/vendor/*"]
    for language in languages:
        command += ["--locale", language]
    subprocess.run(command, cwd=copy, check=True, stdout=subprocess.DEVNULL)


def faults(committed: Path, extracted: Path) -> list[str]:
    where = committed.relative_to(ROOT)
    problems = []
    fresh = polib.pofile(str(extracted))
    for entry in fresh:
        place = f"{where}: {entry.occurrences[0][0] if entry.occurrences else '?'}"
        if entry.obsolete:
            problems.append(f"{where}: no longer in the source: {entry.msgid!r}")
        elif entry.fuzzy:
            problems.append(f"{place}: guessed, to be confirmed: {entry.msgid!r}")
        elif not entry.translated():
            problems.append(f"{place}: not translated: {entry.msgid!r}")
        for text in (entry.msgstr, *entry.msgstr_plural.values()):
            if BREAKS_BEFORE_PERCENT.search(text):
                problems.append(f"{place}: a no-break space stands before the %: {text!r}")
    known = {(entry.msgctxt, entry.msgid) for entry in polib.pofile(str(committed))}
    problems += [
        f"{where}: not in the committed catalog: {entry.msgid!r}"
        for entry in fresh
        if entry.translated() and (entry.msgctxt, entry.msgid) not in known
    ]
    compiled = committed.with_suffix(".mo")
    if not compiled.exists() or content(polib.mofile(str(compiled))) != content(
        polib.pofile(str(committed))
    ):
        problems.append(f"{where}: its .mo is missing or older")
    return problems


def content(catalog: polib.POFile | polib.MOFile) -> dict[tuple[str | None, str], object]:
    return {
        (entry.msgctxt, entry.msgid): entry.msgstr_plural or entry.msgstr
        for entry in catalog.translated_entries()
    }


if __name__ == "__main__":
    raise SystemExit(main())
