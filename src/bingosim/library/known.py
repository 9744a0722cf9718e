"""What may be named: activities of catalog and library, capabilities that anything asks for."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from bingosim.event.catalog import load_all
from bingosim.event.model import Activity
from bingosim.library import board, store
from bingosim.storage.tables import ItemKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bingosim.library.items import Item
    from bingosim.storage.database import Database

MOST_ACTIVITIES = 2_000
MOST_PLAYERS = 500
MOST_EVENTS = 50
"""Of the library's own, those that were changed last: suggestions need no more."""


class Known(NamedTuple):
    """What may be named.

    Attributes:
        activities: Key -> name, by key; one of the library's own before one of the catalog.
        capabilities: Sorted.
    """

    activities: Mapping[str, str]
    capabilities: tuple[str, ...]


def known(database: Database) -> Known:
    """Return what catalog and library know."""
    own = _items(database, ItemKind.ACTIVITY, MOST_ACTIVITIES)
    names = {**_catalog_names(), **{str(item.document["key"]): item.name for item in own}}
    capabilities = {
        *_catalog_capabilities(),
        *(word for item in own for word in _words(item.document.get("requires"))),
        *_asked(_items(database, ItemKind.EVENT, MOST_EVENTS)),
        *(
            word
            for item in _items(database, ItemKind.PLAYER, MOST_PLAYERS)
            for word in _words(item.document.get("has"))
        ),
    }
    return Known(dict(sorted(names.items())), tuple(sorted(capabilities)))


def known_drops(database: Database) -> tuple[str, ...]:
    """Return the keys of all drops of catalog and library, sorted."""
    own = _items(database, ItemKind.ACTIVITY, MOST_ACTIVITIES)
    drops = {drop for one in own for drop in Activity.model_validate(one.document).drop_keys}
    return tuple(sorted(drops.union(*(entry.activity.drop_keys for entry in load_all()))))


def _items(database: Database, kind: ItemKind, most: int) -> list[Item]:
    page = store.page(database, kind, most=most, order="changed", documents=True)
    return [one.item for one in page.listed]


@cache
def _catalog_names() -> Mapping[str, str]:
    return {entry.key: entry.activity.name for entry in load_all()}


@cache
def _catalog_capabilities() -> frozenset[str]:
    return frozenset(word for entry in load_all() for word in entry.activity.requires)


def _asked(events: Iterable[Item]) -> Iterator[str]:
    for event in events:
        for row in board.rows_of(event.document):
            for source in (source for tile in row for source in tile.get("from") or ()):
                yield from _words(source.get("requires"))
                yield from (modifier["has"] for modifier in source.get("modifiers") or ())


def _words(listed: object) -> tuple[str, ...]:
    return tuple(map(str, listed)) if isinstance(listed, (list, tuple)) else ()
