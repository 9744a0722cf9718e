"""What tiles can be made of: activities of the event, of the library and of the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bingosim.errors import MissingError, UnknownKeyError
from bingosim.event.catalog import load_entry, matches, search
from bingosim.event.model import Activity
from bingosim.event.quantities import format_chance
from bingosim.library import store
from bingosim.storage.tables import ItemKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from bingosim.library.assemble import Whole
    from bingosim.library.items import Item
    from bingosim.storage.database import Database

MOST_FOUND = 30
Origin = Literal["event", "library", "catalog"]


@dataclass(frozen=True, slots=True)
class Known:
    """An activity that a tile can name.

    Attributes:
        activity: What it is.
        origin: Whether the event has it as its own, may take it from the library, or finds it in
            the catalog.
        item: Its id in the library; None of the catalog's.
        hits: The drops that a search found.
    """

    activity: Activity
    origin: Origin
    item: UUID | None = None
    hits: tuple[str, ...] = ()


class Lookup:
    """Finds activities for the tiles of one event.

    Args:
        database: Where the library is.
        whole: The event.
    """

    def __init__(self, database: Database, whole: Whole) -> None:
        self._database = database
        self._own = {item.document["key"]: item for item in whole.activities}

    def find(self, key: str, item: UUID | None = None) -> Known | None:
        """Return what a tile of the event means by a key.

        Args:
            key: The activity's.
            item: An activity of the library that the event does not have yet, but shall have.
        """
        own = self._own.get(key)
        if own is not None:
            return Known(_activity(own), "event", own.id)
        chosen = self._item(item)
        if chosen is not None and chosen.document["key"] == key:
            return Known(_activity(chosen), "library", chosen.id)
        try:
            return Known(load_entry(key).activity, "catalog")
        except UnknownKeyError:
            return None

    def search(self, q: str) -> list[Known]:
        """Return activities by words of their keys, names and drops, those of the event first."""
        return [found for _, found in zip(range(MOST_FOUND), self._all(q), strict=False)]

    def _all(self, q: str) -> Iterator[Known]:
        if not any(letter.isalnum() for letter in q):
            return
        others = store.page(self._database, ItemKind.ACTIVITY, most=MOST_FOUND, documents=True, q=q)
        unused = [one.item for one in others.listed if one.item.document["key"] not in self._own]
        places: tuple[tuple[Origin, list[Item]], ...] = (
            ("event", list(self._own.values())),
            ("library", unused),
        )
        for origin, items in places:
            for item in items:
                activity = _activity(item)
                hits = matches(activity, [q])
                if hits is not None:
                    yield Known(activity, origin, item.id, tuple(hits))
        for entry, hits in search([q]):
            if entry.key not in self._own:
                yield Known(entry.activity, "catalog", hits=tuple(hits))

    def _item(self, item: UUID | None) -> Item | None:
        if item is None:
            return None
        try:
            return store.read(self._database, ItemKind.ACTIVITY, item)
        except MissingError:
            return None


def drops_of(activity: Activity) -> dict[str, str]:
    """Return what an activity gives, in the order of its loot: drop key -> chances in words."""
    words: dict[str, list[str]] = {}
    for line in activity.loot:
        for outcome in line.drops:
            for key, quantity in outcome.gives.items():
                chance = "always" if outcome.chance == 1 else format_chance(outcome.chance)
                rolls = f"{line.rolls} times " if line.rolls > 1 else ""
                many = f" ({quantity})" if str(quantity) != "1" else ""
                group = ", one for the group" if line.per == "group" else ""
                words.setdefault(key, []).append(f"{rolls}{chance}{many}{group}")
    return {key: " + ".join(parts) for key, parts in words.items()}


def _activity(item: Item) -> Activity:
    return Activity.model_validate(item.document)
