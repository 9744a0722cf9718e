"""The board in a picture: each tile with how often the leading teams complete it, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bingosim import words
from bingosim.reporting.palette import LIGHT, mixed, team_colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bingosim.event.model import Board
    from bingosim.report import TeamReport
    from bingosim.reporting.sheet import Sheet

TEAMS_SHOWN = 3
HIGHEST = 2_400
"""Pixels of a board; what is higher gets shorter names, then loses rows."""
GAP = 7
GUTTER = 44
"""For the numbers of rows, where they have to be opened."""
NAME, LINE = 22, 25
"""Pixels of a tile's name, and from line to line."""
MOST_LINES = 3
NARROWEST_NAME, NARROWEST_NUMBER = 110, 28
"""Pixels of a tile below which its name, and of a team's part of it below which the chance, is
left out."""
STRIP = 34
PALEST, FULLEST = 0.06, 0.55
"""Part of the team's colour in what is never and what is always completed."""


@dataclass(frozen=True, slots=True)
class Grid:
    """How a board is laid out.

    Attributes:
        x: Where its tiles begin.
        tile: How wide a tile is.
        height: How high a tile is.
        gap: Between tiles.
        names: Each tile's name in lines, in the order of the board.
        rows: That are shown.
        teams: That are shown.
    """

    x: float
    tile: float
    height: float
    gap: float
    names: Sequence[Sequence[str]]
    rows: int
    teams: int


def draw_board(
    sheet: Sheet,
    x: float,
    y: float,
    width: float,
    board: Board,
    ranked: Sequence[tuple[int, TeamReport]],
) -> float:
    """Draw the board of the teams that win most; return where it ends.

    Args:
        sheet: On which.
        x: Where it begins.
        y: Likewise.
        width: How wide it is.
        board: Its tiles.
        ranked: The teams with their numbers, the likeliest winner first.
    """
    grid = lay_out(sheet, x, width, board, len(ranked))
    shown = ranked[: grid.teams]
    y = _head(sheet, x, y, width, shown)
    at = 0
    for number, row in enumerate(board.rows[: grid.rows]):
        if not board.everything_open:
            middle = y + grid.height / 2 + 8
            sheet.text(x, middle, str(number + 1), NAME, LIGHT["quiet"])
        for column in range(len(row)):
            left = grid.x + column * (grid.tile + grid.gap)
            _tile(sheet, grid, left, y, at)
            _strips(sheet, grid, left, y, at, shown)
            at += 1
        y += grid.height + grid.gap
    hidden = len(board.rows) - grid.rows
    if hidden:
        sheet.text(x, y + 24, f"and {words.count(hidden, 'row')} more", NAME, LIGHT["quiet"])
        y += 32
    return y


def lay_out(sheet: Sheet, x: float, width: float, board: Board, teams: int) -> Grid:
    """Return how a board is laid out in a width, and within `HIGHEST`."""
    gutter = 0 if board.everything_open else GUTTER
    columns = max(len(row) for row in board.rows)
    gap = min(GAP, width / columns / 8)
    tile = (width - gutter - gap * (columns - 1)) / columns
    most = MOST_LINES if tile >= NARROWEST_NAME else 0
    rows = len(board.rows)
    names, height = _names(sheet, board, tile, most)
    while most and rows * (height + gap) > HIGHEST:
        most -= 1
        names, height = _names(sheet, board, tile, most)
    rows = min(rows, int(HIGHEST // (height + gap)))
    fitting = max(1, int(tile // (1.6 * NARROWEST_NUMBER)))
    return Grid(x + gutter, tile, height, gap, names, rows, min(TEAMS_SHOWN, teams, fitting))


def _names(
    sheet: Sheet, board: Board, width: float, most: int
) -> tuple[Sequence[Sequence[str]], float]:
    """Return the tiles' names in at most so many lines, and how high tiles are with them."""
    if not most:
        return [()] * len(board.tiles), STRIP
    names = [sheet.wrapped(tile.name, NAME, width - 20, most) for tile in board.tiles]
    return names, STRIP + max(map(len, names)) * LINE + 9


def _head(
    sheet: Sheet, x: float, y: float, width: float, shown: Sequence[tuple[int, TeamReport]]
) -> float:
    """Say what the board shows, and of whom."""
    line = "How often each tile is completed, in % of the runs"
    sheet.text(x, y + 26, line, 28, LIGHT["ink"], bold=True, within=width)
    part = width / len(shown)
    for place, (number, team) in enumerate(shown):
        left = x + place * part
        sheet.box(left, y + 46, 20, 20, mixed(team_colour(number), FULLEST), radius=4)
        sheet.text(left + 30, y + 64, team["name"], 24, LIGHT["ink"], within=part - 50)
    return y + 84


def _tile(sheet: Sheet, grid: Grid, x: float, y: float, at: int) -> None:
    """Draw a tile with its name."""
    sheet.box(x, y, grid.tile, grid.height, LIGHT["line"], radius=6)
    edge = min(1, grid.tile / 8)
    sheet.box(
        x + edge, y + edge, grid.tile - 2 * edge, grid.height - 2 * edge, LIGHT["card"], radius=5
    )
    for number, line in enumerate(grid.names[at]):
        sheet.text(x + 10, y + 24 + number * LINE, line, NAME, LIGHT["ink"])


def _strips(
    sheet: Sheet,
    grid: Grid,
    x: float,
    y: float,
    at: int,
    shown: Sequence[tuple[int, TeamReport]],
) -> None:
    """Draw beneath a tile's name how often each team completes it."""
    top, part = y + grid.height - STRIP, grid.tile / len(shown)
    for place, (number, team) in enumerate(shown):
        chance = team["tiles"][at]["probability"] or 0
        colour = mixed(team_colour(number), PALEST + (FULLEST - PALEST) * chance)
        left, edge = x + place * part, min(1, part / 8)
        sheet.box(left + edge, top, part - 2 * edge, STRIP - 1, colour, radius=4)
        if part >= NARROWEST_NUMBER:
            size = min(24, part / 2.3)
            sheet.text(
                left + part / 2, top + STRIP / 2 + size * 0.36, whole_percent(chance), size,
                LIGHT["ink"], bold=True, align="center",
            )  # fmt: skip


def whole_percent(chance: float) -> str:
    """Write a chance in whole percent; what is not quite impossible or certain does not look so."""
    if 0 < chance < 0.01:
        return "<1"
    return ">99" if 0.99 < chance < 1 else f"{100 * chance:.0f}"
