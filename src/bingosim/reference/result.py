"""What a run of a team comes to, and the trace of how it came about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

TraceLine: TypeAlias = tuple[int, int, int, int, int]
"""`(0, end, start, source, member)`: an attempt; `(1, second, tile, member, units)`: a grant."""


@dataclass(frozen=True)
class TeamResult:
    """What a team has at the end of a run. Seconds are -1 for what never happened.

    Attributes:
        points: Points of tiles and bonuses.
        tiles_completed: How many tiles are completed.
        rows_open: How many rows are open.
        last_point: The second in which the points last rose.
        row_opened: Of each row, the second in which it opened.
        tile_completed: Of each tile in the board's order, the second of its completion.
        bonus_paid: Of each bonus, the second in which it was paid.
        units: Of each player, the units granted to each tile.
    """

    points: int
    tiles_completed: int
    rows_open: int
    last_point: int
    row_opened: list[int]
    tile_completed: list[int]
    bonus_paid: list[int]
    units: list[list[int]]
