"""The claims that a process is executing, and keeping them alive meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import TYPE_CHECKING

from bingosim.batch.folding import Folder
from bingosim.storage.claims import LEASE_SECONDS, extend_lease
from bingosim.storage.states import BatchStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from bingosim.batch.execute import Executor
    from bingosim.storage.claims import Claim
    from bingosim.storage.settling import Settled

BEAT_SECONDS = 1.0
"""Between looks at claims and batch: a pause or cancel from elsewhere is heard within 2 s."""


@dataclass(slots=True)
class Held:
    """A claim that is being executed.

    Attributes:
        claim: The claim.
        stopped: Set when its execution is to end.
        played: How many of its runs are played.
        since: When it began, by this process's clock.
    """

    claim: Claim
    stopped: Event = field(default_factory=Event)
    played: int = 0
    since: float = field(default_factory=time.monotonic)

    def note(self, played: int) -> None:
        """Take in how far it is."""
        self.played = played


@dataclass(slots=True)
class HeldClaims:
    """Executes claims, and extends their leases as long as it does; safe in several threads.

    Attributes:
        executor: Executes them.
        lease_seconds: How long they live without a heartbeat.
        folder: Is told of what is settled.
    """

    executor: Executor
    lease_seconds: float = LEASE_SECONDS
    folder: Folder = field(init=False)
    _held: dict[UUID, Held] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.folder = Folder(self.executor.database, self.executor.codec.arithmetic.merge)

    def execute(self, claim: Claim, stop: Callable[[], bool]) -> Settled | None:
        """Execute a claim until it is done, `stop` says so, or a beat finds that it must end."""
        held = Held(claim)
        with self._lock:
            self._held[claim.token] = held
        try:
            return self.executor.execute(claim, lambda: held.stopped.is_set() or stop(), held.note)
        finally:
            with self._lock:
                del self._held[claim.token]

    def beat(self) -> None:
        """Extend all leases; stop claims that were taken away, or whose batch is to rest.

        Raises:
            DatabaseError: It cannot be reached; the claims are kept.
        """
        for held in self.now():
            status = extend_lease(
                self.executor.database, held.claim, self.lease_seconds, held.played
            )
            if status is not BatchStatus.RUNNING:
                held.stopped.set()

    def now(self) -> list[Held]:
        """Return the claims that are being executed."""
        with self._lock:
            return list(self._held.values())

    def __bool__(self) -> bool:
        return bool(self._held)

    @property
    def beat_seconds(self) -> float:
        """Between two beats: often enough for a lease, and to hear of a pause in time."""
        return min(BEAT_SECONDS, self.lease_seconds / 4)
