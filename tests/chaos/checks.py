"""What must hold after whatever happened."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bingosim.batch.codec import ARITHMETIC
from bingosim.batch.local import execute_batch
from bingosim.payloads.aggregates import hash_of_aggregates
from bingosim.storage.aggregates import read_aggregate
from bingosim.storage.batches import read_batch
from bingosim.storage.claims import list_leases
from bingosim.storage.ids import unpack_indices
from bingosim.storage.states import BatchStatus
from bingosim.storage.steering import delete_batch
from bingosim.storage.tables import (
    metadata,
    partial_aggregates,
    result_chunks,
    run_messages,
    simulation_runs,
)
from tests.chaos.events import undisturbed

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from bingosim.storage.database import Database


PATIENCE = 30.0
"""Seconds within which a server ends what a killed client had begun."""


def url_of(database: Database) -> str:
    """Return a database's URL, for other processes."""
    return database.engine.url.render_as_string(hide_password=False)


def never() -> bool:
    """Do not stop."""
    return False


def go_on(
    database: Database, batch: UUID, threads: int = 2, stop: Callable[[], bool] = never
) -> BatchStatus:
    """Execute a batch in this process."""
    return execute_batch(database, batch, threads=threads, stop=stop)


def settle(database: Database) -> None:
    """Wait until no transaction of a killed process is left; a server ends them in its own time."""
    if database.is_sqlite:
        return
    database.close()
    others = sa.text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    deadline = time.monotonic() + PATIENCE
    with database.single() as connection:
        while connection.scalar(others):
            assert time.monotonic() < deadline, "a killed client's transaction goes on and on"
            connection.execute(sa.text("SELECT pg_sleep(0.01)"))


def kept(database: Database, batch: UUID) -> list[int]:
    """Return the runs of which results are kept, checked against everything else that says so."""
    runs, chunks = simulation_runs.c, result_chunks.c
    whose = sa.select(chunks.id, chunks.runs, chunks.run_indices).where(chunks.batch_id == batch)
    completed = sa.select(runs.run_index, runs.chunk_id).where(
        runs.batch_id == batch, runs.status == "completed"
    )
    with database.read() as connection:
        rows = connection.execute(whose).all()
        of_run = {index: chunk for index, chunk in connection.execute(completed)}  # noqa: C416 - rows
    found: list[int] = []
    for row in rows:
        indices = unpack_indices(row.run_indices).tolist()
        assert len(indices) == row.runs
        assert {of_run.get(index) for index in indices} == {row.id}
        found += indices
    assert len(set(found)) == len(found), "runs are kept twice"
    assert set(found) == set(of_run)
    counted, _ = read_aggregate(database, batch, ARITHMETIC.merge)
    assert counted == len(found)
    return sorted(found)


def check_complete(database: Database, batch: UUID, runs: int) -> None:
    """Check that a batch is as if nothing had happened to it: each run once, no trace of others."""
    found = read_batch(database, batch)
    assert (found.status, found.reason, found.runs) == (BatchStatus.COMPLETED, None, runs)
    assert kept(database, batch) == list(range(runs))
    _, blob = read_aggregate(database, batch, ARITHMETIC.merge)
    assert blob is not None
    assert hash_of_aggregates(blob) == undisturbed(runs)
    held = sa.or_(
        simulation_runs.c.status != "completed",
        simulation_runs.c.claim.is_not(None),
        simulation_runs.c.message_id.is_not(None),
        simulation_runs.c.failures != 0,
    )
    odd = sa.select(simulation_runs.c.run_index).where(simulation_runs.c.batch_id == batch, held)
    with database.read() as connection:
        assert list(connection.scalars(odd)) == []
    assert counts(database, batch) == {"runs": runs, "messages": 0, "partial aggregates": 0}


def check_settled(database: Database, batch: UUID) -> None:
    """Check that a batch that was stopped before its end holds what it says, and no claim."""
    runs = simulation_runs.c
    failed = sa.select(runs.run_index).where(runs.batch_id == batch, runs.status == "failed")
    messages = sa.select(run_messages.c.run_ids).where(run_messages.c.batch_id == batch)
    with database.read() as connection:
        waiting = [i for ids in connection.scalars(messages) for i in ids.indices.tolist()]
        ended = list(connection.scalars(failed))
    assert list_leases(database) == []
    every = list(range(read_batch(database, batch).runs))
    assert sorted([*kept(database, batch), *waiting, *ended]) == every, "runs are lost or twice"


def counts(database: Database, batch: UUID) -> dict[str, int]:
    """Return how many rows a batch has."""
    tables = {
        "runs": simulation_runs,
        "messages": run_messages,
        "partial aggregates": partial_aggregates,
    }
    with database.read() as connection:
        return {
            name: connection.scalar(
                sa.select(sa.func.count()).select_from(table).where(table.c.batch_id == batch)
            )
            or 0
            for name, table in tables.items()
        }


def check_empty(database: Database) -> None:
    """Check that no table holds anything."""
    with database.read() as connection:
        for table in metadata.sorted_tables:
            assert connection.scalar(sa.select(sa.func.count()).select_from(table)) == 0, table.name


def clear(database: Database, *batches: UUID) -> None:
    """Delete ended batches and check that they leave nothing behind."""
    for batch in batches:
        delete_batch(database, batch)
    check_empty(database)
    # Nobody has the file open then: the next process finds it as a killed one left it.
    database.close()
