"""Which players and activities of the library an event uses, in the order of its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bingosim.errors import InputError, InUseError
from bingosim.event.fields import MOST_PLAYERS
from bingosim.library.documents import content_of
from bingosim.library.effects import taken_from
from bingosim.library.items import Item
from bingosim.library.store import missing, seen, write
from bingosim.storage import library as stored
from bingosim.storage.tables import ItemKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from bingosim.storage.database import Database
MOST_USED = MOST_PLAYERS
"""Players, and activities, that an event may use."""


def set_players(
    database: Database, event: UUID, players: Sequence[UUID], version: int, *, cascade: bool = False
) -> Item:
    """Have an event use exactly these players, in this order.

    Args:
        database: Where.
        event: The event.
        players: All of them, those that it uses already too.
        version: The version of the event that was seen.
        cascade: Who is taken out leaves their team, too.

    Returns:
        The event as it is then.

    Raises:
        InUseError: Who is taken out is in a team, and `cascade` is not set; carries the effect.
        InputError: Two have the same name, one is there twice, or there are too many.
        StaleError: The event has another version by now.
        MissingError: The event or a player is not there.
    """
    return _set(database, event, ItemKind.PLAYER, players, version, cascade=cascade)


def set_activities(
    database: Database,
    event: UUID,
    activities: Sequence[UUID],
    version: int,
    *,
    cascade: bool = False,
) -> Item:
    """Have an event use exactly these activities of the library, in this order.

    Args:
        database: Where.
        event: The event.
        activities: All of them, those that it uses already too.
        version: The version of the event that was seen.
        cascade: What is taken out leaves the tiles, too, see `effects`.

    Returns:
        The event as it is then.

    Raises:
        InUseError: Tiles use what is taken out, and `cascade` is not set; carries the effect.
        InputError: Two have the same key, one is there twice, or there are too many.
        StaleError: The event has another version by now.
        MissingError: The event or an activity is not there.
    """
    return _set(database, event, ItemKind.ACTIVITY, activities, version, cascade=cascade)


def _set(
    database: Database,
    event_id: UUID,
    kind: ItemKind,
    wanted: Sequence[UUID],
    version: int,
    *,
    cascade: bool,
) -> Item:
    with stored.changing(database) as connection:
        chosen = _chosen(connection, kind, wanted)
        event = seen(connection, ItemKind.EVENT, event_id, version)
        used = [Item.of(row) for row in stored.read_used(connection, event_id)]
        if [item.id for item in used if item.kind is kind] == list(wanted):
            return event
        out = [item for item in used if item.kind is kind and item.id not in wanted]
        document, effect = taken_from(event, out)
        if effect and not cascade:
            names = ", ".join(item.name for item in out)
            raise InUseError(f"{event.name} needs what is to be taken out: {names}", [effect])
        others = [item for item in used if item.kind is not kind]
        stored.replace_uses(connection, event_id, [item.id for item in (*chosen, *others)])
        return write(connection, event, content_of(ItemKind.EVENT, document))


def _chosen(connection: Connection, kind: ItemKind, wanted: Sequence[UUID]) -> list[Item]:
    """Return the items that are wanted."""
    if len(wanted) > MOST_USED:
        raise InputError(f"an event uses at most {MOST_USED:,} of them, got {len(wanted):,}")
    rows = stored.read_items(connection, wanted)
    absent = next((id_ for id_ in wanted if id_ not in rows or rows[id_].kind is not kind), None)
    if absent is not None:
        raise missing(kind, absent)
    chosen = [Item.of(rows[id_]) for id_ in wanted]
    names: set[str] = set()
    for item in chosen:
        name = called(item)
        if name in names:
            raise InputError(f"two of them are called {name!r}: an event tells them by that")
        names.add(name)
    return chosen


def called(item: Item) -> str:
    """Return what an event file calls a player or an activity."""
    return item.name if item.kind is ItemKind.PLAYER else str(item.document["key"])
