"""Items as the rest of the program sees them: their documents are plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bingosim.library.plain import from_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from bingosim.library.plain import Document
    from bingosim.storage.library import Row, Use
    from bingosim.storage.tables import ItemKind


@dataclass(frozen=True, slots=True)
class Item:
    """A player, an activity or an event of the library; moments are milliseconds since 1970.

    Attributes:
        document: Its piece of an event file; sound. Empty where a list leaves it out.
        version: Counts its changes, from 1; of an event also those of what it uses.
    """

    id: UUID
    kind: ItemKind
    name: str
    document: Document
    version: int
    created_at: int
    changed_at: int

    @classmethod
    def of(cls, row: Row) -> Item:
        """Return what is stored."""
        document = from_json(row.document) if row.document else {}
        return cls(
            row.id, row.kind, row.name, document, row.version, row.created_at, row.changed_at
        )


class Listed(NamedTuple):
    """An item in a list, and the events that use it."""

    item: Item
    events: tuple[Use, ...]


class Page(NamedTuple):
    """Some of the items that are looked for.

    Attributes:
        listed: They, in order.
        offset: How many there are before these.
        total: How many there are in all.
    """

    listed: Sequence[Listed]
    offset: int
    total: int

    @property
    def next(self) -> int | None:
        """Offset of the next page; None on the last."""
        after = self.offset + len(self.listed)
        return after if self.listed and after < self.total else None
