"""Runs a command against PostgreSQL: python tests/with_postgres.py [--own-database] COMMAND...

The server is the one that DATABASE_URL names, if it names one; else one made for the occasion from
the installed PostgreSQL programs, on a private socket, and removed whatever happens. The command
gets DATABASE_URL. Where there is no PostgreSQL this says so and succeeds, or fails if
REQUIRE_POSTGRES is set.

With --own-database the command works in an empty database that is dropped afterwards; without it,
in the named database itself (pytest makes its own beside it).
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg2

POSTGRES_SCHEMES = {"postgres", "postgresql", "pgsql"}


def main(arguments: list[str]) -> int:
    own_database = arguments[:1] == ["--own-database"]
    command = arguments[1:] if own_database else arguments
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    # The finally blocks below also run when someone ends the whole.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))

    given = os.environ.get("DATABASE_URL", "")
    if urlsplit(given).scheme in POSTGRES_SCHEMES:
        if not own_database:
            return run(command, given)
        with temporary_database(given) as address:
            return run(command, address)
    programs = find_programs()
    if programs is None:
        print(
            "PostgreSQL: not run. Neither DATABASE_URL names a server nor are initdb and pg_ctl"
            " installed (Debian: apt install postgresql)."
        )
        return 1 if os.environ.get("REQUIRE_POSTGRES") else 0
    with temporary_server(programs) as address:
        return run(command, address)


def run(command: list[str], address: str) -> int:
    return subprocess.run(command, env=os.environ | {"DATABASE_URL": address}).returncode


def find_programs() -> Path | None:
    """The folder with initdb and pg_ctl; Debian keeps it out of PATH, one for each version."""
    on_path = shutil.which("initdb")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    candidates += sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: int(folder.parent.name) if folder.parent.name.isdigit() else 0,
        reverse=True,
    )
    for folder in candidates:
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "pg_ctl", "postgres")):
            return folder
    return None


def unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root: then it runs as its own user, else as nobody."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise SystemExit("PostgreSQL cannot run as root and neither postgres nor nobody exists here.")


@contextmanager
def temporary_server(programs: Path) -> Iterator[str]:
    user = unprivileged_user()
    # /tmp and not TMPDIR: a socket's path has room for about a hundred characters.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    data, log = folder / "data", folder / "log"
    if user:
        shutil.chown(folder, user)

    def call(*command: str | Path) -> None:
        done = subprocess.run(
            command,
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if user else None,
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            details = log.read_text() if log.exists() else ""
            raise SystemExit(f"{Path(command[0]).name} failed:\n{done.stdout}{details}")

    try:
        call(
            programs / "initdb",
            f"--pgdata={data}",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        # Nothing in it outlives the run, so nothing waits for the disk; no port is opened. Eight
        # workers may each have fifty people at once.
        settings = (
            f"-c unix_socket_directories={folder} -c listen_addresses='' -c fsync=off"
            " -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=128MB"
            " -c max_connections=500"
        )
        call(
            programs / "pg_ctl",
            "start",
            "--wait",
            f"--pgdata={data}",
            f"--log={log}",
            f"--options={settings}",
        )
        try:
            yield f"postgres://postgres@{quote(str(folder), safe='')}/postgres"
        finally:
            call(programs / "pg_ctl", "stop", f"--pgdata={data}", "--mode=immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def temporary_database(server: str) -> Iterator[str]:
    name = f"temporary_{uuid.uuid4().hex[:12]}"
    administer(server, f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def administer(server: str, statement: str) -> None:
    connection = psycopg2.connect(urlunsplit(urlsplit(server)._replace(scheme="postgresql")))
    try:
        connection.autocommit = True  # CREATE DATABASE runs in no transaction
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
