"""How long `batch show` reads in a batch of 1,000,000 runs: `python -m benchmarks.show`.

The batch is half done, and as many partial aggregates wait to be folded as ever may. Everything is
asked for as `batch show` and its page do: the batch, its progress, its aggregate with the parts not
folded yet, the claims, and the next messages. Results are those of winter-bingo. With `--url` it
works in the empty database that it names. Figures are medians, in milliseconds.
"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from bingosim.batch import folding
from bingosim.batch.codec import ARITHMETIC, CODEC
from bingosim.bench.measure import in_turn, seconds_of
from bingosim.bench.modes import replayed
from bingosim.bench.statements import WORKER, drop, new_batch
from bingosim.event.file import as_snapshot, load_event
from bingosim.simulation import simulate
from bingosim.storage.aggregates import fold, read_aggregate
from bingosim.storage.batches import read_batch, read_progress
from bingosim.storage.claims import claim_batch, list_leases, waiting_messages
from bingosim.storage.database import open_url
from bingosim.storage.ids import new_id
from bingosim.storage.migrate import upgrade
from bingosim.storage.settling import Outcome, Results, persist

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from bingosim.event.snapshot import Snapshot
    from bingosim.results import RunResults
    from bingosim.storage.database import Database

RUNS = 1_000_000
SIZES = (50, 100, 1000)
ROUNDS = 7
POOL = 20_000
EVENT = Path(__file__).parents[1] / "examples" / "winter-bingo.yaml"


def encoded(snapshot: Snapshot, pool: RunResults, size: int) -> list[bytes]:
    """Return what some messages of one size add to the aggregate."""
    play = replayed(pool)(snapshot, "", "jump")
    firsts = range(0, len(pool), max(size, len(pool) // 200))
    return [CODEC.partial(play(np.arange(at, at + size)), snapshot) for at in firsts]


def half_done(database: Database, snapshot: Snapshot, parts: list[bytes], size: int) -> UUID:
    """Make a batch of which half is done, the last parts not folded and two messages claimed."""
    batch = new_batch(database, snapshot, RUNS, size)
    unfolded = min(folding.MOST_PARTS, -(-folding.MOST_RUNS // size)) - 1
    left = RUNS // size // 2
    while left:
        for ids in waiting_messages(database, batch, min(left, 400)):
            claim = claim_batch(database, ids, WORKER, new_id())
            if claim is None:
                raise AssertionError("nobody else claims here")
            results = Results(claim.indices, b"", parts[left % len(parts)])
            persist(database, claim, Outcome(results))
            left -= 1
            if left == unfolded:
                while fold(database, batch, ARITHMETIC.merge):
                    pass
    for ids in waiting_messages(database, batch, 2):
        claim_batch(database, ids, WORKER, new_id())
    return batch


def reads(database: Database, batch: UUID) -> dict[str, Callable[[], object]]:
    """Return what is asked for."""
    return {
        "batch": partial(read_batch, database, batch),
        "progress": partial(read_progress, database, batch),
        "aggregate": partial(read_aggregate, database, batch, ARITHMETIC.merge),
        "claims": partial(list_leases, database),
        "messages": partial(waiting_messages, database, batch),
    }


def measure(database: Database, snapshot: Snapshot, pool: RunResults) -> None:
    """Measure and print."""
    print(
        f"{'K':>5}{'done':>9}", *(f"{name:>10}" for name in reads(database, new_id())), "       all"
    )
    for size in SIZES:
        batch = half_done(database, snapshot, encoded(snapshot, pool, size), size)
        asked = {name: seconds_of(read) for name, read in reads(database, batch).items()}
        for read in asked.values():
            read()
        measured = in_turn(asked, ROUNDS)
        times = [1e3 * median(each) for each in measured.values()]
        all_of_it = 1e3 * median(map(sum, zip(*measured.values(), strict=True)))
        done = read_progress(database, batch).completed
        print(f"{size:>5}{done:>9,}", *(f"{ms:10.1f}" for ms in (*times, all_of_it)))
        drop(database, batch)


def main() -> None:
    """Measure the database that is named, or an embedded one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="an empty database of its own")
    snapshot = as_snapshot(load_event(EVENT))
    url = parser.parse_args().url
    pool = simulate(snapshot, POOL, "benchmark", keep=True).results
    with tempfile.TemporaryDirectory() as directory:
        database = open_url(url or f"sqlite:///{directory}/benchmark.db")
        upgrade(database)
        measure(database, snapshot, pool)
        database.close()


if __name__ == "__main__":
    main()
