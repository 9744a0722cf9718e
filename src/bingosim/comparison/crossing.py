"""Chances to win from teams that were played apart: every run of one against every run of others.

Teams of an event do not meet: what one does is independent of what the others do. So a team's run i
may be set against the others' run j for every pair of i and j, not for i = j only. The mean over
all n^2 pairs is a two-sample U-statistic (W. Hoeffding, A Class of Statistics with Asymptotically
Normal Distribution, Annals of Mathematical Statistics 19, 1948; E. L. Lehmann, Consistency and
Unbiasedness of Certain Nonparametric Tests, same journal 22, 1951): unbiased, and never less
precise than the mean over the n pairs in which i = j, of which it takes the expectation over the
other's luck. Its error is that of the mean of the `influence` values, run by run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_SECONDS = np.int64(2**25)
"""More than an event lasts (366 days), so that a point outweighs every second."""


class Best(NamedTuple):
    """The best of several teams, run by run.

    Attributes:
        standing: Of the best, int64[n]; below every other where there is no team.
        among: How many teams share it, int64[n].
    """

    standing: NDArray[np.int64]
    among: NDArray[np.int64]


class Crossed(NamedTuple):
    """A team's chance to win against others.

    Attributes:
        chance: Mean over all pairs of runs; a win shared among k counts 1/k.
        influence: float64[n], mean 0: what each run (the team's and the others') moves the chance
            by. The variance of the chance is that of these values, over n, but for terms of n^-2.
    """

    chance: float
    influence: NDArray[np.float64]


def standing(points: NDArray[np.int64], last_point: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return numbers that rank teams: more points first, then who had them earlier.

    Args:
        points: int64[n].
        last_point: int32[n], second of the last point; -1 for none, which ranks like second 0.

    Returns:
        int64[n]; equal numbers share a win, as `aggregates.find_winners` has it.
    """
    return points * _SECONDS - np.maximum(last_point, 0)


def best_of(standings: Sequence[NDArray[np.int64]], runs: int) -> Best:
    """Return the best of several teams in each run.

    Args:
        standings: Of each team, int64[n]; none is a match against nobody.
        runs: n.
    """
    if not standings:
        nobody = np.full(runs, np.iinfo(np.int64).min)
        return Best(nobody, np.zeros(runs, dtype=np.int64))
    every = np.stack(standings)
    best = every.max(axis=0)
    return Best(best, (every == best).sum(axis=0))


def cross(own: NDArray[np.int64], others: Best) -> Crossed:
    """Return a team's chance to win, over all pairs of a run of its own and one of the others.

    Takes n log n steps for the n^2 pairs.

    Args:
        own: The team's standing in each run, int64[n], n at least 1.
        others: The best of the others in each run.
    """
    shares = 1.0 / (others.among + 1)
    of_own = _mean_won(own, others.standing, shares)
    of_others = _mean_lost(others.standing, shares, own)
    chance = float(of_own.mean())
    return Crossed(chance, of_own + of_others - 2 * chance)


def _mean_won(
    own: NDArray[np.int64], best: NDArray[np.int64], shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return for each own run the mean part of the win against all runs of the others."""
    order = np.argsort(best, kind="stable")
    ranked = best[order]
    shared_up_to = np.concatenate(([0.0], np.cumsum(shares[order])))
    below, up_to = np.searchsorted(ranked, own, "left"), np.searchsorted(ranked, own, "right")
    tied = shared_up_to[up_to] - shared_up_to[below]
    won: NDArray[np.float64] = (below + tied) / len(best)
    return won


def _mean_lost(
    best: NDArray[np.int64], shares: NDArray[np.float64], own: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return for each run of the others the mean part of the win that all own runs take of it."""
    ranked = np.sort(own)
    below, up_to = np.searchsorted(ranked, best, "left"), np.searchsorted(ranked, best, "right")
    lost: NDArray[np.float64] = (len(own) - up_to + (up_to - below) * shares) / len(own)
    return lost
