"""Whether two sets of runs follow one law: many tests of one kind, and one rule for all of them.

**One kind.** Each test looks at one number of a run (when a tile was completed, the points, who of
two tiles came first, ...) and at a cut: how many of n runs of either kind lie at or below it. Under
equal laws the runs are exchangeable, so given the two counts together, the one is hypergeometric
(Fisher's exact test). The cuts are quantiles of all runs together, which swapping runs does not
change; so every p value is valid as it stands, for laws with any ties, at any n, and far out in the
tail. "Never" is greater than any second. The cuts near the median see a shift, the outer ones a
change of spread, and what is rare.

**What the units that players gave add up to** is known for a block of runs only: there, blocks take
the place of runs.

**One rule.** A comparison may give a false alarm with a chance of `share` at most; it sounds where
its smallest p value times the number of its tests is below that (Bonferroni: whatever hangs
together with whatever).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

from bingosim.results import COLUMNS, concatenate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from bingosim.results import RunResults

NEVER_IN_TIME = 2**40
CUTS = (1 / 64, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 7 / 8, 63 / 64)
"""Parts of all runs at which a law is cut, beside the one between in time and never."""


@dataclass(frozen=True)
class Verdict:
    """What a comparison came to: the smallest of its p values, where it was, of how many."""

    p_value: float
    tests: int
    where: str

    def alarms(self, share: float) -> bool:
        """Return whether the laws differ, as far as `share` of false alarms allows to say."""
        return self.p_value * max(1, self.tests) < share


def compare(one: Sequence[RunResults], other: Sequence[RunResults]) -> Verdict:
    """Compare blocks of runs of two kinds; there must be equally many, all of one length."""
    verdicts = [
        _compare(name, here, there)
        for (name, here), (_, there) in zip(_numbers(one), _numbers(other), strict=True)
    ]
    worst = min(verdicts, key=lambda verdict: verdict.p_value)
    return Verdict(worst.p_value, sum(verdict.tests for verdict in verdicts), worst.where)


def fisher_bound(
    runs: int, one: NDArray[np.int64], other: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return an upper bound of the two-sided p values of Fisher's exact test, close in the tails.

    Twice the chance of the greater count or more; beyond the middle each chance of a hypergeometric
    law is less than r times the one before, with r falling, so a geometric series bounds the tail.

    Args:
        runs: How many runs there are of either kind, n.
        one: How many of the first lie at or below a cut, int64[k].
        other: How many of the second, int64[k].
    """
    more, together = np.maximum(one, other), one + other
    less = together - more
    log_chance = _log_choose(runs, more) + _log_choose(runs, less) - _log_choose(2 * runs, together)
    ratio = (runs - more) * less / ((more + 1) * (runs - less + 1))
    bound = 2 * np.exp(log_chance) / (1 - ratio)
    return np.where(more == less, 1.0, np.minimum(bound, 1.0))


def _log_choose(n: int, k: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1), dtype=np.float64)


def _compare(name: str, one: NDArray[np.int64], other: NDArray[np.int64]) -> Verdict:
    """Compare one number of n runs of either kind."""
    n = len(one)
    both = np.sort(np.concatenate((one, other)))
    cuts = np.unique(np.append(both[[int(part * (2 * n - 1)) for part in CUTS]], NEVER_IN_TIME - 1))
    counts = (np.searchsorted(np.sort(x), cuts, side="right") for x in (one, other))
    here, there = (np.asarray(c, dtype=np.int64) for c in counts)
    telling = (here + there > 0) & (here + there < 2 * n)
    if not telling.any():
        return Verdict(1.0, 0, name)
    p_values = fisher_bound(n, here[telling], there[telling])
    worst = int(p_values.argmin())
    return Verdict(
        float(p_values[worst]),
        len(p_values),
        f"{name} <= {cuts[telling][worst]}: {here[telling][worst]} of {n} runs in one, "
        f"{there[telling][worst]} in the other",
    )


def _numbers(blocks: Sequence[RunResults]) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Yield every number of a run that is compared, and its name; then those of blocks."""
    runs = concatenate(blocks)
    for column in COLUMNS:
        if not column.summed and column.name != "run":
            flat = getattr(runs, column.name).reshape(len(runs), -1).astype(np.int64)
            if column.unit == "s":
                flat = np.where(flat < 0, NEVER_IN_TIME, flat)
            yield from ((f"{column.name} {i}", flat[:, i]) for i in range(flat.shape[1]))
    yield from _joint_numbers(runs)
    for column in COLUMNS:
        if column.summed:
            sums = np.array([getattr(block, column.name).ravel() for block in blocks])
            yield from ((f"{column.name} {i}", sums[:, i]) for i in range(sums.shape[1]))


def _joint_numbers(runs: RunResults) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Yield what hangs on several numbers of a run: who wins, and how tiles follow each other."""
    standing = runs.points * 2**26 - np.maximum(runs.last_point, 0)
    ahead = standing == standing.max(axis=1, keepdims=True)
    for team in range(runs.shape.teams):
        yield f"win {team}", np.where(ahead[:, team], runs.shape.teams + 1 - ahead.sum(axis=1), 0)
        seconds = runs.tile_completed[:, team].astype(np.int64)
        yield f"seconds of all tiles of team {team}", seconds.sum(axis=1)
        for nth, gap in enumerate(np.diff(np.sort(seconds, axis=1), axis=1).T):
            yield f"gap {nth} of team {team}", gap
        seconds = np.where(seconds < 0, NEVER_IN_TIME, seconds)
        for a, b in pairwise(range(runs.shape.tiles)):
            yield f"order of {a}, {b} of team {team}", np.sign(seconds[:, a] - seconds[:, b])
