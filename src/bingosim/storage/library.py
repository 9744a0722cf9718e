"""Items of the library, and which events use which of them.

Statements here take a connection: what belongs together is done in one transaction, which
`bingosim.library` opens. Changes are made one after the other (`changing`), as the embedded
database has it anyway: what an event says and what it uses go together only as a whole, and people
who edit are never so many that they would wait.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import sqlalchemy as sa

from bingosim.storage.ids import new_id
from bingosim.storage.tables import ItemKind, library_items, library_uses
from bingosim.storage.types import Now

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from uuid import UUID

    from bingosim.storage.database import Database

_LOCK = 0x6C6962726172
"""The number of PostgreSQL's advisory lock under which the library is changed: "librar"."""
_AT_ONCE = 10_000
"""Values of a statement; both databases take some ten thousands at most."""
Order = Literal["name", "changed"]
"""By name from A to Z, or what was changed last first."""


class Content(NamedTuple):
    """What an item holds.

    Attributes:
        kind: What it is.
        name: What people read.
        document: JSON.
        found_by: Text in which every word of a search must stand, however it is cased.
    """

    kind: ItemKind
    name: str
    document: str
    found_by: str

    @property
    def sha256(self) -> str:
        """Hex digest of kind and document: equal ones are the same thing."""
        return hashlib.sha256(f"{self.kind}\n{self.document}".encode()).hexdigest()


class Row(NamedTuple):
    """An item as it is stored; moments are milliseconds since 1970.

    Attributes:
        document: JSON; empty where a list leaves it out.
        version: Counts its changes, from 1.
    """

    id: UUID
    kind: ItemKind
    name: str
    document: str
    version: int
    created_at: int
    changed_at: int


class Use(NamedTuple):
    """An event that uses an item."""

    item: UUID
    event: UUID
    event_name: str


class Wanted(NamedTuple):
    """Which items a list holds.

    Attributes:
        kind: Of which kind.
        words: Every one of these stands somewhere in what an item is found by.
        order: How they are sorted.
        documents: Whether the documents are read too.
    """

    kind: ItemKind
    words: tuple[str, ...] = ()
    order: Order = "name"
    documents: bool = False


@contextmanager
def changing(database: Database) -> Iterator[sa.Connection]:
    """Yield a connection in a transaction in which nobody else changes the library."""
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        yield connection


def insert_items(connection: sa.Connection, contents: Sequence[Content]) -> list[UUID]:
    """Store new items; return their ids, in order."""
    ids = [new_id() for _ in contents]
    if contents:
        connection.execute(
            sa.insert(library_items).values(created_at=Now(), changed_at=Now()),
            [
                {"id": id_, "version": 1, **_written(content)}
                for id_, content in zip(ids, contents, strict=True)
            ],
        )
    return ids


def read_items(connection: sa.Connection, ids: Iterable[UUID]) -> dict[UUID, Row]:
    """Return those of some items that are there, by id."""
    query = _ROWS.where(library_items.c.id.in_(sorted(ids))).order_by(library_items.c.id)
    return {row.id: row for row in map(_row, connection.execute(query))}


def update_item(connection: sa.Connection, id_: UUID, version: int, content: Content) -> Row | None:
    """Give an item of this version new content, and count that.

    Returns:
        The item as it is then; None if it is not there in this version.
    """
    changed = (
        sa.update(library_items)
        .where(library_items.c.id == id_, library_items.c.version == version)
        .values(version=version + 1, changed_at=Now(), **_written(content))
        .returning(*_COLUMNS)
    )
    found = connection.execute(changed).one_or_none()
    return None if found is None else _row(found)


def delete_items(connection: sa.Connection, ids: Sequence[UUID]) -> None:
    """Delete items, and what they use and are used by."""
    connection.execute(
        sa.delete(library_uses).where(
            library_uses.c.item_id.in_(ids) | library_uses.c.event_id.in_(ids)
        )
    )
    connection.execute(sa.delete(library_items).where(library_items.c.id.in_(ids)))


def page_items(
    connection: sa.Connection, wanted: Wanted, most: int, offset: int = 0
) -> tuple[list[Row], int]:
    """Return some of the items that are looked for, and how many there are in all."""
    conditions = [
        library_items.c.kind == wanted.kind,
        *(
            library_items.c.found_by.contains(word.casefold(), autoescape=True)
            for word in wanted.words
        ),
    ]
    query = _ROWS if wanted.documents else _ROWS_WITHOUT_DOCUMENTS
    order = (
        (library_items.c.sorted_by, library_items.c.id)
        if wanted.order == "name"
        else (library_items.c.changed_at.desc(), library_items.c.id.desc())
    )
    rows = connection.execute(query.where(*conditions).order_by(*order).limit(most).offset(offset))
    count = sa.select(sa.func.count()).select_from(library_items).where(*conditions)
    return [_row(row) for row in rows], connection.scalar(count) or 0


def find_equal(connection: sa.Connection, contents: Iterable[Content]) -> dict[str, UUID]:
    """Return the oldest item of each of these contents that is there already, by its sha256."""
    wanted = sorted({content.sha256 for content in contents})
    query = sa.select(library_items.c.sha256, library_items.c.id).order_by(
        library_items.c.id.desc()
    )
    found: dict[str, UUID] = {}
    for at in range(0, len(wanted), _AT_ONCE):
        part = library_items.c.sha256.in_(wanted[at : at + _AT_ONCE])
        found |= {row.sha256: row.id for row in connection.execute(query.where(part))}
    return found


def replace_uses(connection: sa.Connection, event: UUID, items: Sequence[UUID]) -> None:
    """Have an event use exactly these items, in this order."""
    connection.execute(sa.delete(library_uses).where(library_uses.c.event_id == event))
    if items:
        connection.execute(
            sa.insert(library_uses),
            [
                {"event_id": event, "item_id": item, "position": position}
                for position, item in enumerate(items)
            ],
        )


def read_used(connection: sa.Connection, event: UUID) -> list[Row]:
    """Return the items that an event uses, in order."""
    query = (
        _ROWS.join(library_uses, library_uses.c.item_id == library_items.c.id)
        .where(library_uses.c.event_id == event)
        .order_by(library_uses.c.position)
    )
    return [_row(row) for row in connection.execute(query)]


def read_uses(connection: sa.Connection, items: Iterable[UUID]) -> list[Use]:
    """Return which events use these items, by the events' names."""
    query = (
        sa.select(library_uses.c.item_id, library_items.c.id, library_items.c.name)
        .join(library_items, library_items.c.id == library_uses.c.event_id)
        .where(library_uses.c.item_id.in_(sorted(items)))
        .order_by(library_items.c.sorted_by, library_items.c.id)
    )
    return [Use(*row) for row in connection.execute(query)]


def _written(content: Content) -> dict[str, str]:
    return {
        "kind": content.kind.value,
        "name": content.name,
        "sorted_by": content.name.casefold(),
        "found_by": content.found_by.casefold(),
        "document": content.document,
        "sha256": content.sha256,
    }


def _row(row: Any) -> Row:
    found = Row(*row)
    return found._replace(kind=ItemKind(found.kind))


_COLUMNS = tuple(library_items.c[name] for name in Row._fields)
_ROWS = sa.select(*_COLUMNS)
_ROWS_WITHOUT_DOCUMENTS = sa.select(
    *(sa.literal("").label("document") if c.name == "document" else c for c in _COLUMNS)
)
