"""Workers: who is alive, and what each holds. Time is the database's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from bingosim.storage.tables import run_messages, workers
from bingosim.storage.types import Now

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.storage.database import Database

ALIVE_MS = 20_000
"""Milliseconds after its last sign for which a worker counts as alive; it gives one every 5 s."""
KEPT_MS = 24 * 3_600_000
"""Milliseconds for which a row of a worker that vanished stays, for people to see."""


_ALIVE = workers.c.seen_at > Now() - ALIVE_MS
_CREW = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(workers.c.threads), 0)).where(
    _ALIVE
)


@dataclass(frozen=True, slots=True)
class Process:
    """A worker's process.

    Attributes:
        name: Names it in its claims.
        host: Name of its host.
        pid: Its number there.
        engines: Versions of the engines that it has.
        threads: How many of its threads simulate.
        connections: To the database, at most.
    """

    name: str
    host: str
    pid: int
    engines: tuple[str, ...]
    threads: int
    connections: int


class HeldRuns(NamedTuple):
    """A claim as people see it."""

    batch: UUID
    runs: int
    played: int
    lease_left_ms: int


@dataclass(frozen=True, slots=True)
class SeenWorker:
    """A worker and what it holds.

    Attributes:
        process: The process; None where only its claims are known, as of `bingosim run`.
        name: What its claims call it.
        alive: Whether it gave a sign lately.
        up_ms: Milliseconds since it started, at its last sign.
        seen_ms: Milliseconds since its last sign.
        claims: What it holds, by batch.
    """

    process: Process | None
    name: str
    alive: bool
    up_ms: int
    seen_ms: int
    claims: tuple[HeldRuns, ...]


def announce(database: Database, process: Process) -> None:
    """Say that a worker is alive; the first time it is entered, and old entries are removed."""
    this = workers.c.name == process.name
    with database.write() as connection:
        seen = connection.execute(sa.update(workers).where(this).values(seen_at=Now()))
        if seen.rowcount:
            return
        connection.execute(sa.delete(workers).where(workers.c.seen_at < Now() - KEPT_MS))
        connection.execute(
            sa.insert(workers).values(
                name=process.name,
                host=process.host,
                pid=process.pid,
                engines=json.dumps(process.engines),
                threads=process.threads,
                connections=process.connections,
                started_at=Now(),
                seen_at=Now(),
            )
        )


def withdraw(database: Database, name: str) -> None:
    """Remove a worker that ends in order."""
    with database.write() as connection:
        connection.execute(sa.delete(workers).where(workers.c.name == name))


def list_workers(database: Database) -> list[SeenWorker]:
    """Return all workers that were seen lately and all that hold claims, in order of names."""
    with database.read() as connection:
        now = connection.scalar(sa.select(Now())) or 0
        rows = connection.execute(sa.select(workers)).all()
        claims = connection.execute(
            sa.select(
                run_messages.c.worker,
                run_messages.c.batch_id,
                run_messages.c.run_ids,
                run_messages.c.played,
                run_messages.c.lease_until,
            )
            .where(run_messages.c.claim.is_not(None))
            .order_by(run_messages.c.id)
        ).all()
    held: dict[str, list[HeldRuns]] = {}
    for claim in claims:
        runs = HeldRuns(claim.batch_id, len(claim.run_ids), claim.played, claim.lease_until - now)
        held.setdefault(claim.worker, []).append(runs)
    entered = {row.name: row for row in rows}
    return [
        _seen(name, entered.get(name), now, tuple(held.get(name, ())))
        for name in sorted(entered.keys() | held.keys())
    ]


def _seen(
    name: str, row: sa.Row[tuple[object, ...]] | None, now: int, claims: tuple[HeldRuns, ...]
) -> SeenWorker:
    if row is None:
        return SeenWorker(None, name, any(c.lease_left_ms > 0 for c in claims), 0, 0, claims)
    process = Process(
        row.name, row.host, row.pid, tuple(json.loads(row.engines)), row.threads, row.connections
    )
    since = now - row.seen_at
    return SeenWorker(process, name, since < ALIVE_MS, row.seen_at - row.started_at, since, claims)


class Crew(NamedTuple):
    """How many workers are alive, and how many threads they have together."""

    workers: int
    threads: int


def count_crew(database: Database) -> Crew:
    """Return how many workers are alive."""
    with database.single() as connection:
        return Crew(*map(int, connection.execute(_CREW).one()))


class Connections(NamedTuple):
    """What workers may take of a database's connections, and how many it has; None: no limit."""

    wanted: int
    most: int | None


def count_connections(database: Database) -> Connections:
    """Return how many connections all living workers may have open."""
    wanted = sa.select(sa.func.coalesce(sa.func.sum(workers.c.connections), 0)).where(_ALIVE)
    with database.read() as connection:
        total = int(connection.scalar(wanted) or 0)
        if database.is_sqlite:
            return Connections(total, None)
        shown = connection.scalar(
            sa.text(
                "SELECT current_setting('max_connections')::int "
                "- current_setting('superuser_reserved_connections')::int"
            )
        )
    return Connections(total, int(shown or 0))
