"""Processes to be killed, held and stopped; all waiting is for what they say, and is bounded."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.chaos.server import LONGEST

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = 60.0
"""Within which a child says something; it takes milliseconds."""
START_SECONDS = 240.0
"""Within which the server is ready: it may have to compile the engine."""


class Moment(NamedTuple):
    """A moment at which a child is killed, by itself, or held."""

    name: str
    number: int = 1
    kill: bool = True


class Outcome(NamedTuple):
    """What came of a child.

    Attributes:
        done: What its job returned; None if it did not come to its end.
        passed: How many moments of each name passed in a job that was done.
        error: Class and text of the error of BingoSim's that ended it.
        killed: Whether it was killed.
    """

    done: str | None
    passed: Mapping[str, int]
    error: tuple[str, str] | None
    killed: bool


@dataclass(slots=True)
class Child:
    """A process that does one job."""

    pid: int
    line: socket.socket
    server: Server
    begun: float = 0.0
    last: dict[str, Any] = field(default_factory=dict)

    def hear(self, seconds: float = SECONDS) -> dict[str, Any] | None:
        """Return what it says next; None if it is gone.

        Raises:
            TimeoutError: It says nothing.
        """
        self.line.settimeout(seconds)
        try:
            data = self.line.recv(LONGEST)
        except ConnectionResetError:
            data = b""
        said: dict[str, Any] | None = json.loads(data) if data else None
        if said is not None:
            self.last = said
        return said

    def wait_until_held(self) -> str:
        """Wait until it is held; return where."""
        said = self.hear()
        if said is None or "held" not in said:
            raise AssertionError(f"it was not held: {said}")
        return str(said["held"])

    def let_go(self) -> None:
        """Let it go on after it was held."""
        self.line.sendall(b"go on")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; the pid is its own until `end` has waited for it."""
        os.kill(self.pid, number)

    def hear_or_wait(self, seconds: float) -> bool:
        """Wait so long since it began, or until it says something; return whether it did."""
        try:
            self.hear(max(1e-4, self.begun + seconds - perf_counter()))
        except TimeoutError:
            return False
        return True

    def kill_after(self, seconds: float) -> None:
        """Kill it so long after it began, if it has not come to its end by then."""
        if not self.hear_or_wait(seconds):
            self.signal(signal.SIGKILL)

    def wait_until_stopped(self) -> None:
        """Wait until a signal has stopped it."""
        self.server.ask("stopped", self)

    def wait_until_dead(self) -> None:
        """Wait until it has ended, and leave its entry in the table of processes."""
        self.server.ask("dead", self)

    def end(self) -> Outcome:
        """Wait for its end.

        Raises:
            AssertionError: Something else than an error of BingoSim's ended it.
        """
        while self.hear() is not None:
            pass
        status = self.server.reap(self)
        if "defect" in self.last:
            raise AssertionError(self.last["defect"])
        error = (self.last["error"], self.last["message"]) if "error" in self.last else None
        killed = status == -signal.SIGKILL
        if not killed and error is None and "done" not in self.last:
            raise AssertionError(f"it ended with {status} and said nothing")
        return Outcome(self.last.get("done"), self.last.get("passed", {}), error, killed)


class Server:
    """The process that children are forked from."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._children: dict[int, Child] = {}
        command = [sys.executable, "-m", "tests.chaos.server", str(theirs.fileno())]
        root = Path(__file__).parents[2]
        self._process = subprocess.Popen(command, cwd=root, pass_fds=[theirs.fileno()])
        theirs.close()
        self._hear(START_SECONDS)

    def start(
        self,
        job: str,
        *,
        moment: Moment | None = None,
        limits: Mapping[str, float] | None = None,
        user: int | None = None,
        **arguments: Any,
    ) -> Child:
        """Start a job in a process of its own.

        Args:
            job: Its name, one of `jobs.JOBS`.
            moment: When it is killed or held.
            limits: What it has to make do with, from `jobs.LIMITS`.
            user: Number of the user and group that it is to be.
            arguments: Of the job.
        """
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        told = {
            "job": f"do_{job}",
            "moment": moment._asdict() if moment is not None else {},
            "limits": dict(limits or {}),
            "user": user,
            "arguments": arguments,
        }
        with theirs:
            socket.send_fds(self._control, [json.dumps(told).encode()], [theirs.fileno()])
        child = Child(self._hear()["pid"], mine, self)
        self._children[child.pid] = child
        child.hear()
        child.begun = perf_counter()
        return child

    def do(self, job: str, **arguments: Any) -> Outcome:
        """Start a job and wait for its end."""
        return self.start(job, **arguments).end()

    def reap(self, child: Child) -> int:
        """Wait until a child that is gone is gone from the process table too; return its status."""
        del self._children[child.pid]
        child.line.close()
        return self.ask("ended", child)

    def ask(self, what: str, child: Child) -> int:
        """Wait until a child is stopped, dead or ended; return its status."""
        self._control.sendall(json.dumps({"wait": what, "pid": child.pid}).encode())
        return int(self._hear()["status"])

    def end_children(self) -> None:
        """End the children that a failed test left behind, stopped ones too."""
        for child in list(self._children.values()):
            child.signal(signal.SIGKILL)
            self.reap(child)

    def close(self) -> None:
        """End it."""
        self.end_children()
        self._control.close()
        self._process.wait(SECONDS)

    def _hear(self, seconds: float = SECONDS) -> dict[str, Any]:
        self._control.settimeout(seconds)
        data = self._control.recv(LONGEST)
        if not data:
            raise AssertionError("the server of children is gone")
        said: dict[str, Any] = json.loads(data)
        return said
