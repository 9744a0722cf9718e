"""How the work of all batches stands, from the small tables: no run is read but by its key."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from bingosim.storage.batches import find_batch
from bingosim.storage.ids import TIME_SHIFT, Ids
from bingosim.storage.listing import completed_runs
from bingosim.storage.states import OPEN, BatchStatus
from bingosim.storage.tables import (
    batches,
    failed_runs,
    result_chunks,
    run_messages,
    simulation_runs,
)
from bingosim.storage.types import Now

if TYPE_CHECKING:
    from bingosim.storage.database import Database

MOST_BATCHES = 25
"""Batches of a kind that are told of, the newest."""
PERIOD_SECONDS, PERIODS = 5, 12
"""The last minute is told in so many parts."""


class OpenBatch(NamedTuple):
    """A batch that is not at its end.

    Attributes:
        completed: Runs whose results are kept.
        waiting: Messages that nobody has, and that are not published.
        published: Messages that stand in the broker, or are with a worker that has not begun.
        claimed: Messages that are worked on.
        retried: Messages among all these whose runs have failed, or died alone, before.
    """

    id: UUID
    name: str
    status: BatchStatus
    distributed: bool
    runs: int
    completed: int
    waiting: int
    published: int
    claimed: int
    retried: int


class FailingBatch(NamedTuple):
    """A batch of which runs are failed for good; `error` is that of the first of them."""

    id: UUID
    name: str
    status: BatchStatus
    failed: int
    first: int
    error: str | None


class FailedRun(NamedTuple):
    """A run that is failed for good: its index, how often it failed and died alone, and of what."""

    run: int
    failures: int
    deaths: int
    error: str | None


class FailedPage(NamedTuple):
    """Some of a batch's failed runs, in order; how many there are in all; whether more follow."""

    runs: list[FailedRun]
    total: int
    more: bool


@dataclass(frozen=True, slots=True)
class Work:
    """How the work stands.

    Attributes:
        open: Batches that are not at their end, the newest first.
        open_total: How many of them there are.
        failing: Batches with runs that are failed for good, the newest first.
        kept: Runs whose results were kept in each part of the last minute, the earliest first. A
            part is of the clocks of those who kept them: their ids say when they were made.
    """

    open: list[OpenBatch]
    open_total: int
    failing: list[FailingBatch]
    kept: tuple[int, ...]


def read_work(database: Database) -> Work:
    """Return how the work of all batches stands."""
    open_batches = sa.select(*_OPEN_COLUMNS).where(_IS_OPEN).order_by(batches.c.id.desc())
    with database.read() as connection:
        found = connection.execute(open_batches.limit(MOST_BATCHES)).all()
        total = connection.scalar(sa.select(sa.func.count()).select_from(batches).where(_IS_OPEN))
        failing = connection.execute(_FAILING).all()
        return Work(
            open=[OpenBatch(*row)._replace(status=BatchStatus(row.status)) for row in found],
            open_total=total or 0,
            failing=[_failing(connection, row) for row in failing],
            kept=_kept(connection),
        )


def page_failed(database: Database, batch: UUID, most: int, after: int | None = None) -> FailedPage:
    """Return a page of a batch's failed runs, in the order of their indices.

    Args:
        database: Where.
        batch: Which batch.
        most: How many at most.
        after: Only runs with greater indices.

    Raises:
        InputError: There is no such batch.
    """
    of_batch = failed_runs.c.batch_id == batch
    here = [of_batch]
    if after is not None:
        (last,) = Ids.of_runs(batch, [after])
        here.append(failed_runs.c.run_id > last)
    query = (
        sa.select(
            simulation_runs.c.run_index,
            simulation_runs.c.failures,
            simulation_runs.c.deaths,
            simulation_runs.c.error,
        )
        .join_from(failed_runs, simulation_runs, simulation_runs.c.id == failed_runs.c.run_id)
        .where(*here)
        .order_by(failed_runs.c.run_id)
        .limit(most + 1)  # one more than is shown says whether there is another page
    )
    count = sa.select(sa.func.count()).select_from(failed_runs).where(of_batch)
    with database.read() as connection:
        find_batch(connection, batch)
        found = [FailedRun(*row) for row in connection.execute(query)]
        return FailedPage(found[:most], connection.scalar(count) or 0, len(found) > most)


def _messages(*where: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    """Count messages of a batch; where they are unclaimed or claimed, in a small index."""
    return (
        sa.select(sa.func.count())
        .select_from(run_messages)
        .where(run_messages.c.batch_id == batches.c.id, *where)
        .scalar_subquery()
    )


_FREE = run_messages.c.claim.is_(None)
_IS_OPEN = batches.c.status.in_(OPEN)
_OPEN_COLUMNS = (
    batches.c.id,
    batches.c.name,
    batches.c.status,
    batches.c.distributed,
    batches.c.runs,
    completed_runs(),
    _messages(_FREE, run_messages.c.published_at.is_(None)),
    _messages(_FREE, run_messages.c.published_at.is_not(None)),
    _messages(run_messages.c.claim.is_not(None)),
    _messages(run_messages.c.attempt > 1),
)
_FAILED = failed_runs.c.batch_id == batches.c.id
_FAILING = (  # those that can have failed runs are few: they have not ended, or ended as error
    sa.select(
        batches.c.id,
        batches.c.name,
        batches.c.status,
        sa.select(sa.func.count()).where(_FAILED).scalar_subquery().label("failed"),
    )
    .where(
        batches.c.status.in_((*OPEN, BatchStatus.ERROR)),
        sa.exists().where(_FAILED),
    )
    .order_by(batches.c.id.desc())
    .limit(MOST_BATCHES)
)
_FIRST_FAILED = (
    sa.select(simulation_runs.c.run_index, simulation_runs.c.error)
    .join_from(failed_runs, simulation_runs, simulation_runs.c.id == failed_runs.c.run_id)
    .where(failed_runs.c.batch_id == sa.bindparam("batch"))
    .order_by(failed_runs.c.run_id)
    .limit(1)
)


def _failing(connection: sa.Connection, row: Any) -> FailingBatch:
    first = connection.execute(_FIRST_FAILED, {"batch": row.id}).one()
    return FailingBatch(
        row.id, row.name, BatchStatus(row.status), row.failed, first.run_index, first.error
    )


def _kept(connection: sa.Connection) -> tuple[int, ...]:
    """Return how many runs were kept in each part of the last minute.

    Ids of chunks begin with the moment at which they were made: a range of the primary key.
    """
    now = connection.scalar(sa.select(Now())) or 0
    begins = [now - 1000 * PERIOD_SECONDS * back for back in range(PERIODS, 0, -1)]
    bounds = [UUID(int=moment << TIME_SHIFT) for moment in begins]
    since = [
        sa.func.coalesce(
            sa.func.sum(sa.case((result_chunks.c.id >= bound, result_chunks.c.runs))), 0
        )
        for bound in bounds
    ]
    row = connection.execute(sa.select(*since).where(result_chunks.c.id >= bounds[0])).one()
    return tuple(int(more - less) for more, less in pairwise((*row, 0)))
