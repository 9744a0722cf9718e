"""Whole messages in one statement each: what PostgreSQL does for nearly all claims.

A trip to the server costs more than the work of a small message. `claims` and `settling` take these
ways where a message is claimed, and completed, as it is; every other case is theirs.

Each ends by dividing by whether it touched as many runs as there are: if not, message and runs
contradict each other, the statement fails, and nothing of it is done.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bingosim.errors import StoredDataError
from bingosim.storage.ids import new_id, pack_indices
from bingosim.storage.types import Id, IdList
from bingosim.storage.work import OfRuns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from bingosim.storage.claims import Claim, Worker
    from bingosim.storage.database import Database
    from bingosim.storage.ids import Ids
    from bingosim.storage.settling import Results

_DIVISION_BY_ZERO = "22012"
_CONTRADICTION = "the database contradicts itself; restore a copy of it, or name another"


def _of_runs(statement: str, **types: Any) -> OfRuns:
    """Return both forms of a statement; `{these}` stands for the condition on the runs' ids."""

    def form(these: str, **more: Any) -> sa.Executable:
        binds = (sa.bindparam(name, type_=kind) for name, kind in (types | more).items())
        return sa.text(statement.format(these=these)).bindparams(*binds)

    return OfRuns(
        in_range=form("simulation_runs.id BETWEEN :first AND :last", first=Id(), last=Id()),
        in_list=form("simulation_runs.id = ANY(:ids)", ids=IdList()),
    )


_CLAIM = _of_runs(
    """
    WITH batch AS (              -- shared: claims do not wait for one another, a pause does
        SELECT id, snapshot_sha256, seed, engine, engine_version, timelines FROM batches
        WHERE id = :batch AND status = 'running' AND engine_version = ANY(:engines)
        FOR SHARE
    ), message AS (              -- the lease; equal ids, so the row and the claim are the same runs
        UPDATE run_messages SET claim = :token, worker = :worker,
            lease_until = (extract(epoch FROM clock_timestamp()) * 1000)::bigint + :lease
        FROM batch
        WHERE run_messages.id = (SELECT message_id FROM simulation_runs WHERE id = :one)
          AND run_messages.claim IS NULL AND run_messages.run_ids = :all
        RETURNING run_messages.id
    ), claimed AS (              -- the runs, all in one statement
        UPDATE simulation_runs SET status = 'running', claim = :token
        FROM message
        WHERE {these} AND simulation_runs.status = 'pending'
        RETURNING run_index, failures + deaths AS times
    ), tried AS (                -- what the ids do not say, and it is of few runs
        SELECT array_agg(run_index ORDER BY run_index) AS tried,
            array_agg(times ORDER BY run_index) AS times
        FROM claimed WHERE times > 0
    )
    SELECT message.id AS message, snapshot_sha256, seed, engine, engine_version, timelines,
        tried, times, 1 / ((SELECT count(*) FROM claimed) = :runs)::integer AS whole
    FROM batch, message, tried
    """,
    batch=Id(),
    engines=sa.ARRAY(sa.Text()),
    token=Id(),
    lease=sa.BigInteger(),
    one=Id(),
    all=IdList(),
    runs=sa.Integer(),
)


def claim_whole(
    database: Database, batch: UUID, ids: Ids, worker: Worker, token: UUID
) -> sa.Row[Any] | None:
    """Claim the runs of one waiting message.

    Returns:
        The message, what the batch says of its runs, and which of them were tried how often; None
        where these runs are not exactly those of a waiting message, or the batch is in no state
        for it.
    """
    values = {
        "batch": batch,
        "engines": list(worker.engines),
        "token": token,
        "worker": worker.name,
        "lease": int(worker.lease_seconds * 1000),
        "one": next(iter(ids)),
        "all": ids,
        "runs": len(ids),
    }
    with _contradicted(not_pending(batch)), database.single() as connection:
        return _CLAIM.execute(connection, ids, values).one_or_none()


_COMPLETE = _of_runs(
    """
    WITH batch AS (              -- shared: what changes the batch's state waits
        SELECT id FROM batches WHERE id = :batch AND status IN ('running', 'paused') FOR SHARE
    ), message AS (              -- who deletes the row settles the claim, whoever else tries
        DELETE FROM run_messages USING batch
        WHERE run_messages.id = :message AND run_messages.claim = :token
        RETURNING run_messages.id
    ), chunk AS (
        INSERT INTO result_chunks (id, batch_id, runs, run_indices, payload)
        SELECT :chunk, :batch, :runs, :indices, :payload FROM message
    ), partial AS (
        INSERT INTO partial_aggregates (chunk_id, batch_id, runs, payload)
        SELECT :chunk, :batch, :runs, :partial FROM message
    ), completed AS (            -- each run learns where its results are
        UPDATE simulation_runs
        SET status = 'completed', claim = NULL, message_id = NULL, error = NULL, chunk_id = :chunk
        FROM message
        WHERE {these} AND simulation_runs.claim = :token
        RETURNING 1
    )
    SELECT 1 / ((SELECT count(*) FROM completed) = :runs)::integer FROM message
    """,
    batch=Id(),
    message=Id(),
    token=Id(),
    chunk=Id(),
    runs=sa.Integer(),
    indices=sa.LargeBinary(),
    payload=sa.LargeBinary(),
    partial=sa.LargeBinary(),
)


def complete_whole(database: Database, claim: Claim, results: Results) -> bool:
    """Keep the results of a claim all of whose runs are completed.

    Returns:
        Whether they were kept; False if the claim was lost: then nothing at all is written.
    """
    values = {
        "batch": claim.batch,
        "message": claim.message,
        "token": claim.token,
        "chunk": new_id(),
        "runs": len(claim),
        "indices": pack_indices(claim.indices),
        "payload": results.payload,
        "partial": results.partial,
    }
    with _contradicted(not_its_runs(claim)), database.single() as connection:
        return _COMPLETE.execute(connection, claim.run_ids, values).one_or_none() is not None


@contextmanager
def _contradicted(said: str) -> Iterator[None]:
    try:
        yield
    except sa.exc.DataError as error:
        if getattr(error.orig, "sqlstate", None) != _DIVISION_BY_ZERO:
            raise
        raise StoredDataError(said) from error


def not_pending(batch: UUID) -> str:
    """Return what is said where a waiting message and its runs contradict each other."""
    return f"waiting messages of batch {batch} hold runs that are not pending: {_CONTRADICTION}"


def not_its_runs(claim: Claim) -> str:
    """Return what is said where a claimed message and its runs contradict each other."""
    return f"message {claim.message} holds runs that are not its claim's: {_CONTRADICTION}"
