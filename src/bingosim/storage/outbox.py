"""The outbox: which messages go to the broker, and which stand there.

A publisher takes messages, sends them, and confirms them when the broker has; what it took it has
until a certain moment. Between these no row is locked, so that a worker can claim a message that it
got before the publisher knew it was sent. What a publisher took and neither confirmed nor gave back
goes out again when that moment has passed: after a crash a message is published twice, never lost.

Rows are changed with `SKIP LOCKED`: whoever holds one claims it, resumes or cancels its batch, and
decides with that what becomes of it.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from bingosim.storage.database import IN_BINARY
from bingosim.storage.ids import Ids
from bingosim.storage.states import BatchStatus
from bingosim.storage.tables import batches, run_messages, simulation_runs
from bingosim.storage.types import Among, Now
from bingosim.storage.work import announce

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from bingosim.storage.database import Database

PUBLISHING_SECONDS = 30.0
"""How long messages that a publisher took are its own."""
_LOCK = 0x6F7574626F78
"""The number of PostgreSQL's advisory lock under which messages are taken: "outbox"."""


class Outgoing(NamedTuple):
    """A message that is to be published."""

    id: UUID
    batch: UUID
    run_ids: Ids


class Taken(NamedTuple):
    """Messages that one publisher took.

    Attributes:
        until: So long they are its own: milliseconds since 1970, and the proof that they are.
        messages: What to publish, in this order.
        more: Whether there was anything to publish, be it that no batch may have more published.
    """

    until: int
    messages: list[Outgoing]
    more: bool


class Outbox(NamedTuple):
    """How many messages wait to be published, and how many are published and unclaimed."""

    unpublished: int
    published: int


_OF_BATCH = run_messages.c.batch_id == batches.c.id
_UNPUBLISHED = (run_messages.c.claim.is_(None), run_messages.c.published_at.is_(None))
_PUBLISHED = (run_messages.c.claim.is_(None), run_messages.c.published_at.is_not(None))

_BATCHES_WITH_WORK = (  # running ones for workers, with how many of each one's stand in the broker
    sa.select(
        batches.c.id,
        sa.select(sa.func.count())
        .select_from(run_messages)
        .where(_OF_BATCH, *_PUBLISHED)
        .correlate(batches)
        .scalar_subquery(),
    )
    .where(
        batches.c.status == BatchStatus.RUNNING,
        batches.c.distributed,
        sa.exists().where(_OF_BATCH, *_UNPUBLISHED),
    )
    .order_by(batches.c.id)
)
_OLDEST_UNPUBLISHED = (  # of one batch; locked only until they are marked
    sa.select(run_messages.c.id, run_messages.c.batch_id, run_messages.c.run_ids)
    .where(run_messages.c.batch_id == sa.bindparam("batch"), *_UNPUBLISHED)
    .order_by(run_messages.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer()))
    .with_for_update(skip_locked=True)
    .execution_options(**IN_BINARY)
)
_MARK = (  # as published already: that is how they are counted
    sa.update(run_messages)
    .where(Among(run_messages.c.id))
    .values(published_at=Now(), publishing_until=sa.bindparam("until"))
)
_MINE = (  # those that nobody took since, or claimed, or gave back by resuming the batch
    sa.select(run_messages.c.id)
    .where(Among(run_messages.c.id), run_messages.c.publishing_until == sa.bindparam("taken_until"))
    .with_for_update(skip_locked=True)
)
_CONFIRM = sa.update(run_messages).where(run_messages.c.id.in_(_MINE)).values(publishing_until=None)
_UNPUBLISH = sa.update(run_messages).values(published_at=None, publishing_until=None)
_GIVE_BACK = _UNPUBLISH.where(run_messages.c.id.in_(_MINE), run_messages.c.claim.is_(None))


def take(database: Database, most: int, max_queued: int) -> Taken:
    """Take messages of running batches for publishing.

    Batches share evenly: those of which the least stands in the broker come first, and the messages
    of several alternate.

    Args:
        database: Where.
        most: How many messages at most.
        max_queued: How many of a batch may stand in the broker, published and unclaimed.
    """
    with database.write() as connection:
        if not database.is_sqlite:  # one at a time, so that two do not fill the same room
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        standing = {batch: count for batch, count in connection.execute(_BATCHES_WITH_WORK)}  # noqa: C416 - rows
        found = [
            connection.execute(_OLDEST_UNPUBLISHED, {"batch": batch, "most": share}).all()
            for batch, share in share_out(standing, most, max_queued).items()
        ]
        messages = _alternating([[Outgoing(*row) for row in rows] for rows in found])
        until = (connection.scalar(sa.select(Now())) or 0) + int(PUBLISHING_SECONDS * 1000)
        if messages:
            ids = Ids.of(message.id for message in messages)
            connection.execute(_MARK, {"ids": ids, "until": until})
    return Taken(until, messages, bool(standing))


def confirm(database: Database, taken: Taken, sent: Sequence[UUID]) -> None:
    """Note that the broker has these of the taken messages."""
    with database.single() as connection:
        connection.execute(_CONFIRM, {"ids": Ids.of(sent), "taken_until": taken.until})


def give_back(database: Database, taken: Taken, unsent: Sequence[UUID]) -> None:
    """Let these of the taken messages be published by whoever comes next."""
    with database.single() as connection:
        connection.execute(_GIVE_BACK, {"ids": Ids.of(unsent), "taken_until": taken.until})


def share_out(standing: dict[UUID, int], most: int, max_queued: int) -> dict[UUID, int]:
    """Return how many messages each batch may publish, if it has so many; nothing where none.

    Args:
        standing: Batch -> how many of its messages stand in the broker.
        most: How many there are to share out.
        max_queued: How many of a batch may stand there.
    """
    lowest = [(count, batch) for batch, count in standing.items() if count < max_queued]
    heapq.heapify(lowest)
    shares: dict[UUID, int] = {}
    for _ in range(most):
        if not lowest:
            break
        count, batch = lowest[0]
        shares[batch] = shares.get(batch, 0) + 1
        if count + 1 < max_queued:
            heapq.heapreplace(lowest, (count + 1, batch))
        else:
            heapq.heappop(lowest)
    return shares


def _alternating(of_batches: list[list[Outgoing]]) -> list[Outgoing]:
    """Return the first message of each batch, then the second of each, and so on."""
    placed = (
        (place, number, message)
        for number, messages in enumerate(of_batches)
        for place, message in enumerate(messages)
    )
    return [message for _, _, message in sorted(placed, key=lambda one: one[:2])]


# -- publishing again ----------------------------------------------------------------------------


def release_abandoned(database: Database) -> int:
    """Let what a publisher took and did not settle in time be published again. Return how many."""
    return _unpublish(database, run_messages.c.publishing_until < Now())


def release_lost(database: Database, grace_seconds: float) -> int:
    """Let published messages that nobody claimed for so long be published again. Return how many.

    To be called when the queue is empty and has been for as long: they are not in it.
    """
    return _unpublish(
        database,
        run_messages.c.publishing_until.is_(None),
        run_messages.c.published_at < Now() - int(grace_seconds * 1000),
    )


def publish_run_work(database: Database, run_ids: Ids | Sequence[UUID]) -> int:
    """Have the messages published, again if they were, in which these runs wait.

    Returns:
        How many go out once more; those that never did do so anyway. Runs that do not wait are
        skipped.
    """
    ids = run_ids if isinstance(run_ids, Ids) else Ids.of(run_ids)
    messages = sa.select(simulation_runs.c.message_id).where(Among(simulation_runs.c.id))
    return _unpublish(database, run_messages.c.id.in_(messages), ids=ids)


def read_outbox(database: Database) -> Outbox:
    """Return how many messages of running batches for workers wait, and stand in the broker."""
    joined = run_messages.join(batches)
    numbers = [
        sa.select(sa.func.count())
        .select_from(joined)
        .where(batches.c.distributed, batches.c.status == BatchStatus.RUNNING, *where)
        .scalar_subquery()
        for where in (_UNPUBLISHED, _PUBLISHED)
    ]
    with database.read() as connection:
        return Outbox(*connection.execute(sa.select(*numbers)).one())


def _unpublish(database: Database, *where: sa.ColumnElement[bool], ids: Ids | None = None) -> int:
    which = (
        sa.select(run_messages.c.id).where(*_PUBLISHED, *where).with_for_update(skip_locked=True)
    )
    with database.write() as connection:
        again = connection.execute(
            _UNPUBLISH.where(run_messages.c.id.in_(which)), None if ids is None else {"ids": ids}
        ).rowcount
        if again:
            announce(connection)
    return again
