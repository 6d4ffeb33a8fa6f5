"""What holds for the tree as a whole: its folders, its templates, its layers, its documents."""

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent
# Highest first: an app may refer to those after it.
LAYERS = ["trainingprog", "tutors", "participants", "courses"]
FOLDERS = {".ci", *LAYERS, "templates", "static", "tests", "docs"}
LONGEST_FILE = 400

# In two parts each, so that this file does not hold what it looks for.
REGISTRY_HOSTS = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "registry." + "npmjs.org",
    "registry." + "yarnpkg.com",
    "proxy." + "golang.org",
    "index." + "crates.io",
]
MACHINE_PATH = re.compile(
    r"(?<![\w.~$}*-])/(?:wor" + r"k|roo" + r"t|tmp/w" + r"t)(?:/|\b(?![-.\w]))"
)
CDN = re.compile(r"(?:https?:)?//(?:[\w.-]*\.)?(?:cdn[\w-]*|unpkg|jsdelivr|googleapis|gstatic)\.")


@cache
def tracked() -> tuple[Path, ...]:
    """What is or would be committed."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    names = [name for name in listed.split("\0") if name]
    return tuple(path for name in names if (path := ROOT / name).is_file())


def texts(*, vendored: bool = False) -> Iterator[tuple[str, str]]:
    for path in tracked():
        if "vendor" in path.parts and not vendored:
            continue
        try:
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def templates() -> Iterator[tuple[str, str]]:
    for name, text in texts():
        # Mail readers apply no style sheet but that in the message itself.
        if "templates" in Path(name).parts and name.endswith(".html") and "/email/" not in name:
            yield name, text


def places(pattern: str | re.Pattern[str], sources: Iterator[tuple[str, str]]) -> list[str]:
    return [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match.group().strip()[:100]}"
        for name, text in sources
        for match in re.finditer(pattern, text)
    ]


def test_top_level_folders_are_those_of_the_layout() -> None:
    found = {path.relative_to(ROOT).parts[0] for path in tracked() if path.parent != ROOT}
    assert found <= FOLDERS


def test_templates_have_no_inline_script() -> None:
    # A script that only carries data is not run, and needs a type that says so.
    inline = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>", re.I)
    assert places(inline, templates()) == []
    assert (
        places(re.compile(r"\son[a-z]+\s*=\s*[\"']|javascript:|\shx-on", re.I), templates()) == []
    )


def test_templates_have_no_inline_style() -> None:
    assert places(re.compile(r"<style\b|\sstyle\s*=\s*[\"']", re.I), templates()) == []


def test_nothing_is_fetched_from_a_cdn() -> None:
    front = (
        (name, text)
        for name, text in texts()
        if name.endswith((".html", ".css", ".js", ".py")) and not name.startswith("tests/")
    )
    assert places(CDN, front) == []


def test_no_file_names_a_package_registry() -> None:
    assert places("|".join(map(re.escape, REGISTRY_HOSTS)), texts(vendored=True)) == []


def test_no_file_names_a_path_of_one_machine() -> None:
    assert places(MACHINE_PATH, texts()) == []


@pytest.mark.parametrize("line", ["cd /wor" + "k/main", "'/roo" + "t'", "/tmp/w" + "t/x"])
def test_path_of_one_machine_is_recognised(line: str) -> None:
    assert MACHINE_PATH.search(line)


def test_no_python_file_is_too_long() -> None:
    long = {
        name: lines
        for name, text in texts()
        if name.endswith(".py")
        and not name.startswith("tests/")
        and "migrations" not in Path(name).parts
        and (lines := len(text.splitlines())) > LONGEST_FILE
    }
    assert long == {}


def layer(label: str) -> int:
    return LAYERS.index(label)


def test_foreign_keys_point_downward_only() -> None:
    user = get_user_model()
    upward = []
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label not in LAYERS:
            continue
        for field in model._meta.get_fields(include_hidden=True):
            target = field.related_model if field.concrete else None
            if target is None or target is user or target._meta.app_label not in LAYERS:
                continue
            if layer(target._meta.app_label) < layer(model._meta.app_label):
                upward.append(f"{model._meta.label}.{field.name} → {target._meta.label}")
    assert upward == []


def view_files() -> list[Path]:
    return [
        path
        for path in tracked()
        if path.suffix == ".py"
        and path.relative_to(ROOT).parts[0] in LAYERS
        and "views" in {path.stem, path.parent.name}
    ]


def test_every_view_names_its_methods() -> None:
    """A public function in a views module that takes a request has a require_ decorator."""
    open_to_all = []
    for path in view_files():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            first = node.args.args[0].arg if node.args.args else ""
            decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
            if first == "request" and not any("require_" in name for name in decorators):
                open_to_all.append(f"{path.relative_to(ROOT)}: {node.name}")
    assert open_to_all == []


def make_targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", makefile, re.M))


def test_documents_name_only_targets_of_the_makefile() -> None:
    named = {
        target
        for name, text in texts()
        if name.endswith(".md")
        for target in re.findall(r"`make ([a-z-]+)", text)
        + re.findall(r"^\s*make ([a-z-]+)", text, re.M)
    }
    assert named <= make_targets()


def test_documents_name_only_commands_of_manage_py() -> None:
    named = {
        command
        for name, text in texts()
        if name.endswith(".md")
        for command in re.findall(r"manage\.py ([a-z_]+)", text)
    }
    assert named <= set(get_commands())


def test_help_lists_every_target_for_people() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    listed = set(re.findall(r"'make ([a-z-]+)", makefile))
    assert listed == {"demo", "test", "lint", "bench", "lock", "clean", "messages"}
    assert listed <= make_targets()
