"""Workers to be killed, held and stopped; all waiting is bounded, and for what they do."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bingosim.storage.postgresql import CONNECTING
from tests.chaos.distributed.nursery import LONGEST

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PATIENCE = 120.0
"""Seconds after which what was waited for will not come, however busy the machine is."""
LOOK_SECONDS = 0.02
"""Between looks at what says nothing by itself."""
QUICK: Mapping[str, object] = {
    "worker.keeping.ANNOUNCE_SECONDS": 0.5,
    "worker.keeping.RESCUE_SECONDS": 0.2,
    "worker.keeping.REPORT_SECONDS": 1.0,
    "worker.process.RECONNECT_SECONDS": 0.2,
    "worker.handler.LATER_SECONDS": 0.3,
    "batch.patience.LONGEST_PAUSE": 0.4,
    "batch.folding.MOST_PARTS": 3,
    "messaging.publisher.POLL_SECONDS": 0.2,
    "messaging.publisher.FULL_SECONDS": 0.05,
    "messaging.publisher.LONGEST_PAUSE": 0.5,
    "messaging.publisher.CONFIRM_SECONDS": 3.0,
    "messaging.broker.CONNECT_SECONDS": 5.0,
    "storage.outbox.PUBLISHING_SECONDS": 4.0,
    "storage.postgresql.CONNECTING": {**CONNECTING, "connect_timeout": 3},
    "storage.postgresql.IDLE_SECONDS": 2.0,
}
"""What in a worker takes seconds, so short that outages of seconds are long ones."""
LEASE_SECONDS = 2.0


def wait_for(what: str, condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Return what a condition says once it holds.

    Raises:
        AssertionError: It does not hold in time.
    """
    until = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > until:
            raise AssertionError(f"{what} did not happen within {seconds:g} s")
        time.sleep(LOOK_SECONDS)
    return found


class Point(NamedTuple):
    """A point of a worker, and what it does to itself there: `kill`, `stop` or `hold`."""

    name: str
    number: int = 1
    act: str = "kill"


@dataclass(slots=True)
class ForkedWorker:
    """A worker's process.

    Attributes:
        pid: Its number; its own until it was waited for.
        line: What it says where it is held.
        file: What it logs.
        status: How it ended; None as long as that is not known.
    """

    pid: int
    line: socket.socket
    file: Path
    nursery: Nursery
    pidfd: int
    status: int | None = None

    def lines(self, event: str | None = None) -> list[dict[str, Any]]:
        """Return what was logged, of one event if wanted."""
        whole = self.file.read_text().rpartition("\n")[0].splitlines()
        logged = [json.loads(line) for line in whole if line.startswith("{")]
        return [line for line in logged if event in (None, line["event"])]

    def wait_for_line(self, event: str) -> dict[str, Any]:
        """Return the first line of an event, once it is there."""

        def first() -> dict[str, Any] | None:
            found = next(iter(self.lines(event)), None)
            if found is None and self.has_ended():
                raise AssertionError(f"the worker ended without {event!r}")
            return found

        line: dict[str, Any] = wait_for(f"{event!r} in the log", first)
        return line

    def wait_until_held(self) -> str:
        """Wait until it holds itself; return where."""
        self.line.settimeout(PATIENCE)
        data = self.line.recv(LONGEST)
        if not data:
            raise AssertionError("it ended and was not held")
        return str(json.loads(data)["held"])

    def let_go(self) -> None:
        """Let it go on after it was held."""
        self.line.sendall(b"go on")

    def send(self, number: signal.Signals) -> None:
        """Send a signal to it and to nobody else."""
        if self.status is None:
            signal.pidfd_send_signal(self.pidfd, number)

    def wait_until_stopped(self) -> None:
        """Wait until a signal has stopped all of it."""
        stat = Path(f"/proc/{self.pid}/stat")
        wait_for("a stop", lambda: stat.read_text().rpartition(")")[2].split()[0] == "T")

    def has_ended(self) -> bool:
        """Return whether it has ended."""
        return self.status is not None or bool(select.select([self.pidfd], [], [], 0)[0])

    def wait(self) -> int:
        """Wait for its end; return its exit code, or the signal that killed it, negative."""
        if self.status is None:
            if not select.select([self.pidfd], [], [], PATIENCE)[0]:
                raise AssertionError("the worker does not end")
            self.status = self.nursery.reap(self)
            self.line.close()
            os.close(self.pidfd)
        return self.status

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.send(how)
        return self.wait()


@dataclass(slots=True)
class Nursery:
    """The process that workers are forked from."""

    _control: socket.socket = field(init=False)
    _process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-m", "tests.chaos.distributed.nursery", str(theirs.fileno())]
        root = Path(__file__).parents[3]
        with theirs:
            self._process = subprocess.Popen(command, cwd=root, pass_fds=[theirs.fileno()])
        self._hear()

    def start(
        self,
        file: Path,
        settings: Mapping[str, object],
        *,
        point: Point | None = None,
        host: str = "",
        figures: Mapping[str, object] | None = None,
        runs: Mapping[int, str] | None = None,
        pool_seconds: float | None = None,
    ) -> ForkedWorker:
        """Start a worker.

        Args:
            file: Where it logs to.
            settings: As in `Settings`.
            point: Where it does something to itself.
            host: Whose it pretends to be, so that others do not see it end.
            figures: Constants that are others in it than in `QUICK`.
            runs: What these runs do whenever they are executed: `kill`, `fail` or `spoil`.
            pool_seconds: How long a connection of the pool is waited for.
        """
        chosen = {"log_format": "json", "worker_threads": 1, "db_pool_size": 2}
        chosen |= {"lease_seconds": LEASE_SECONDS, "grace_seconds": 1}
        told = {
            "environment": {
                f"BINGOSIM_{name.upper()}": str(value)
                for name, value in {**chosen, **settings}.items()
            },
            "point": point._asdict() if point else {},
            "host": host,
            "figures": {**QUICK, **(figures or {})},
            "runs": runs or {},
            "pool_seconds": pool_seconds,
        }
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, file.open("ab") as log:
            passed = [theirs.fileno(), log.fileno()]
            socket.send_fds(self._control, [json.dumps(told).encode()], passed)
        pid = int(self._hear()["pid"])
        return ForkedWorker(pid, mine, file, self, os.pidfd_open(pid))

    def reap(self, worker: ForkedWorker) -> int:
        """Take a worker that has ended off the table of processes; return how it ended."""
        self._control.sendall(json.dumps({"reap": worker.pid}).encode())
        return int(self._hear()["status"])

    def close(self) -> None:
        """End it; its workers have ended."""
        self._control.close()
        self._process.wait(PATIENCE)

    def _hear(self) -> dict[str, Any]:
        self._control.settimeout(PATIENCE)
        data = self._control.recv(LONGEST)
        if not data:
            raise AssertionError("the nursery is gone")
        said: dict[str, Any] = json.loads(data)
        return said
