"""Batches: created whole or not at all, extended, paused, resumed, retried, deleted.

Locks are taken in one order everywhere: batch, message, runs by id, chunk. What changes a batch
takes its row FOR UPDATE; what claims and settles shares it (`claims`, `settling`). SQLite has one
writer at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import sqlalchemy as sa

from bingosim.errors import InputError
from bingosim.event.snapshot import Snapshot
from bingosim.storage.ids import LOW, Ids, new_batch_id
from bingosim.storage.states import FINAL, BatchStatus, RunStatus, batch_states_before
from bingosim.storage.tables import (
    aggregates,
    batches,
    failed_runs,
    partial_aggregates,
    result_chunks,
    run_messages,
    simulation_runs,
    snapshots,
)
from bingosim.storage.types import Among, Now

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.storage.database import Database

ROWS_AT_ONCE = 100_000
"""Rows of runs that are made in memory at a time."""
MOST_RUNS = 2**30
"""Runs of a batch; their indices fit the last 32 bits of an id and the columns of numbers."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch as it stands; moments are milliseconds since 1970."""

    id: UUID
    name: str
    snapshot_sha256: str
    seed: str
    engine: str
    engine_version: str
    runs: int
    message_size: int
    status: BatchStatus
    version: int
    reason: str | None
    created_at: int
    finished_at: int | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch has come.

    Attributes:
        runs: Runs asked for.
        completed: Runs whose results are kept.
        failed: Runs that are failed for good.
        waiting: Messages that nobody works on.
        claimed: Messages that are being worked on.
    """

    runs: int
    completed: int
    failed: int
    waiting: int
    claimed: int


# -- making them ---------------------------------------------------------------------------------


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
    """
    _check_numbers(0, runs, message_size)
    batch = new_batch_id()
    with database.write() as connection:
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
                status=BatchStatus.RUNNING,
                version=1,
                created_at=Now(),
            )
        )
        connection.execute(sa.insert(aggregates).values(batch_id=batch, runs=0))
        _insert_work(connection, batch, range(runs), message_size)
    return batch


def extend_batch(database: Database, batch: UUID, more: int) -> range:
    """Add runs under the same seed; their indices follow the last one. Return these indices.

    Raises:
        InputError: There is no such batch, or it is in no state to be extended.
    """
    with database.write() as connection:
        found = _locked(connection, batch, "extend")
        added = range(found.runs, found.runs + more)
        _check_numbers(found.runs, more, found.message_size)
        ended = found.status in FINAL
        connection.execute(
            sa.update(batches)
            .where(batches.c.id == batch)
            .values(
                runs=added.stop,
                status=BatchStatus.RUNNING if ended else found.status,
                version=found.version + ended,
                finished_at=None,
            )
        )
        _insert_work(connection, batch, added, found.message_size)
    return added


def _check_numbers(already: int, runs: int, message_size: int) -> None:
    if not 1 <= runs <= MOST_RUNS - already:
        raise InputError(f"runs must be from 1 to {MOST_RUNS - already:,}, got {runs}")
    if message_size < 1:
        raise InputError(f"a message must hold at least 1 run, got {message_size}")


def _keep_snapshot(connection: sa.Connection, snapshot: Snapshot) -> None:
    """Store a snapshot unless it is there: batches of one event share it."""
    values = {
        "sha256": snapshot.sha256,
        "version": snapshot.version,
        "body": snapshot.to_json(),
    }
    found = sa.select(snapshots.c.sha256).where(snapshots.c.sha256 == snapshot.sha256)
    # The lock keeps `delete_batch` from dropping it before this batch is there.
    if connection.execute(found.with_for_update(read=True)).first() is None:
        connection.execute(_insert_or_ignore(connection, values))


def _insert_or_ignore(connection: sa.Connection, values: dict[str, Any]) -> sa.Executable:
    """Insert a snapshot; two processes may do so at once."""
    if connection.dialect.name == "sqlite":
        return sa.insert(snapshots).values(values)
    from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415 - where it is PostgreSQL

    return insert(snapshots).values(values).on_conflict_do_nothing()


def _insert_work(connection: sa.Connection, batch: UUID, indices: range, size: int) -> None:
    """Insert rows of runs and of the messages that hold them, in bulk."""
    messages = Ids.new(-(-len(indices) // size))
    copying = connection.dialect.name == "postgresql"
    (_copy_messages if copying else _insert_messages)(connection, batch, indices, size, messages)
    insert = _copy_runs if copying else _insert_runs
    of_run = np.frombuffer(messages.packed, dtype="V16")
    step = max(1, ROWS_AT_ONCE // size) * size
    for at in range(0, len(indices), step):
        part = np.arange(at, min(at + step, len(indices)))
        insert(connection, batch, part + indices.start, of_run[part // size])


def _insert_runs(connection: sa.Connection, batch: UUID, indices: Any, of_run: Any) -> None:
    ids = Ids.of_runs(batch, indices).each()
    driver: Any = connection.connection.driver_connection
    driver.executemany(
        "INSERT INTO simulation_runs (id, batch_id, message_id, run_index) VALUES (?, ?, ?, ?)",
        (
            (run, batch.bytes, message, index)
            for run, message, index in zip(ids, of_run.tolist(), indices.tolist(), strict=True)
        ),
    )


def _insert_messages(
    connection: sa.Connection, batch: UUID, indices: range, size: int, messages: Ids
) -> None:
    now = connection.scalar(sa.select(Now()))
    driver: Any = connection.connection.driver_connection
    driver.executemany(
        "INSERT INTO run_messages (id, batch_id, run_ids, attempt, created_at) "
        "VALUES (?, ?, ?, 1, ?)",
        (
            (message, batch.bytes, Ids.of_runs(batch, indices[at : at + size]).packed, now)
            for message, at in zip(messages.each(), range(0, len(indices), size), strict=True)
        ),
    )


def _copy_runs(connection: sa.Connection, batch: UUID, indices: Any, of_run: Any) -> None:
    """Binary COPY: rows are one numpy array, laid out as PostgreSQL reads them."""
    rows = np.empty(
        len(indices),
        dtype=[
            *(("columns", ">i2"), ("id_length", ">i4"), ("id", "V16")),
            *(("batch_length", ">i4"), ("batch", "V16")),
            *(("message_length", ">i4"), ("message", "V16")),
            *(("index_length", ">i4"), ("index", ">i4")),
        ],
    )
    rows["columns"] = 4
    rows["id_length"] = rows["batch_length"] = rows["message_length"] = 16
    rows["id"] = np.frombuffer(Ids.of_runs(batch, indices).packed, dtype="V16")
    rows["batch"] = np.void(batch.bytes)
    rows["message"] = of_run
    rows["index_length"] = 4
    rows["index"] = indices
    driver: Any = connection.connection.driver_connection
    target = "COPY simulation_runs (id, batch_id, message_id, run_index) FROM STDIN (FORMAT BINARY)"
    with driver.cursor() as cursor, cursor.copy(target) as copy:
        copy.write(b"PGCOPY\n\xff\r\n\x00" + bytes(8))
        copy.write(rows.tobytes())
        copy.write(b"\xff\xff")


def _copy_messages(
    connection: sa.Connection, batch: UUID, indices: range, size: int, messages: Ids
) -> None:
    now = connection.scalar(sa.select(Now()))
    driver: Any = connection.connection.driver_connection
    target = "COPY run_messages (id, batch_id, run_ids, attempt, created_at) FROM STDIN"
    with driver.cursor() as cursor, cursor.copy(target) as copy:
        for message, at in zip(messages.each(), range(0, len(indices), size), strict=True):
            runs = Ids.of_runs(batch, indices[at : at + size]).packed.hex(",", 16)
            copy.write(f"{message.hex()}\t{batch.hex}\t{{{runs}}}\t1\t{now}\n".encode())


# -- steering them -------------------------------------------------------------------------------


def pause_batch(database: Database, batch: UUID) -> None:
    """Have nothing more claimed; workers that see it settle what they have.

    Raises:
        InputError: There is no such batch, or it is not running.
    """
    with database.write() as connection:
        _locked(connection, batch, "pause")
        _set_status(connection, batch, BatchStatus.PAUSED)


def resume_batch(database: Database, batch: UUID) -> None:
    """Let a paused batch go on.

    Raises:
        InputError: There is no such batch, or it is not paused.
    """
    with database.write() as connection:
        _locked(connection, batch, "resume")
        _set_status(connection, batch, BatchStatus.RUNNING)
        # Workers took its messages off the queue unread: all that wait are published again.
        connection.execute(
            sa.update(run_messages)
            .where(run_messages.c.batch_id == batch, run_messages.c.claim.is_(None))
            .values(published_at=None)
        )


def retry_batch(database: Database, batch: UUID) -> int:
    """Give the failed runs of an ended batch all their attempts again. Return how many.

    Raises:
        InputError: There is no such batch, or it did not end as error.
    """
    with database.write() as connection:
        found = _locked(connection, batch, "retry")
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
        for table in (partial_aggregates, result_chunks, aggregates, failed_runs, run_messages):
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


def _locked(connection: sa.Connection, batch: UUID, by: str) -> Batch:
    """Lock a batch for a change of state and check that the change is one of the table's."""
    found = find_batch(connection, batch, lock=True)
    allowed = batch_states_before(by)
    if found.status not in allowed:
        raise InputError(
            f"batch {batch} is {found.status}: {by} works on a batch that is {' or '.join(allowed)}"
        )
    return found


def requeue(
    connection: sa.Connection, batch: UUID, runs: Ids, *, attempt: int, **columns: Any
) -> None:
    """Make runs pending again, in one new message; other columns of the runs may be set along."""
    if not len(runs):
        return
    message = next(iter(Ids.new(1)))
    connection.execute(
        sa.insert(run_messages).values(
            id=message, batch_id=batch, run_ids=runs, attempt=attempt, created_at=Now()
        )
    )
    connection.execute(
        sa.update(simulation_runs)
        .where(Among(simulation_runs.c.id))
        .values(status=RunStatus.PENDING, claim=None, message_id=message, **columns),
        {"ids": runs},
    )


# -- reading them --------------------------------------------------------------------------------

_COLUMNS = tuple(batches.c[field.name] for field in fields(Batch))


def find_batch(connection: sa.Connection, batch: UUID, *, lock: bool = False) -> Batch:
    """Return a batch, with its row locked for a change if wanted.

    Raises:
        InputError: There is no such batch.
    """
    query = sa.select(*_COLUMNS).where(batches.c.id == batch)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise InputError(f"there is no batch {batch}")
    return _batch(row)


def list_batches(database: Database, most: int = 100) -> list[Batch]:
    """Return the newest batches; ids are in order of time."""
    with database.read() as connection:
        query = sa.select(*_COLUMNS).order_by(batches.c.id.desc()).limit(most)
        return [_batch(row) for row in connection.execute(query)]


def read_batch(database: Database, batch: UUID) -> Batch:
    """Return a batch.

    Raises:
        InputError: There is no such batch.
    """
    with database.read() as connection:
        return find_batch(connection, batch)


def read_snapshot(database: Database, sha256: str) -> Snapshot:
    """Return a stored snapshot.

    Raises:
        InputError: It is not there.
    """
    with database.read() as connection:
        body = connection.scalar(sa.select(snapshots.c.body).where(snapshots.c.sha256 == sha256))
    if body is None:
        raise InputError(f"there is no snapshot {sha256}")
    return Snapshot.from_json(body)


def read_progress(database: Database, batch: UUID) -> Progress:
    """Return how far a batch has come, from its messages and aggregates; no run is read.

    Raises:
        InputError: There is no such batch.
    """

    def total(column: sa.ColumnElement[Any], table: sa.Table) -> sa.ColumnElement[Any]:
        return (
            sa.select(sa.func.coalesce(column, 0))
            .where(table.c.batch_id == batch)
            .scalar_subquery()
        )

    messages = sa.func.count(run_messages.c.id)
    claimed = sa.func.count(run_messages.c.claim)
    query = sa.select(  # one statement, so that all numbers are of one moment
        batches.c.runs,
        total(sa.func.sum(aggregates.c.runs), aggregates)
        + total(sa.func.sum(partial_aggregates.c.runs), partial_aggregates),
        total(sa.func.count(failed_runs.c.run_id), failed_runs),
        total(messages - claimed, run_messages),
        total(claimed, run_messages),
    ).where(batches.c.id == batch)
    with database.read() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise InputError(f"there is no batch {batch}")
    return Progress(*(int(number) for number in row))


def _batch(row: Any) -> Batch:
    return Batch(**{**row._mapping, "status": BatchStatus(row.status)})  # noqa: SLF001 - its public name
