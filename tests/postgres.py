"""A PostgreSQL server for the tests: a given one, else a private one, installed if need be."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

GIVEN = "BINGOSIM_TEST_POSTGRESQL_URL"
"""Variable with the URL of a server on which the tests may make databases of their own."""
START_SECONDS = 60


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Yield the URL of a server, with {} where the name of a database goes."""
    given = os.environ.get(GIVEN)
    if given:
        yield given.rstrip("/") + "/{}"
        return
    binaries = _binaries()
    # Not pytest's directory: a socket's path may have 107 characters, and another user reads it.
    home = Path(tempfile.mkdtemp(prefix="bingosim-pg-", dir="/tmp"))
    user = _user()
    if user is not None:
        shutil.chown(home, user)
    try:
        data = home / "data"
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "bingosim", "-A", "trust", "-E", "UTF8", "-N"],
            check=True,
            capture_output=True,
            user=user,
            cwd=home,
        )
        with _running(binaries, data, home, user):
            yield _pattern(home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def _running(binaries: Path, data: Path, home: Path, user: str | None) -> Iterator[None]:
    """Run a server on a socket in `home` for the time of the block."""
    fast = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=100")
    command = [str(binaries / "postgres"), "-D", str(data), "-k", str(home)]
    command += ["-c", "listen_addresses="]
    command += [word for setting in fast for word in ("-c", setting)]
    with (home / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, user=user, cwd=home)
    try:
        _wait_until_ready(process, home)
        yield
    finally:
        process.send_signal(signal.SIGINT)  # a fast shutdown: open connections are closed
        process.wait(timeout=START_SECONDS)


def _wait_until_ready(process: subprocess.Popen[bytes], home: Path) -> None:
    """Return when the server takes connections; its death ends the waiting at once."""
    for _ in range(START_SECONDS * 10):
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(_pattern(home).format("postgres")).close()
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.1)
            break
    pytest.fail(f"the private PostgreSQL did not start: {(home / 'log').read_text()[-2000:]}")


def _pattern(home: Path) -> str:
    return f"postgresql://bingosim@/{{}}?host={home}"


def _user() -> str | None:
    """Return whom to run the server as: PostgreSQL refuses root."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _binaries() -> Path:
    """Return where PostgreSQL's programs are; install them where that is possible."""
    found = _find()
    if found is None and os.getuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "-y", "--no-install-recommends", "postgresql"]):
            subprocess.run(["apt-get", "-q", *arguments], check=False, env=environment)  # noqa: S607
        found = _find()
    if found is None:
        pytest.fail(
            f"PostgreSQL is missing: install it (Debian: apt-get install postgresql), or set "
            f"{GIVEN} to the URL of a server on which databases may be made"
        )
    return found


def _find() -> Path | None:
    on_path = shutil.which("postgres")
    places = [Path(on_path).resolve().parent] if on_path else []
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    places += sorted(installed, key=lambda path: float(path.parent.name), reverse=True)
    return next((place for place in places if (place / "initdb").exists()), None)


class Server:
    """A server with a migrated template, from which databases are copied.

    Attributes:
        template: Name of the template.
    """

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._made: list[str] = []
        self._prefix = f"bingosim_test_{os.getpid()}"
        self.template = self.create()

    def url(self, name: str) -> str:
        """Return the URL of a database."""
        return self._pattern.format(name)

    def create(self, template: str = "template0") -> str:
        """Make a database; return its name."""
        name = f"{self._prefix}_{len(self._made)}"
        self._command(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self._made.append(name)
        return name

    def drop_all(self) -> None:
        """Drop what was made."""
        for name in self._made:
            self._command(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _command(self, command: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(command.encode())
