"""Activities of the library and of the catalog as one list."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from bingosim.event.catalog import catalog_keys, load_all, load_entry, matches, search
from bingosim.event.model import Activity
from bingosim.library import store
from bingosim.storage.tables import ItemKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bingosim.event.catalog.entry import CatalogEntry
    from bingosim.library.items import Item, Listed
    from bingosim.storage.database import Database
    from bingosim.storage.library import Use

MOST_OWN = 10_000
"""Of the library's own, those that are looked through for keys of the catalog."""


class Which(StrEnum):
    """Which activities a list holds."""

    ALL = "all"
    OWN = "own"
    CATALOG = "catalog"
    OVERRIDES = "overrides"


class Line(NamedTuple):
    """An activity in a list.

    Attributes:
        activity: It.
        found: Drop keys that have the words that were looked for.
        item: What the library keeps of it; None for one of the catalog.
        entry: The catalog's entry of this key, if there is one.
        changed: Of one of the catalog: the library's own of this key.
        events: Those that use it.
    """

    activity: Activity
    found: Sequence[str]
    item: Item | None = None
    entry: CatalogEntry | None = None
    changed: Sequence[Item] = ()
    events: Sequence[Use] = ()


class Found(NamedTuple):
    """Some of the activities that are looked for, and how many there are in all."""

    lines: Sequence[Line]
    total: int


def page(database: Database, q: str, which: Which, *, most: int, offset: int) -> Found:
    """Return a page of a list: the library's own by name, then those of the catalog by name.

    Args:
        database: Where the library is.
        q: Words that must all be found, in keys, names and drops.
        which: What the list holds.
        most: How many at most.
        offset: How many to leave out.
    """
    own, total = _own(database, q, which, most, offset)
    lines = [_of_library(one, q) for one in own]
    if which in (Which.ALL, Which.CATALOG):
        entries = _entries(q)
        begin = max(0, offset - total)
        shown = entries[begin : begin + most - len(own)]
        total += len(entries)
        changed = overrides(database) if shown else {}
        for entry in shown:
            items = [one.item for one in changed.get(entry.key, ())]
            lines.append(Line(entry.activity, _hits(entry.activity, q), None, entry, items))
    return Found(lines, total)


def overrides(database: Database, q: str = "") -> dict[str, list[Listed]]:
    """Return the library's own activities whose keys the catalog has, by key."""
    found: dict[str, list[Listed]] = {}
    known = frozenset(catalog_keys())
    for one in store.page(database, ItemKind.ACTIVITY, q, most=MOST_OWN, documents=True).listed:
        key = one.item.document["key"]
        if key in known:
            found.setdefault(key, []).append(one)
    return found


def _own(
    database: Database, q: str, which: Which, most: int, offset: int
) -> tuple[Sequence[Listed], int]:
    if which is Which.CATALOG:
        return (), 0
    if which is Which.OVERRIDES:
        listed = [one for same in overrides(database, q).values() for one in same]
        listed.sort(key=lambda one: (one.item.name.casefold(), one.item.id))
        return listed[offset : offset + most], len(listed)
    found = store.page(database, ItemKind.ACTIVITY, q, most=most, offset=offset, documents=True)
    return found.listed, found.total


def _entries(q: str) -> Sequence[CatalogEntry]:
    if not q.strip():
        return load_all()
    found = {entry.key for entry, _ in search(q.split())}
    return [entry for entry in load_all() if entry.key in found]


def _of_library(listed: Listed, q: str) -> Line:
    item = listed.item
    activity = Activity.model_validate(item.document)
    entry = load_entry(activity.key) if activity.key in catalog_keys() else None
    return Line(activity, _hits(activity, q), item, entry, (), listed.events)


def _hits(activity: Activity, q: str) -> Sequence[str]:
    return (matches(activity, q.split()) or ()) if q.strip() else ()
