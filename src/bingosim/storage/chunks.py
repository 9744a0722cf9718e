"""Reading result chunks: first what a batch has, then payloads a few at a time.

A chunk never changes once it is there, so each statement is a transaction of its own: a reader that
takes minutes keeps neither SQLite's log from being emptied nor PostgreSQL's old rows alive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import sqlalchemy as sa

from bingosim.errors import InputError, StoredDataError
from bingosim.storage.batches import find_batch
from bingosim.storage.ids import BYTES, Ids, unpack_indices
from bingosim.storage.states import RunStatus
from bingosim.storage.tables import result_chunks, simulation_runs
from bingosim.storage.types import Among

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from numpy.typing import NDArray

    from bingosim.storage.database import Database

PAYLOADS_AT_ONCE = 16
"""Payloads that are held in memory at a time; one of 1,000 runs may have half a megabyte."""
ROWS_AT_ONCE = 10_000
"""Rows without payloads that are held in memory at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class ChunkIndex:
    """The chunks that a batch had at one moment, in the order of their first runs; c of them.

    Of each it holds 32 bytes, so that batches of a million messages can be read.

    Attributes:
        batch: The batch.
        ids: The chunks.
        runs: Runs of each, int64[c].
        first: The least run index of each, int64[c], ascending.
    """

    batch: UUID
    ids: Ids
    runs: NDArray[np.int64]
    first: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, eq=False)
class StoredChunk:
    """One chunk; the store does not look inside its payload.

    Attributes:
        id: The chunk.
        indices: Its runs, int64[runs], ascending.
        payload: Their results.
    """

    id: UUID
    indices: NDArray[np.int64]
    payload: bytes


@dataclass(frozen=True, slots=True)
class StoredRun:
    """One run as it stands.

    Attributes:
        status: Its status.
        error: What it failed of last, if it did.
        chunk: Where its results are; None unless it is completed.
    """

    status: RunStatus
    error: str | None
    chunk: UUID | None


def index_chunks(database: Database, batch: UUID) -> ChunkIndex:
    """Return which chunks a batch has now, without their payloads; none for an unknown batch.

    Raises:
        StoredDataError: A row does not say which runs its chunk holds.
    """
    query = (  # one statement, so that all rows are of one moment; an index leads to them
        sa.select(result_chunks.c.id, result_chunks.c.runs, result_chunks.c.run_indices)
        .where(result_chunks.c.batch_id == batch)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    packed = bytearray()
    numbers: list[NDArray[np.int64]] = []
    # The result is closed also where a row is refused: the server holds a cursor of it.
    with database.read() as connection, connection.execute(query) as result:
        for rows in result.partitions():
            packed += b"".join(row.id.bytes for row in rows)
            firsts = [(row.runs, _indices(batch, row)[0]) for row in rows]
            numbers.append(np.array(firsts, dtype=np.int64))
    runs, first = np.concatenate(numbers).T if numbers else np.empty((2, 0), dtype=np.int64)
    order = np.argsort(first, kind="stable")
    ids = np.frombuffer(bytes(packed), dtype=f"V{BYTES}")[order].tobytes()
    return ChunkIndex(batch, Ids(ids), runs[order], first[order])


def read_chunks(database: Database, index: ChunkIndex) -> Iterator[StoredChunk]:
    """Yield the chunks of an index in its order; a few payloads are in memory at a time.

    Raises:
        StoredDataError: A row does not say which runs its chunk holds; or a chunk is gone, for
            example because its batch was deleted meanwhile.
    """
    for at in range(0, len(index), PAYLOADS_AT_ONCE):
        ids = index.ids[at : at + PAYLOADS_AT_ONCE]
        found = _read(database, index.batch, ids)
        yield from (found.pop(chunk) for chunk in ids)


def read_chunk(database: Database, batch: UUID, chunk: UUID) -> StoredChunk:
    """Return one chunk of a batch.

    Raises:
        StoredDataError: It is gone, or its row does not say which runs it holds.
    """
    return _read(database, batch, Ids.of([chunk]))[chunk]


def find_run(database: Database, batch: UUID, index: int) -> StoredRun:
    """Return how one run stands, by its computed id: a look-up by primary key.

    Raises:
        InputError: There is no such batch, or it has no such run.
        StoredDataError: The run's row is missing.
    """
    with database.read() as connection:
        runs = find_batch(connection, batch).runs
        if not 0 <= index < runs:
            raise InputError(f"batch {batch} has no run {index}: its runs are 0 to {runs - 1}")
        row = connection.execute(
            sa.select(
                simulation_runs.c.status, simulation_runs.c.error, simulation_runs.c.chunk_id
            ).where(simulation_runs.c.id == next(iter(Ids.of_runs(batch, [index]))))
        ).one_or_none()
    if row is None:
        raise StoredDataError(f"batch {batch}: the row of run {index} is missing")
    return StoredRun(RunStatus(row.status), row.error, row.chunk_id)


def _read(database: Database, batch: UUID, ids: Ids) -> dict[UUID, StoredChunk]:
    query = sa.select(
        result_chunks.c.id,
        result_chunks.c.runs,
        result_chunks.c.run_indices,
        result_chunks.c.payload,
    ).where(Among(result_chunks.c.id), result_chunks.c.batch_id == batch)
    with database.read() as connection:
        rows = connection.execute(query, {"ids": ids}).all()
    found = {row.id: StoredChunk(row.id, _indices(batch, row), row.payload) for row in rows}
    for chunk in ids:
        if chunk not in found:
            raise StoredDataError(f"batch {batch}, chunk {chunk}: it is missing")
    return found


def _indices(batch: UUID, row: Any) -> NDArray[np.int64]:
    """Return the run indices of a row, after checking that they are what the row says."""
    packed = row.run_indices
    # Counted before they are unpacked: a changed bit may stand for billions of runs.
    if len(packed) % 8 == 0:
        bounds = np.frombuffer(packed, dtype="<u4").astype(np.int64)
        counted = int((bounds[1::2] - bounds[::2]).sum())
        if counted == row.runs > 0 and (np.diff(bounds) > 0).all():
            return unpack_indices(packed)
    raise StoredDataError(f"batch {batch}, chunk {row.id}: its run indices make no sense")
