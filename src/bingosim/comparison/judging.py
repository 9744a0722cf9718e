"""From runs to judgement: which variant is better, how sure that is, and whether to go on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import ceil, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from bingosim.comparison.crossing import Crossed, best_of, cross
from bingosim.comparison.model import Difference, Entry, Estimated, TeamComparison
from bingosim.statistics import student_95

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bingosim.comparison.played import Solo

ERROR = 0.05
"""Chance, at most, that any order is called settled and is the other way round."""


@dataclass(frozen=True, slots=True)
class Match:
    """A team under one variant, and who it plays against there."""

    own: Solo
    others: tuple[Solo, ...]


@dataclass(frozen=True, slots=True)
class Judge:
    """What is asked of a comparison.

    Attributes:
        points: Percentage points: differences of chances that are shown are known to so many.
        z: Standard errors beyond which an order is settled.
    """

    points: float
    z: float

    @classmethod
    def of(cls, points: float, differences: int, looks: int) -> Judge:
        """Return a judge who looks so many times at so many differences.

        The chance of an error is divided among all of them (Bonferroni's inequality), so looking
        often and comparing many settles nothing by luck more often than `ERROR`. Rounded up to
        thousandths, so that all machines call the same settled.
        """
        z = NormalDist().inv_cdf(1 - ERROR / (2 * max(1, differences * looks)))
        return cls(points, ceil(1000 * z) / 1000)

    def compare(self, team: str, matches: Sequence[Match], runs: int) -> TeamComparison:
        """Return how one team does under every variant.

        Args:
            team: Its name.
            matches: Of each variant.
            runs: How many runs of each are looked at: the first, at least 2.
        """
        crossed = [_crossed(match, runs) for match in matches]
        points = [match.own.points[:runs] for match in matches]
        entries = [
            Entry(
                number,
                Estimated(won.chance, _margin(won.influence)),
                Estimated(float(scored.mean()), _margin(scored)),
            )
            for number, (won, scored) in enumerate(zip(crossed, points, strict=True))
        ]
        ranking = sorted(entries, key=lambda e: (-e.win.value, -e.points.value, e.variant))
        differences = tuple(
            self._difference(one, other, crossed, points) for one, other in combinations(ranking, 2)
        )
        return TeamComparison(team, tuple(ranking), differences)

    def is_done(self, comparison: TeamComparison) -> bool:
        """Return whether no more runs are needed.

        What is shown is known to within the points asked for; and neighbours in the ranking are
        told apart, or known to differ by so little, twice as precisely, that it hardly matters.
        """
        shown = (*comparison.behind_best, *comparison.steps)
        target = self.points / 100
        return all(found.win.margin <= target for found in shown) and all(
            step.settled or step.win.margin <= target / 2 for step in comparison.steps
        )

    def _difference(
        self,
        one: Entry,
        other: Entry,
        crossed: Sequence[Crossed],
        points: Sequence[NDArray[np.int64]],
    ) -> Difference:
        """Return by how much the first is ahead of the second, run against run."""
        better, worse = crossed[one.variant], crossed[other.variant]
        influence = better.influence - worse.influence
        ahead = Estimated(better.chance - worse.chance, _margin(influence))
        more = (points[one.variant] - points[other.variant]).astype(np.float64)
        settled = abs(ahead.value) > self.z * _standard_error(influence)
        return Difference(
            better=one.variant,
            worse=other.variant,
            win=ahead,
            points=Estimated(float(more.mean()), _margin(more)),
            settled=settled,
            saved=_saved((better.chance, worse.chance), influence),
        )


def _crossed(match: Match, runs: int) -> Crossed:
    others = best_of([solo.standing[:runs] for solo in match.others], runs)
    return cross(match.own.standing[:runs], others)


def _standard_error(values: NDArray[np.float64] | NDArray[np.int64]) -> float:
    return float(values.std(ddof=1)) / sqrt(len(values))


def _margin(values: NDArray[np.float64] | NDArray[np.int64]) -> float:
    """Return the half width of the 95 % interval of a mean."""
    return student_95(len(values) - 1) * _standard_error(values)


def _saved(chances: tuple[float, float], influence: NDArray[np.float64]) -> float | None:
    """Return how many times the runs two independent simulations need for the same interval.

    Each of theirs says of a run whether it was won: p(1 - p), twice, in place of this variance.
    """
    variance = float(influence.var(ddof=1))
    apart = sum(chance * (1 - chance) for chance in chances)
    return apart / variance if variance > 0 else None
