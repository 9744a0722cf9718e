"""Submitting: an event becomes a batch whose runs wait to be executed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from bingosim.aggregates import most_runs
from bingosim.engines import DEFAULT_ENGINE, engine_version, prepare
from bingosim.errors import InputError
from bingosim.event.file import as_snapshot
from bingosim.simulation import DEFAULT_RUNS, DEFAULT_SEED
from bingosim.storage.batches import create_batch

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.event.model import Event
    from bingosim.event.snapshot import Snapshot
    from bingosim.storage.database import Database

SMALLEST_AUTO, LARGEST_AUTO = 50, 1000
"""Runs of a message that `auto` may choose."""
MESSAGES_PER_WORKER = 10
"""At least so many, so that workers end at about the same time."""
MESSAGE_SECONDS = 4.0
"""What a message should take: long against its cost, short against a lease."""


def submit(
    database: Database,
    event: Event | Snapshot,
    runs: int = DEFAULT_RUNS,
    seed: str = DEFAULT_SEED,
    *,
    engine: str = DEFAULT_ENGINE,
    message_size: Literal["auto"] | int = "auto",
    workers: int = 1,
    name: str | None = None,
) -> UUID:
    """Store a batch, ready to be executed.

    Args:
        database: Where.
        event: An event, or a snapshot of one.
        runs: How many runs.
        seed: Any text; equal seeds give equal results.
        engine: Name of the engine.
        message_size: Runs in one message; it changes no result.
        workers: How many threads or workers will share the work; `auto` regards it.
        name: A name for people, the event's by default.

    Raises:
        InputError: An argument is out of its range, or the event cannot be simulated.
    """
    snapshot = as_snapshot(event)
    version = engine_version(engine)
    most = most_runs(snapshot)
    if not 1 <= runs <= most:
        raise InputError(f"runs must be from 1 to {most:,}, got {runs}")
    prepare(snapshot, seed, engine)  # what cannot be simulated is refused here, not by a worker
    size = choose_message_size(runs, workers) if message_size == "auto" else message_size
    return create_batch(
        database,
        snapshot,
        seed=seed,
        engine=engine,
        engine_version=version,
        runs=runs,
        message_size=size,
        name=name,
    )


def choose_message_size(runs: int, workers: int, seconds_per_run: float | None = None) -> int:
    """Return how many runs a message should hold.

    Args:
        runs: How many there are in all.
        workers: How many share them; each gets at least ten messages, where that leaves 50 runs.
        seconds_per_run: What a run takes, if that was measured; a message is worth some seconds.
    """
    size = runs // (max(1, workers) * MESSAGES_PER_WORKER)
    if seconds_per_run:
        size = min(size, int(MESSAGE_SECONDS / seconds_per_run))
    return max(SMALLEST_AUTO, min(size, LARGEST_AUTO))
