"""Whole messages in one statement each: what PostgreSQL does for nearly all claims.

A trip to the server costs more than the work of a small message. `claims` and `settling` take these
ways where a message is claimed, and completed, as it is; every other case is theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from psycopg.errors import DivisionByZero

from bingosim.storage.ids import new_id, pack_indices
from bingosim.storage.states import OPEN
from bingosim.storage.types import Id, IdList

if TYPE_CHECKING:
    from bingosim.storage.claims import Claim, Worker
    from bingosim.storage.database import Database
    from bingosim.storage.ids import Ids
    from bingosim.storage.settling import Results

_CLAIM = sa.text(
    """
    WITH batch AS (              -- shared: claims do not wait for one another, a pause does
        SELECT id, snapshot_sha256, seed, engine, engine_version, timelines FROM batches
        WHERE id = :batch AND status = 'running' AND engine_version = ANY(:engines)
        FOR SHARE
    ), message AS (              -- the lease; equal ids, so the row and the claim are the same runs
        UPDATE run_messages SET claim = :token, worker = :worker,
            lease_until = (extract(epoch FROM clock_timestamp()) * 1000)::bigint + :lease
        FROM batch
        WHERE run_messages.id = (SELECT message_id FROM simulation_runs WHERE id = :first)
          AND run_messages.claim IS NULL AND run_messages.run_ids = :ids
        RETURNING run_messages.id
    ), claimed AS (              -- the runs, all in one statement
        UPDATE simulation_runs SET status = 'running', claim = :token
        FROM message
        WHERE simulation_runs.id = ANY(:ids) AND simulation_runs.status = 'pending'
        RETURNING run_index, failures + deaths + 1 AS attempt
    )
    SELECT message.id AS message, snapshot_sha256, seed, engine, engine_version, timelines,
        (SELECT array_agg(run_index ORDER BY run_index) FROM claimed) AS indices,
        (SELECT array_agg(attempt ORDER BY run_index) FROM claimed) AS attempts
    FROM batch, message
    """
).bindparams(
    sa.bindparam("batch", type_=Id()),
    sa.bindparam("engines", type_=sa.ARRAY(sa.Text())),
    sa.bindparam("token", type_=Id()),
    sa.bindparam("first", type_=Id()),
    sa.bindparam("ids", type_=IdList()),
    sa.bindparam("lease", type_=sa.BigInteger()),
)


def claim_whole(
    database: Database, batch: UUID, ids: Ids, worker: Worker, token: UUID
) -> sa.Row[Any] | None:
    """Claim the runs of one waiting message.

    Returns:
        The message, what the batch says of its runs, their indices and attempts; None where these
        runs are not exactly those of a waiting message, or the batch is in no state for it.
    """
    with database.single() as connection:
        return connection.execute(
            _CLAIM,
            {
                "batch": batch,
                "engines": list(worker.engines),
                "token": token,
                "worker": worker.name,
                "lease": int(worker.lease_seconds * 1000),
                "first": UUID(bytes=ids.packed[:16]),
                "ids": ids,
            },
        ).one_or_none()


# Dividing by whether all runs were this claim's: if not, the statement fails and writes nothing.
_COMPLETE = sa.text(
    f"""
    WITH batch AS (              -- shared: what changes the batch's state waits
        SELECT id FROM batches WHERE id = :batch AND status = ANY('{{{",".join(OPEN)}}}') FOR SHARE
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
        WHERE simulation_runs.id = ANY(:ids) AND simulation_runs.claim = :token
        RETURNING 1
    )
    SELECT 1 / ((SELECT count(*) FROM completed) = :runs)::integer FROM message
    """  # noqa: S608 - of the states' own names
).bindparams(
    sa.bindparam("batch", type_=Id()),
    sa.bindparam("message", type_=Id()),
    sa.bindparam("token", type_=Id()),
    sa.bindparam("chunk", type_=Id()),
    sa.bindparam("runs", type_=sa.Integer()),
    sa.bindparam("indices", type_=sa.LargeBinary()),
    sa.bindparam("payload", type_=sa.LargeBinary()),
    sa.bindparam("partial", type_=sa.LargeBinary()),
    sa.bindparam("ids", type_=IdList()),
)


def complete_whole(database: Database, claim: Claim, results: Results) -> bool:
    """Keep the results of a claim all of whose runs are completed.

    Returns:
        Whether they were kept; False if the claim was lost: then nothing at all is written.
    """
    try:
        with database.single() as connection:
            done = connection.scalar(
                _COMPLETE,
                {
                    "batch": claim.batch,
                    "message": claim.message,
                    "token": claim.token,
                    "chunk": new_id(),
                    "runs": len(claim),
                    "indices": pack_indices(claim.indices),
                    "payload": results.payload,
                    "partial": results.partial,
                    "ids": claim.run_ids,
                },
            )
    except sa.exc.DataError as error:
        if not isinstance(error.orig, DivisionByZero):
            raise
        raise AssertionError(not_its_runs(claim)) from error
    return done is not None


def not_its_runs(claim: Claim) -> str:
    """Return what is said where a message and its runs contradict each other."""
    return f"message {claim.message} holds runs that are not its claim's"
