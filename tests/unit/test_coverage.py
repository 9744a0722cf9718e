"""How often the 95 % intervals hold the truth, over many small batches of an event.

The truth is exact: the event is small enough to add up every course it can take. Three unequal
teams of one player make some attempts each: the first completes one tile for sure, three drops
complete another, a fourth a third.

Of a batch's 3 chances to win and 3 means, each interval should hold the truth in 94 to 96 % of the
batches. By the normal law a part of 95 % varies by 0.22 % over 10,000 batches: it would leave that
band by chance once in 200,000 times. How many runs a batch has is chosen by reason: so many that
even the weakest team is to be expected to win, and to lose, 48 times; then Wilson's interval does
it for every chance, and with fewer not (both below, exactly). No attempts of two teams end
together, so no win is shared; how careful the interval is then, `test_statistics.py` counts.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from itertools import product
from math import comb

import numpy as np
import pytest
from scipy.stats import binom

from bingosim.aggregates import count_wins
from bingosim.engines import prepare
from bingosim.histograms import Tally
from bingosim.statistics import mean_interval, wilson_interval
from tests.builders import activity, grid, line, player, snapshot, source, team, tile

BATCHES = 10_000
RUNS = 420
ENOUGH = 48
"""Wins and defeats to be expected, from which on Wilson's interval does it for every chance."""
AT_ONCE = 100
"""Batches played by one call."""
CHANCE = Fraction(3, 10)
DURATION = 3_000
SECONDS = {"quick": 251, "steady": 307, "slow": 421}
"""Seconds that an attempt takes each team's only player."""
POINTS = (1, 1, 1, 4, 5)
"""Points by drops: a tile of 1 for the first attempt; one of 3 that needs three; one of 1."""

EVENT = snapshot(
    grid(tile("begun", 1, 1, source(accepts="start")), tile("three", 3, 3), tile("one", 1, 1)),
    activity(seconds=1, loot=[line(1, "start"), line(CHANCE)]),
    teams=[team(player(name, speed=speed), name=name) for name, speed in SECONDS.items()],
    duration=DURATION,
)

Law = dict[tuple[int, int], Fraction]


def law_of(seconds: int) -> Law:
    """Return the chance of each (points, second of the last point) of a team."""
    attempts = DURATION // seconds
    miss = 1 - CHANCE
    law: Law = defaultdict(Fraction)
    for third in range(3, attempts + 1):
        to_three = comb(third - 1, 2) * CHANCE**3 * miss ** (third - 3)
        for fourth in range(third + 1, attempts + 1):
            chance = to_three * CHANCE * miss ** (fourth - third - 1)
            law[POINTS[4], fourth * seconds] += chance
        law[POINTS[3], third * seconds] += to_three * miss ** (attempts - third)
    law[POINTS[0], seconds] = 1 - sum(law.values(), Fraction(0))
    return law


def true_wins_and_means() -> tuple[list[Fraction], list[Fraction]]:
    """Return each team's chance to win, and its mean points."""
    laws = [law_of(seconds) for seconds in SECONDS.values()]
    wins = [Fraction(0)] * len(laws)
    for course in product(*(law.items() for law in laws)):
        chance = Fraction(1)
        for _, part in course:
            chance *= part
        standing = [(points, -second) for (points, second), _ in course]
        wins[standing.index(max(standing))] += chance
    means = [sum((p * chance for (p, _), chance in law.items()), Fraction(0)) for law in laws]
    return wins, means


def test_the_intervals_of_wins_and_of_means_hold_the_truth_in_94_to_96_percent() -> None:
    wins, means = true_wins_and_means()
    assert sum(wins) == 1
    assert min(min(win, 1 - win) for win in wins) * RUNS >= ENOUGH
    play = prepare(EVENT, "coverage", "attempt")
    held = np.zeros((2, len(SECONDS)))
    for first in range(0, BATCHES, AT_ONCE):
        results = play(np.arange(first * RUNS, (first + AT_ONCE) * RUNS))
        for batch in np.split(np.arange(AT_ONCE * RUNS), AT_ONCE):
            points = results.points[batch]
            counts = count_wins(points, results.last_point[batch])
            for place in range(len(SECONDS)):
                low, high = wilson_interval(int(counts[place, 0]), RUNS)
                held[0, place] += low <= wins[place] <= high
                tally = Tally.of(points[:, place])
                low, high = mean_interval(tally.mean, tally.sd, RUNS)
                held[1, place] += low <= means[place] <= high
    coverage = held / BATCHES
    assert np.all((coverage >= 0.94) & (coverage <= 0.96)), coverage


def wilson_coverage(p: float, runs: int) -> float:
    """Return the exact chance that the interval of so many runs holds p."""
    wins = np.arange(runs + 1)
    low, high = np.transpose([wilson_interval(int(w), runs) for w in wins])
    return float(binom.pmf(wins, runs, p)[(low <= p) & (p <= high)].sum())


@pytest.mark.parametrize("runs", [100, 400, 1_000])
def test_with_enough_wins_and_defeats_wilsons_interval_does_it_for_every_chance(runs: int) -> None:
    chances = np.linspace(ENOUGH / runs, 0.5, 200)
    covered = [wilson_coverage(float(p), runs) for p in chances]
    assert 0.94 <= min(covered) < max(covered) <= 0.96


@pytest.mark.parametrize(
    ("p", "runs", "covered"),
    [(0.001, 100, 0.9048), (0.001, 200, 0.9825), (0.01, 100, 0.9206), (0.3, 100, 0.9372)],
)
def test_with_few_wins_wilsons_interval_holds_another_part(
    p: float, runs: int, covered: float
) -> None:
    """What `docs/results.md` warns of."""
    assert wilson_coverage(p, runs) == pytest.approx(covered, abs=5e-5)
