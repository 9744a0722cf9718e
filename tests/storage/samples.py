"""Batches to work on, and a stand-in for aggregates: the ascending indices of their runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import numpy as np
import sqlalchemy as sa

from bingosim.storage.aggregates import Arithmetic, read_aggregate
from bingosim.storage.claims import Claim, Worker, claim_batch
from bingosim.storage.creating import create_batch
from bingosim.storage.ids import Ids
from bingosim.storage.settling import Outcome, Results
from bingosim.storage.tables import run_messages, simulation_runs
from tests import builders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bingosim.precision import Precision
    from bingosim.storage.database import Database

ENGINE = "attempt 0123456789abcdef"
WORKER = Worker(name="here:1:1", engines=(ENGINE,))


def new_batch(
    database: Database,
    runs: int = 10,
    message_size: int = 5,
    precision: Precision | None = None,
    *,
    distributed: bool = False,
) -> UUID:
    """A batch of a small event."""
    return create_batch(
        database,
        builders.snapshot(),
        seed="a seed",
        engine="attempt",
        engine_version=ENGINE,
        runs=runs,
        message_size=message_size,
        precision=precision,
        distributed=distributed,
    )


def claim(database: Database, batch: UUID, indices: Any, worker: Worker = WORKER) -> Claim | None:
    """Claim runs by their indices."""
    return claim_batch(database, Ids.of_runs(batch, indices), worker, uuid4())


def must_claim(database: Database, batch: UUID, indices: Any) -> Claim:
    """Claim runs that nobody else has."""
    got = claim(database, batch, indices)
    assert got is not None
    assert got.indices.tolist() == sorted(indices)
    return got


def results(indices: Sequence[int]) -> Results:
    """Results whose payloads tell which runs they are of."""
    text = json.dumps(sorted(indices)).encode()
    return Results(np.array(sorted(indices), dtype=np.int64), b"results of " + text, text)


def done(indices: Any, **failed: str) -> Outcome:
    """An outcome; failed runs are given as `_3="why"`."""
    errors = {int(name[1:]): why for name, why in failed.items()}
    return Outcome(results(list(indices)) if len(indices) else None, errors)


def merge(parts: Sequence[bytes]) -> bytes:
    """Merge stand-ins; a run that is there twice stays there twice."""
    return json.dumps(sorted(index for part in parts for index in json.loads(part))).encode()


def next_look(precision: Precision, payload: bytes) -> int | None:
    """Look at every look, and never be content."""
    runs = len(json.loads(payload))
    return next((look for look in precision.looks if look > runs), None)


ARITHMETIC = Arithmetic(merge, next_look)


def kept(database: Database, batch: UUID) -> list[int]:
    """Indices of the runs whose results are in the batch's aggregate."""
    runs, payload = read_aggregate(database, batch, merge)
    indices: list[int] = [] if payload is None else json.loads(payload)
    assert len(indices) == runs
    return indices


def statuses(database: Database, batch: UUID) -> dict[int, str]:
    """Run index -> status."""
    columns = (simulation_runs.c.run_index, simulation_runs.c.status)
    query = sa.select(*columns).where(simulation_runs.c.batch_id == batch)
    with database.read() as connection:
        return {index: status for index, status in connection.execute(query)}  # noqa: C416 - rows


def messages(database: Database, batch: UUID) -> list[list[int]]:
    """Run indices of every message, claimed or not, in order of the first."""
    query = sa.select(run_messages.c.run_ids).where(run_messages.c.batch_id == batch)
    with database.read() as connection:
        return sorted(ids.indices.tolist() for ids in connection.scalars(query))


def pass_lease(database: Database, held: Claim) -> None:
    """Let a claim's lease be over, by the database's own clock."""
    with database.write() as connection:
        connection.execute(
            sa.update(run_messages)
            .where(run_messages.c.claim == held.token)
            .values(lease_until=run_messages.c.lease_until - 3_600_000)
        )


def publish_all(database: Database) -> None:
    """Mark every message as published."""
    with database.write() as connection:
        connection.execute(sa.update(run_messages).values(published_at=1))


def unpublished(database: Database) -> int:
    """How many messages are not published."""
    query = sa.select(sa.func.count()).where(run_messages.c.published_at.is_(None))
    with database.read() as connection:
        return connection.scalar(query) or 0
