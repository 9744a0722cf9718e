"""A PostgreSQL server for the tests: a given one, else a private one, installed if need be."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

GIVEN = "BINGOSIM_TEST_POSTGRESQL_URL"
"""Variable with the URL of a server on which the tests may make databases of their own."""
START_SECONDS = 60
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=100")


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Yield the URL of a server, with {} where the name of a database goes."""
    with started() as (pattern, _):
        yield pattern


@contextlib.contextmanager
def started() -> Iterator[tuple[str, Node | None]]:
    """Yield such a URL and the server, to be stopped and started; None if it was given."""
    given = os.environ.get(GIVEN)
    if given:
        yield given.rstrip("/") + "/{}", None
        return
    binaries = _binaries()
    # Not pytest's directory: a socket's path may have 107 characters, and another user reads it.
    home = Path(tempfile.mkdtemp(prefix="bingosim-pg-", dir="/tmp"))
    user = _user()
    if user is not None:
        shutil.chown(home, user)
    node = Node(binaries, home, user)
    try:
        node.make()
        node.start()
        yield node.pattern, node
    finally:
        node.stop()
        shutil.rmtree(home, ignore_errors=True)


@dataclass(slots=True)
class Node:
    """A private server: its data stays where it is while it is stopped, and so does its socket.

    Attributes:
        binaries: Where PostgreSQL's programs are.
        home: A directory of its own; everything that the server writes is in it.
        user: Whom to run it as; None for whoever runs the tests.
    """

    binaries: Path
    home: Path
    user: str | None
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def pattern(self) -> str:
        """Its URL, with {} where the name of a database goes."""
        return f"postgresql://bingosim@/{{}}?host={self.home}"

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.home / ".s.PGSQL.5432"

    def make(self) -> None:
        """Make its data."""
        options = ["-U", "bingosim", "-A", "trust", "-E", "UTF8", "-N"]
        subprocess.run(
            [self.binaries / "initdb", "-D", self.home / "data", *options],
            check=True,
            capture_output=True,
            user=self.user,
            cwd=self.home,
        )

    def start(self) -> None:
        """Start it, and return when it takes connections."""
        command = [str(self.binaries / "postgres"), "-D", str(self.home / "data")]
        command += ["-k", str(self.home), "-c", "listen_addresses="]
        command += [word for setting in FAST for word in ("-c", setting)]
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, user=self.user, cwd=self.home
            )
        self._wait_until_ready(self._process)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: fast, with open connections closed; or by SIGQUIT at once, as in a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=START_SECONDS)
            self._process = None

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        """Return when the server takes connections; its death ends the waiting at once."""
        for _ in range(START_SECONDS * 10):
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.pattern.format("postgres")).close()
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.1)
                break
        log = (self.home / "log").read_text()
        pytest.fail(f"the private PostgreSQL did not start: {log[-2000:]}")


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
        node: The private one, to be stopped and started; None if the server was given.
    """

    def __init__(self, pattern: str, node: Node | None = None) -> None:
        self._pattern = pattern
        self._made: list[str] = []
        self._prefix = f"bingosim_test_{os.getpid()}"
        self._number = 0
        self.node = node
        self.template = self.create()

    def url(self, name: str) -> str:
        """Return the URL of a database."""
        return self._pattern.format(name)

    def create(self, template: str = "template0") -> str:
        """Make a database; return its name."""
        name = f"{self._prefix}_{self._number}"
        self._number += 1
        self.command(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self._made.append(name)
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever uses it."""
        self._made.remove(name)
        self.command(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def drop_all(self) -> None:
        """Drop what was made."""
        for name in list(self._made):
            self.drop(name)

    def command(self, command: str) -> None:
        """Have the server do something that is no transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(command.encode())
