"""The work of a batch: rows of its runs, and of the messages that say which of them to execute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import sqlalchemy as sa

from bingosim.errors import InputError
from bingosim.storage.ids import BYTES, Ids
from bingosim.storage.states import RunStatus
from bingosim.storage.tables import run_messages, simulation_runs
from bingosim.storage.types import Among, Id, Now

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

CHANNEL = "bingosim_work"
"""Where PostgreSQL tells those who listen that there is something to publish."""
ROWS_AT_ONCE = 100_000
"""Rows of runs that are made in memory at a time."""
MOST_RUNS = 2**30
"""Runs of a batch; their indices fit the last 32 bits of an id and the columns of numbers."""


class OfRuns(NamedTuple):
    """A statement on runs whose ids are given: as a range, and as a list.

    The runs of a message nearly always follow one another. Then the database goes along the primary
    key once, and does not descend it for each run.
    """

    in_range: sa.Executable
    in_list: sa.Executable

    @classmethod
    def make(cls, statement: Callable[[sa.ColumnElement[Any]], sa.Executable]) -> OfRuns:
        """Return both forms of a statement, from what makes it of the condition on the ids."""
        run = simulation_runs.c.id
        first, last = (sa.bindparam(name, type_=Id()) for name in ("first", "last"))
        return cls(statement(run.between(first, last)), statement(Among(run)))

    def execute(
        self, connection: sa.Connection, ids: Ids, values: dict[str, Any] | None = None
    ) -> sa.CursorResult[Any]:
        """Execute the form that fits the ids."""
        bounds = ids.range
        if bounds is None:
            return connection.execute(self.in_list, {"ids": ids, **(values or {})})
        first, last = bounds
        return connection.execute(self.in_range, {"first": first, "last": last, **(values or {})})


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
    announce(connection)


def announce(connection: sa.Connection) -> None:
    """Wake the publishers when this transaction is done; without a server there are none."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_notify(CHANNEL, "")))


def insert_work(connection: sa.Connection, batch: UUID, indices: range, size: int) -> None:
    """Insert rows of runs and of the messages that hold them, in bulk.

    Args:
        connection: In a transaction that holds the batch's lock.
        batch: Whose.
        indices: Indices of the runs; those before the first are there.
        size: Runs in one message.

    Raises:
        InputError: These are no numbers of runs.
    """
    most = MOST_RUNS - indices.start
    if not 1 <= len(indices) <= most:
        raise InputError(f"runs must be from 1 to {most:,}, got {len(indices)}")
    if size < 1:
        raise InputError(f"a message must hold at least 1 run, got {size}")
    messages = Ids.new(-(-len(indices) // size))
    copying = connection.dialect.name == "postgresql"
    (_copy_messages if copying else _insert_messages)(connection, batch, indices, size, messages)
    insert = _copy_runs if copying else _insert_runs
    of_run = np.frombuffer(messages.packed, dtype="V16")
    step = max(1, ROWS_AT_ONCE // size) * size
    for at in range(0, len(indices), step):
        part = np.arange(at, min(at + step, len(indices)))
        insert(connection, batch, part + indices.start, of_run[part // size])
    announce(connection)


def _insert_runs(connection: sa.Connection, batch: UUID, indices: Any, of_run: Any) -> None:
    """One statement that takes the ids apart itself: three times as fast as a row at a time."""
    driver: Any = connection.connection.driver_connection
    driver.execute(
        f"""
        INSERT INTO simulation_runs (id, batch_id, message_id, run_index)
        WITH RECURSIVE every(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM every WHERE i + 1 < :runs)
        SELECT substr(:ids, i * {BYTES} + 1, {BYTES}), :batch,
            substr(:messages, i * {BYTES} + 1, {BYTES}), :first + i
        FROM every
        """,  # noqa: S608 - the length of an id
        {
            "runs": len(indices),
            "ids": Ids.of_runs(batch, indices).packed,
            "batch": batch.bytes,
            "messages": of_run.tobytes(),
            "first": int(indices[0]),
        },
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
