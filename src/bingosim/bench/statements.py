"""What the store's statements do by themselves: create, claim and persist."""

from __future__ import annotations

import io
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from bingosim.storage.aggregates import cancel_batch
from bingosim.storage.claims import Worker, claim_batch, waiting_messages
from bingosim.storage.creating import create_batch
from bingosim.storage.ids import new_id
from bingosim.storage.settling import Outcome, Results, persist
from bingosim.storage.steering import delete_batch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from bingosim.event.snapshot import Snapshot
    from bingosim.storage.database import Database

_COLUMNS = "id, batch_id, message_id, run_index"
WORKER = Worker("bench:1:1", ("none",))


class Statements(NamedTuple):
    """Seconds for each run."""

    claim: float
    persist: float

    @property
    def together(self) -> float:
        """Both."""
        return self.claim + self.persist


def new_batch(
    database: Database, snapshot: Snapshot, runs: int, size: int, *, distributed: bool = False
) -> UUID:
    """Create a batch of no engine."""
    return create_batch(
        database,
        snapshot,
        seed="bench",
        engine="none",
        engine_version="none",
        runs=runs,
        message_size=size,
        distributed=distributed,
    )


def drop(database: Database, batch: UUID) -> None:
    """Delete a batch, outside of what is measured."""
    cancel_batch(database, batch, _nothing)
    delete_batch(database, batch)


def measure_statements(
    database: Database,
    snapshot: Snapshot,
    size: int,
    messages: int,
    payload: bytes = b"",
    partial: bytes = b"",
) -> Statements:
    """Claim messages of one size, one after the other, and persist the same results of each."""
    batch = new_batch(database, snapshot, size * messages, size)
    claiming = persisting = 0.0
    for ids in waiting_messages(database, batch, messages):
        begun = perf_counter()
        claim = claim_batch(database, ids, WORKER, new_id())
        claiming += perf_counter() - begun
        if claim is None:
            raise AssertionError("nobody else claims here")
        begun = perf_counter()
        persist(database, claim, Outcome(Results(claim.indices, payload, partial)))
        persisting += perf_counter() - begun
    drop(database, batch)
    return Statements(claiming / (size * messages), persisting / (size * messages))


def measure_creating(database: Database, snapshot: Snapshot, runs: int) -> float:
    """Return how many runs a second are created."""
    begun = perf_counter()
    batch = new_batch(database, snapshot, runs, 500)
    seconds = perf_counter() - begun
    drop(database, batch)
    return runs / seconds


def measure_rows(database: Database, snapshot: Snapshot, runs: int) -> float:
    """Return how many rows of runs a second the database takes into the same table, ready made.

    PostgreSQL by one binary COPY, SQLite by one prepared statement.
    """
    batch = new_batch(database, snapshot, runs, 500)
    with database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        store = _insert if database.is_sqlite else _copy
        seconds = store(driver, batch.bytes if database.is_sqlite else batch)
    drop(database, batch)
    return runs / seconds


def _copy(driver: Any, batch: object) -> float:
    """Take a batch's rows out in PostgreSQL's binary form, and put them in again."""
    image = io.BytesIO()
    chosen = f"SELECT {_COLUMNS} FROM simulation_runs WHERE batch_id = '{batch}'"  # noqa: S608
    with driver.cursor() as cursor:
        with cursor.copy(f"COPY ({chosen}) TO STDOUT (FORMAT BINARY)") as copy:
            for part in copy:
                image.write(part)
        cursor.execute("TRUNCATE simulation_runs")
        driver.commit()
        begun = perf_counter()
        with cursor.copy(f"COPY simulation_runs ({_COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(image.getbuffer())
        driver.commit()
    return perf_counter() - begun


def _insert(driver: Any, batch: object) -> float:
    """Take a batch's rows out and put them in again, by one prepared statement."""
    chosen = f"SELECT {_COLUMNS} FROM simulation_runs WHERE batch_id = ?"  # noqa: S608
    rows = driver.execute(chosen, [batch]).fetchall()
    driver.execute("DELETE FROM simulation_runs WHERE batch_id = ?", [batch])
    begun = perf_counter()
    driver.execute("BEGIN IMMEDIATE")
    driver.executemany(f"INSERT INTO simulation_runs ({_COLUMNS}) VALUES (?, ?, ?, ?)", rows)  # noqa: S608
    driver.execute("COMMIT")
    return perf_counter() - begun


def _nothing(_parts: Sequence[bytes]) -> bytes:
    """Merge empty aggregates."""
    return b""
