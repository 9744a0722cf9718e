"""What a set of runs came to: columns of numpy arrays, each declared once in `COLUMNS`.

An engine is handed an empty `RunResults` and writes into its arrays; `aggregates` folds them.
Teams, rows, tiles (row by row) and bonuses are numbered as the snapshot lists them; players of all
teams are numbered in one sequence, teams in order, each team's players in roster order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bingosim.engine.arrays import NEVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from bingosim.event.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Shape:
    """How many of everything an event has: the dimensions of its results.

    Attributes:
        team_sizes: Players of each team.
        rows: Rows of the board.
        tiles: Tiles of the board.
        bonuses: Bonuses of the board.
    """

    team_sizes: tuple[int, ...]
    rows: int
    tiles: int
    bonuses: int

    @classmethod
    def of(cls, snapshot: Snapshot) -> Shape:
        """Return the dimensions of a snapshot's results."""
        board = snapshot.board
        return cls(
            team_sizes=tuple(len(team.players) for team in snapshot.teams),
            rows=len(board.rows),
            tiles=len(board.tiles),
            bonuses=len(board.bonuses),
        )

    @property
    def teams(self) -> int:
        """How many teams play."""
        return len(self.team_sizes)

    @property
    def players(self) -> int:
        """How many players all teams have together."""
        return sum(self.team_sizes)

    def players_of(self, team: int) -> slice:
        """Return where a team's players stand among those of all teams."""
        start = sum(self.team_sizes[:team])
        return slice(start, start + self.team_sizes[team])

    def lengths(self, dimensions: tuple[str, ...], runs: int) -> tuple[int, ...]:
        """Return the lengths of named dimensions for a number of runs."""
        return tuple(runs if name == "runs" else int(getattr(self, name)) for name in dimensions)


@dataclass(frozen=True, slots=True)
class Column:
    """One array of `RunResults`.

    Attributes:
        name: The attribute that holds it.
        dtype: Its numbers.
        dimensions: Names of its dimensions: `runs`, or an attribute of `Shape`.
        unit: What one number counts.
        meaning: What it says.
        start: What it holds before anything has happened.
    """

    name: str
    dtype: type[np.int32 | np.int64]
    dimensions: tuple[str, ...]
    unit: str
    meaning: str
    start: int = 0

    @property
    def summed(self) -> bool:
        """Whether it is a sum over the runs, not one entry for each."""
        return "runs" not in self.dimensions


_TEAM = ("runs", "teams")
COLUMNS = (
    Column("run", np.int64, ("runs",), "index", "index of the run under its seed"),
    Column("points", np.int64, _TEAM, "points", "points of tiles and bonuses at the end"),
    Column("tiles_completed", np.int32, _TEAM, "tiles", "tiles completed"),
    Column("rows_open", np.int32, _TEAM, "rows", "rows open at the end"),
    Column("last_point", np.int32, _TEAM, "s", "second the points last rose; -1 none", NEVER),
    Column("row_opened", np.int32, (*_TEAM, "rows"), "s", "second a row opened; -1 never", NEVER),
    Column(
        "tile_completed", np.int32, (*_TEAM, "tiles"), "s", "second of completion; -1 never", NEVER
    ),
    Column("bonus_paid", np.int32, (*_TEAM, "bonuses"), "s", "second of payment; -1 never", NEVER),
    Column("units", np.int64, ("players", "tiles"), "units", "units granted, over all runs"),
    Column(
        "credited",
        np.int64,
        ("players", "tiles"),
        "units",
        "units granted to tiles that were completed in the same run, over all runs",
    ),
)
"""Every array of `RunResults`, in the order of its attributes."""


@dataclass(frozen=True, slots=True, eq=False)
class RunResults:
    """The columns of n runs; `COLUMNS` says dtype, dimensions, unit and meaning of each.

    `units` and `credited` are sums over the n runs; everything else has a run in each entry.
    """

    shape: Shape
    run: NDArray[np.int64]
    points: NDArray[np.int64]
    tiles_completed: NDArray[np.int32]
    rows_open: NDArray[np.int32]
    last_point: NDArray[np.int32]
    row_opened: NDArray[np.int32]
    tile_completed: NDArray[np.int32]
    bonus_paid: NDArray[np.int32]
    units: NDArray[np.int64]
    credited: NDArray[np.int64]

    def __post_init__(self) -> None:
        for column in COLUMNS:
            array = getattr(self, column.name)
            expected = self.shape.lengths(column.dimensions, len(self.run))
            if array.shape != expected or array.dtype != column.dtype:
                raise ValueError(
                    f"{column.name} must be {np.dtype(column.dtype)}{list(expected)}, "
                    f"got {array.dtype}{list(array.shape)}"
                )

    @classmethod
    def empty(cls, runs: ArrayLike, shape: Shape) -> RunResults:
        """Return columns in which nothing has happened yet, for an engine to write into.

        Args:
            runs: Indices of the runs, int64[n], or anything that becomes such an array.
            shape: Dimensions of the event.
        """
        indices = np.array(runs, dtype=np.int64)
        columns: dict[str, Any] = {
            column.name: np.full(
                shape.lengths(column.dimensions, len(indices)), column.start, dtype=column.dtype
            )
            for column in COLUMNS
        }
        columns["run"] = indices
        return cls(shape=shape, **columns)

    def __len__(self) -> int:
        return len(self.run)


def concatenate(parts: Sequence[RunResults]) -> RunResults:
    """Return the runs of several results one after the other, with `units` and `credited` added.

    Args:
        parts: At least one, all of one shape.

    Raises:
        ValueError: There is no part, or the shapes differ.
    """
    if not parts or any(part.shape != parts[0].shape for part in parts):
        raise ValueError("expected at least one set of results, all of one shape")
    columns: dict[str, Any] = {}
    for column in COLUMNS:
        arrays = [getattr(part, column.name) for part in parts]
        columns[column.name] = np.add.reduce(arrays) if column.summed else np.concatenate(arrays)
    return RunResults(shape=parts[0].shape, **columns)
