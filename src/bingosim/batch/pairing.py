"""Two stored batches run by run: what teams of the same name came to in the runs both have.

Summaries are read chunk by chunk, a few in memory at a time, and counted exactly; so how the runs
are divided into chunks, and where the one batch's end within the other's, changes no bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bingosim.aggregates import count_wins, find_winners
from bingosim.batch.stored import summaries_in_order
from bingosim.errors import StoredDataError
from bingosim.histograms import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from bingosim.aggregates import Aggregates
    from bingosim.payloads.chunk import Chunk
    from bingosim.storage.database import Database


class Side(NamedTuple):
    """One of two batches, with the aggregates of its completed runs."""

    batch: UUID
    aggregates: Aggregates


@dataclass(slots=True)
class Pair:
    """What two teams came to in the same runs.

    Attributes:
        wins: int64[1 + T, 1 + T'], runs by how many shared the one team's win (0: it did not win)
            and the other's.
        points: Points of the other less points of the one, a tally of the runs.
    """

    wins: NDArray[np.int64]
    points: Tally

    @property
    def runs(self) -> int:
        """How many runs both have."""
        return int(self.wins.sum())

    @property
    def score(self) -> tuple[Fraction, Fraction]:
        """Sums over the runs: how much more the other won, and the square of that, exact."""
        total = squares = Fraction(0)
        for one, other in zip(*np.nonzero(self.wins), strict=True):
            more = _score(int(other)) - _score(int(one))
            runs = int(self.wins[one, other])
            total += runs * more
            squares += runs * more * more
        return total, squares


def _score(among: int) -> Fraction:
    """Return what a win counts that is shared among so many; 0 is a defeat."""
    return Fraction(1, among) if among else Fraction(0)


def pair_runs(
    database: Database, one: Side, other: Side, teams: Sequence[tuple[int, int]]
) -> list[Pair]:
    """Return what pairs of teams came to in the runs that both batches have.

    Args:
        database: Where they are.
        one: A batch.
        other: What it is compared with.
        teams: Of each pair, the team of the one and the team of the other.

    Raises:
        StoredDataError: What is stored is damaged, which shows in it or in its sums.
    """
    shapes = one.aggregates.shape, other.aggregates.shape
    wins = np.zeros((len(teams), shapes[0].teams + 1, shapes[1].teams + 1), dtype=np.int64)
    points: list[list[Tally]] = [[] for _ in teams]
    ones, others = (_Checked(database, side) for side in (one, other))
    for here, there in _common(ones.runs(), others.runs()):
        for pair, (team, rival) in enumerate(teams):
            places = here.among[:, team] * wins.shape[2] + there.among[:, rival]
            wins[pair] += np.bincount(places, minlength=wins[pair].size).reshape(wins[pair].shape)
            points[pair].append(Tally.of(there.points[:, rival] - here.points[:, team]))
            if len(points[pair]) == _TALLIES_AT_ONCE:
                points[pair] = [Tally.joined(points[pair])]
    none = Tally.of(np.empty(0, dtype=np.int64))
    return [
        Pair(of_pair, Tally.joined([none, *tallies]))
        for of_pair, tallies in zip(wins, points, strict=True)
    ]


_TALLIES_AT_ONCE = 64
"""Of so many chunks at most the tallies wait to be joined."""


class _Runs(NamedTuple):
    """Some runs.

    Attributes:
        run: int64[n], their indices, ascending.
        points: int64[n, T].
        among: int64[n, T], how many shared the team's win; 0 if it did not win.
    """

    run: NDArray[np.int64]
    points: NDArray[np.int64]
    among: NDArray[np.int64]

    @classmethod
    def of(cls, chunk: Chunk) -> _Runs:
        columns = chunk.columns
        won = find_winners(columns["points"], columns["last_point"])
        return cls(columns["run"], columns["points"], won * won.sum(axis=1, keepdims=True))

    def take(self, places: NDArray[np.intp] | NDArray[np.bool_] | slice) -> _Runs:
        return _Runs(self.run[places], self.points[places], self.among[places])


class _Checked:
    """The runs of a batch in order; where they are all that were counted, they must add up."""

    def __init__(self, database: Database, side: Side) -> None:
        self._database = database
        self._side = side

    def runs(self) -> Iterator[_Runs]:
        """Yield them.

        Raises:
            StoredDataError: They do not add up to the aggregates.
        """
        counted = self._side.aggregates
        runs, wins, points = 0, np.zeros_like(counted.wins), [0] * counted.shape.teams
        chunks = summaries_in_order(self._database, self._side.batch, counted.shape)
        for chunk in chunks:
            columns = chunk.columns
            runs += len(chunk)
            wins += count_wins(columns["points"], columns["last_point"])
            points = [
                sum_ + int(more)
                for sum_, more in zip(points, columns["points"].sum(axis=0), strict=True)
            ]
            yield _Runs.of(chunk)
        # While the batch runs, more may have been completed between the two looks.
        same = [tally.total for tally in counted.points] == points
        if runs == counted.runs and not (same and np.array_equal(wins, counted.wins)):
            raise StoredDataError(
                f"the results of batch {self._side.batch} are damaged: its runs do not add up to "
                "its aggregates"
            )


def _common(ones: Iterator[_Runs], others: Iterator[_Runs]) -> Iterator[tuple[_Runs, _Runs]]:
    """Yield the runs that both have, side by side; both are read to their ends."""
    one, other = next(ones, None), next(others, None)
    while one is not None and other is not None:
        end = min(one.run[-1], other.run[-1])
        places = np.minimum(np.searchsorted(other.run, one.run), len(other.run) - 1)
        both = other.run[places] == one.run
        if both.any():
            yield one.take(both), other.take(places[both])
        one = _after(one, int(end)) or next(ones, None)
        other = _after(other, int(end)) or next(others, None)
    for rest in (ones, others):
        for _ in rest:
            pass


def _after(runs: _Runs, end: int) -> _Runs | None:
    """Return the runs beyond an index; None if there is none."""
    begin = int(np.searchsorted(runs.run, end, side="right"))
    return runs.take(slice(begin, None)) if begin < len(runs.run) else None
