"""Worker processes for measurements: started, waited for, asked for their metrics, and ended."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from bingosim.batch.observe import Phase
from bingosim.errors import ExecutionError
from bingosim.storage.batches import read_batch
from bingosim.storage.states import FINAL
from bingosim.storage.workers import list_workers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from bingosim.bench.modes import Spent
    from bingosim.storage.database import Database
    from bingosim.storage.states import BatchStatus

START_SECONDS, END_SECONDS = 120.0, 60.0
LOOK_SECONDS = 0.02
"""Between looks at a batch; when it ended is read from the database, which notes it."""
_TOLD = 2000
"""Characters of a log that an error shows."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Where workers find each other.

    Attributes:
        database_url: Of PostgreSQL.
        broker_url: Of RabbitMQ.
    """

    database_url: str
    broker_url: str


@dataclass(frozen=True, slots=True)
class _Member:
    process: subprocess.Popen[bytes]
    log: IO[bytes]
    port: int

    def check(self) -> None:
        """Raise if it has ended."""
        if self.process.poll() is not None:
            self.log.seek(0)
            said = self.log.read()[-_TOLD:].decode(errors="replace")
            raise ExecutionError(f"a worker ended with {self.process.returncode}: {said}")

    def spent(self) -> Iterator[tuple[Phase, float, int]]:
        """Yield what it has spent on each phase so far, in seconds, and how often."""
        address = f"http://127.0.0.1:{self.port}/metrics"
        with urlopen(address, timeout=10) as answer:
            text = answer.read().decode()
        found = {
            sample.name: sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if not sample.labels
        }
        for phase in Phase:
            name = f"bingosim_{phase}_seconds"
            yield phase, found[f"{name}_sum"], int(found[f"{name}_count"])


@dataclass(frozen=True, slots=True)
class Crew:
    """Some workers of one database."""

    database: Database
    members: Sequence[_Member]

    def execute(self, batch: UUID) -> tuple[BatchStatus, float]:
        """Wait for a batch's end; return how it ended, and its seconds from the submission."""
        while True:
            found = read_batch(self.database, batch)
            if found.finished_at is not None and found.status in FINAL:
                return found.status, (found.finished_at - found.created_at) / 1000
            for member in self.members:
                member.check()
            time.sleep(LOOK_SECONDS)

    def spent(self) -> Spent:
        """Return what all have spent so far."""
        seconds, times = dict.fromkeys(Phase, 0.0), dict.fromkeys(Phase, 0)
        for member in self.members:
            for phase, its_seconds, its_times in member.spent():
                seconds[phase] += its_seconds
                times[phase] += its_times
        return seconds, times


@contextmanager
def crew_of(
    database: Database,
    servers: Servers,
    number: int,
    command: Sequence[str] = ("-m", "bingosim", "worker"),
    **settings: object,
) -> Iterator[Crew]:
    """Run workers for the time of a block, which begins when all are alive.

    Args:
        database: The servers' database, open.
        servers: Where they work.
        number: How many.
        command: What Python is to run.
        settings: As in `Settings`; others are those of this process's environment, of which each
            worker has one thread if nothing is said.

    Raises:
        ExecutionError: One ended, or was not ready in time.
    """
    with ExitStack() as stack:
        members = [stack.enter_context(_member(servers, command, settings)) for _ in range(number)]
        until = time.monotonic() + START_SECONDS
        pids = {member.process.pid for member in members}
        while not pids <= {seen.process.pid for seen in list_workers(database) if seen.process}:
            for member in members:
                member.check()
            if time.monotonic() > until:
                raise ExecutionError(f"workers were not ready within {START_SECONDS:g} s")
            time.sleep(LOOK_SECONDS)
        yield Crew(database, members)


@contextmanager
def _member(
    servers: Servers, command: Sequence[str], settings: dict[str, object]
) -> Iterator[_Member]:
    port = _free_port()
    chosen = {"worker_threads": 1} | settings | {"metrics_port": port, "log_format": "json"}
    environment = {f"BINGOSIM_{name.upper()}": str(value) for name, value in chosen.items()}
    if "worker_threads" not in settings and "BINGOSIM_WORKER_THREADS" in os.environ:
        del environment["BINGOSIM_WORKER_THREADS"]
    environment["BINGOSIM_DATABASE_URL"] = servers.database_url
    environment["BINGOSIM_BROKER_URL"] = servers.broker_url
    with TemporaryFile() as log:
        process = subprocess.Popen(  # noqa: S603 - this very package
            [sys.executable, *command],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            yield _Member(process, log, port)
        finally:
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
