"""Creating batches, whole or not at all, and adding runs to them.

Locks are taken in one order everywhere: batch, message, runs by id, chunk. What changes a batch
takes its row FOR UPDATE; what claims and settles shares it (`claims`, `settling`). SQLite has one
writer at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bingosim.payloads.timelines import Timelines
from bingosim.storage.batches import lock_batch, remember_snapshot
from bingosim.storage.ids import new_batch_id
from bingosim.storage.requests import note_start
from bingosim.storage.states import FINAL, BatchStatus
from bingosim.storage.tables import aggregates, batches, snapshots
from bingosim.storage.types import Now
from bingosim.storage.work import insert_work

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.event.snapshot import Snapshot
    from bingosim.precision import Precision
    from bingosim.storage.batches import Batch
    from bingosim.storage.database import Database
    from bingosim.storage.requests import StartRequest


def create_batch(
    database: Database,
    snapshot: Snapshot,
    *,
    seed: str,
    engine: str,
    engine_version: str,
    runs: int,
    message_size: int,
    name: str | None = None,
    timelines: Timelines = Timelines.ALL,
    precision: Precision | None = None,
    distributed: bool = False,
    request: StartRequest | None = None,
) -> UUID:
    """Store a batch, its snapshot, its runs and their messages: all of it or nothing.

    Args:
        database: Where.
        snapshot: What is simulated.
        seed: Text of the seed; a run's stream follows from it and the run's index.
        engine: Name of the engine.
        engine_version: What its results may depend on; another engine does not claim the runs.
        runs: How many; their indices go from 0.
        message_size: Runs in one message.
        name: A name for people, the event's by default.
        timelines: Of which runs the times of tiles are kept.
        precision: When it may end; `runs` are then those before the first look.
        distributed: Whether its messages are published to a broker, for workers.
        request: What asked for it: if that has started a batch before, it is that one.

    Raises:
        InputError: These are no numbers of runs, or the request's key meant something else.
    """
    batch = new_batch_id()
    goal = (
        {}
        if precision is None
        else {
            "precision": precision.points,
            "min_runs": precision.min_runs,
            "max_runs": precision.max_runs,
        }
    )
    with database.write() as connection:
        if request is not None:
            before = note_start(connection, request, batch)
            if before is not None:
                return before
        _keep_snapshot(connection, snapshot)
        connection.execute(
            sa.insert(batches).values(
                id=batch,
                name=snapshot.name if name is None else name,
                snapshot_sha256=snapshot.sha256,
                seed=seed,
                engine=engine,
                engine_version=engine_version,
                runs=runs,
                message_size=message_size,
                timelines=timelines,
                distributed=distributed,
                status=BatchStatus.RUNNING,
                version=1,
                created_at=Now(),
                **goal,
            )
        )
        connection.execute(sa.insert(aggregates).values(batch_id=batch, runs=0))
        insert_work(connection, batch, range(runs), message_size)
    remember_snapshot(snapshot)
    return batch


def extend_batch(database: Database, batch: UUID, more: int) -> range:
    """Add runs under the same seed; their indices follow the last one. Return these indices.

    A batch with a precision goes on from there to the next look, if it is not at its greatest
    number of runs.

    Raises:
        InputError: There is no such batch, or it is in no state to be extended.
    """
    with database.write() as connection:
        return add_runs(connection, lock_batch(connection, batch, "extend"), more)


def add_runs(connection: sa.Connection, found: Batch, more: int) -> range:
    """Add runs to a locked batch; one that had ended runs again, as its next version."""
    added = range(found.runs, found.runs + more)
    insert_work(connection, found.id, added, found.message_size)
    ended = found.status in FINAL
    connection.execute(
        sa.update(batches)
        .where(batches.c.id == found.id)
        .values(
            runs=added.stop,
            status=BatchStatus.RUNNING if ended else found.status,
            version=found.version + ended,
            finished_at=None,
        )
    )
    return added


def _keep_snapshot(connection: sa.Connection, snapshot: Snapshot) -> None:
    """Store a snapshot unless it is there: batches of one event share it."""
    found = sa.select(snapshots.c.sha256).where(snapshots.c.sha256 == snapshot.sha256)
    # The lock keeps `delete_batch` from dropping it before this batch is there.
    if connection.execute(found.with_for_update(read=True)).first() is None:
        values = {
            "sha256": snapshot.sha256,
            "version": snapshot.version,
            "body": snapshot.to_json(),
        }
        connection.execute(_insert_or_ignore(connection, values))


def _insert_or_ignore(connection: sa.Connection, values: dict[str, Any]) -> sa.Executable:
    """Insert a snapshot; two processes may do so at once."""
    if connection.dialect.name == "sqlite":
        return sa.insert(snapshots).values(values)
    from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415 - where it is PostgreSQL

    return insert(snapshots).values(values).on_conflict_do_nothing()
