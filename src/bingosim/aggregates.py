"""Aggregates: exact counts and sums over runs, and what is read off them.

Everything held is a whole number, so folding runs in any order, in any parts, and merging the parts
in any tree gives the same bits. Means, quantiles and chances are computed from them at the end.

Bounds. A set of aggregates holds fewer than 2^30 runs and a second of an event lies below 2^25, so
sums of seconds stay below 2^55; a tile's units stay within its need in every run, and `most_runs`
keeps runs x need below 2^63. Sums of points and of their squares are taken in Python's integers.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bingosim.histograms import Tally, Times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bingosim.event.snapshot import Snapshot
    from bingosim.results import RunResults, Shape

MOST_RUNS = 10**9 - 1


def most_runs(snapshot: Snapshot) -> int:
    """Return how many runs of an event fit into one set of aggregates."""
    return min(MOST_RUNS, (2**63 - 1) // max(tile.need for tile in snapshot.board.tiles))


class Counted(NamedTuple):
    """What some runs add to aggregates, but for when things happened; `Aggregates` names each."""

    wins: NDArray[np.int64]
    points: tuple[Tally, ...]
    tiles_completed: tuple[Tally, ...]
    rows_open: tuple[Tally, ...]
    bonuses: NDArray[np.int64]
    units: NDArray[np.int64]
    credited: NDArray[np.int64]

    @classmethod
    def of(cls, results: RunResults) -> Counted:
        """Count runs."""
        return cls(
            wins=count_wins(results.points, results.last_point),
            points=Tally.of_each(results.points),
            tiles_completed=Tally.of_each(results.tiles_completed),
            rows_open=Tally.of_each(results.rows_open),
            bonuses=(results.bonus_paid >= 0).sum(axis=0, dtype=np.int64),
            units=results.units,
            credited=results.credited,
        )


@dataclass(slots=True, eq=False)
class Aggregates:
    """What is known of a set of runs; exact, and mergeable in any order.

    Attributes:
        shape: Dimensions of the event.
        duration: Its seconds.
        runs: How many runs were folded in.
        wins: int64[T, T]; `wins[team, k - 1]` counts the runs whose win the team shared among k.
        points: Points at the end, a tally for each team.
        tiles_completed: Tiles completed, likewise.
        rows_open: Rows open at the end, likewise.
        rows: When each row opened.
        tiles: When each tile was completed.
        bonuses: int64[T, bonuses], runs in which a bonus was paid.
        units: int64[players, tiles], units granted.
        credited: int64[players, tiles], units granted to tiles completed in the same run.
    """

    shape: Shape
    duration: int
    runs: int
    wins: NDArray[np.int64]
    points: tuple[Tally, ...]
    tiles_completed: tuple[Tally, ...]
    rows_open: tuple[Tally, ...]
    rows: Times
    tiles: Times
    bonuses: NDArray[np.int64]
    units: NDArray[np.int64]
    credited: NDArray[np.int64]

    @classmethod
    def empty(cls, shape: Shape, duration: int) -> Aggregates:
        """Return the aggregates of no runs, of an event of some seconds."""
        none = (Tally.of(np.empty(0, dtype=np.int64)),) * shape.teams
        return cls(
            shape=shape,
            duration=duration,
            runs=0,
            wins=np.zeros((shape.teams, shape.teams), dtype=np.int64),
            points=none,
            tiles_completed=none,
            rows_open=none,
            rows=Times.empty(shape.teams, shape.rows, duration),
            tiles=Times.empty(shape.teams, shape.tiles, duration),
            bonuses=np.zeros((shape.teams, shape.bonuses), dtype=np.int64),
            units=np.zeros((shape.players, shape.tiles), dtype=np.int64),
            credited=np.zeros((shape.players, shape.tiles), dtype=np.int64),
        )

    def add(self, results: RunResults) -> None:
        """Fold runs in.

        Raises:
            ValueError: They are of another event.
        """
        if results.shape != self.shape:
            raise ValueError("these results are of an event of other dimensions")
        counted = Counted.of(results)
        self.runs += len(results)
        self.wins += counted.wins
        self.points = _added(self.points, counted.points)
        self.tiles_completed = _added(self.tiles_completed, counted.tiles_completed)
        self.rows_open = _added(self.rows_open, counted.rows_open)
        self.rows.add(results.row_opened)
        self.tiles.add(results.tile_completed)
        self.bonuses += counted.bonuses
        self.units += counted.units
        self.credited += counted.credited

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Aggregates):
            return NotImplemented
        return (
            (self.shape, self.duration, self.runs) == (other.shape, other.duration, other.runs)
            and (self.points, self.tiles_completed, self.rows_open)
            == (other.points, other.tiles_completed, other.rows_open)
            and (self.rows, self.tiles) == (other.rows, other.tiles)
            and np.array_equal(self.wins, other.wins)
            and np.array_equal(self.bonuses, other.bonuses)
            and np.array_equal(self.units, other.units)
            and np.array_equal(self.credited, other.credited)
        )

    __hash__ = None  # type: ignore[assignment]

    @property
    def win_scores(self) -> tuple[Fraction, ...]:
        """Each team's wins, a win shared among k counting 1/k; together they are the runs."""
        common = lcm(*range(1, self.shape.teams + 1))
        parts = [common // k for k in range(1, self.shape.teams + 1)]
        return tuple(
            Fraction(sum(n * part for n, part in zip(row, parts, strict=True)), common)
            for row in self.wins.tolist()
        )

    @property
    def shared_wins(self) -> tuple[int, ...]:
        """In how many runs each team shared the win with another."""
        return tuple(sum(row[1:]) for row in self.wins.tolist())


def find_winners(points: NDArray[np.int64], last_point: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return who won each run, alone or with others.

    Most points win; equal points: who reached them earlier (without points: at second 0); equal
    again: shared.

    Args:
        points: int64[runs, T].
        last_point: int32[runs, T], second of the last point, -1 for none.

    Returns:
        bool[runs, T].
    """
    if not len(points):
        return np.empty(points.shape, dtype=np.bool_)
    ahead = points == points.max(axis=1, keepdims=True)
    reached = np.where(ahead, np.maximum(last_point, 0), np.iinfo(np.int32).max)
    won: NDArray[np.bool_] = ahead & (reached == reached.min(axis=1, keepdims=True))
    return won


def count_wins(points: NDArray[np.int64], last_point: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return who won how often; `find_winners` says what the arguments are.

    Returns:
        int64[T, T]; entry (team, k - 1) counts the wins that the team shared among k.
    """
    teams = points.shape[1]
    won = find_winners(points, last_point)
    among = won.sum(axis=1)
    return np.stack([won[among == k].sum(axis=0) for k in range(1, teams + 1)], axis=1)


def merge(one: Aggregates, other: Aggregates) -> Aggregates:
    """Return the aggregates of the runs of both; neither is changed.

    Raises:
        ValueError: They are of different events.
    """
    if (one.shape, one.duration) != (other.shape, other.duration):
        raise ValueError("these aggregates are of events of other dimensions")
    return Aggregates(
        shape=one.shape,
        duration=one.duration,
        runs=one.runs + other.runs,
        wins=one.wins + other.wins,
        points=_added(one.points, other.points),
        tiles_completed=_added(one.tiles_completed, other.tiles_completed),
        rows_open=_added(one.rows_open, other.rows_open),
        rows=one.rows.plus(other.rows),
        tiles=one.tiles.plus(other.tiles),
        bonuses=one.bonuses + other.bonuses,
        units=one.units + other.units,
        credited=one.credited + other.credited,
    )


def _added(some: tuple[Tally, ...], others: tuple[Tally, ...]) -> tuple[Tally, ...]:
    """Return the tallies of each team added up."""
    return tuple(one.plus(other) for one, other in zip(some, others, strict=True))
