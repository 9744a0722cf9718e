"""What an event loses when a player or an activity is taken from it.

A player leaves their teams. An activity's sources are taken out of the tiles: one that has no other
stays, unfinished, until it is given one. Where the catalog has an activity of the same key, tiles
keep their sources and are played as the catalog says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bingosim.event.catalog import catalog_keys
from bingosim.library import board, teams
from bingosim.library.documents import name_of
from bingosim.storage.tables import ItemKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from bingosim.library.items import Item
    from bingosim.library.plain import Document


@dataclass(frozen=True, slots=True)
class Effect:
    """What one event loses.

    Attributes:
        event: Its id.
        name: Its name.
        teams: Names of the teams that lose a player.
        tiles: Keys of the tiles that lose a source.
        bare: Those of them that have no source left.
        catalog: Keys of the tiles that go on with the catalog's activity of the same key.
    """

    event: UUID
    name: str
    teams: tuple[str, ...] = ()
    tiles: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    catalog: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.teams or self.tiles or self.catalog)


def taken_from(event: Item, items: Sequence[Item]) -> tuple[Document, Effect]:
    """Return an event's document without what it used, and what it has lost by that."""
    document = event.document
    players = {item.name for item in items if item.kind is ItemKind.PLAYER}
    keys = {item.document["key"] for item in items if item.kind is ItemKind.ACTIVITY}
    gone, kept = keys.difference(catalog_keys()), keys.intersection(catalog_keys())
    left = _names_of_teams(document, players)
    tiles, catalog = _tiles_with(document, gone), _tiles_with(document, kept)
    if left:
        document = teams.release(document, players)
    for key in gone if tiles else ():
        document = board.without_sources(document, key)
    bare = _tiles_without_source(document)
    effect = Effect(
        event.id,
        name_of(ItemKind.EVENT, event.document),
        left,
        tiles,
        tuple(key for key in tiles if key in bare),
        catalog,
    )
    return document, effect


def _names_of_teams(event: Document, players: set[str]) -> tuple[str, ...]:
    return tuple(
        team["name"].strip() for team in event["teams"] if players.intersection(teams.members(team))
    )


def _tiles_with(event: Document, activities: set[str]) -> tuple[str, ...]:
    return tuple(
        tile["key"]
        for row in board.rows_of(event)
        for tile in row
        if activities.intersection(board.activities_of(tile))
    )


def _tiles_without_source(event: Document) -> set[str]:
    return {tile["key"] for row in board.rows_of(event) for tile in row if not tile["from"]}
