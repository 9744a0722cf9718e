"""Editing an event's document: its tiles, rows, bonuses and settings.

Functions take a sound document and return a changed one; what they are given stays as it was.
Tiles are found by row and column, from 0. Names that others know a tile by follow it: bonuses and
the order of a `tile-order` strategy. Nothing new is checked here: `documents.check_tile` and its
like say what is wrong with a piece, and saving checks the whole document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from bingosim.errors import InputError
from bingosim.event.strategies import STRATEGIES, TileOrderParams

if TYPE_CHECKING:
    from collections.abc import Callable

    from bingosim.library.plain import Document

T = TypeVar("T")


class Place(NamedTuple):
    """Where a tile stands, from 0."""

    row: int
    column: int


def rows_of(event: Document) -> list[list[Document]]:
    """Return the tiles, row by row."""
    return [list(row) for row in event["board"].get("rows") or ()]


def tile_keys(event: Document) -> list[str]:
    """Return the keys of all tiles, row by row."""
    return [tile["key"] for row in rows_of(event) for tile in row]


def tile_at(event: Document, place: Place) -> Document:
    """Return a tile.

    Raises:
        InputError: There is none at this place.
    """
    rows = rows_of(event)
    return rows[within(place.row, rows, "row")][within(place.column, rows[place.row], "tile")]


def find_tile(event: Document, key: str) -> Place | None:
    """Return where the first tile of this key stands; None if there is none."""
    places = (
        Place(r, c)
        for r, row in enumerate(rows_of(event))
        for c, tile in enumerate(row)
        if tile["key"] == key
    )
    return next(places, None)


def set_header(event: Document, header: Document) -> Document:
    """Replace name and time: the event's `event`."""
    return {**event, "event": header}


def set_kind(event: Document, kind: str, unlock_points: int | None = None) -> Document:
    """Make the board one of `rows` or a `grid`; None leaves the threshold to its default."""
    board = {key: value for key, value in event["board"].items() if key != "unlock_points"}
    board["kind"] = kind
    if unlock_points is not None and kind != "grid":
        board["unlock_points"] = unlock_points
    return {**event, "board": board}


def set_bonuses(event: Document, bonuses: list[Document]) -> Document:
    """Replace all bonuses, also lines that stand beside the rows."""
    rest = ("bonuses", "lines")
    board = {key: value for key, value in event["board"].items() if key not in rest}
    return {**event, "board": {**board, "bonuses": bonuses} if bonuses else board}


def add_row(event: Document, at: int | None = None) -> Document:
    """Add an empty row before another one, or at the end."""
    rows = rows_of(event)
    rows.insert(slot(at, rows, "row"), [])
    return _with_rows(event, rows)


def move_row(event: Document, row: int, to: int) -> Document:
    """Move a row, so that it is at a new place afterwards."""
    return _with_rows(event, moved(rows_of(event), row, to, "row"))


def remove_row(event: Document, row: int) -> Document:
    """Remove a row with all its tiles."""
    rows = rows_of(event)
    del rows[within(row, rows, "row")]
    return _without_missing(_with_rows(event, rows))


def add_tile(event: Document, row: int, tile: Document, column: int | None = None) -> Document:
    """Add a tile to a row, before another one or at its end."""
    rows = rows_of(event)
    there = rows[within(row, rows, "row")]
    there.insert(slot(column, there, "tile"), tile)
    return _with_rows(event, rows)


def replace_tile(event: Document, place: Place, tile: Document) -> Document:
    """Put another version of a tile in its place; if its key is new, others follow."""
    old = tile_at(event, place)["key"]
    rows = rows_of(event)
    rows[place.row][place.column] = tile
    changed = _with_rows(event, rows)
    if tile["key"] == old or old in tile_keys(changed):
        return changed
    return _named_anew(changed, lambda key: tile["key"] if key == old else key)


def move_tile(event: Document, place: Place, to: Place) -> Document:
    """Move a tile, so that it is at a new place afterwards."""
    tile = tile_at(event, place)
    rows = rows_of(event)
    del rows[place.row][place.column]
    there = rows[within(to.row, rows, "row")]
    there.insert(slot(to.column, there, "tile"), tile)
    return _with_rows(event, rows)


def remove_tile(event: Document, place: Place) -> Document:
    """Remove a tile, also from bonuses and orders; a bonus without tiles goes with it."""
    tile_at(event, place)
    rows = rows_of(event)
    del rows[place.row][place.column]
    return _without_missing(_with_rows(event, rows))


def without_sources(event: Document, activity: str) -> Document:
    """Take an activity out of every tile; a tile may be left without a source."""
    return _with_rows(
        event,
        [
            [
                {**tile, "from": [one for one in tile["from"] if one["activity"] != activity]}
                if activity in activities_of(tile)
                else tile
                for tile in row
            ]
            for row in rows_of(event)
        ],
    )


def activities_of(tile: Document) -> list[str]:
    """Return the keys of the activities of a tile's sources."""
    return [source["activity"] for source in tile["from"]]


def moved(items: list[T], at: int, to: int, what: str) -> list[T]:
    """Return a list in which one item has moved.

    Raises:
        InputError: One of the places is not there.
    """
    rest = items.copy()
    item = rest.pop(within(at, items, what))
    rest.insert(within(to, items, what), item)
    return rest


def slot(at: int | None, items: list[Any], what: str) -> int:
    """Return where to insert: before an item, or at the end.

    Raises:
        InputError: There are fewer items.
    """
    return len(items) if at is None or at == len(items) else within(at, items, what)


def within(index: int, items: list[Any], what: str) -> int:
    """Return a place if there is an item.

    Raises:
        InputError: There is none.
    """
    if not 0 <= index < len(items):
        raise InputError(f"there is no {what} {index + 1} here: there are {len(items)}")
    return index


def _with_rows(event: Document, rows: list[list[Document]]) -> Document:
    return {**event, "board": {**event["board"], "rows": rows}}


def _without_missing(event: Document) -> Document:
    keys = set(tile_keys(event))
    return _named_anew(event, lambda key: key if key in keys else None)


def _named_anew(event: Document, name: Callable[[str], str | None]) -> Document:
    """Have bonuses and orders call tiles by other keys, or no more where there is none."""

    def each(keys: list[str]) -> list[str]:
        return [new for key in keys if (new := name(key)) is not None]

    board = event["board"]
    bonuses = board.get("bonuses")
    if isinstance(bonuses, list):
        changed = [
            {**bonus, "tiles": each(bonus["tiles"])}
            if isinstance(bonus.get("tiles"), list)
            else bonus
            for bonus in bonuses
        ]
        left = [bonus for bonus in changed if bonus.get("tiles", "lines") != []]
        event = {**event, "board": {**board, "bonuses": left}}
    return {**event, "teams": [_ordered(team, each) for team in event["teams"]]}


def _ordered(team: Document, each: Callable[[list[str]], list[str]]) -> Document:
    params = team.get("params") or {}
    tiles = params.get("tiles")
    strategy = STRATEGIES.get(team.get("strategy", ""))
    if strategy is None or strategy.params is not TileOrderParams or not isinstance(tiles, list):
        return team
    return {**team, "params": {**params, "tiles": each(tiles)}}
