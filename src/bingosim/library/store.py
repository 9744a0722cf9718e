"""Items of the library: listed, read, made, saved, copied, deleted.

Whoever saves or deletes says which version they have seen. If it is not the present one, nothing is
done and `StaleError` says so: no change is lost because two people (or two tabs) made one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bingosim.errors import DocumentError, InUseError, MissingError, StaleError
from bingosim.event.fields import LONGEST_NAME
from bingosim.library import teams
from bingosim.library.documents import content_of
from bingosim.library.effects import taken_from
from bingosim.library.items import Item, Listed, Page
from bingosim.library.plain import as_plain, to_json
from bingosim.storage import library as stored
from bingosim.storage.tables import ItemKind

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from bingosim.library.effects import Effect
    from bingosim.library.plain import Document
    from bingosim.storage.database import Database
    from bingosim.storage.library import Content, Order

MOST_WORDS = 8
COPIED = " (copy)"


def page(
    database: Database,
    kind: ItemKind,
    q: str = "",
    *,
    most: int = 50,
    offset: int = 0,
    order: Order = "name",
    documents: bool = False,
) -> Page:
    """Return a page of a list.

    Args:
        database: Where.
        kind: Of what.
        q: Words that must all be found: in the name, a player's capabilities and time zone, an
            activity's key and drops.
        most: How many at most.
        offset: How many to leave out.
        order: By name, or what was changed last first.
        documents: Whether the documents are wanted too; those of events are large.
    """
    printable = "".join(letter if letter.isprintable() else " " for letter in q)
    wanted = stored.Wanted(kind, tuple(printable.split()[:MOST_WORDS]), order, documents)
    with database.read() as connection:
        rows, total = stored.page_items(connection, wanted, most, offset)
        uses = stored.read_uses(connection, [row.id for row in rows])
    of_item: dict[UUID, list[stored.Use]] = {row.id: [] for row in rows}
    for use in uses:
        of_item[use.item].append(use)
    return Page([Listed(Item.of(row), tuple(of_item[row.id])) for row in rows], offset, total)


def read(database: Database, kind: ItemKind, id_: UUID) -> Item:
    """Return an item.

    Raises:
        MissingError: There is none of this kind.
    """
    with database.read() as connection:
        return find(connection, kind, id_)


def create(database: Database, kind: ItemKind, document: Document) -> Item:
    """Make an item; an event has no players and no activities of the library yet.

    Raises:
        DocumentError: The document is malformed.
    """
    content = content_of(kind, as_plain(document))
    with stored.changing(database) as connection:
        (id_,) = stored.insert_items(connection, [content])
        return find(connection, kind, id_)


def save(database: Database, kind: ItemKind, id_: UUID, document: Document, version: int) -> Item:
    """Give an item a new document; a player's new name is put into the teams of events.

    Args:
        database: Where.
        kind: What it is.
        id_: Which.
        document: All of it.
        version: The version that the changes were made to.

    Raises:
        DocumentError: The document is malformed; an activity's key has changed while events use it;
            or an event that uses the player has another one of the new name.
        StaleError: It has another version by now.
        MissingError: It is not there.
    """
    content = content_of(kind, as_plain(document))
    with stored.changing(database) as connection:
        before = seen(connection, kind, id_, version)
        if content.document == to_json(before.document):
            return before
        if kind is ItemKind.PLAYER and content.name != before.name:
            _rename_player(connection, before, content.name)
        if kind is ItemKind.ACTIVITY and document["key"] != before.document["key"]:
            _refuse_new_key(connection, before)
        return write(connection, before, content)


def copy(database: Database, kind: ItemKind, id_: UUID) -> Item:
    """Make another item like one; a copy of an event uses the same players and activities.

    Raises:
        MissingError: It is not there.
    """
    with stored.changing(database) as connection:
        original = find(connection, kind, id_)
        document = _named(kind, original.document, _copied_name(original.name))
        (new,) = stored.insert_items(connection, [content_of(kind, document)])
        if kind is ItemKind.EVENT:
            used = [row.id for row in stored.read_used(connection, id_)]
            stored.replace_uses(connection, new, used)
        return find(connection, kind, new)


def effects(database: Database, kind: ItemKind, id_: UUID) -> tuple[Effect, ...]:
    """Return which events use an item, and what each would lose if it were deleted.

    Raises:
        MissingError: It is not there.
    """
    with database.read() as connection:
        return _effects(connection, find(connection, kind, id_))


def delete(
    database: Database, kind: ItemKind, id_: UUID, version: int, *, cascade: bool = False
) -> tuple[Effect, ...]:
    """Delete an item; return what events have lost by that.

    Args:
        database: Where.
        kind: What it is.
        id_: Which.
        version: The version that whoever wants that has seen.
        cascade: Take it from the events that use it, too. What an event used stays.

    Raises:
        InUseError: Events use it, and `cascade` is not set; carries what they would lose.
        StaleError: It has another version by now.
        MissingError: It is not there.
    """
    with stored.changing(database) as connection:
        item = seen(connection, kind, id_, version)
        lost = _effects(connection, item)
        if lost and not cascade:
            names = ", ".join(effect.name for effect in lost)
            raise InUseError(f"{item.name} is used by {names}", lost)
        for event in _users(connection, item):
            document, _ = taken_from(event, [item])
            write(connection, event, content_of(ItemKind.EVENT, document))
        stored.delete_items(connection, [item.id])
    return lost


def seen(connection: Connection, kind: ItemKind, id_: UUID, version: int) -> Item:
    """Return the item that somebody has seen, if it is still the same.

    Raises:
        StaleError: It has another version by now.
        MissingError: It is not there.
    """
    item = find(connection, kind, id_)
    if item.version != version:
        raise StaleError(f"the {kind} {item.name!r}", item.version)
    return item


def find(connection: Connection, kind: ItemKind, id_: UUID) -> Item:
    """Return an item.

    Raises:
        MissingError: There is none of this kind.
    """
    row = stored.read_items(connection, [id_]).get(id_)
    if row is None or row.kind is not kind:
        raise missing(kind, id_)
    return Item.of(row)


def write(connection: Connection, before: Item, content: Content) -> Item:
    """Write an item's new content."""
    row = stored.update_item(connection, before.id, before.version, content)
    if row is None:
        raise AssertionError(f"the {before.kind} {before.id} was changed by somebody else")
    return Item.of(row)


def missing(kind: ItemKind, id_: UUID) -> MissingError:
    """Return the error that says that an item is not there."""
    return MissingError(f"there is no {kind} {id_}: it may have been deleted")


def _users(connection: Connection, item: Item) -> list[Item]:
    """Return the events that use an item, by their names."""
    uses = stored.read_uses(connection, [item.id])
    rows = stored.read_items(connection, [use.event for use in uses])
    return [Item.of(rows[use.event]) for use in uses]


def _effects(connection: Connection, item: Item) -> tuple[Effect, ...]:
    return tuple(taken_from(event, [item])[1] for event in _users(connection, item))


def _rename_player(connection: Connection, player: Item, name: str) -> None:
    for event in _users(connection, player):
        others = stored.read_used(connection, event.id)
        if any(other.name == name for other in others if other.kind is ItemKind.PLAYER):
            said = f"the event {event.name!r} has another player of this name"
            raise DocumentError({"name": said})
        if teams.team_of(event.document, player.name) is not None:
            document = teams.rename(event.document, player.name, name)
            write(connection, event, content_of(ItemKind.EVENT, document))


def _refuse_new_key(connection: Connection, activity: Item) -> None:
    uses = stored.read_uses(connection, [activity.id])
    if uses:
        names = ", ".join(repr(use.event_name) for use in uses)
        raise DocumentError(
            {
                "key": f"tiles of {names} call it {activity.document['key']}: make a copy with "
                "the new key, or take it from these events first"
            }
        )


def _named(kind: ItemKind, document: Document, name: str) -> Document:
    if kind is ItemKind.EVENT:
        return {**document, "event": {**document["event"], "name": name}}
    return {**document, "name": name}


def _copied_name(name: str) -> str:
    return name[: LONGEST_NAME - len(COPIED)] + COPIED
