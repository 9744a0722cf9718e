"""Where things of an event stand in its pages: addresses of tiles, and of what was found."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from bingosim.library.board import Place, rows_of
from bingosim.storage.tables import ItemKind

if TYPE_CHECKING:
    from bingosim.library.assemble import Checked, Found, Whole
    from bingosim.library.plain import Document

_TILE = re.compile(r"board\.rows\[(\d+)\]\[(\d+)\]\.?(.*)")
_ROW = re.compile(r"board\.rows\[(\d+)\]")
_TEAM = re.compile(r"teams\[(\d+)\]")


class Remark(NamedTuple):
    """Something found in an event, and where it can be mended.

    Attributes:
        severity: `error` or `warning`.
        message: What is wrong, and what was expected.
        href: The page, and the place on it.
        label: What it is about.
        tile: Where the tile stands, if it is about one.
        team: Which team it is about, from 0.
    """

    severity: str
    message: str
    href: str
    label: str
    tile: Place | None = None
    team: int | None = None


def tile_addresses(event: Document) -> list[list[str]]:
    """Return what pages call the tiles: their keys; of one key that is there twice `key~2`."""
    seen: Counter[str] = Counter()
    named: list[list[str]] = []
    for row in rows_of(event):
        named.append([])
        for tile in row:
            key = tile["key"]
            seen[key] += 1
            named[-1].append(key if seen[key] == 1 else f"{key}~{seen[key]}")
    return named


def place_of(event: Document, address: str) -> Place | None:
    """Return where the tile of an address stands; None if there is none."""
    for r, row in enumerate(tile_addresses(event)):
        if address in row:
            return Place(r, row.index(address))
    return None


def remarks(whole: Whole, checked: Checked) -> tuple[Remark, ...]:
    """Return what was found, errors first."""
    addresses = tile_addresses(whole.event.document)
    found = (_remark(whole, one, addresses) for one in checked.findings)
    return tuple(sorted(found, key=lambda remark: remark.severity != "error"))


def _remark(whole: Whole, found: Found, addresses: list[list[str]]) -> Remark:
    said = (found.severity, found.message)
    if found.item.kind is not ItemKind.EVENT:
        home = "/players" if found.item.kind is ItemKind.PLAYER else "/activities"
        return Remark(*said, f"{home}/{found.item.id}", found.item.name)
    base, event = f"/events/{whole.event.id}", whole.event.document
    if match := _TILE.fullmatch(found.path):
        place = Place(int(match[1]), int(match[2]))
        tile = event["board"]["rows"][place.row][place.column]
        href = f"{base}/tiles/{addresses[place.row][place.column]}"
        return Remark(*said, href, tile.get("name") or tile["key"], tile=place)
    if match := _ROW.fullmatch(found.path):
        return Remark(*said, f"{base}#row-{match[1]}", f"Row {int(match[1]) + 1}")
    if match := _TEAM.match(found.path):
        number = int(match[1])
        label = event["teams"][number]["name"]
        return Remark(*said, f"{base}/teams#team-{number}", label, team=number)
    if found.path.startswith("teams"):
        return Remark(*said, f"{base}/teams", "Teams")
    if found.path == "board.rows":
        return Remark(*said, base, "Board")
    return Remark(*said, f"{base}/settings", "Settings")
