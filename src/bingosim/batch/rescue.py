"""Looking for workers that vanished and for batches that nobody has ended."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bingosim.errors import ExecutionError
from bingosim.storage.aggregates import ending_batches, finalize
from bingosim.storage.claims import LEASE_SECONDS, list_leases
from bingosim.storage.settling import MAX_ATTEMPTS, expire

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from bingosim.storage.aggregates import Arithmetic
    from bingosim.storage.database import Database


def process_name(pid: int | None = None) -> str:
    """Return a name for a process, this one by default: host, pid and when it started.

    A pid is given again to another process one day, hence the start.
    """
    pid = os.getpid() if pid is None else pid
    return f"{_host()}:{pid}:{_started(pid) or 0}"


def _host() -> str:
    """Name what pids are unique in: containers may share the name of their host, not its pids."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii")[:8]
        pids = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return socket.gethostname()
    return f"{socket.gethostname()}/{boot}-{pids:x}"


def is_gone(worker: str) -> bool:
    """Return whether a worker's process is known to have ended: it was in reach, and is not."""
    host, pid, started = worker.rsplit(":", 2)
    if host != _host():
        return False
    now = _started(int(pid))
    if now is None or started == "0":  # there is no /proc, or it hides the processes of others
        return not _exists(int(pid))
    return now != int(started)


def _exists(pid: int) -> bool:
    if os.name != "posix":  # elsewhere the same call ends the process
        return True
    try:
        os.kill(pid, 0)  # sends nothing
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _started(pid: int) -> int | None:
    """Return when a process started, in ticks since the host did; None if that cannot be told.

    Of one that has ended and was not waited for by its parent, 0: in containers often nobody does.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    # The third field and the 22nd; the second is a name in brackets that may hold anything.
    rest = text.rpartition(")")[2].split()
    return 0 if rest[0] in "ZX" else int(rest[19])


def executed_by(database: Database, batch: UUID) -> list[str]:
    """Return the names of the processes that work on a batch, as far as that can be told."""
    leases = list_leases(database)
    alive = {
        lease.worker
        for lease in leases
        if lease.batch == batch and not lease.expired and not is_gone(lease.worker)
    }
    return sorted(alive)


@dataclass(slots=True)
class Rescuer:
    """Takes claims from workers that vanished, and ends batches that have no run left.

    It expires no lease until it has itself seen the database for one full lease: after an outage no
    worker could send its heartbeats, and none of them is dead for that.

    Attributes:
        database: Where.
        arithmetic: What is done with aggregates.
        lease_seconds: The lease of the workers.
        max_attempts: Deaths after which a run is failed for good.
        clock: Seconds, of this process only.
    """

    database: Database
    arithmetic: Arithmetic
    lease_seconds: float = LEASE_SECONDS
    max_attempts: int = MAX_ATTEMPTS
    clock: Callable[[], float] = time.monotonic
    _first: float | None = field(default=None, init=False)
    _last: float = field(default=0.0, init=False)

    def look(self) -> int:
        """Rescue what there is to rescue. Return how many claims were taken away."""
        begun = self.clock()
        try:
            leases = list_leases(self.database)
        except ExecutionError:
            self._first = None
            raise
        # Having been stopped for long is as good as an outage.
        if self._first is None or begun - self._last > self.lease_seconds / 2:
            self._first = begun
        self._last = begun
        patient = begun - self._first >= self.lease_seconds
        taken = 0
        for lease in leases:
            gone = is_gone(lease.worker)
            if gone or (lease.expired and patient):
                settled = expire(
                    self.database, lease, known_dead=gone, max_attempts=self.max_attempts
                )
                taken += settled is not None
        for batch in ending_batches(self.database):
            finalize(self.database, batch, self.arithmetic)
        return taken
