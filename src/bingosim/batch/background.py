"""Having batches executed in the background, by a process that is started anew when it dies."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from bingosim.batch.rescue import process_name

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.batch.attendant import Orders

PROGRAM = "bingosim.batch.attendant"
STOP_SECONDS = 15.0
"""How long it may take to hand back what it has, before it is ended by force."""
PAUSE_SECONDS = (1.0, 2.0, 5.0, 15.0, 30.0)
"""Before the process is started anew, after one death, two, ..."""
HEALTHY_SECONDS = 60.0
"""A process that lived so long did not die of its start."""


@dataclass(slots=True)
class Background:
    """The process that executes batches, as long as this object is started.

    Attributes:
        orders: How it works.
    """

    orders: Orders
    _process: subprocess.Popen[str] | None = None
    _lock: Lock = field(default_factory=Lock)
    _stopped: Event = field(default_factory=Event)
    _watcher: Thread | None = None

    def start(self) -> None:
        """Start the process, and watch over it."""
        self._stopped.clear()
        self._launch()
        self._watcher = Thread(target=self._watch, name="background", daemon=True)
        self._watcher.start()

    def begin(self, batch: UUID) -> None:
        """Have a batch begun at once; without this it is found within some seconds."""
        with self._lock, suppress(OSError, ValueError):
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.write(f"{batch}\n")
                self._process.stdin.flush()

    def stop(self) -> None:
        """Have the process keep what is finished, hand back the rest, and end."""
        self._stopped.set()
        with self._lock:
            process = self._process
            if process is not None:
                _close(process)
        if process is not None:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()  # its claims are released by whoever looks next
                process.wait()
        if self._watcher is not None:
            self._watcher.join()

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def name(self) -> str | None:
        """What the process is called in claims; None before the start."""
        return None if self._process is None else process_name(self._process.pid)

    def _launch(self) -> None:
        with self._lock:
            if self._process is not None:
                _close(self._process)
            # Its own session: Ctrl-C in a terminal goes to all of a session's processes.
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, this package
                [sys.executable, "-m", PROGRAM],
                stdin=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            if self._process.stdin is not None:
                with suppress(OSError):
                    self._process.stdin.write(self.orders.to_line())
                    self._process.stdin.flush()

    def _watch(self) -> None:
        deaths = 0
        while self._process is not None:
            try:
                self._process.wait(HEALTHY_SECONDS)
            except subprocess.TimeoutExpired:
                deaths = 0
                continue
            if self._stopped.is_set():
                return
            pause = PAUSE_SECONDS[min(deaths, len(PAUSE_SECONDS) - 1)]
            deaths += 1
            if self._stopped.wait(pause):
                return
            self._launch()


def _close(process: subprocess.Popen[str]) -> None:
    """Close a process's input; what a dead one did not read is lost."""
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
