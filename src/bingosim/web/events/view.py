"""The board of an event as its page shows it: rows, tiles, what they lack and what they take."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from bingosim import words
from bingosim.event.model import BoardHead
from bingosim.library.board import Place, rows_of
from bingosim.web.events.places import tile_addresses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bingosim.event.model import Activity
    from bingosim.library.plain import Document
    from bingosim.web.events.hours import RosterHours
    from bingosim.web.events.places import Remark
    from bingosim.web.events.plans import Plan


class TileCard(NamedTuple):
    """A tile on the board.

    Attributes:
        address: What the pages call it.
        name: What people read.
        points: What it is worth.
        takes: How much of it is needed, in words; empty where one is enough.
        sources: Where it can be done, in words.
        hours: Expected person-hours in words; empty where they are not known.
        remarks: What was found about it.
    """

    address: str
    name: str
    points: int
    takes: str
    sources: str
    hours: str
    remarks: tuple[Remark, ...]

    @property
    def state(self) -> str:
        """`error`, `warning`, or nothing."""
        return self.remarks[0].severity if self.remarks else ""


class RowCard(NamedTuple):
    """A row of the board.

    Attributes:
        points: What its tiles are worth together.
        opens: When it opens, in words; empty on a grid.
        hours: Expected person-hours of its tiles, in words; empty where none are known.
        tiles: Its tiles.
        remarks: What was found about the row itself.
    """

    points: int
    opens: str
    hours: str
    tiles: tuple[TileCard, ...]
    remarks: tuple[Remark, ...]


def rows_on_page(plan: Plan, hours: RosterHours) -> list[RowCard]:
    """Return the board with the hours that somebody needs for it."""
    event = plan.document
    head = head_of(event)
    addresses = tile_addresses(event)
    about: dict[Place, list[Remark]] = {}
    for remark in plan.remarks:
        if remark.tile is not None:
            about.setdefault(remark.tile, []).append(remark)
    cards = []
    for r, row in enumerate(rows_of(event)):
        tiles = tuple(
            _card(tile, addresses[r][c], tuple(about.get(Place(r, c), ())), hours, plan)
            for c, tile in enumerate(row)
        )
        of_row = tuple(one for one in plan.remarks if one.href.endswith(f"#row-{r}"))
        total = hours.total(tile["key"] for tile in row)
        cards.append(
            RowCard(
                sum(tile["points"] for tile in row),
                _opens(head, r),
                words.hours(total) if total else "",
                tiles,
                of_row,
            )
        )
    return cards


def head_of(event: Document) -> BoardHead:
    """Return the kind of an event's board and its threshold."""
    return BoardHead.model_validate(event["board"])


def _card(
    tile: Document, address: str, about: tuple[Remark, ...], hours: RosterHours, plan: Plan
) -> TileCard:
    return TileCard(
        address,
        tile.get("name") or tile["key"],
        tile["points"],
        _takes(tile),
        _sources(tile, plan.load.activities),
        _hours(tile["key"], hours),
        about,
    )


def _takes(tile: Document) -> str:
    need, each = tile.get("need", 1), tile.get("each")
    if each == 1 and need > 1:
        return f"{need:,} different"
    most = f", {each:,} of each at most" if each else ""
    return f"{need:,} units{most}" if need > 1 else ""


def _sources(tile: Document, known: Mapping[str, Activity]) -> str:
    keys = dict.fromkeys(source["activity"] for source in tile["from"])
    return ", ".join(known[key].name if key in known else key for key in keys)


def _hours(key: str, hours: RosterHours) -> str:
    work = hours.works.get(key)
    if work is None:
        return ""
    if not isfinite(work.hours):
        return "nobody can"
    return f"{'' if work.exact else '>'}{words.hours(work.hours)} h"


def _opens(head: BoardHead, row: int) -> str:
    if head.kind == "grid":
        return ""
    if row == 0 or head.unlock_points == 0:
        return "open from the start"
    return f"opens at {head.unlock_points} points of row {row}"
