"""Stopping once every team's chance to win is known precisely enough.

Runs are looked at after fixed numbers of them: the least, then a quarter more each time, rounded up
to full thousands, up to the greatest. At a look the simulation ends if every team's chance is known
to within the target. When to look and what is seen follow from the first runs alone, so the end is
the same whatever the threads and chunks, and when a batch is resumed half-way.

Whoever looks until they like what they see is fooled: an interval that holds the truth in 95 % of
all cases at a fixed number of runs does so less often at the number at which it looked short.
`interval_after_looking` makes up for that. How it was chosen stands in docs/results.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, isfinite
from typing import TYPE_CHECKING

from bingosim.errors import InputError
from bingosim.statistics import Interval, wilson_interval

if TYPE_CHECKING:
    from fractions import Fraction

    from bingosim.aggregates import Aggregates

DEFAULT_MIN_RUNS = 1_000
DEFAULT_MAX_RUNS = 1_000_000
"""Enough for a target of 0.11 percentage points, whatever the chances are."""
FEWEST = 200
"""Runs before the first look, at least: from here on the interval's coverage was computed."""
FINEST, COARSEST = 0.001, 20.0
"""Percentage points: below, no number of runs will do; above, the fewest runs always do."""

STEP = 1_000
"""Looks after the first come at multiples of so many runs."""

Z_LOOKING = 2.1
"""In place of 1.96: it lifts the least coverage over all chances from 93.3 % back to 95 %."""
FEW_WINS_LOW = (
    0.0,
    0.03638273878545451,
    0.29453190619936503,
    0.7128921929747041,
    1.2222230966055336,
    1.7905708259793864,
    2.4009353035075898,
    3.0431117820403344,
    3.7104329764979513,
    4.3982676517193315,
)
"""Means of Poisson's law by which 0, 1, ... 9 wins or more have a chance of 3.57 %.

That is the chance beyond -2.1 and 2.1 by the normal law."""


@dataclass(frozen=True, slots=True)
class Precision:
    """How precisely the chances to win are to be known, and within how many runs.

    Attributes:
        points: Percentage points; each team's chance is to be known to within so many, at 95 %.
        min_runs: Runs before the first look.
        max_runs: Runs after which it ends, precise or not.

    Raises:
        InputError: One of them is out of its range; the message says all that is wrong.
    """

    points: float
    min_runs: int = DEFAULT_MIN_RUNS
    max_runs: int = DEFAULT_MAX_RUNS

    def __post_init__(self) -> None:
        wrong = []
        if not (isfinite(self.points) and FINEST <= self.points <= COARSEST):
            wrong.append(
                f"a precision must be from {FINEST} to {COARSEST} percentage points, "
                f"got {self.points}"
            )
        if self.min_runs < FEWEST:
            wrong.append(f"with a precision, min_runs must be at least {FEWEST}: {self.min_runs:,}")
        if self.max_runs < FEWEST:
            wrong.append(f"with a precision, max_runs must be at least {FEWEST}: {self.max_runs:,}")
        elif self.max_runs < self.min_runs:
            wrong.append(f"max_runs ({self.max_runs:,}) lies below min_runs ({self.min_runs:,})")
        if wrong:
            raise InputError("\n".join(wrong))

    @classmethod
    def within(cls, points: float, min_runs: int | None, max_runs: int) -> Precision:
        """Return a precision to be reached within so many runs; None is the usual least number."""
        if min_runs is None:
            min_runs = max(FEWEST, min(DEFAULT_MIN_RUNS, max_runs))
        return cls(points, min_runs, max_runs)

    @property
    def looks(self) -> tuple[int, ...]:
        """After how many runs it is looked at."""
        return looks(self.min_runs, self.max_runs)

    def next_look(self, aggregates: Aggregates) -> int | None:
        """Return after how many runs to look next; None if it ends here.

        Args:
            aggregates: Of the runs so far: all of the first, without a gap.
        """
        done = aggregates.runs
        if done >= self.max_runs or (done in self.looks and is_precise(aggregates, self.points)):
            return None
        return next(look for look in self.looks if look > done)


def looks(least: int, most: int) -> tuple[int, ...]:
    """Return the numbers of runs at which it is looked: ascending, from `least` to `most`."""
    numbers = [min(least, most)]
    while numbers[-1] < most:
        quarter_more = -(-numbers[-1] * 5 // (4 * STEP)) * STEP
        numbers.append(min(quarter_more, most))
    return tuple(numbers)


def is_precise(aggregates: Aggregates, points: float) -> bool:
    """Return whether each team's chance to win is known to within so many percentage points."""
    return points_known(aggregates) <= points


def points_known(aggregates: Aggregates) -> float:
    """Return the percentage points to within which every team's chance to win is known.

    That is the greatest distance from an estimate to an end of its interval.
    """
    furthest = 0.0
    for score in aggregates.win_scores:
        mean = float(score / aggregates.runs) if aggregates.runs else 0.0
        low, high = interval_after_looking(score, aggregates.runs)
        furthest = max(furthest, mean - low, high - mean)
    return 100 * furthest


def interval_after_looking(score: Fraction | int, runs: int) -> Interval:
    """Return the 95 % interval of a chance to win, for runs that were looked at until precise.

    It is Wilson's interval with z = 2.1, and where there are at most 9 wins (or defeats) it reaches
    down (or up) at least to Poisson's bound: the modified Wilson interval of L. D. Brown, T. T. Cai
    and A. DasGupta, Interval Estimation for a Binomial Proportion, Statistical Science 16, 2001,
    section 4.1.1, who modify it for up to 3 wins. With the looking included it holds every chance
    in 95 % of all cases at least.

    Args:
        score: Sum of the runs' scores, 0 to `runs`; a win shared among k scores 1/k.
        runs: How many runs.

    Raises:
        ValueError: The sum lies outside its range.
    """
    low, high = wilson_interval(score, runs, Z_LOOKING)
    wins, defeats = floor(score), floor(runs - score)
    if runs and wins < len(FEW_WINS_LOW):
        low = min(low, FEW_WINS_LOW[wins] / runs)
    if runs and defeats < len(FEW_WINS_LOW):
        high = max(high, 1 - FEW_WINS_LOW[defeats] / runs)
    return Interval(low, high)
