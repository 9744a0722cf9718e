"""How many runs a second the store claims and persists: `python -m benchmarks.store`.

One thread, no simulation, empty results. With `--url postgresql://...` it works in the database
that it names, which must be an empty one of its own; else in a file that is deleted at the end.
Figures are medians of rounds; ratios are to K = 10 of the same round.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from bingosim.event.file import as_snapshot, load_event
from bingosim.storage.aggregates import cancel_batch
from bingosim.storage.claims import Worker, claim_batch, waiting_messages
from bingosim.storage.creating import create_batch
from bingosim.storage.database import open_url
from bingosim.storage.ids import new_id
from bingosim.storage.migrate import upgrade
from bingosim.storage.settling import Outcome, Results, persist
from bingosim.storage.steering import delete_batch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from bingosim.event.snapshot import Snapshot
    from bingosim.storage.database import Database

SIZES = (10, 100, 500, 1000)
MESSAGES = 100
CREATED = 200_000
ROUNDS = 3
EVENT = Path(__file__).parents[1] / "examples" / "winter-bingo.yaml"
WORKER = Worker("benchmark:1:1", ("none",))


def new_batch(database: Database, snapshot: Snapshot, runs: int, size: int) -> UUID:
    """Create a batch of no engine."""
    return create_batch(
        database,
        snapshot,
        seed="benchmark",
        engine="none",
        engine_version="none",
        runs=runs,
        message_size=size,
    )


def nothing(_parts: Sequence[bytes]) -> bytes:
    """Merge empty aggregates."""
    return b""


def drop(database: Database, batch: UUID) -> None:
    """Delete a batch, outside of what is measured."""
    cancel_batch(database, batch, nothing)
    delete_batch(database, batch)


def claimed_and_persisted(database: Database, snapshot: Snapshot, size: int) -> tuple[float, float]:
    """Return the seconds that claiming, and persisting, take for each run."""
    batch = new_batch(database, snapshot, size * MESSAGES, size)
    claiming = persisting = 0.0
    for ids in waiting_messages(database, batch, MESSAGES):
        begun = perf_counter()
        claim = claim_batch(database, ids, WORKER, new_id())
        claiming += perf_counter() - begun
        if claim is None:
            raise AssertionError("nobody else claims here")
        begun = perf_counter()
        persist(database, claim, Outcome(Results(claim.indices, b"", b"")))
        persisting += perf_counter() - begun
    drop(database, batch)
    return claiming / (size * MESSAGES), persisting / (size * MESSAGES)


def created(database: Database, snapshot: Snapshot) -> float:
    """Return the seconds that creating a run takes."""
    begun = perf_counter()
    batch = new_batch(database, snapshot, CREATED, 500)
    seconds = perf_counter() - begun
    drop(database, batch)
    return seconds / CREATED


def measure(database: Database) -> None:
    """Measure and print."""
    snapshot = as_snapshot(load_event(EVENT))
    claimed_and_persisted(database, snapshot, 10)  # connections and plans are made
    creating = median(created(database, snapshot) for _ in range(ROUNDS))
    print(f"create: {1 / creating:,.0f} runs/s")
    rounds = [
        {size: claimed_and_persisted(database, snapshot, size) for size in SIZES}
        for _ in range(ROUNDS)
    ]
    print(f"{'K':>5}{'claim':>12}{'persist':>12}{'together':>12}{'ratio':>8}")
    for size in SIZES:
        claim, store = (median(part[size][step] for part in rounds) for step in (0, 1))
        ratio = median(sum(part[10]) / sum(part[size]) for part in rounds)
        together = 1 / (claim + store)
        print(f"{size:>5}{1 / claim:>12,.0f}{1 / store:>12,.0f}{together:>12,.0f}{ratio:>8.1f}")


def main() -> None:
    """Measure the database that is named, or an embedded one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="an empty database of its own")
    url = parser.parse_args().url
    with tempfile.TemporaryDirectory() as directory:
        database = open_url(url or f"sqlite:///{directory}/benchmark.db")
        upgrade(database)
        measure(database)
        database.close()


if __name__ == "__main__":
    main()
