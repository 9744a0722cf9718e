"""Who works on what, read once for all who look."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from bingosim.storage.operations import PERIOD_SECONDS, Work, read_work
from bingosim.storage.states import BatchStatus
from bingosim.storage.workers import SeenWorker, list_workers

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.batch.background import Background
    from bingosim.messaging.publisher import Publisher
    from bingosim.messaging.publishing import Publishing
    from bingosim.storage.database import Database
    from bingosim.storage.workers import HeldRuns

LEAST_SECONDS = 1.0
"""Between looks of pages that stay open."""
SHARE = 0.04
"""Of a core, that these may take, however many are open."""


class Held(NamedTuple):
    """What a process works on of one batch; the name is None where it is not at hand."""

    batch: UUID
    name: str | None
    claims: int
    runs: int
    played: int


class Queue(NamedTuple):
    """What the broker held when it was last looked at, and whether it answers now."""

    reached: bool
    depth: int
    dead_letters: int

    @classmethod
    def of(cls, publisher: Publisher) -> Queue:
        """Return what a publisher saw."""
        return cls(publisher.reached, publisher.depth, publisher.dead_letters)


@dataclass(frozen=True, slots=True)
class Operations:
    """Who works on what.

    Attributes:
        workers: Workers, and other processes that hold claims.
        here: What claims call the process that executes for this server.
        work: How the work of all batches stands.
        queue: What the broker holds; None where there is none.
    """

    workers: list[SeenWorker]
    here: str | None
    work: Work
    queue: Queue | None

    @property
    def claims(self) -> list[HeldRuns]:
        """All claims."""
        return [claim for worker in self.workers for claim in worker.claims]

    @property
    def alive(self) -> list[SeenWorker]:
        """Workers of the broker that gave a sign of life lately."""
        return [one for one in self.workers if one.process is not None and one.alive]

    @property
    def abandoned(self) -> int:
        """How many running forecasts wait for workers though none is alive."""
        waiting = (one for one in self.work.open if one.status is BatchStatus.RUNNING)
        return 0 if self.alive else sum(one.distributed for one in waiting)

    def held_by(self, worker: SeenWorker) -> list[Held]:
        """Return what a process works on, batch by batch."""
        names = {batch.id: batch.name for batch in self.work.open}
        held: dict[UUID, Held] = {}
        for claim in worker.claims:
            before = held.get(claim.batch, Held(claim.batch, names.get(claim.batch), 0, 0, 0))
            held[claim.batch] = before._replace(
                claims=before.claims + 1,
                runs=before.runs + claim.runs,
                played=before.played + claim.played,
            )
        return list(held.values())

    @property
    def runs_per_second(self) -> float:
        """Runs whose results were kept in the last minute, a second."""
        return sum(self.work.kept) / (PERIOD_SECONDS * len(self.work.kept))


def place_of(worker: str) -> tuple[str, int]:
    """Return host and pid of a process, from what its claims call it (`batch.rescue`)."""
    host, pid, _ = worker.rsplit(":", 2)
    return host.split("/")[0], int(pid)


@dataclass(slots=True)
class Overview:
    """Looks at the work, and not again so soon that looking would cost anybody speed.

    Attributes:
        database: Where.
        background: The process that executes for this server.
        publishing: What brings messages to the broker; None where there is none.
    """

    database: Database
    background: Background
    publishing: Publishing | None = None
    _found: Operations | None = None
    _until: float = 0.0
    _looking: Lock = field(default_factory=Lock)

    def look(self, *, fresh: bool = True) -> Operations:
        """Return who works on what; as of a moment ago, if that is as good."""
        with self._looking:
            begun = time.monotonic()
            if self._found is None or fresh or begun >= self._until:
                self._found = Operations(
                    list_workers(self.database),
                    self.background.name,
                    read_work(self.database),
                    None if self.publishing is None else Queue.of(self.publishing.publisher),
                )
                now = time.monotonic()
                self._until = now + max(LEAST_SECONDS, (now - begun) / SHARE)
            return self._found
