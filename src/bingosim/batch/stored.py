"""Reading the results of a stored batch: all runs in order, one run, or an export of them.

Chunks are stored in the order in which messages were settled, and after retries they interleave:
one may hold the runs 3, 250 and 251, another 0-2 and 4-99.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bingosim.errors import InputError, StoredDataError
from bingosim.exports import Export
from bingosim.payloads.chunk import decode_chunk, decode_summary, join
from bingosim.payloads.timelines import Timelines
from bingosim.results import Shape
from bingosim.storage.batches import read_batch, read_snapshot
from bingosim.storage.chunks import find_run, index_chunks, read_chunk, read_chunks
from bingosim.storage.states import BatchStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from uuid import UUID

    from bingosim.event.snapshot import Snapshot
    from bingosim.exports import Kind
    from bingosim.payloads.chunk import Chunk
    from bingosim.storage.batches import Batch
    from bingosim.storage.chunks import ChunkIndex, StoredChunk
    from bingosim.storage.database import Database

    Decode = Callable[[UUID, StoredChunk, Shape], Chunk]

_BEYOND_ALL = 2**63 - 1


def runs_in_order(database: Database, batch: UUID) -> Iterator[Chunk]:
    """Return the runs whose results are there now, in ascending order over the whole batch.

    A run waits in memory only until the chunks that may hold earlier ones were read: few runs wait,
    unless chunks interleave over the whole batch. Runs that are completed later are not among them.
    How the runs are divided into chunks says nothing; those of one have the timelines that all the
    stored chunks they come from have.

    Raises:
        InputError: There is no such batch.
        StoredDataError: A chunk is damaged, or gone with the batch; both are named. It may come
            after some runs.
    """
    stored = _open(database, batch)
    return _in_order(database, stored.chunks, Shape.of(stored.snapshot), _decoded)


def summaries_in_order(database: Database, batch: UUID, shape: Shape) -> Iterator[Chunk]:
    """Return the same runs without timelines, far sooner; none of a batch that is not there.

    Chunks are not unpacked as a whole, so a damaged one may go unnoticed: what is counted must be
    compared with the batch's aggregates, which are exact.

    Args:
        database: Where the batch is.
        batch: Which.
        shape: Dimensions of its event.

    Raises:
        StoredDataError: As of `runs_in_order`, as far as it is noticed.
    """
    return _in_order(database, index_chunks(database, batch), shape, summary_of)


def read_run(database: Database, batch: UUID, index: int) -> Chunk:
    """Return one run; of its timelines, what is kept.

    Raises:
        InputError: There is no such batch or run, or the run is not completed.
        StoredDataError: Its chunk is damaged; batch and chunk are named.
    """
    run = find_run(database, batch, index)
    found = read_batch(database, batch)
    if run.chunk is None:
        why = f" ({run.error})" if run.error else ""
        raise InputError(
            f"run {index} of batch {batch} has no result: it is {run.status}{why}, "
            f"and the batch {found.status}"
        )
    shape = Shape.of(read_snapshot(database, found.snapshot_sha256))
    chunk = _decoded(batch, read_chunk(database, batch, run.chunk), shape)
    places = np.flatnonzero(chunk.columns["run"] == index)
    if not len(places):
        raise StoredDataError(f"batch {batch}, chunk {run.chunk}: run {index} is not in it")
    return chunk.take(places)


def export_batch(
    database: Database,
    batch: UUID,
    directory: Path | str,
    kind: Kind | str,
    timelines: Timelines | str = Timelines.ALL,
) -> int:
    """Write the runs whose results are there now into files; whole files or none.

    They are those that `simulate` of the same snapshot, seed and runs exports, byte for byte. With
    fewer runs than the batch is to have, or while it is not completed, `about.json` says
    `complete: false`.

    Args:
        database: Where the batch is.
        batch: Which.
        directory: Where the files go; made if missing. Those of an earlier export are replaced.
        kind: Format of the tables: `csv`, `jsonl` or `parquet`.
        timelines: Of which runs the times of tiles are written. Where the batch was stored with
            fewer, what is there is written, and `about.json` says which.

    Returns:
        How many runs were written.

    Raises:
        InputError: There is no such batch, it has no result yet, the directory cannot be written,
            or some of its runs were stored with fewer timelines than others, and more are wanted.
        StoredDataError: A chunk is damaged, or gone with the batch; both are named.
        ExecutionError: The files cannot be written.
    """
    stored = _open(database, batch)
    if not stored.runs:
        raise InputError(f"batch {batch} has no results yet: it is {stored.batch.status}")
    with Export(directory, kind, stored.snapshot, timelines) as export:
        shape = Shape.of(stored.snapshot)
        for chunk in _in_order(database, stored.chunks, shape, _decoded):
            export.add(chunk)
        export.finish(
            seed=stored.batch.seed,
            engine=stored.batch.engine,
            engine_version=stored.batch.engine_version,
            complete=stored.complete,
        )
    return stored.runs


@dataclass(frozen=True, slots=True)
class _Stored:
    """What a batch had at one moment."""

    batch: Batch
    snapshot: Snapshot
    chunks: ChunkIndex

    @property
    def runs(self) -> int:
        return int(self.chunks.runs.sum())

    @property
    def complete(self) -> bool:
        return self.batch.status is BatchStatus.COMPLETED and self.runs == self.batch.runs


def _open(database: Database, batch: UUID) -> _Stored:
    # Chunks first: a batch that is extended meanwhile must not count as complete.
    chunks = index_chunks(database, batch)
    found = read_batch(database, batch)
    return _Stored(found, read_snapshot(database, found.snapshot_sha256), chunks)


def _in_order(
    database: Database, chunks: ChunkIndex, shape: Shape, decode: Decode
) -> Iterator[Chunk]:
    """Yield runs up to the next chunk's first; what lies beyond waits for that chunk."""
    bounds = np.append(chunks.first, _BEYOND_ALL)[1:]
    waiting: list[_Waiting] = []
    for chunk, bound in zip(read_chunks(database, chunks), bounds, strict=True):
        waiting.append(_Waiting(decode(chunks.batch, chunk, shape)))
        parts = [one.take_before(bound) for one in waiting]
        waiting = [one for one in waiting if one.left]
        ready = [part for part in parts if len(part)]
        if ready:
            yield _sorted(chunks.batch, ready)


@dataclass(slots=True)
class _Waiting:
    """A chunk of which runs were not yielded yet.

    Attributes:
        chunk: It, its runs in ascending order.
        begin: Where the first of these runs stands.
    """

    chunk: Chunk
    begin: int = 0

    def take_before(self, bound: int) -> Chunk:
        """Return the runs whose index is less than this, each once."""
        end = int(np.searchsorted(self.chunk.columns["run"], bound))
        begin, self.begin = self.begin, end
        if (begin, end) == (0, len(self.chunk)):  # nearly always
            return self.chunk
        return self.chunk.take(np.arange(begin, end))

    @property
    def left(self) -> bool:
        return self.begin < len(self.chunk)


def _sorted(batch: UUID, parts: Sequence[Chunk]) -> Chunk:
    if len(parts) == 1:
        return parts[0]
    joined = join(parts)
    run = joined.columns["run"]
    order = np.argsort(run, kind="stable")
    twice = np.flatnonzero(np.diff(run[order]) == 0)
    if len(twice):
        raise StoredDataError(f"batch {batch}: run {run[order[twice[0]]]} is in two chunks")
    return joined.take(order)


def summary_of(batch: UUID, stored: StoredChunk, shape: Shape) -> Chunk:
    """Return the summaries of a chunk's runs, its hash unchecked.

    Raises:
        StoredDataError: It is damaged, as far as that is noticed.
    """
    return _named(batch, stored, lambda: decode_summary(stored.payload, shape, len(stored.indices)))


def _decoded(batch: UUID, stored: StoredChunk, shape: Shape) -> Chunk:
    return _named(batch, stored, lambda: decode_chunk(stored.payload, shape))


def _named(batch: UUID, stored: StoredChunk, decode: Callable[[], Chunk]) -> Chunk:
    try:
        chunk = decode()
    except StoredDataError as error:
        raise StoredDataError(f"batch {batch}, chunk {stored.id}: {error}") from None
    if not np.array_equal(chunk.columns["run"], stored.indices):
        raise StoredDataError(f"batch {batch}, chunk {stored.id}: it holds other runs than it says")
    return chunk
