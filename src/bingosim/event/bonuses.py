"""Bonuses as files write them: a list, `tiles: all` (the whole card), `lines: 5` (every line)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from bingosim.event.model import Bonus, BonusLines
from bingosim.event.quantities import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bingosim.event.document import Path
    from bingosim.event.findings import Findings

_WHOLE_CARD = "all"


class Card(NamedTuple):
    """What bonuses need to know of the board: its kind and its tiles' keys, None if unreadable."""

    kind: str | None
    keys: list[list[str]] | None


def card_of(board: Mapping[str, Any], kind: str | None) -> Card:
    """Return the card of a board as it stands in the file, broken tiles included."""
    rows = board.get("rows")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return Card(kind, None)
    keys: list[list[str]] = []
    for row in rows:
        found = [tile.get("key") if isinstance(tile, Mapping) else None for tile in row]
        if not all(isinstance(key, str) for key in found):
            return Card(kind, None)
        keys.append([str(key) for key in found])
    return Card(kind, keys)


def read_bonuses(
    board: Mapping[str, Any], card: Card, findings: Findings
) -> list[tuple[Bonus, Path]]:
    """Return a board's bonuses, short forms written out, each with its place."""
    path: Path = ("board", "bonuses")
    items = board.get("bonuses")
    found: list[tuple[Bonus, Path]] = []
    if isinstance(items, Mapping):
        found += _lines(items, card, path, findings)
    elif isinstance(items, list):
        for number, item in enumerate(items):
            found += _item(item, card, (*path, number), findings)
    elif items is not None:
        findings.error(path, f"expected a list of bonuses, or `lines: 5`, got {shown(items)}")
    if board.get("lines") is not None:
        lines = {"lines": board["lines"]}
        found += _lines(lines, card, ("board",), findings)
    places = list(dict.fromkeys(path for _, path in found if path[-1] == "lines"))
    for place in places[1:]:
        findings.error(place, f"lines are given already{findings.line(places[0])}")
    return [(bonus, path) for bonus, path in found if path not in places[1:]]


def _item(item: Any, card: Card, path: Path, findings: Findings) -> Iterator[tuple[Bonus, Path]]:
    if isinstance(item, Mapping) and "lines" in item:
        yield from _lines(item, card, path, findings)
        return
    bonus = findings.validated(Bonus, item, path)
    if bonus is None:
        return
    if isinstance(item, Mapping) and item.get("tiles") == _WHOLE_CARD:
        if card.keys is None:
            return  # a tile is broken, and that is reported
        keys = tuple(key for row in card.keys for key in row)
        bonus = bonus.model_copy(update={"tiles": keys})
    yield bonus, path


def _lines(
    item: Mapping[str, Any], card: Card, path: Path, findings: Findings
) -> Iterator[tuple[Bonus, Path]]:
    """Yield a bonus for every row and column, and for both diagonals of a square."""
    lines = findings.validated(BonusLines, item, path)
    place = (*path, "lines")
    if lines is None or card.kind is None or card.keys is None:
        return
    if card.kind != "grid":
        findings.error(place, "lines are those of a grid: on kind: rows, list the bonuses' tiles")
        return
    if len({len(row) for row in card.keys}) > 1:
        findings.error(place, "lines need rows of equal length")
        return
    for name, keys in _lines_of(card.keys):
        yield Bonus(name=name, tiles=keys, points=lines.lines), place


def _lines_of(rows: Sequence[Sequence[str]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for number, row in enumerate(rows, 1):
        yield f"row {number}", tuple(row)
    for number, column in enumerate(zip(*rows, strict=True), 1):
        yield f"column {number}", column
    if rows and len(rows) == len(rows[0]):
        yield "diagonal down", tuple(row[i] for i, row in enumerate(rows))
        yield "diagonal up", tuple(row[-1 - i] for i, row in enumerate(rows))
