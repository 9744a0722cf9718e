"""Submitting: an event becomes a batch whose runs wait to be executed."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Literal

import numpy as np

from bingosim.aggregates import most_runs
from bingosim.engines import DEFAULT_ENGINE, check_seed, engine_version, prepare
from bingosim.errors import InputError, OtherEngineError
from bingosim.event.file import as_snapshot
from bingosim.payloads.timelines import Timelines
from bingosim.simulation import DEFAULT_RUNS, DEFAULT_SEED, check_runs
from bingosim.storage.batches import read_batch, read_snapshot
from bingosim.storage.creating import create_batch, extend_batch
from bingosim.storage.workers import count_crew

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.engines import Play
    from bingosim.event.model import Event
    from bingosim.event.snapshot import Snapshot
    from bingosim.precision import Precision
    from bingosim.storage.database import Database
    from bingosim.storage.requests import StartRequest

SMALLEST_AUTO, LARGEST_AUTO = 50, 1000
"""Runs of a message that `auto` may choose."""
MESSAGES_PER_WORKER = 10
"""At least so many, so that workers end at about the same time."""
MESSAGE_SECONDS = 1.0
"""What a message should take: long against its cost, short against a lease, and against a batch, at
whose end others wait for the last message."""
LONGEST_NAME = 120
"""Characters."""
TRIED_SECONDS, MOST_TRIED = 0.05, 64
"""So long, and so many runs at most, are played to see what a run takes."""


def submit(
    database: Database,
    event: Event | Snapshot,
    runs: int = DEFAULT_RUNS,
    seed: str = DEFAULT_SEED,
    *,
    precision: Precision | None = None,
    engine: str = DEFAULT_ENGINE,
    message_size: Literal["auto"] | int = "auto",
    workers: int | None = None,
    name: str | None = None,
    timelines: Timelines = Timelines.ALL,
    distributed: bool = False,
    request: StartRequest | None = None,
) -> UUID:
    """Store a batch, ready to be executed.

    Args:
        database: Where.
        event: An event, or a snapshot of one.
        runs: How many runs; a precision has its own numbers of them.
        seed: Any text; equal seeds give equal results.
        precision: End at a look at which every team's chance to win is known so precisely.
        engine: Name of the engine.
        message_size: Runs in one message; it changes no result.
        workers: How many threads will share the work; `auto` regards it. By default those of all
            workers that are alive, if it is for workers, and one if it is not, or none is alive.
        name: A name for people, the event's by default.
        timelines: Of which runs the times of tiles are kept.
        distributed: Whether workers execute it, by way of a broker.
        request: What asked for it: if that has started a batch before, it is that one.

    Raises:
        InputError: An argument is out of its range, or the event cannot be simulated.
    """
    snapshot = as_snapshot(event)
    version = engine_version(engine)
    most = runs if precision is None else precision.max_runs
    check_runs(snapshot, most)
    check_seed(seed)
    if name is not None and not (name.strip() and name.isprintable() and len(name) <= LONGEST_NAME):
        raise InputError(f"a name must be one line of 1 to {LONGEST_NAME} characters")
    play = prepare(snapshot, seed, engine)  # what cannot be simulated is refused here
    if message_size == "auto":
        if workers is None:
            workers = count_crew(database).threads if distributed else 1
        message_size = choose_message_size(most, workers, time_a_run(play))
    return create_batch(
        database,
        snapshot,
        seed=seed,
        engine=engine,
        engine_version=version,
        runs=runs if precision is None else precision.looks[0],
        message_size=message_size,
        name=name,
        timelines=timelines,
        precision=precision,
        distributed=distributed,
        request=request,
    )


def check_distributed(database: Database) -> None:
    """Refuse to have workers execute a batch that they cannot reach.

    Raises:
        InputError: The database is a file.
    """
    if database.is_sqlite:
        raise InputError(
            f"workers cannot share {database}: BINGOSIM_DATABASE_URL must name a PostgreSQL "
            "database"
        )


def extend(database: Database, batch: UUID, more: int) -> range:
    """Add runs to a batch; return their indices.

    Raises:
        InputError: There is no such batch, it cannot be extended, or not by so many.
    """
    found = read_batch(database, batch)
    most = most_runs(read_snapshot(database, found.snapshot_sha256)) - found.runs
    if not 1 <= more <= most:
        raise InputError(f"batch {batch} can be extended by 1 to {most:,} runs, got {more:,}")
    return extend_batch(database, batch, more)


def check_executable(database: Database, batch: UUID) -> None:
    """Refuse a batch that this process cannot execute, before anything is done to it.

    Otherwise every run of it would fail for the same reason, as often as it may.

    Raises:
        InputError: There is no such batch, or a user's own strategy is not to be found here, or
            not what it was.
        OtherEngineError: It belongs to another engine.
    """
    found = read_batch(database, batch)
    here = engine_version(found.engine)
    if found.engine_version != here:
        raise OtherEngineError(batch, found.engine_version, [here])
    snapshot = read_snapshot(database, found.snapshot_sha256)
    if all(team.strategy_sha256 is None for team in snapshot.teams):
        return  # what is built in is part of the engine
    try:
        prepare(snapshot, found.seed, found.engine)
    except InputError as error:
        raise InputError(f"batch {batch} cannot be executed here: {error}") from None


def time_a_run(play: Play) -> float | None:
    """Return the seconds that a run takes on one thread; None if that cannot be told.

    The runs that are played for it are the batch's own first ones, and are forgotten.
    """
    size, seconds = 1, 0.0
    while seconds < TRIED_SECONDS and size <= MOST_TRIED:
        begun = perf_counter()
        try:
            play(np.arange(size, dtype=np.int64))
        except Exception:  # noqa: BLE001 - the run will fail again, and then it is counted and told
            return None
        seconds = perf_counter() - begun
        size *= 4
    return seconds / (size // 4)


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
