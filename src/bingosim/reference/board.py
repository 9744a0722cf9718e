"""The board: its sources in order, and what a team has done on it.

Rows that open, bonuses that are paid and tiles that are completed depend on nothing but this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bingosim.event.model import Activity, Board, Source
    from bingosim.event.snapshot import Snapshot, TeamState

ALL_KEYS = ""
"""Under this key a tile without `each` holds its progress."""


@dataclass(frozen=True, eq=False)
class TileSource:
    """A source of a tile, numbered in the order of the board."""

    number: int
    tile: int
    spec: Source
    activity: Activity


def tile_sources(snapshot: Snapshot) -> list[TileSource]:
    """Return every source of the board: tiles in order, sources as written."""
    pairs = [
        (tile_number, source)
        for tile_number, tile in enumerate(snapshot.board.tiles)
        for source in tile.sources
    ]
    return [
        TileSource(number, tile_number, source, snapshot.activity(source.activity))
        for number, (tile_number, source) in enumerate(pairs)
    ]


def wanted_keys(board: Board, activity: str) -> frozenset[str]:
    """Return the drop keys that some tile of the board accepts from an activity."""
    return frozenset(
        key
        for tile in board.tiles
        for source in tile.sources
        if source.activity == activity
        for key in source.accepts
    )


class Progress:
    """What a team has done. Seconds are None for what has not happened.

    Attributes:
        units: Of each tile, the units granted per drop key.
        completed: Of each tile, the second of its completion.
        opened: Of each row, the second in which it opened.
        paid: Of each bonus, the second in which it was paid.
        points: Points so far, bonuses included.
        last_point: The second in which the points last rose.
    """

    def __init__(self, board: Board, state: TeamState | None = None, at: int = 0) -> None:
        """Stand at the beginning, or at a starting state of the second `at`."""
        self.board = board
        self.tiles = board.tiles
        self.row_of = [row for row, tiles in enumerate(board.rows) for _ in tiles]
        self.number = {tile.key: number for number, tile in enumerate(self.tiles)}
        self.units: list[dict[str, int]] = [{} for _ in self.tiles]
        self.completed: list[int | None] = [None for _ in self.tiles]
        self.opened: list[int | None] = [
            0 if row == 0 or board.everything_open else None for row in range(len(board.rows))
        ]
        self.paid: list[int | None] = [None for _ in board.bonuses]
        self.points = 0
        self.last_point: int | None = None
        if state is not None:
            for key, units in state.progress.items():
                self.units[self.number[key]] = dict(units)
            done = {key: at if when is None else when for key, when in state.completed.items()}
            # In the order of time, so that rows open and bonuses are paid when they were.
            for key in sorted(done, key=lambda key: done[key]):
                self.complete(self.number[key], done[key])

    def is_open(self, tile: int) -> bool:
        """Whether the tile's row is open."""
        return self.opened[self.row_of[tile]] is not None

    def is_complete(self, tile: int) -> bool:
        """Whether the tile is completed."""
        return self.completed[tile] is not None

    def playable(self) -> list[int]:
        """Return the open, incomplete tiles."""
        return [t for t in range(len(self.tiles)) if self.is_open(t) and not self.is_complete(t)]

    def locked(self) -> list[int]:
        """Return the incomplete tiles of rows that are not open."""
        return [
            t for t in range(len(self.tiles)) if not self.is_open(t) and not self.is_complete(t)
        ]

    def rows_open(self) -> int:
        """Return how many rows are open: always the first ones."""
        return sum(second is not None for second in self.opened)

    def remaining(self, tile: int) -> int:
        """Return the units that the tile still needs."""
        return (
            0 if self.is_complete(tile) else self.tiles[tile].need - sum(self.units[tile].values())
        )

    def room(self, tile: int, key: str) -> int:
        """Return how many units from a drop key still count for the tile."""
        each = self.tiles[tile].each
        if each is None:
            return self.remaining(tile)
        return min(self.remaining(tile), each - self.units[tile].get(key, 0))

    def grant(self, tile: int, key: str, units: int) -> int:
        """Add units from a drop key and return how many counted; the tile is not completed yet."""
        counted = min(units, self.room(tile, key))
        held_under = ALL_KEYS if self.tiles[tile].each is None else key
        self.units[tile][held_under] = self.units[tile].get(held_under, 0) + counted
        return counted

    def complete(self, tile: int, second: int) -> None:
        """Complete a tile: its points count, rows open, bonuses are paid."""
        self.completed[tile] = second
        self._score(self.tiles[tile].points, second)
        self._open_rows(second)
        self._pay_bonuses(second)

    def _score(self, points: int, second: int) -> None:
        self.points += points
        self.last_point = second

    def row_worth(self, row: int) -> int:
        """Return the points of the completed tiles of a row; bonuses do not count."""
        return sum(
            tile.points for tile in self.board.rows[row] if self.is_complete(self.number[tile.key])
        )

    def _open_rows(self, second: int) -> None:
        # One after the other: a starting state may hold completed tiles in a row that is locked,
        # and then one completion opens several.
        while self.rows_open() < len(self.opened):
            row = self.rows_open()
            if self.row_worth(row - 1) < self.board.unlock_points:
                return
            self.opened[row] = second

    def _pay_bonuses(self, second: int) -> None:
        for index, bonus in enumerate(self.board.bonuses):
            whole = all(self.is_complete(self.number[key]) for key in bonus.tiles)
            if whole and self.paid[index] is None:
                self.paid[index] = second
                self._score(bonus.points, second)
