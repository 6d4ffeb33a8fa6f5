"""What every test may ask for: the infrastructure; the cast of people is in tests/cast.py.

Browser: `page` (Chromium; the test fails on an error in its console), `log_in_browser(user)`,
`axe(page)`, `fits(page)`. Database: `at_once(call, n)`, marker `postgres`.
"""

import hashlib
import json
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.db import connection, connections
from django.utils import translation
from playwright.sync_api import Error as PlaywrightError

pytest_plugins = ("tests.cast",)

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_FLAGS = (
    "--no-sandbox",  # Chromium as root has none; the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
)
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
AXE_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def find_chromium() -> str | None:
    names = (os.environ.get("CHROMIUM", ""), *CHROMIUM_NAMES)
    return next((path for name in names if name and (path := shutil.which(name))), None)


# ---- the run ---------------------------------------------------------------------------------


def pytest_configure() -> None:
    # What an example takes depends on what else the machine does, not on the example.
    hypothesis.settings.register_profile("no deadline", deadline=None)
    hypothesis.settings.load_profile("no deadline")
    # Playwright's synchronous calls keep an event loop running in the test's thread, and Django
    # would refuse every query there although nothing is asynchronous.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Static files come from their sources: hashed copies exist only after collectstatic.
    django_settings.WHITENOISE_AUTOREFRESH = True
    django_settings.WHITENOISE_USE_FINDERS = True
    django_settings.STORAGES = django_settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests of the browser as such (before -m selects) and skips what cannot run."""
    without_browser = os.environ.get("ALLOW_NO_BROWSER") and not find_chromium()
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
            if without_browser:
                item.add_marker(pytest.mark.skip(reason="no Chromium, and ALLOW_NO_BROWSER is set"))
        if item.get_closest_marker("postgres") and connection.vendor != "postgresql":
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL"))


@pytest.fixture(autouse=True)
def school_language() -> Iterator[None]:
    """What a request in English leaves behind in the thread, the next test does not inherit."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def migrated(request: pytest.FixtureRequest) -> Path | None:
    """On SQLite, where an empty database is kept that these very migrations have made.

    The first run on them migrates and keeps it; later ones take a copy. PostgreSQL always migrates.
    """
    if connection.vendor != "sqlite":
        return None
    root = request.config.rootpath
    known = hashlib.sha256()
    for file in sorted([*root.glob("*/migrations/*.py"), root / "requirements.txt"]):
        known.update(file.read_bytes())
    return root / ".pytest_cache" / "migrated" / f"{known.hexdigest()[:20]}.sqlite3"


@pytest.fixture(scope="session")
def django_db_keepdb(migrated: Path | None) -> bool:
    return migrated is not None and migrated.exists()


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: Any, migrated: Path | None
) -> Iterator[None]:
    if migrated is not None and not migrated.exists():
        migrated.parent.mkdir(parents=True, exist_ok=True)
        # Another worker may do the same at this moment: whole or not at all.
        made = migrated.with_suffix(f".{os.getpid()}")
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(made)])
        made.replace(migrated)
    yield
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None,
    migrated: Path | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """On SQLite the tests' database is a file, as in production.

    The live server and tests that act at once then have connections of their own, with the real
    locks, instead of sharing one connection to a database in memory.
    """
    database = connections.settings["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        file = tmp_path_factory.mktemp("database") / "test.sqlite3"
        database["TEST"]["NAME"] = str(file)
        if migrated is not None and migrated.exists():
            shutil.copyfile(migrated, file)


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of sample sheets."""
    return Path(__file__).parent / "data"


# ---- at once ---------------------------------------------------------------------------------


@pytest.fixture
def at_once(transactional_db: None) -> Callable[..., list[Any]]:
    """`at_once(call, n)` runs call(0) … call(n - 1) at the same moment.

    Each has a thread and a connection of its own. Returns their results in order; a call that
    raised has its exception in the place of its result.
    """

    def run(call: Callable[[int], Any], n: int = 2) -> list[Any]:
        barrier = threading.Barrier(n, timeout=30)
        outcomes: list[Any] = [None] * n

        def act(index: int) -> None:
            try:
                connection.ensure_connection()  # so that all are ready when the barrier falls
                barrier.wait()
                outcomes[index] = call(index)
            except Exception as error:
                outcomes[index] = error
            finally:
                connections.close_all()

        threads = [threading.Thread(target=act, args=(index,), daemon=True) for index in range(n)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert not any(thread.is_alive() for thread in threads), (
            "a call waits for ever: a deadlock?"
        )
        return outcomes

    return run


# ---- tasks -----------------------------------------------------------------------------------


@pytest.fixture
def run_tasks(db) -> Callable[[], None]:
    """`run_tasks()` runs the queued tasks, and those that they queue, as the worker does."""

    from django_tasks_db.models import DBTaskResult  # models are there once the apps are

    def run() -> None:
        while rows := list(DBTaskResult.objects.filter(status="READY").order_by("enqueued_at")):
            for row in rows:
                row.task.call(*row.args_kwargs["args"], **row.args_kwargs["kwargs"])
                DBTaskResult.objects.filter(pk=row.pk).update(status="SUCCESSFUL")

    return run


# ---- browser ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    executable = find_chromium()
    if executable is None:
        pytest.fail("There is no Chromium: apt install chromium, or set CHROMIUM to its path.")
    return browser_type_launch_args | {"executable_path": executable, "args": list(CHROMIUM_FLAGS)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {
        "locale": "es-PE",
        "timezone_id": "America/Lima",
        "viewport": {"width": 1280, "height": 800},
        "reduced_motion": "reduce",  # axe reads colours: none may be half faded in
        # It asks for pages by itself: only what is about it lets it in.
        "service_workers": "block",
    }


class ConsoleErrors(list[str]):
    """The errors on the page's console; what `allow` matches is expected."""

    def __init__(self) -> None:
        super().__init__()
        self.allowed: list[str] = []

    def allow(self, pattern: str) -> None:
        self.allowed.append(pattern)

    def unexpected(self) -> list[str]:
        return [text for text in self if not any(re.search(p, text) for p in self.allowed)]


@pytest.fixture
def console_errors() -> ConsoleErrors:
    """Ask for it to expect one: `console_errors.allow("status of 422")`."""
    return ConsoleErrors()


@pytest.fixture
def page(page, console_errors: ConsoleErrors) -> Iterator[Any]:
    """A tab that fails its test on script errors, missing files and breaches of the CSP."""
    page.set_default_timeout(10_000)
    page.on(
        "console",
        lambda message: (
            console_errors.append(f"{message.text} ({message.location.get('url', '')})")
            if message.type == "error"
            else None
        ),
    )
    page.on("pageerror", lambda error: console_errors.append(str(error)))
    yield page
    unexpected = console_errors.unexpected()
    assert not unexpected, "Errors on the console:\n" + "\n".join(unexpected)


@pytest.fixture
def log_in_browser(page, live_server, client) -> Callable[..., Any]:
    """`page = log_in_browser(user)`: the same tab, with the session of that user."""

    def log_in(user) -> Any:
        client.force_login(user)
        cookie = client.cookies[django_settings.SESSION_COOKIE_NAME]
        page.context.add_cookies(
            [{"name": cookie.key, "value": cookie.value, "url": live_server.url}]
        )
        return page

    return log_in


@pytest.fixture
def axe() -> Callable[..., None]:
    """`axe(page)` fails with what axe finds against WCAG 2.2 AA and its own good practice."""
    source = AXE.read_text(encoding="utf-8")

    def check(page, *, within: str | None = None, disable: tuple[str, ...] = ()) -> None:
        # Evaluated through the debugger: the page's CSP would refuse a script tag.
        page.evaluate(source)
        result = page.evaluate(
            """async ([within, tags, disabled]) => axe.run(within || document, {
                runOnly: {type: 'tag', values: tags},
                rules: Object.fromEntries(disabled.map(rule => [rule, {enabled: false}])),
                resultTypes: ['violations'],
            })""",
            [within, list(AXE_TAGS), list(disable)],
        )
        assert not result["violations"], readable(result)

    return check


def readable(result: dict[str, Any]) -> str:
    lines = [f"axe on {result['url']}:"]
    for violation in result["violations"]:
        lines.append(f"- {violation['id']} ({violation['impact']}): {violation['help']}")
        for node in violation["nodes"][:5]:
            lines.append(f"    {json.dumps(node['target'])}  {node['html'][:200]}")
            lines += [f"      {check['message']}" for check in node["any"] + node["all"]]
    return "\n".join(lines)


# Null until the page stands and knows its width; then a line for each fault.
WIDTH_FAULTS = """([width, target]) => {
    if (document.readyState !== 'complete' || !document.body
        || !matchMedia(`(max-width: ${width}px)`).matches) return null;
    const name = e => e.outerHTML.replace(/\\s+/g, ' ').slice(0, 160);
    const faults = [];
    const whole = document.documentElement.scrollWidth;
    if (whole > width) {
        faults.push(`the page is ${whole} px wide`);
        const right = e => {
            const box = e.getBoundingClientRect();
            const own = getComputedStyle(e).overflowX === 'visible';
            return Math.max(box.right, own ? box.left + e.scrollWidth : 0);
        };
        const scrolls = e => e && e !== document.body
            && (getComputedStyle(e).overflowX !== 'visible'
                || scrolls(e.parentElement));
        const out = [...document.body.querySelectorAll('*')]
            .filter(e => right(e) > width + 1 && !scrolls(e.parentElement));
        for (const e of out)
            if (!out.some(other => other !== e && e.contains(other)))
                faults.push(`sticks out to ${Math.round(right(e))}: ${name(e)}`);
    }
    const taps = 'a[href], button, select, summary, [role=button],'
        + ' input:not([type=hidden])';
    for (const e of document.body.querySelectorAll(taps)) {
        if (!e.checkVisibility({visibilityProperty: true, opacityProperty: true}))
            continue;
        const labels = [...(e.labels || [])].filter(l => l.getClientRects().length);
        const boxes = [e, ...labels].map(x => x.getBoundingClientRect());
        const box = boxes[0];
        if (box.right <= 1 || box.bottom + scrollY <= 1 || box.width < 2) continue;
        const inText = e.matches('a') && getComputedStyle(e).display === 'inline'
            && e.parentElement.textContent.trim().length > e.textContent.trim().length;
        if (!inText && !boxes.some(b => b.height >= target - 0.5))
            faults.push(`only ${Math.round(box.height)} px high: ${name(e)}`);
    }
    return faults;
}"""


def faults_now(page, width: int, target: int) -> list[str] | None:
    try:
        return page.evaluate(WIDTH_FAULTS, [width, target])
    except PlaywrightError as error:  # it went to its next page while it was asked
        if "navigation" in str(error):
            return None
        raise


@pytest.fixture
def fits() -> Callable[..., None]:
    """`fits(page, width=360)` fails on what sticks out at that width and on small targets.

    A target is what one taps: links inside a sentence are exempt, as in WCAG.
    """

    def check(page, *, width: int = 360, target: int = 44) -> None:
        page.set_viewport_size({"width": width, "height": 740})
        # The page is told of its new width a little later, its styles later still, and one just
        # left has no root for a moment: it is asked until it has nothing to say, as `expect` asks.
        # From here, as nothing in the page would answer where scripts are off.
        faults = None
        for _turn in range(100):
            faults = faults_now(page, width, target)
            if faults == []:
                return
            page.wait_for_timeout(20)
        assert faults is not None, f"{page.url} never settled at {width} px"
        raise AssertionError(f"{page.url} at {width} px:\n" + "\n".join(faults))

    return check
