"""Batches by the page, the newest first; and those that nobody executes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from bingosim.storage.states import BatchStatus
from bingosim.storage.tables import aggregates, batches, partial_aggregates, run_messages
from bingosim.storage.types import Now

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from bingosim.storage.database import Database


class Listed(NamedTuple):
    """A batch as a list shows it; moments are milliseconds since 1970.

    Attributes:
        runs: Runs asked for.
        completed: Runs whose results are kept.
    """

    id: UUID
    name: str
    status: BatchStatus
    engine: str
    runs: int
    completed: int
    created_at: int
    finished_at: int | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which batches are looked for.

    Attributes:
        status: Of this status only.
        words: Every one of these stands somewhere in the name.
    """

    status: BatchStatus | None = None
    words: tuple[str, ...] = ()

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return what a row must fulfil."""
        found: list[sa.ColumnElement[bool]] = [
            batches.c.name.icontains(word, autoescape=True) for word in self.words
        ]
        if self.status is not None:
            found.append(batches.c.status == self.status)
        return found


class Page(NamedTuple):
    """Some of the batches that are looked for.

    Attributes:
        listed: They, the newest first.
        newer: Whether there are some before these.
        older: Whether there are some after these.
        total: How many there are in all.
    """

    listed: Sequence[Listed]
    newer: bool
    older: bool
    total: int


def page_batches(
    database: Database,
    wanted: Wanted,
    most: int,
    *,
    before: UUID | None = None,
    after: UUID | None = None,
) -> Page:
    """Return a page of batches; ids are in order of time, so a place in the list is an id.

    Args:
        database: Where.
        wanted: Which.
        most: How many at most.
        before: The newest that are older than this one.
        after: The oldest that are newer than this one, if `before` is not given.
    """
    conditions = wanted.conditions()
    backwards = after is not None and before is None
    here = conditions.copy()
    if before is not None:
        here.append(batches.c.id < before)
    elif after is not None:
        here.append(batches.c.id > after)
    order = batches.c.id if backwards else batches.c.id.desc()
    # One more than is shown says whether there is another page.
    query = sa.select(*_COLUMNS).where(*here).order_by(order).limit(most + 1)
    count = sa.select(sa.func.count()).select_from(batches).where(*conditions)
    with database.read() as connection:
        rows = [_listed(row) for row in connection.execute(query)]
        total = connection.scalar(count) or 0
        more, rows = len(rows) > most, rows[:most]
        if backwards:
            rows.reverse()
        beyond = (
            sa.select(sa.exists().where(*conditions, batches.c.id > rows[0].id)) if rows else None
        )
        newer = more if backwards else bool(beyond is not None and connection.scalar(beyond))
    return Page(rows, newer, True if backwards else more, total)


def unattended(database: Database, engines: Sequence[str]) -> list[UUID]:
    """Return the running batches that these engines may execute and nobody does, oldest first.

    Batches for workers are not among them. A claim whose lease has run out counts as nobody's.
    """
    claimed = sa.exists().where(
        run_messages.c.batch_id == batches.c.id,
        run_messages.c.claim.is_not(None),
        run_messages.c.lease_until >= Now(),
    )
    query = (
        sa.select(batches.c.id)
        .where(
            batches.c.status == BatchStatus.RUNNING,
            ~batches.c.distributed,
            batches.c.engine_version.in_(engines),
            ~claimed,
        )
        .order_by(batches.c.id)
    )
    with database.read() as connection:
        return list(connection.scalars(query))


def completed_runs() -> sa.ColumnElement[int]:
    """Return the column of the runs of a batch whose results are kept."""
    parts = [
        sa.select(sa.func.coalesce(sa.func.sum(table.c.runs), 0))
        .where(table.c.batch_id == batches.c.id)
        .scalar_subquery()
        for table in (aggregates, partial_aggregates)
    ]
    return (parts[0] + parts[1]).label("completed")


_COLUMNS = (
    batches.c.id,
    batches.c.name,
    batches.c.status,
    batches.c.engine,
    batches.c.runs,
    completed_runs(),
    batches.c.created_at,
    batches.c.finished_at,
)


def _listed(row: Any) -> Listed:
    found = Listed(*row)
    return found._replace(status=BatchStatus(found.status), completed=int(found.completed))
