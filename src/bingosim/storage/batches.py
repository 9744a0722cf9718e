"""Batches as they stand: found, listed, and how far they have come."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any
from uuid import UUID
from weakref import WeakValueDictionary

import sqlalchemy as sa

from bingosim.errors import InputError, StoredDataError
from bingosim.event.snapshot import Snapshot
from bingosim.payloads.timelines import Timelines
from bingosim.precision import Precision
from bingosim.storage.states import FINAL, BatchStatus, batch_states_before
from bingosim.storage.tables import (
    aggregates,
    batches,
    failed_runs,
    partial_aggregates,
    run_messages,
    snapshots,
)
from bingosim.storage.types import Now

if TYPE_CHECKING:
    from bingosim.storage.database import Database

LATEST = "latest"
"""What the newest batch may be called by."""
_KNOWN: WeakValueDictionary[str, Snapshot] = WeakValueDictionary()
"""Snapshots that somebody in this process holds, by their hashes."""
_DIGITS = 32
"""Hexadecimal digits of an id."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch as it stands; moments are milliseconds since 1970.

    Attributes:
        runs: Runs asked for; with a precision, those up to the next look.
        message_size: Runs in one message.
        timelines: Of which runs the times of tiles are kept.
        precision: When it may end, if that was asked for.
        distributed: Whether its messages are published to a broker, for workers.
        version: Counts its ends: an extension or a retry opens the next.
        reason: Why it ended as error.
    """

    id: UUID
    name: str
    snapshot_sha256: str
    seed: str
    engine: str
    engine_version: str
    runs: int
    message_size: int
    timelines: Timelines
    precision: Precision | None
    distributed: bool
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
        in_flight: Runs of these that are played and not yet kept, as of their last heartbeats.
    """

    runs: int
    completed: int
    failed: int
    waiting: int
    claimed: int
    in_flight: int

    @property
    def done(self) -> int:
        """Runs that are behind: kept, failed for good, or played and about to be kept."""
        return min(self.runs, self.completed + self.failed + self.in_flight)


_GOAL = ("min_runs", "max_runs")
"""Columns that make a `Precision`, beside the one of its name."""
_COLUMNS = tuple(batches.c[name] for name in (*(field.name for field in fields(Batch)), *_GOAL))


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


def lock_batch(connection: sa.Connection, batch: UUID, by: str) -> Batch:
    """Lock a batch for a change of state and check that the change is one of the table's.

    Raises:
        InputError: There is no such batch, or its state does not allow the change.
    """
    found = find_batch(connection, batch, lock=True)
    allowed = batch_states_before(by)
    if found.status not in allowed:
        raise InputError(
            f"batch {batch} is {found.status}: {by} needs the status {' or '.join(allowed)}"
        )
    return found


def name_batch(database: Database, text: str) -> UUID:
    """Return the id of the batch that a person means.

    Args:
        database: Where it is.
        text: Its id, the first digits of it if no other batch's id begins so, or `latest`.

    Raises:
        InputError: There is no such batch, or there are several.
    """
    query = sa.select(batches.c.id).order_by(batches.c.id.desc()).limit(2)
    if text != LATEST:
        digits = text.replace("-", "").lower()
        if not re.fullmatch(rf"[0-9a-f]{{4,{_DIGITS}}}", digits):
            raise InputError(
                f"{text!r} is no batch: expected {LATEST}, an id, or its first 4 digits or more"
            )
        first, last = (UUID(digits.ljust(_DIGITS, fill)) for fill in "0f")
        query = query.where(batches.c.id.between(first, last))
    with database.read() as connection:
        found: list[UUID] = list(connection.scalars(query))
    if not found:
        raise InputError("there is no batch yet" if text == LATEST else f"there is no batch {text}")
    if len(found) > 1 and text != LATEST:
        raise InputError(f"several batches begin with {text}, for example {found[0]}, {found[1]}")
    return found[0]


def list_batches(
    database: Database, most: int = 100, status: BatchStatus | None = None
) -> list[Batch]:
    """Return the newest batches, of one status if wanted; ids are in order of time."""
    query = sa.select(*_COLUMNS).order_by(batches.c.id.desc()).limit(most)
    if status is not None:
        query = query.where(batches.c.status == status)
    with database.read() as connection:
        return [_batch(row) for row in connection.execute(query)]


def ended_before(database: Database, seconds: int) -> list[Batch]:
    """Return the batches that ended more than so many seconds ago, the oldest first."""
    query = (
        sa.select(*_COLUMNS)
        .where(batches.c.status.in_(FINAL), batches.c.finished_at < Now() - seconds * 1000)
        .order_by(batches.c.id)
    )
    with database.read() as connection:
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
        StoredDataError: It is damaged.
    """
    with database.read() as connection:
        body = connection.scalar(sa.select(snapshots.c.body).where(snapshots.c.sha256 == sha256))
    if body is None:
        raise InputError(f"there is no snapshot {sha256}")
    if hashlib.sha256(body.encode(errors="replace")).hexdigest() != sha256:
        raise StoredDataError(f"the stored snapshot {sha256} is damaged: its hash is another")
    known = _KNOWN.get(sha256)
    if known is None:
        known = Snapshot.from_json(body)
        remember_snapshot(known)
    return known


def remember_snapshot(snapshot: Snapshot) -> None:
    """Have `read_snapshot` return this one, as long as somebody holds it, after a look at the row.

    To make it of its text takes as long as simulating some hundred runs.
    """
    _KNOWN[snapshot.sha256] = snapshot


def read_progress(database: Database, batch: UUID) -> Progress:
    """Return how far a batch has come, from its messages and aggregates; no run is read.

    Raises:
        InputError: There is no such batch.
    """

    def total(column: sa.ColumnElement[Any], table: sa.Table, *where: Any) -> sa.ColumnElement[Any]:
        return (
            sa.select(sa.func.coalesce(column, 0))
            .where(table.c.batch_id == batch, *where)
            .scalar_subquery()
        )

    messages = sa.func.count()
    held = run_messages.c.claim.is_not(None)  # an index holds these few
    claimed = total(messages, run_messages, held)
    query = sa.select(  # one statement, so that all numbers are of one moment
        batches.c.runs,
        total(sa.func.sum(aggregates.c.runs), aggregates)
        + total(sa.func.sum(partial_aggregates.c.runs), partial_aggregates),
        total(sa.func.count(failed_runs.c.run_id), failed_runs),
        total(messages, run_messages) - claimed,
        claimed,
        total(sa.func.sum(run_messages.c.played), run_messages, held),
    ).where(batches.c.id == batch)
    with database.read() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise InputError(f"there is no batch {batch}")
    return Progress(*(int(number) for number in row))


def _batch(row: Any) -> Batch:
    values = dict(row._mapping)  # noqa: SLF001 - its public name
    goal = [values.pop(name) for name in _GOAL]
    points = values["precision"]
    values["precision"] = None if points is None else Precision(points, *goal)
    values["status"] = BatchStatus(row.status)
    values["timelines"] = Timelines(row.timelines)
    return Batch(**values)
