"""Worker processes on a real PostgreSQL and a real RabbitMQ."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bingosim.storage.batches import read_batch, read_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from uuid import UUID

    from bingosim.messaging.broker import Broker
    from bingosim.storage.database import Database
    from bingosim.storage.states import BatchStatus
    from tests import rabbitmq

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 90.0


def wait_for(what: str, condition: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    """Return what a condition says once it holds; fail if it does not in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    pytest.fail(f"{what} did not happen within {seconds:g} s")


@dataclass(slots=True)
class WorkerProcess:
    """A worker.

    Attributes:
        process: Its process.
        file: What it logs.
    """

    process: subprocess.Popen[bytes]
    file: Path

    def lines(self, event: str | None = None) -> list[dict[str, Any]]:
        """Return what was logged, of one event if wanted."""
        whole = self.file.read_text().rpartition("\n")[0].splitlines()
        logged = [json.loads(line) for line in whole if line.startswith("{")]
        return [line for line in logged if event in (None, line["event"])]

    def wait_for_line(self, event: str) -> dict[str, Any]:
        """Return the first line of an event, once it is there."""

        def first() -> dict[str, Any] | None:
            if self.process.poll() is not None:
                pytest.fail(f"the worker ended: {self.file.read_text()[-3000:]}")
            return next(iter(self.lines(event)), None)

        found: dict[str, Any] = wait_for(f"{event!r} in the log", first)
        return found

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(how)
        return self.process.wait(timeout=PATIENCE_SECONDS)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A database, queues, and what to start workers with.

    Attributes:
        database: The database, open.
        database_url: Where it is.
        broker: The broker.
        broker_url: Where it is.
        server: What the broker runs on.
        directory: Where workers log.
    """

    database: Database
    database_url: str
    broker: Broker
    broker_url: str
    server: rabbitmq.Server
    directory: Path

    def worker(
        self, until: str = "worker started", **settings: Any
    ) -> AbstractContextManager[WorkerProcess]:
        """Run a worker for the time of a block; settings are named as in `Settings`."""
        return worker(self.database_url, self.broker_url, self.directory, until, **settings)

    def wait_until(self, batch: UUID, *statuses: BatchStatus) -> None:
        """Return once a batch stands so."""
        wait_for(
            f"{statuses} of the batch",
            lambda: read_batch(self.database, batch).status in statuses,
        )

    def wait_for_runs(self, batch: UUID, runs: int) -> None:
        """Return once so many runs are completed."""
        wait_for(f"{runs} runs", lambda: read_progress(self.database, batch).completed >= runs)


@contextmanager
def worker(
    database: str, broker: str, directory: Path, until: str = "worker started", **settings: Any
) -> Iterator[WorkerProcess]:
    """Run a worker for the time of a block, which begins when it has logged an event.

    Settings are named as in `Settings`.
    """
    chosen = {f"BINGOSIM_{name.upper()}": str(value) for name, value in settings.items()}
    environment = {
        **os.environ,
        "BINGOSIM_DATABASE_URL": database,
        "BINGOSIM_BROKER_URL": broker,
        "BINGOSIM_LOG_FORMAT": "json",
        "BINGOSIM_WORKER_THREADS": "1",
        **chosen,
    }
    directory.mkdir(exist_ok=True)
    file = directory / f"worker-{len(list(directory.iterdir()))}.log"
    with file.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bingosim", "worker"],
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    running = WorkerProcess(process, file)
    try:
        running.wait_for_line(until)
        yield running
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
