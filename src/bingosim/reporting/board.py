"""The board as a heat map: how often, and typically when, a team completes each tile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bingosim.event.model import Board
    from bingosim.report import RowReport, TeamReport, TileReport

SHADES = 10
"""Steps of the heat map's colours from never to always; as many each way in a difference."""


class Cell(NamedTuple):
    """A tile of the heat map.

    Attributes:
        tile: What is known of it.
        points: What it is worth.
        shade: 0 (never) to SHADES (always); in a difference from -SHADES to SHADES.
        other: The other team's, in a difference.
    """

    tile: TileReport
    points: int
    shade: int
    other: TileReport | None = None

    @property
    def ahead(self) -> float:
        """Chance more (or less) than the other team's."""
        other = self.other["probability"] if self.other else None
        return (self.tile["probability"] or 0) - (other or 0)


class BoardRow(NamedTuple):
    """A row of the heat map."""

    number: int
    report: RowReport
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Heat:
    """The board of one team, or the difference of two.

    Attributes:
        team: Whose.
        minus: From which the difference is taken, if it is one.
        locked: Whether rows have to be opened.
        columns: Tiles of the longest row.
        rows: The rows.
    """

    team: TeamReport
    minus: TeamReport | None
    locked: bool
    columns: int
    rows: Sequence[BoardRow]


def heat_map(board: Board, team: TeamReport, minus: TeamReport | None = None) -> Heat:
    """Return the board as a heat map of one team, or of what it is ahead of another."""
    rows, at = [], 0
    for number, row in enumerate(board.rows):
        cells = []
        for tile in row:
            other = minus["tiles"][at] if minus else None
            cells.append(_cell(team["tiles"][at], tile.points, other))
            at += 1
        rows.append(BoardRow(number, team["rows"][number], cells))
    longest = max((len(row) for row in board.rows), default=1)
    return Heat(team, minus, not board.everything_open, longest, rows)


def _cell(tile: TileReport, points: int, other: TileReport | None) -> Cell:
    cell = Cell(tile, points, shade(tile["probability"]), other)
    return cell if other is None else cell._replace(shade=round(cell.ahead * SHADES))


def shade(chance: float | None) -> int:
    """Return how strongly a chance is coloured: 0 (never) to SHADES (always)."""
    return round((chance or 0) * SHADES)
