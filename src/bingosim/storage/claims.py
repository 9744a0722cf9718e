"""Claims: who executes which runs, until when.

A message's row is claimed together with its runs, and holds the lease. Time is the database's.
How a claim ends stands in `settling`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import sqlalchemy as sa

from bingosim.errors import OtherEngineError, StoredDataError
from bingosim.payloads.timelines import Timelines
from bingosim.storage.database import IN_BINARY
from bingosim.storage.ids import Ids, new_id
from bingosim.storage.states import BatchStatus, RunStatus
from bingosim.storage.tables import batches, run_messages, simulation_runs
from bingosim.storage.types import Among, Now
from bingosim.storage.whole import claim_whole, not_pending
from bingosim.storage.work import OfRuns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from bingosim.storage.database import Database

LEASE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Worker:
    """Who claims.

    Attributes:
        name: Names one process: host, pid and when it started.
        engines: Versions of the engines that it has, as batches record them.
        lease_seconds: How long its claims live without a heartbeat.
    """

    name: str
    engines: tuple[str, ...]
    lease_seconds: float = LEASE_SECONDS


@dataclass(frozen=True, slots=True)
class ClaimedRun:
    """One run of a claim; `attempt` counts from 1, failures and deaths together."""

    id: UUID
    index: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Runs that are one worker's to execute, and all that executing them needs.

    Attributes:
        token: Proves the claim.
        message: The row of the message that it was claimed with.
        batch: The batch.
        snapshot_sha256: What is simulated.
        seed: Text of the seed.
        engine: Name of the engine.
        engine_version: Its version.
        timelines: Of which runs the times of tiles are kept.
        indices: The runs, int64[runs], ascending.
        attempts: Which attempt each of them is, int64[runs].
    """

    token: UUID
    message: UUID
    batch: UUID
    snapshot_sha256: str
    seed: str
    engine: str
    engine_version: str
    timelines: Timelines
    indices: NDArray[np.int64]
    attempts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def run_ids(self) -> Ids:
        """Ids of the runs, in the order of `indices`."""
        return Ids.of_runs(self.batch, self.indices)

    @property
    def runs(self) -> Iterator[ClaimedRun]:
        """The runs one by one."""
        columns = (self.run_ids, self.indices.tolist(), self.attempts.tolist())
        return map(ClaimedRun, *columns)


# -- claiming ------------------------------------------------------------------------------------


def claim_batch(
    database: Database, run_ids: Ids | Sequence[UUID], worker: Worker, token: UUID
) -> Claim | None:
    """Claim runs of one batch for a worker.

    Runs that are not pending are claimed elsewhere and skipped. Called again with the same token
    (the reply was lost), it returns the same claim.

    Args:
        database: Where.
        run_ids: Usually the runs of one message; any runs of one batch will do.
        worker: Who claims.
        token: A new id, chosen by the caller.

    Returns:
        The claim; None where there is nothing to claim, or the batch is not running.

    Raises:
        InputError: The runs are of several batches, or there are none.
        OtherEngineError: The batch is not one of the worker's engines'.
    """
    ids = (run_ids if isinstance(run_ids, Ids) else Ids.of(run_ids)).sorted()
    batch = ids.batch
    if not database.is_sqlite:
        row = claim_whole(database, batch, ids, worker, token)
        if row is not None:
            tried = zip(row.tried or (), row.times or (), strict=True)
            return _claim(token, row.message, row, ids, tried)
    with database.write() as connection:
        return _claim_some(connection, batch, ids, worker, token)


# Statements that each message needs are built once: to build one takes longer than to execute it.
_BATCH_SHARED = (  # so that what changes the batch's state waits, and other claims do not
    sa.select(batches)
    .where(batches.c.id == sa.bindparam("batch"), batches.c.status == BatchStatus.RUNNING)
    .with_for_update(read=True)
)
_MESSAGES_OF_RUNS = (  # locked in order of ids: two claimers that want the same cannot block
    sa.select(run_messages)
    .where(
        run_messages.c.id.in_(
            sa.select(simulation_runs.c.message_id).where(Among(simulation_runs.c.id))
        ),
        run_messages.c.claim.is_(None) | (run_messages.c.claim == sa.bindparam("token")),
    )
    .order_by(run_messages.c.id)
    .with_for_update()
)
_CLAIM_RUNS = OfRuns.make(  # all runs of a claim
    lambda these: (
        sa.update(simulation_runs)
        .where(these, simulation_runs.c.status == RunStatus.PENDING)
        .values(
            status=RunStatus.RUNNING,
            claim=sa.bindparam("token"),
            message_id=sa.bindparam("message"),
        )
    )
)
_TRIED_BEFORE = OfRuns.make(  # what the ids do not say of a claim's runs, and it is of few of them
    lambda these: sa.select(
        simulation_runs.c.run_index,
        (simulation_runs.c.failures + simulation_runs.c.deaths).label("times"),
    ).where(these, simulation_runs.c.failures + simulation_runs.c.deaths > 0)
)
_LEASE_MESSAGE = (  # the lease of a message of which all runs are claimed
    sa.update(run_messages)
    .where(run_messages.c.id == sa.bindparam("message"))
    .values(
        claim=sa.bindparam("token"),
        worker=sa.bindparam("name"),
        lease_until=Now() + sa.bindparam("lease", type_=sa.BigInteger()),
    )
)


def _claim_some(
    connection: sa.Connection, batch: UUID, ids: Ids, worker: Worker, token: UUID
) -> Claim | None:
    """Claim any runs; messages of which only some are claimed are divided."""
    found = connection.execute(_BATCH_SHARED, {"batch": batch}).one_or_none()
    if found is None:
        return None
    if found.engine_version not in worker.engines:
        raise OtherEngineError(batch, found.engine_version, worker.engines)
    messages = connection.execute(_MESSAGES_OF_RUNS, {"ids": ids, "token": token}).all()
    for message in messages:
        if message.claim == token:
            ids = message.run_ids
            return _claim(token, message.id, found, ids, _tried_before(connection, ids))
    if len(messages) == 1 and messages[0].run_ids == ids:
        target = messages[0].id
        lease = {"name": worker.name, "lease": int(worker.lease_seconds * 1000)}
        connection.execute(_LEASE_MESSAGE, {"message": target, "token": token, **lease})
    else:
        target = new_id()
        ids = _divide(connection, batch, messages, ids, target, worker, token)
        if not len(ids):
            return None
    claimed = _CLAIM_RUNS.execute(connection, ids, {"token": token, "message": target})
    if claimed.rowcount != len(ids):
        raise StoredDataError(not_pending(batch))
    return _claim(token, target, found, ids, _tried_before(connection, ids))


def _divide(
    connection: sa.Connection,
    batch: UUID,
    messages: Sequence[sa.Row[tuple[object, ...]]],
    ids: Ids,
    target: UUID,
    worker: Worker,
    token: UUID,
) -> Ids:
    """Move runs from locked, waiting messages into a new, claimed one. Return which."""
    wanted = set(ids.each())
    # Waiting for a lock may show a message as it has become since: without any of these runs.
    messages = [m for m in messages if not wanted.isdisjoint(m.run_ids.each())]
    if not messages:
        return Ids()
    for message in messages:
        _leave(connection, message, wanted)
    parts = (run for message in messages for run in message.run_ids.each() if run in wanted)
    mine = Ids(b"".join(parts)).sorted()
    connection.execute(
        sa.insert(run_messages).values(
            id=target,
            batch_id=batch,
            run_ids=mine,
            attempt=max(message.attempt for message in messages),
            created_at=Now(),
            published_at=Now(),
            claim=token,
            worker=worker.name,
            lease_until=Now() + int(worker.lease_seconds * 1000),
        )
    )
    return mine


def _leave(
    connection: sa.Connection, message: sa.Row[tuple[object, ...]], wanted: set[bytes]
) -> None:
    """Leave a message what of it was not claimed."""
    rest = Ids(b"".join(run for run in message.run_ids.each() if run not in wanted))
    this = run_messages.c.id == message.id
    connection.execute(
        sa.update(run_messages).where(this).values(run_ids=rest)
        if len(rest)
        else sa.delete(run_messages).where(this)
    )


def _tried_before(connection: sa.Connection, ids: Ids) -> Iterable[tuple[int, int]]:
    """Return run indices and how often each was tried, of the runs that were."""
    return ((row.run_index, row.times) for row in _TRIED_BEFORE.execute(connection, ids))


def _claim(
    token: UUID, message: UUID, batch: sa.Row[Any], ids: Ids, tried: Iterable[tuple[int, int]]
) -> Claim:
    indices = ids.indices
    attempts = np.ones(len(indices), dtype=np.int64)
    for index, times in tried:
        attempts[np.searchsorted(indices, index)] += times
    return Claim(
        token=token,
        message=message,
        batch=ids.batch,
        snapshot_sha256=batch.snapshot_sha256,
        seed=batch.seed,
        engine=batch.engine,
        engine_version=batch.engine_version,
        timelines=Timelines(batch.timelines),
        indices=indices,
        attempts=attempts,
    )


# -- keeping a claim -----------------------------------------------------------------------------

_HEARTBEAT = (
    sa.update(run_messages)
    .where(run_messages.c.id == sa.bindparam("message"))
    .where(run_messages.c.claim == sa.bindparam("token"))
    .values(
        lease_until=Now() + sa.bindparam("lease", type_=sa.BigInteger()),
        played=sa.bindparam("done"),
    )
    .returning(
        sa.select(batches.c.status).where(batches.c.id == run_messages.c.batch_id).scalar_subquery()
    )
)


def extend_lease(
    database: Database, claim: Claim, lease_seconds: float = LEASE_SECONDS, played: int = 0
) -> BatchStatus | None:
    """Keep a claim for another lease, and say how many of its runs are played.

    Returns:
        How the batch stands; None if the claim is lost.
    """
    with database.single() as connection:
        status = connection.scalar(
            _HEARTBEAT,
            {
                "message": claim.message,
                "token": claim.token,
                "lease": int(lease_seconds * 1000),
                "done": played,
            },
        )
    return None if status is None else BatchStatus(status)


# -- looking at them -----------------------------------------------------------------------------


class Lease(NamedTuple):
    """A claim as those see it who look for workers that vanished."""

    message: UUID
    token: UUID
    batch: UUID
    worker: str
    expired: bool


def list_leases(database: Database) -> list[Lease]:
    """Return all claims, from the one small table that holds them."""
    expired = (run_messages.c.lease_until < Now()).label("expired")
    query = sa.select(
        run_messages.c.id,
        run_messages.c.claim,
        run_messages.c.batch_id,
        run_messages.c.worker,
        expired,
    ).where(run_messages.c.claim.is_not(None))
    with database.read() as connection:
        rows = connection.execute(query).all()
    return [Lease(row.id, row.claim, row.batch_id, row.worker, bool(row.expired)) for row in rows]


def waiting_messages(database: Database, batch: UUID, most: int = 100) -> list[Ids]:
    """Return the runs of the oldest messages of a running batch that nobody works on."""
    query = (
        sa.select(run_messages.c.run_ids)
        .join(batches, batches.c.id == run_messages.c.batch_id)
        .where(
            run_messages.c.batch_id == batch,
            run_messages.c.claim.is_(None),
            batches.c.status == BatchStatus.RUNNING,
        )
        .order_by(run_messages.c.id)
        .limit(most)
        .execution_options(**IN_BINARY)
    )
    with database.read() as connection:
        return list(connection.scalars(query))
