"""What the store's statements do by themselves: create, claim and persist."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from bingosim.storage.aggregates import cancel_batch
from bingosim.storage.claims import Worker, claim_batch, waiting_messages
from bingosim.storage.creating import create_batch
from bingosim.storage.ids import new_id
from bingosim.storage.settling import Outcome, Results, persist
from bingosim.storage.steering import delete_batch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from bingosim.event.snapshot import Snapshot
    from bingosim.storage.database import Database

WORKER = Worker("bench:1:1", ("none",))


class Statements(NamedTuple):
    """Seconds for each run."""

    claim: float
    persist: float

    @property
    def together(self) -> float:
        """Both."""
        return self.claim + self.persist


def new_batch(database: Database, snapshot: Snapshot, runs: int, size: int) -> UUID:
    """Create a batch of no engine."""
    return create_batch(
        database,
        snapshot,
        seed="bench",
        engine="none",
        engine_version="none",
        runs=runs,
        message_size=size,
    )


def drop(database: Database, batch: UUID) -> None:
    """Delete a batch, outside of what is measured."""
    cancel_batch(database, batch, _nothing)
    delete_batch(database, batch)


def measure_statements(
    database: Database,
    snapshot: Snapshot,
    size: int,
    messages: int,
    payload: bytes = b"",
    partial: bytes = b"",
) -> Statements:
    """Claim messages of one size, one after the other, and persist the same results of each."""
    batch = new_batch(database, snapshot, size * messages, size)
    claiming = persisting = 0.0
    for ids in waiting_messages(database, batch, messages):
        begun = perf_counter()
        claim = claim_batch(database, ids, WORKER, new_id())
        claiming += perf_counter() - begun
        if claim is None:
            raise AssertionError("nobody else claims here")
        begun = perf_counter()
        persist(database, claim, Outcome(Results(claim.indices, payload, partial)))
        persisting += perf_counter() - begun
    drop(database, batch)
    return Statements(claiming / (size * messages), persisting / (size * messages))


def measure_creating(database: Database, snapshot: Snapshot, runs: int) -> float:
    """Return how many runs a second are created."""
    begun = perf_counter()
    batch = new_batch(database, snapshot, runs, 500)
    seconds = perf_counter() - begun
    drop(database, batch)
    return runs / seconds


def _nothing(_parts: Sequence[bytes]) -> bytes:
    """Merge empty aggregates."""
    return b""
