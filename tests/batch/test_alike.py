"""However a batch is executed, its aggregates are those of one simulation, bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bingosim import load, simulate
from bingosim.batch.codec import codec_of
from bingosim.batch.local import execute_batch
from bingosim.batch.submit import submit
from bingosim.event.snapshot import make_snapshot
from bingosim.payloads.aggregates import encode_aggregates, hash_of_aggregates
from bingosim.payloads.chunk import decode_chunk
from bingosim.results import COLUMNS, Shape, concatenate
from bingosim.storage.aggregates import read_aggregate
from bingosim.storage.batches import extend_batch
from bingosim.storage.states import BatchStatus
from bingosim.storage.tables import result_chunks

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.storage.database import Database

RUNS, SEED = 300, "alike"
EVENT = load(Path(__file__).parents[2] / "examples" / "tiny.yaml")
SNAPSHOT = make_snapshot(EVENT)
CODEC = codec_of(SNAPSHOT)


def executed(database: Database, batch: UUID, threads: int = 1, stop: Any = lambda: False) -> str:
    """Execute a batch; return the hash of its aggregates."""
    execute_batch(database, batch, CODEC, threads=threads, stop=stop)
    runs, blob = read_aggregate(database, batch, CODEC.merge)
    assert blob is not None
    return f"{runs} {hash_of_aggregates(blob)}"


def simulated(runs: int = RUNS) -> str:
    blob = encode_aggregates(simulate(SNAPSHOT, runs, SEED).aggregates)
    return f"{runs} {hash_of_aggregates(blob)}"


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("message_size", [1, 7, 100, "auto"])
def test_threads_and_sizes_of_messages_change_nothing(
    database: Database, message_size: Any, threads: int
) -> None:
    batch = submit(database, SNAPSHOT, RUNS, SEED, message_size=message_size)
    assert executed(database, batch, threads) == simulated()


def test_stopped_gone_on_with_and_extended_it_is_the_same(database: Database) -> None:
    batch = submit(database, SNAPSHOT, 200, SEED, message_size=7)
    asked = iter(range(10**6))
    assert (
        execute_batch(database, batch, CODEC, threads=2, stop=lambda: next(asked) > 20)
        is BatchStatus.RUNNING
    )
    assert executed(database, batch) == simulated(200)
    extend_batch(database, batch, RUNS - 200)
    assert executed(database, batch, threads=2) == simulated()


def test_chunks_hold_every_run_as_it_was_played(database: Database) -> None:
    batch = submit(database, SNAPSHOT, RUNS, SEED, message_size=100)
    executed(database, batch, threads=2)
    with database.read() as connection:
        blobs = list(
            connection.scalars(result_chunks.select().with_only_columns(result_chunks.c.payload))
        )
    parts = [decode_chunk(blob, Shape.of(SNAPSHOT)).results for blob in blobs]
    stored = concatenate(sorted(parts, key=lambda part: int(part.run[0])))
    expected = simulate(SNAPSHOT, RUNS, SEED, keep=True).results
    for column in COLUMNS:
        np.testing.assert_array_equal(getattr(stored, column.name), getattr(expected, column.name))
