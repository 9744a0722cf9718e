"""However a batch is executed, its aggregates are those of one simulation, bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bingosim import load, simulate
from bingosim.batch.codec import ARITHMETIC, CODEC
from bingosim.batch.execute import Executor
from bingosim.batch.local import execute_batch
from bingosim.batch.submit import submit
from bingosim.engines import engine_versions
from bingosim.event.snapshot import make_snapshot
from bingosim.payloads.aggregates import encode_aggregates, hash_of_aggregates
from bingosim.payloads.chunk import decode_chunk
from bingosim.precision import Precision
from bingosim.results import COLUMNS, Shape, concatenate
from bingosim.storage.aggregates import finalize, read_aggregate
from bingosim.storage.batches import read_batch
from bingosim.storage.claims import Worker, waiting_messages
from bingosim.storage.creating import extend_batch
from bingosim.storage.settling import Settled
from bingosim.storage.states import BatchStatus
from bingosim.storage.tables import result_chunks

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.storage.database import Database

RUNS, SEED = 300, "alike"
EVENT = load(Path(__file__).parents[2] / "examples" / "tiny.yaml")
SNAPSHOT = make_snapshot(EVENT)


def executed(database: Database, batch: UUID, threads: int = 1, stop: Any = lambda: False) -> str:
    """Execute a batch; return the hash of its aggregates."""
    execute_batch(database, batch, threads=threads, stop=stop)
    runs, blob = read_aggregate(database, batch, ARITHMETIC.merge)
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
        execute_batch(database, batch, threads=2, stop=lambda: next(asked) > 20)
        is BatchStatus.RUNNING
    )
    assert executed(database, batch) == simulated(200)
    extend_batch(database, batch, RUNS - 200)
    assert executed(database, batch, threads=2) == simulated()


PRECISION = Precision(3.0, min_runs=200, max_runs=6000)


def precisely_simulated() -> str:
    done = simulate(SNAPSHOT, 6000, SEED, precision=3.0, min_runs=200)
    assert done.aggregates.runs in PRECISION.looks[1:-1]
    return f"{done.aggregates.runs} {hash_of_aggregates(encode_aggregates(done.aggregates))}"


@pytest.mark.parametrize(("message_size", "threads"), [(7, 1), (100, 2), ("auto", 2)])
def test_a_precision_is_reached_at_the_same_look(
    database: Database, message_size: Any, threads: int
) -> None:
    batch = submit(database, SNAPSHOT, seed=SEED, precision=PRECISION, message_size=message_size)
    asked = iter(range(10**6))
    stopped = execute_batch(database, batch, threads=threads, stop=lambda: next(asked) > 20)
    assert stopped is BatchStatus.RUNNING
    assert executed(database, batch, threads) == precisely_simulated()
    assert read_batch(database, batch).status is BatchStatus.COMPLETED


def test_messages_executed_in_any_order_give_the_same(database: Database) -> None:
    batch = submit(database, SNAPSHOT, RUNS, SEED, message_size=7)
    messages = waiting_messages(database, batch)
    np.random.default_rng(7).shuffle(messages)
    worker = Worker("anybody:1:1", engine_versions())
    for ids in messages:
        settled = Executor(database, CODEC).claim_and_execute(ids, worker, lambda: False)
        assert settled == Settled(len(ids))
    assert finalize(database, batch, ARITHMETIC) is BatchStatus.COMPLETED
    assert executed(database, batch) == simulated()


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
