"""A batch's aggregates, folded bit by bit, and its end, which happens once.

The store does not know what an aggregate is: `Arithmetic` makes one of several, in any order, and
tells from one whether a batch that is to be precise needs more runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from bingosim.storage.batches import find_batch
from bingosim.storage.creating import add_runs
from bingosim.storage.database import IN_BINARY
from bingosim.storage.ids import Ids
from bingosim.storage.states import OPEN, BatchStatus, batch_states_before
from bingosim.storage.tables import (
    aggregates,
    batches,
    failed_runs,
    partial_aggregates,
    run_messages,
    simulation_runs,
)
from bingosim.storage.types import Among, Now

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.precision import Precision
    from bingosim.storage.batches import Batch
    from bingosim.storage.database import Database

Merge = Callable[[Sequence[bytes]], bytes]
"""Some aggregates in, their sum out; exact, so order and grouping change no bit."""

NextLook = Callable[["Precision", bytes], int | None]
"""A precision and an aggregate in, the runs up to the next look out; None where it ends."""


class Arithmetic(NamedTuple):
    """What is done with aggregates."""

    merge: Merge
    next_look: NextLook


_ANY_MESSAGE = (
    sa.select(run_messages.c.id).where(run_messages.c.batch_id == sa.bindparam("batch")).limit(1)
)
FOLDED_AT_ONCE = 500
"""Partial aggregates that are held in memory at a time."""


def fold(database: Database, batch: UUID, merge: Merge) -> int:
    """Merge some partial aggregates into the batch's running one. Return how many; 0 if none wait.

    One folder at a time: another that comes meanwhile finds nothing to do.
    """
    with database.write() as connection:
        return _fold_some(connection, batch, merge, wait=False)


def read_aggregate(database: Database, batch: UUID, merge: Merge) -> tuple[int, bytes | None]:
    """Return the aggregate of all runs completed so far, and how many runs it rests on."""
    query = sa.union_all(  # one statement: a fold that commits meanwhile moves nothing twice
        sa.select(aggregates.c.runs, aggregates.c.payload).where(aggregates.c.batch_id == batch),
        sa.select(partial_aggregates.c.runs, partial_aggregates.c.payload).where(
            partial_aggregates.c.batch_id == batch
        ),
    ).execution_options(**IN_BINARY)
    runs, parts = 0, []
    with database.read() as connection:
        for row in connection.execute(query):
            runs += row.runs
            if row.payload is not None:
                parts.append(row.payload)
                if len(parts) > FOLDED_AT_ONCE:
                    parts = [merge(parts)]
    return runs, merge(parts) if parts else None


def finalize(database: Database, batch: UUID, arithmetic: Arithmetic) -> BatchStatus | None:
    """End a batch that has no run left, with its aggregates, in one transaction.

    A batch with a precision gets the runs up to its next look instead, until it is precise.

    Returns:
        How it stands now; None if it has runs left, or somebody else has ended it.
    """
    if not _at_its_end(database, batch):
        return None
    with database.write() as connection:
        found = find_batch(connection, batch, lock=True)
        if found.status not in OPEN or connection.scalar(_ANY_MESSAGE, {"batch": batch}):
            return None
        _fold_all(connection, batch, arithmetic.merge)
        reason = _reason(connection, batch, found.runs)
        if reason is not None:
            return _end(connection, batch, BatchStatus.ERROR, reason)
        look = _next_look(connection, found, arithmetic)
        if look is None:
            return _end(connection, batch, BatchStatus.COMPLETED)
        add_runs(connection, found, look - found.runs)
        return found.status


def cancel_batch(database: Database, batch: UUID, merge: Merge) -> bool:
    """End a batch with what is there. Its claims are taken away; no row of a run is touched.

    Returns:
        Whether it was cancelled; False if it had ended already.

    Raises:
        InputError: There is no such batch.
    """
    while fold(database, batch, merge):  # the bulk of it while others still work
        pass
    with database.write() as connection:
        found = find_batch(connection, batch, lock=True)
        if found.status not in batch_states_before("cancel"):
            return False
        connection.execute(sa.delete(run_messages).where(run_messages.c.batch_id == batch))
        _fold_all(connection, batch, merge)
        _end(connection, batch, BatchStatus.CANCELLED)
    return True


def ending_batches(database: Database) -> list[UUID]:
    """Return open batches without a message: whoever persisted last did not get to ending them."""
    query = sa.select(batches.c.id).where(
        batches.c.status.in_(OPEN), ~sa.exists().where(run_messages.c.batch_id == batches.c.id)
    )
    with database.read() as connection:
        return list(connection.scalars(query))


def _at_its_end(database: Database, batch: UUID) -> bool:
    """Look without a lock, since it is asked after every message and nearly always no."""
    with database.single() as connection:
        return connection.scalar(_ANY_MESSAGE, {"batch": batch}) is None


def _fold_all(connection: sa.Connection, batch: UUID, merge: Merge) -> None:
    while _fold_some(connection, batch, merge, wait=True):
        pass


def _fold_some(connection: sa.Connection, batch: UUID, merge: Merge, *, wait: bool) -> int:
    running = connection.execute(
        sa.select(aggregates.c.runs, aggregates.c.payload)
        .where(aggregates.c.batch_id == batch)
        .with_for_update(skip_locked=not wait)
        .execution_options(**IN_BINARY)
    ).one_or_none()
    if running is None:
        return 0
    parts = connection.execute(
        sa.select(
            partial_aggregates.c.chunk_id, partial_aggregates.c.runs, partial_aggregates.c.payload
        )
        .where(partial_aggregates.c.batch_id == batch)
        .limit(FOLDED_AT_ONCE)
        .execution_options(**IN_BINARY)
    ).all()
    if not parts:
        return 0
    already = [] if running.payload is None else [running.payload]
    connection.execute(
        sa.update(aggregates)
        .where(aggregates.c.batch_id == batch)
        .values(
            runs=running.runs + sum(part.runs for part in parts),
            payload=merge([*already, *(part.payload for part in parts)]),
        )
    )
    connection.execute(
        sa.delete(partial_aggregates).where(Among(partial_aggregates.c.chunk_id)),
        {"ids": Ids.of(part.chunk_id for part in parts)},
    )
    return len(parts)


def _reason(connection: sa.Connection, batch: UUID, runs: int) -> str | None:
    """Return why a batch without messages is not complete; None if it is."""
    failed = Ids.of(
        connection.scalars(sa.select(failed_runs.c.run_id).where(failed_runs.c.batch_id == batch))
    ).sorted()
    if len(failed):
        first = connection.execute(
            sa.select(simulation_runs.c.run_index, simulation_runs.c.error).where(
                simulation_runs.c.id == next(iter(failed))
            )
        ).one()
        which = f"run {first.run_index}" if len(failed) == 1 else f"{len(failed)} runs"
        example = "" if len(failed) == 1 else f"run {first.run_index}: "
        return f"{which} of {runs} failed for good: {example}{first.error}"
    kept = connection.scalar(sa.select(aggregates.c.runs).where(aggregates.c.batch_id == batch))
    if kept != runs:
        return f"results of {kept} runs are kept, and {runs} were wanted"
    return None


def _next_look(connection: sa.Connection, batch: Batch, arithmetic: Arithmetic) -> int | None:
    """Return how many runs a batch needs before it may be precise; None if it needs no more."""
    if batch.precision is None:
        return None
    query = sa.select(aggregates.c.payload).where(aggregates.c.batch_id == batch.id)
    return arithmetic.next_look(batch.precision, connection.execute(query).scalar_one())


def _end(
    connection: sa.Connection, batch: UUID, status: BatchStatus, reason: str | None = None
) -> BatchStatus:
    connection.execute(
        sa.update(batches)
        .where(batches.c.id == batch)
        .values(status=status, reason=reason, finished_at=Now())
    )
    return status
