"""Exact histograms that add up: of whole numbers, and of the seconds at which things happened."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from bingosim.engine.arrays import FAR, NEVER
from bingosim.engine.jit import kernel

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

MOST_BINS = 4_096
BIN_WIDTHS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600)
"""Seconds; the smallest that gives an event at most `MOST_BINS` bins is its bin width."""


def bin_width(duration: int) -> int:
    """Return the width in seconds of an event's time bins; bin i begins at second i x width."""
    return next(width for width in BIN_WIDTHS if duration // width < MOST_BINS)


def quantile_rank(count: int, percent: int) -> int:
    """Return which of `count` sorted values is the quantile, counted from 1.

    It is the least value that at least `percent` % of the values do not exceed (the inverse of the
    empirical distribution function), so a quantile is always a value that did occur.
    """
    return max(1, -(-count * percent // 100))


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """How often each whole number occurred: exact, and as long as there are different numbers.

    Attributes:
        values: int64[m], ascending.
        counts: int64[m], all above 0.
    """

    values: NDArray[np.int64]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, numbers: NDArray[np.int32] | NDArray[np.int64]) -> Tally:
        """Count the numbers of an array."""
        values, counts = np.unique(numbers, return_counts=True)
        return cls(values.astype(np.int64), counts.astype(np.int64))

    @classmethod
    def of_each(cls, numbers: NDArray[np.int32] | NDArray[np.int64]) -> tuple[Tally, ...]:
        """Count the numbers of each column of [runs, columns]."""
        runs, columns = numbers.shape
        ordered = np.sort(numbers.T, axis=1).astype(np.int64)
        first = np.ones((columns, runs), dtype=np.bool_)
        first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
        places = np.flatnonzero(first)
        values = ordered.reshape(-1)[places]
        counts = np.diff(places, append=first.size)
        ends = np.cumsum(first.sum(axis=1)).tolist()
        return tuple(
            cls(values[start:end], counts[start:end])
            for start, end in zip([0, *ends], ends, strict=False)
        )

    @classmethod
    def joined(cls, tallies: Sequence[Tally]) -> Tally:
        """Return the tally of all numbers of some tallies, one at least."""
        of_each = np.concatenate([tally.values for tally in tallies])
        values, places = np.unique(of_each, return_inverse=True)
        counts = np.zeros(len(values), dtype=np.int64)
        np.add.at(counts, places, np.concatenate([tally.counts for tally in tallies]))
        return cls(values, counts)

    def plus(self, other: Tally) -> Tally:
        """Return the tally of both."""
        return Tally.joined((self, other))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tally):
            return NotImplemented
        return np.array_equal(self.values, other.values) and np.array_equal(
            self.counts, other.counts
        )

    __hash__ = None  # type: ignore[assignment]

    def items(self) -> Iterable[tuple[int, int]]:
        """Return (number, how often), ascending, as Python's integers."""
        return zip(self.values.tolist(), self.counts.tolist(), strict=True)

    @property
    def count(self) -> int:
        """How many numbers were counted."""
        return int(self.counts.sum())

    @property
    def total(self) -> int:
        """Their sum, exact."""
        return sum(value * count for value, count in self.items())

    @property
    def total_of_squares(self) -> int:
        """The sum of their squares, exact."""
        return sum(value * value * count for value, count in self.items())

    @property
    def mean(self) -> float:
        """Their mean, correctly rounded; there must be one number at least."""
        return float(Fraction(self.total, self.count))

    @property
    def sd(self) -> float:
        """Their sample standard deviation (n - 1 below); 0 for a single number."""
        count = self.count
        if count < 2:
            return 0.0
        spread = count * self.total_of_squares - self.total**2
        return sqrt(Fraction(spread, count * (count - 1)))

    def quantile(self, percent: int) -> int:
        """Return a quantile (see `quantile_rank`); exact."""
        place = np.searchsorted(np.cumsum(self.counts), quantile_rank(self.count, percent))
        return int(self.values[place])


@dataclass(frozen=True, slots=True, eq=False)
class Times:
    """When things happened that may happen once in a run: K things for each of T teams.

    Attributes:
        width: Width of a bin in seconds.
        count: int64[T, K], runs in which it happened.
        seconds: int64[T, K], sum of the seconds at which it happened.
        earliest: int64[T, K], first second at which it happened in any run; FAR for never.
        latest: int64[T, K], last second at which it happened in any run; NEVER for never.
        bins: int64[T, K, bins], how often it happened in each bin.
    """

    width: int
    count: NDArray[np.int64]
    seconds: NDArray[np.int64]
    earliest: NDArray[np.int64]
    latest: NDArray[np.int64]
    bins: NDArray[np.int64]

    @classmethod
    def empty(cls, teams: int, things: int, duration: int) -> Times:
        """Return times of an event of some seconds, none counted yet."""
        width = bin_width(duration)
        each = (teams, things)
        return cls(
            width,
            count=np.zeros(each, dtype=np.int64),
            seconds=np.zeros(each, dtype=np.int64),
            earliest=np.full(each, FAR, dtype=np.int64),
            latest=np.full(each, NEVER, dtype=np.int64),
            bins=np.zeros((*each, duration // width + 1), dtype=np.int64),
        )

    def add(self, moments: NDArray[np.int32]) -> None:
        """Count moments, int32[runs, T, K] in seconds; what is below 0 did not happen.

        Raises:
            ValueError: A moment lies after the end of the event.
        """
        teams, things, _ = self.bins.shape
        fits = _count_moments(
            np.ascontiguousarray(moments).reshape(-1, teams * things),
            np.int32(self.width),
            *(
                array.reshape(-1)
                for array in (self.count, self.seconds, self.earliest, self.latest)
            ),
            self.bins.reshape(teams * things, -1),
        )
        if not fits:
            raise ValueError("something happened after the end of the event")

    def plus(self, other: Times) -> Times:
        """Return the times of both; they must be of one event."""
        return Times(
            self.width,
            self.count + other.count,
            self.seconds + other.seconds,
            np.minimum(self.earliest, other.earliest),
            np.maximum(self.latest, other.latest),
            self.bins + other.bins,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Times):
            return NotImplemented
        return (
            self.width == other.width
            and np.array_equal(self.count, other.count)
            and np.array_equal(self.seconds, other.seconds)
            and np.array_equal(self.earliest, other.earliest)
            and np.array_equal(self.latest, other.latest)
            and np.array_equal(self.bins, other.bins)
        )

    __hash__ = None  # type: ignore[assignment]

    def mean(self, team: int, thing: int) -> float | None:
        """Return the mean second, correctly rounded; None if it never happened."""
        count = int(self.count[team, thing])
        return float(Fraction(int(self.seconds[team, thing]), count)) if count else None

    def quantile(self, team: int, thing: int, percent: int) -> int | None:
        """Return a quantile in whole seconds among the runs in which it happened; None if none.

        The rank is that of `quantile_rank`; the values inside its bin are taken as spread evenly
        over the bin, and kept between the earliest and the latest. So the answer lies in the right
        bin; it is exact where bins are 1 s wide, and where it always happened at one second.
        """
        count = int(self.count[team, thing])
        if not count:
            return None
        rank = quantile_rank(count, percent)
        up_to = np.cumsum(self.bins[team, thing])
        place = int(np.searchsorted(up_to, rank))
        inside = int(self.bins[team, thing, place])
        nth = rank - int(up_to[place]) + inside
        second = place * self.width + (self.width - 1) * (2 * nth - 1) // (2 * inside)
        return min(max(second, int(self.earliest[team, thing])), int(self.latest[team, thing]))


@kernel
def _count_moments(  # type: ignore[no-untyped-def]
    moments, width, count, seconds, earliest, latest, bins
):
    """Count int32[runs, things] in arrays of [things]; False if one lies after the last bin.

    One pass without copies: by numpy it takes many times as long.
    """
    runs, things = moments.shape
    for run in range(runs):
        for thing in range(things):
            moment = moments[run, thing]
            if moment < 0:
                continue
            place = moment // width
            if place >= bins.shape[1]:
                return False
            bins[thing, place] += 1
            count[thing] += 1
            seconds[thing] += moment
            earliest[thing] = min(earliest[thing], moment)
            latest[thing] = max(latest[thing], moment)
    return True
