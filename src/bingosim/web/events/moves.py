"""What the buttons of a board do to an event's document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bingosim.errors import InputError
from bingosim.event.fields import LONGEST_NAME
from bingosim.library import board
from bingosim.library.board import Place
from bingosim.web.events.places import place_of, tile_addresses
from bingosim.web.events.tiles import free_key

if TYPE_CHECKING:
    from bingosim.library.plain import Document
    from bingosim.web.forms import Sent

STEPS = {"left": (0, -1), "right": (0, 1), "up": (-1, 0), "down": (1, 0)}
COPY = " (copy)"


def moved_by_button(event: Document, sent: Sent) -> tuple[Document, str]:
    """Return the document after a button, and the address of the tile it was about.

    Buttons are named `left`, `right`, `up`, `down` and `copy`, whose value is a tile's address;
    `to`, as well, with the fields `row` and `column`; `row_up`, `row_down`, whose value is a row's
    number from 0; and `add_row`.

    Raises:
        InputError: There was no such button, or what it names is not there.
    """
    for name, text in sent.fields:
        if name in STEPS:
            place = _place(event, text)
            return _after(event, _stepped(event, place, *STEPS[name]), text)
        if name == "to":
            to = Place(_number(sent.last("row")), _number(sent.last("column")))
            return _after(event, put(event, _place(event, text), to), text)
        if name == "copy":
            return copied(event, _place(event, text))
        if name in ("row_up", "row_down"):
            row, last = _number(text), len(board.rows_of(event)) - 1
            there = min(row + 1, last) if name == "row_down" else max(row - 1, 0)
            return board.move_row(event, row, there), ""
        if name == "add_row":
            return board.add_row(event), ""
    raise InputError("the board has no such button")


def put(event: Document, place: Place, to: Place) -> Document:
    """Have a tile stand at a place: in a grid the two change places, so that lines stay whole."""
    rows = board.rows_of(event)
    board.within(to.row, rows, "row")
    column = min(to.column, len(rows[to.row]) - (place.row == to.row))
    to = Place(to.row, max(column, 0))
    if event["board"]["kind"] != "grid" or to.column >= len(rows[to.row]):
        return board.move_tile(event, place, to)
    if place.row == to.row:
        first, last = sorted((place.column, to.column))
        event = board.move_tile(event, Place(place.row, first), Place(place.row, last))
        return board.move_tile(
            event, Place(place.row, max(first, last - 1)), Place(place.row, first)
        )
    event = board.move_tile(event, place, to)
    return board.move_tile(event, Place(to.row, to.column + 1), place)


def copied(event: Document, place: Place) -> tuple[Document, str]:
    """Put a copy of a tile behind it; its key is new."""
    tile = board.tile_at(event, place)
    key = free_key(tile["key"], board.tile_keys(event))
    name = (tile.get("name") or tile["key"])[: LONGEST_NAME - len(COPY)] + COPY
    new = {**tile, "key": key, "name": name}
    return board.add_tile(event, place.row, new, place.column + 1), key


def losses_of_tile(event: Document, key: str) -> list[str]:
    """Return what else loses a tile when it is removed, in words."""
    bonuses = event["board"].get("bonuses")
    named = [
        f"the bonus {one['name']}"
        for one in (bonuses if isinstance(bonuses, list) else ())
        if isinstance(one.get("tiles"), list) and key in one["tiles"]
    ]
    ordered = [
        f"the order of team {team['name']}"
        for team in event["teams"]
        if team.get("strategy") == "tile-order"
        and key in (team.get("params") or {}).get("tiles", ())
    ]
    return named + ordered


def _after(before: Document, after: Document, address: str) -> tuple[Document, str]:
    """Name the tile as it is called afterwards: of two of one key the first may be another."""
    tile = board.tile_at(before, _place(before, address))
    rows = board.rows_of(after)
    for r, row in enumerate(tile_addresses(after)):
        for c, other in enumerate(row):
            if rows[r][c] is tile:
                return after, other
    return after, address


def _stepped(event: Document, place: Place, down: int, right: int) -> Document:
    rows = board.rows_of(event)
    row = min(max(place.row + down, 0), len(rows) - 1)
    if row == place.row and down:
        return event
    last = len(rows[row]) - 1 if row == place.row else len(rows[row])
    return put(event, place, Place(row, min(max(place.column + right, 0), last)))


def _place(event: Document, address: str) -> Place:
    place = place_of(event, address)
    if place is None:
        raise InputError(f"there is no tile {address} any more")
    return place


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise InputError("expected the number of a row or a place in it")
    return int(text)
