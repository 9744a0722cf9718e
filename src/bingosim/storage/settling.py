"""Settling claims: what came of the runs, or that their worker vanished.

Both begin with taking the message's row away by the claim's token, so one of them wins, and the
other changes nothing. Runs that are not at their end go out again as new messages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import sqlalchemy as sa

from bingosim.errors import StoredDataError
from bingosim.storage.ids import Ids, new_id, pack_indices
from bingosim.storage.states import OPEN, RunStatus
from bingosim.storage.tables import (
    ERROR_LENGTH,
    batches,
    failed_runs,
    partial_aggregates,
    result_chunks,
    run_messages,
    simulation_runs,
)
from bingosim.storage.types import Among, Now
from bingosim.storage.whole import complete_whole, not_its_runs
from bingosim.storage.work import OfRuns, requeue

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from numpy.typing import NDArray

    from bingosim.storage.claims import Claim, Lease
    from bingosim.storage.database import Database

MAX_ATTEMPTS = 5
PIECES = 10
"""Into how many messages the runs of a worker that vanished are divided."""


@dataclass(frozen=True, slots=True)
class Results:
    """Results of some runs of a claim; the store does not look inside.

    Attributes:
        indices: The runs, int64[runs], ascending.
        payload: Their results.
        partial: What they add to the batch's aggregates.
    """

    indices: NDArray[np.int64]
    payload: bytes
    partial: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a claim; runs that are neither completed nor failed are handed back.

    Attributes:
        completed: Results, or None if there are none.
        failed: Run index -> error.
    """

    completed: Results | None = None
    failed: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settled:
    """How many runs of a claim are completed, tried again, failed for good, handed back."""

    completed: int = 0
    retried: int = 0
    failed: int = 0
    handed_back: int = 0


# -- settling a claim ----------------------------------------------------------------------------


# Statements that each message needs are built once: to build one takes longer than to execute it.
_OPEN_BATCH_SHARED = (  # so that what changes the batch's state waits, and other claims do not
    sa.select(batches.c.id)
    .where(batches.c.id == sa.bindparam("batch"), batches.c.status.in_(OPEN))
    .with_for_update(read=True)
)
_TAKE_CLAIM = (  # who deletes the row settles the claim, whoever else tries
    sa.delete(run_messages)
    .where(
        run_messages.c.id == sa.bindparam("message"), run_messages.c.claim == sa.bindparam("token")
    )
    .returning(run_messages.c.attempt)
)
_INSERT_CHUNK = sa.insert(result_chunks)
_INSERT_PARTIAL = sa.insert(partial_aggregates)
_COMPLETE_RUNS = OfRuns.make(  # each run learns where its results are
    lambda these: (
        sa.update(simulation_runs)
        .where(these, simulation_runs.c.claim == sa.bindparam("token"))
        .values(
            status=RunStatus.COMPLETED,
            claim=None,
            message_id=None,
            error=None,
            chunk_id=sa.bindparam("chunk"),
        )
    )
)


def persist(
    database: Database, claim: Claim, outcome: Outcome, *, max_attempts: int = MAX_ATTEMPTS
) -> Settled | None:
    """Keep what came of a claim, in one transaction; the claim is gone with it.

    Failed runs go out again together, in one message, until they have failed `max_attempts` times;
    what was neither completed nor failed goes out again without having counted as an attempt.

    Returns:
        What became of the runs; None if the claim was lost: then nothing at all is written.
    """
    completed = _checked(claim, outcome)
    results = outcome.completed
    if results is not None and len(completed) == len(claim) and not database.is_sqlite:
        return Settled(len(claim)) if complete_whole(database, claim, results) else None
    failed = np.array(sorted(outcome.failed), dtype=np.int64)
    with database.write() as connection:
        if not _may_settle(connection, claim.batch):
            return None
        attempt = connection.scalar(_TAKE_CLAIM, {"message": claim.message, "token": claim.token})
        if attempt is None:
            return None
        if results is not None:
            _complete(connection, claim, results)
        rest = np.setdiff1d(claim.indices, np.concatenate((completed, failed)))
        requeue(connection, claim.batch, Ids.of_runs(claim.batch, rest), attempt=attempt)
        ended = 0
        if len(failed):
            ended = _fail(connection, claim, outcome.failed, attempt, max_attempts)
    return Settled(len(completed), len(failed) - ended, ended, len(rest))


def hand_back(database: Database, claim: Claim) -> Settled | None:
    """Give all runs of a claim back unexecuted; that is no attempt."""
    return persist(database, claim, Outcome())


def _checked(claim: Claim, outcome: Outcome) -> NDArray[np.int64]:
    """Return the completed runs, after checking that runs are the claim's, each once."""
    none = np.empty(0, dtype=np.int64)
    completed = none if outcome.completed is None else outcome.completed.indices
    if not outcome.failed and np.array_equal(completed, claim.indices):
        return completed
    settled = [*completed.tolist(), *outcome.failed]
    if len(set(settled)) != len(settled) or not set(settled) <= set(claim.indices.tolist()):
        raise ValueError("an outcome must hold runs of its claim only, each once")
    return completed


def _may_settle(connection: sa.Connection, batch: UUID) -> bool:
    """Share a batch's row, if it is in a state in which claims are settled."""
    return connection.scalar(_OPEN_BATCH_SHARED, {"batch": batch}) is not None


def _complete(connection: sa.Connection, claim: Claim, results: Results) -> None:
    chunk, runs = new_id(), len(results.indices)
    whose = {"batch_id": claim.batch, "runs": runs}
    packed = {"run_indices": pack_indices(results.indices), "payload": results.payload}
    connection.execute(_INSERT_CHUNK, {"id": chunk, **whose, **packed})
    connection.execute(_INSERT_PARTIAL, {"chunk_id": chunk, **whose, "payload": results.partial})
    ids = Ids.of_runs(claim.batch, results.indices)
    updated = _COMPLETE_RUNS.execute(connection, ids, {"token": claim.token, "chunk": chunk})
    if updated.rowcount != runs:
        raise StoredDataError(not_its_runs(claim))


def _fail(
    connection: sa.Connection,
    claim: Claim,
    errors: Mapping[int, str],
    attempt: int,
    max_attempts: int,
) -> int:
    """Count a failure of each run; return how many have failed for good."""
    indices = sorted(errors)
    ids = Ids.of_runs(claim.batch, indices)
    connection.execute(
        sa.update(simulation_runs)
        .where(simulation_runs.c.id == sa.bindparam("run"))
        .values(failures=simulation_runs.c.failures + 1, error=sa.bindparam("said")),
        [
            {"run": run, "said": _kept(errors[index])}
            for run, index in zip(ids, indices, strict=True)
        ],
    )
    ended = connection.scalars(
        sa.select(simulation_runs.c.run_index).where(
            Among(simulation_runs.c.id), simulation_runs.c.failures >= max_attempts
        ),
        {"ids": ids},
    ).all()
    _give_up(connection, claim.batch, Ids.of_runs(claim.batch, sorted(ended)))
    again = Ids.of_runs(claim.batch, np.setdiff1d(indices, ended))
    requeue(connection, claim.batch, again, attempt=attempt + 1)
    return len(ended)


def _kept(error: str) -> str:
    """Return what of an error's text is kept, without what a database does not take as text."""
    text = error.replace("\0", "").encode(errors="replace").decode()
    return text if len(text) <= ERROR_LENGTH else text[: ERROR_LENGTH - 1] + "…"


def _give_up(connection: sa.Connection, batch: UUID, ids: Ids) -> None:
    if not len(ids):
        return
    connection.execute(
        sa.update(simulation_runs)
        .where(Among(simulation_runs.c.id))
        .values(status=RunStatus.FAILED, claim=None, message_id=None),
        {"ids": ids},
    )
    connection.execute(sa.insert(failed_runs), [{"batch_id": batch, "run_id": run} for run in ids])


# -- workers that vanished -----------------------------------------------------------------------


def expire(
    database: Database, lease: Lease, *, known_dead: bool = False, max_attempts: int = MAX_ATTEMPTS
) -> Settled | None:
    """Take a claim from a worker that vanished, and send its runs out again.

    They come back in messages of a tenth the size, so that one run that kills its worker takes ever
    fewer others with it; only a run that was claimed alone has a death counted.

    Args:
        database: Where.
        lease: What `list_leases` said.
        known_dead: Whether the process is known to be gone; if not, the lease must have expired.
        max_attempts: Deaths after which a run is failed for good.

    Returns:
        What became of the runs; None if the claim was settled or kept meanwhile.
    """
    with database.write() as connection:
        if not _may_settle(connection, lease.batch):
            return None
        taken = connection.execute(
            sa.delete(run_messages)
            .where(
                run_messages.c.id == lease.message,
                run_messages.c.claim == lease.token,
                sa.true() if known_dead else run_messages.c.lease_until < Now(),
            )
            .returning(run_messages.c.run_ids, run_messages.c.attempt)
        ).one_or_none()
        if taken is None:
            return None
        ids = taken.run_ids
        if len(ids) == 1:
            return _die(connection, lease.batch, ids, taken.attempt, max_attempts)
        size = -(-len(ids) // PIECES)
        for at in range(0, len(ids), size):
            requeue(connection, lease.batch, ids[at : at + size], attempt=taken.attempt)
    return Settled(handed_back=len(ids))


def _die(
    connection: sa.Connection, batch: UUID, alone: Ids, attempt: int, max_attempts: int
) -> Settled:
    deaths = connection.scalar(
        sa.update(simulation_runs)
        .where(Among(simulation_runs.c.id))
        .values(deaths=simulation_runs.c.deaths + 1)
        .returning(simulation_runs.c.deaths),
        {"ids": alone},
    )
    if deaths is None or deaths < max_attempts:
        requeue(connection, batch, alone, attempt=attempt + 1)
        return Settled(retried=1)
    # A worker that lives lets a lease end whose results it could not make bytes of, or not commit.
    error = f"{deaths} times its worker vanished, or could not keep this run's results"
    connection.execute(
        sa.update(simulation_runs).where(Among(simulation_runs.c.id)).values(error=error),
        {"ids": alone},
    )
    _give_up(connection, batch, alone)
    return Settled(failed=1)
