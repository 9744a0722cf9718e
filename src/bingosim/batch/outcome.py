"""What a stored batch has come to so far, as if it had been simulated here."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bingosim.aggregates import Aggregates
from bingosim.batch.codec import ARITHMETIC
from bingosim.errors import StoredDataError
from bingosim.payloads.aggregates import decode_aggregates
from bingosim.results import Shape
from bingosim.simulation import Simulation
from bingosim.storage.aggregates import read_aggregate
from bingosim.storage.batches import read_batch, read_snapshot
from bingosim.storage.states import BatchStatus

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.event.snapshot import Snapshot
    from bingosim.report import Timing
    from bingosim.storage.batches import Batch
    from bingosim.storage.database import Database


def read_outcome(
    database: Database,
    batch: UUID,
    timing: Timing | None = None,
    snapshot: Snapshot | None = None,
) -> Simulation:
    """Return the result of the runs that are completed.

    Args:
        database: Where the batch is.
        batch: Which.
        timing: How long it took; if that was not measured, the time from its start to its end, or
            until now, pauses included.
        snapshot: The batch's, if it was read before: reading it takes as long as all the rest.

    Raises:
        InputError: There is no such batch.
        StoredDataError: What is stored of it is damaged.
    """
    found = read_batch(database, batch)
    if snapshot is None:
        snapshot = read_snapshot(database, found.snapshot_sha256)
    return Simulation(
        snapshot=snapshot,
        seed=found.seed,
        engine=found.engine,
        engine_version=found.engine_version,
        complete=found.status is BatchStatus.COMPLETED,
        aggregates=_aggregates(database, batch, snapshot),
        timing=timing or _elapsed(found),
        precision=found.precision,
    )


def _aggregates(database: Database, batch: UUID, snapshot: Snapshot) -> Aggregates:
    shape = Shape.of(snapshot)
    try:
        _, blob = read_aggregate(database, batch, ARITHMETIC.merge)
        if blob is None:
            return Aggregates.empty(shape, snapshot.duration)
        return decode_aggregates(blob, shape, snapshot.duration)
    except StoredDataError as error:
        raise StoredDataError(f"the aggregates of batch {batch} are damaged: {error}") from None


def _elapsed(batch: Batch) -> Timing:
    ended = time.time() if batch.finished_at is None else batch.finished_at / 1000
    seconds = round(max(0.0, ended - batch.created_at / 1000), 3)
    return {"compile_s": 0.0, "simulate_s": seconds, "total_s": seconds}
