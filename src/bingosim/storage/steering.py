"""Steering batches: pausing, resuming, retrying, deleting, each where the state allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bingosim.errors import InputError
from bingosim.storage.batches import find_batch, lock_batch
from bingosim.storage.ids import LOW, Ids
from bingosim.storage.states import FINAL, BatchStatus
from bingosim.storage.tables import (
    aggregates,
    batches,
    failed_runs,
    partial_aggregates,
    result_chunks,
    run_messages,
    simulation_runs,
    snapshots,
    start_requests,
)
from bingosim.storage.work import announce, requeue

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.storage.database import Database


_OF_A_BATCH = (
    partial_aggregates,
    result_chunks,
    aggregates,
    failed_runs,
    run_messages,
    start_requests,
)
"""What goes with a batch, beside its runs; rows that refer to others first."""


def pause_batch(database: Database, batch: UUID) -> None:
    """Have nothing more claimed; workers that see it settle what they have.

    Raises:
        InputError: There is no such batch, or it is not running.
    """
    with database.write() as connection:
        lock_batch(connection, batch, "pause")
        _set_status(connection, batch, BatchStatus.PAUSED)


def resume_batch(database: Database, batch: UUID) -> None:
    """Let a paused batch go on.

    Raises:
        InputError: There is no such batch, or it is not paused.
    """
    with database.write() as connection:
        lock_batch(connection, batch, "resume")
        _set_status(connection, batch, BatchStatus.RUNNING)
        # Workers took its messages off the queue unread: all that wait are published again.
        connection.execute(
            sa.update(run_messages)
            .where(run_messages.c.batch_id == batch, run_messages.c.claim.is_(None))
            .values(published_at=None, publishing_until=None)
        )
        announce(connection)


def retry_batch(database: Database, batch: UUID) -> int:
    """Give the failed runs of an ended batch all their attempts again. Return how many.

    Raises:
        InputError: There is no such batch, or it did not end as error.
    """
    with database.write() as connection:
        found = lock_batch(connection, batch, "retry")
        failed = Ids.of(
            connection.scalars(
                sa.delete(failed_runs)
                .where(failed_runs.c.batch_id == batch)
                .returning(failed_runs.c.run_id)
            )
        ).sorted()
        connection.execute(
            sa.update(batches)
            .where(batches.c.id == batch)
            .values(
                status=BatchStatus.RUNNING,
                version=found.version + 1,
                reason=None,
                finished_at=None,
            )
        )
        for at in range(0, len(failed), found.message_size):
            part = failed[at : at + found.message_size]
            requeue(connection, batch, part, attempt=1, failures=0, deaths=0, error=None)
    return len(failed)


def delete_batch(database: Database, batch: UUID) -> None:
    """Delete an ended batch with all that belongs to it, and its snapshot if nothing else uses it.

    Raises:
        InputError: There is no such batch, or it has not ended.
    """
    with database.write() as connection:
        found = find_batch(connection, batch, lock=True)
        if found.status not in FINAL:
            raise InputError(f"batch {batch} is {found.status}: cancel it before deleting it")
        for table in _OF_A_BATCH:
            connection.execute(sa.delete(table).where(table.c.batch_id == batch))
        first, last = Ids.of_runs(batch, [0, LOW])
        connection.execute(  # a range of the primary key: nothing else is looked at
            sa.delete(simulation_runs).where(simulation_runs.c.id.between(first, last))
        )
        connection.execute(sa.delete(batches).where(batches.c.id == batch))
        sha256 = found.snapshot_sha256
        snapshot = sa.select(snapshots.c.sha256).where(snapshots.c.sha256 == sha256)
        connection.execute(snapshot.with_for_update())
        in_use = sa.exists().where(batches.c.snapshot_sha256 == sha256)
        connection.execute(sa.delete(snapshots).where(snapshots.c.sha256 == sha256, ~in_use))


def _set_status(connection: sa.Connection, batch: UUID, status: BatchStatus) -> None:
    connection.execute(sa.update(batches).where(batches.c.id == batch).values(status=status))
